package handlers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"apifront/setup"
	"apifront/web"
)

type pageAPI struct{}

func (pageAPI) id() setup.PageID { return setup.PageAPI }

func (pageAPI) words() (title, intro, next string) {
	return "API and paths", "Choose which stage of which API answers. One path is enough for most.", "Next: domain and DNS"
}

// mostRows is how many lines of a form are read.
const mostRows = 250

func (pageAPI) read(c *visit) error {
	list, err := stored[[]setup.APIInfo](c, c.s, apisKey(c.spec().Account))
	if err != nil {
		return err
	}
	remove := -1
	if n, ok := strings.CutPrefix(c.form.Get("go"), "remove-"); ok {
		if remove, err = strconv.Atoi(n); err != nil {
			remove = -1
		}
	}
	var rows []setup.Mapping
	for i := range mostRows {
		n := strconv.Itoa(i)
		if !c.form.Has("path-" + n) {
			break
		}
		if i == remove {
			continue
		}
		m := setup.Mapping{Path: setup.CleanPath(c.form.Get("path-" + n))}
		m.APIID, m.Stage, _ = strings.Cut(c.form.Get("api-"+n), "/")
		if api, ok := findAPI(list.Value, m.APIID); ok {
			m.APIName, m.Kind = api.Name, api.Kind
		} else if j := slices.IndexFunc(c.stored.API.Mappings, func(o setup.Mapping) bool { return o.APIID == m.APIID }); j >= 0 {
			m.APIName, m.Kind = c.stored.API.Mappings[j].APIName, c.stored.API.Mappings[j].Kind
		}
		rows = append(rows, m)
	}
	if c.form.Get("go") == "add" {
		m := setup.Mapping{}
		if len(rows) > 0 {
			last := rows[len(rows)-1]
			m.APIID, m.APIName, m.Kind, m.Stage = last.APIID, last.APIName, last.Kind, last.Stage
		}
		rows = append(rows, m)
	}
	if len(rows) > 0 || c.form.Has("path-0") {
		c.spec().API.Mappings = rows
	}
	return nil
}

func findAPI(list []setup.APIInfo, id string) (setup.APIInfo, bool) {
	for _, a := range list {
		if a.ID == id {
			return a, true
		}
	}
	return setup.APIInfo{}, false
}

func (pageAPI) check(c *visit) (web.FieldErrors, error) {
	var errs web.FieldErrors
	mappings := c.spec().API.Mappings
	list, err := stored[[]setup.APIInfo](c, c.s, apisKey(c.spec().Account))
	if err != nil {
		return nil, err
	}
	region := c.spec().Account.Region
	if len(mappings) == 0 {
		text := "Choose an API"
		if !list.Have {
			text = "Ask AWS again for the list of APIs in " + region + ", then choose one"
		}
		return web.FieldErrors{{ID: "api-0", Text: text}}, nil
	}
	for i, m := range mappings {
		id := fmt.Sprintf("api-%d", i)
		if m.APIID == "" || m.Stage == "" {
			errs = append(errs, web.FieldError{ID: id, Text: "Choose an API and stage for " + m.DisplayPath()})
			continue
		}
		if !list.Have {
			continue
		}
		name := m.APIName
		if name == "" {
			name = m.APIID
		}
		api, ok := findAPI(list.Value, m.APIID)
		switch {
		case !ok:
			errs = append(errs, web.FieldError{ID: id, Text: "Choose another API for " + m.DisplayPath() + ": " + name + " is not in " + region + ". It was deleted, or it is in another region"})
		case api.Refused != "":
			errs = append(errs, web.FieldError{ID: id, Text: "Choose another API for " + m.DisplayPath() + ": " + api.Refused})
		case !slices.Contains(api.Stages, m.Stage):
			errs = append(errs, web.FieldError{ID: id, Text: "Choose another stage for " + m.DisplayPath() + ": " + name + " has no stage " + m.Stage + " any more"})
		}
	}
	for _, p := range setup.CheckMappings(mappings) {
		what := "api"
		if p.Path {
			what = "path"
		}
		errs = append(errs, web.FieldError{ID: fmt.Sprintf("%s-%d", what, p.Index), Text: p.Text})
	}
	return errs, nil
}

// awaits is the list of APIs as long as AWS has not said anything about it.
func (pageAPI) awaits(c *visit) (string, error) {
	list, err := stored[[]setup.APIInfo](c, c.s, apisKey(c.spec().Account))
	if err != nil || !list.Pending || list.Have || list.Problem != nil {
		return "", err
	}
	return "list of APIs in " + c.spec().Account.Region, nil
}

func (pageAPI) refresh(c *visit) error { return c.s.again(c, apisKey(c.spec().Account)) }

// bestStage is the stage to choose before anybody has: prod, or the first.
func bestStage(stages []string) string {
	if slices.Contains(stages, "prod") || len(stages) == 0 {
		return "prod"
	}
	return stages[0]
}

func (pageAPI) show(c *visit, w web.WizardView) (func(web.Frame) templ.Component, error) {
	a := c.spec().Account
	list, err := ask[[]setup.APIInfo](c, c.s, apisKey(a), c.draft.CreatedAt.Add(-freshFor))
	if err != nil {
		return nil, err
	}
	c.pending = list.Pending
	// The next page wants the zones; they are looked up meanwhile.
	if _, err := ask[[]setup.Zone](c, c.s, zonesKey(a), c.draft.CreatedAt.Add(-freshFor)); err != nil {
		return nil, err
	}
	v := web.APIView{Look: lookView(c.times, "APIs in "+regionTitle(a.Region), "Refresh list", list), Stamp: c.s.Now().UnixMilli()}
	var choosable []setup.APIInfo
	for _, api := range list.Value {
		if api.Refused != "" {
			v.Refused = append(v.Refused, web.RefusedAPI{Name: api.Name, ID: api.ID, Reason: api.Refused})
			continue
		}
		choosable = append(choosable, api)
	}
	if list.Have && len(choosable) == 0 && list.Problem == nil {
		v.Empty = "No API in " + regionTitle(a.Region) + " can be chosen. Choose another region on the page before, or deploy an API there and refresh the list."
	}
	mappings := c.spec().API.Mappings
	if len(mappings) == 0 && len(choosable) > 0 {
		first := choosable[0]
		mappings = []setup.Mapping{{APIID: first.ID, APIName: first.Name, Kind: first.Kind, Stage: bestStage(first.Stages)}}
	}
	c.preview(&w, func(sp *setup.Spec) { sp.API.Mappings = mappings })
	for i, m := range mappings {
		row := web.MappingRow{N: i, Path: m.Path, Options: stageOptions(choosable, m)}
		if m.Path != "" {
			row.Path = "/" + m.Path
		}
		row.PathError = c.errors.Of("path-" + strconv.Itoa(i))
		row.APIError = c.errors.Of("api-" + strconv.Itoa(i))
		v.Rows = append(v.Rows, row)
	}
	return func(f web.Frame) templ.Component { return web.PageAPI(f, w, v) }, nil
}

// stageOptions lists every stage of every API that can be chosen, and what is
// chosen although it is not there any more.
func stageOptions(list []setup.APIInfo, m setup.Mapping) []web.Option {
	var options []web.Option
	found := false
	for _, api := range list {
		for _, stage := range api.Stages {
			o := web.Option{
				Value:  api.ID + "/" + stage,
				Text:   api.Name + ", stage " + stage + " (" + kindTitle(api.Kind) + ", " + api.ID + ")",
				Chosen: api.ID == m.APIID && stage == m.Stage,
			}
			found = found || o.Chosen
			options = append(options, o)
		}
	}
	switch {
	case found:
	case m.APIID == "":
		options = append([]web.Option{{Value: "", Text: "Choose an API and stage", Chosen: true}}, options...)
	default:
		name := m.APIName
		if name == "" {
			name = m.APIID
		}
		options = append([]web.Option{{Value: m.APIID + "/" + m.Stage, Text: name + ", stage " + m.Stage + " (" + m.APIID + ", not in the list)", Chosen: true}}, options...)
	}
	return options
}

func kindTitle(k setup.APIKind) string {
	switch k {
	case setup.APIKindREST:
		return "REST API"
	case setup.APIKindHTTP:
		return "HTTP API"
	case setup.APIKindWebSocket:
		return "WebSocket API"
	}
	return string(k)
}
