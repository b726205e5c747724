package wizard

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"apifront/handlers"
	"apifront/setup"
	"apifront/web"
	webwizard "apifront/web/wizard"
)

type api struct{}

func (api) id() setup.PageID { return setup.PageAPI }

func (api) words() (title, intro, next string) {
	return "API and paths", "Choose which stage of which API answers. One path is enough for most.", "Next: domain and DNS"
}

// mostRows is how many lines of the form are read at most.
const mostRows = 250

func (api) read(c *visit) error {
	list, err := handlers.Stored[[]setup.APIInfo](c.ctx, c.s.Server, apisKey(c.spec().Account))
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
		m.APIID, m.Stage = chosenStage(list.Value, c.form.Get("api-"+n))
		if m.APIID == "" {
			m.APIName = strings.TrimSpace(c.form.Get("api-" + n)) // keep the typed text
		} else if api, ok := setup.FindAPI(list.Value, m.APIID); ok {
			m.APIName, m.Kind = api.Name, api.Kind
		} else if j := slices.IndexFunc(c.stored.API.Mappings, func(o setup.Mapping) bool { return o.APIID == m.APIID }); j >= 0 {
			m.APIName, m.Kind = c.stored.API.Mappings[j].APIName, c.stored.API.Mappings[j].Kind
		}
		m.Test = readTest(c.form, n)
		rows = append(rows, m)
	}
	if c.form.Get("go") == "add" {
		rows = append(rows, emptyRow(list.Value))
	}
	if len(rows) > 0 || c.form.Has("path-0") {
		c.spec().API.Mappings = rows
	}
	return nil
}

// readTest reads how a path is tested.
func readTest(form url.Values, n string) setup.Test {
	t := setup.Test{Path: setup.CleanTestPath(form.Get("test_path-" + n)), Method: form.Get("test_method-" + n), Key: form.Get("test_key-" + n)}
	if t.Method == http.MethodGet {
		t.Method = "" // the same test
	}
	if typed := strings.TrimSpace(form.Get("test_status-" + n)); typed != "" {
		var err error
		if t.Status, err = strconv.Atoi(typed); err != nil || t.Status == 0 {
			t.Status = setup.NoStatus
		}
	}
	return t
}

// testView shows how a path is tested.
func testView(c *visit, n int, m setup.Mapping, keys []setup.ProbeKey) webwizard.TestView {
	at := strconv.Itoa(n)
	v := webwizard.TestView{
		Path: m.Test.Path, Words: m.Words(), Socket: m.Kind == setup.APIKindWebSocket,
		PathError: c.errors.Of("test_path-" + at), MethodError: c.errors.Of("test_method-" + at),
		StatusError: c.errors.Of("test_status-" + at), KeyError: c.errors.Of("test_key-" + at),
	}
	for _, method := range setup.TestMethods() {
		v.Methods = append(v.Methods, web.Option{Value: method, Text: method, Chosen: method == m.Test.Method})
	}
	switch {
	case m.Test.Status > 0:
		v.Status = strconv.Itoa(m.Test.Status)
	case m.Test.Status != 0: // typed, and no status
		v.Status = c.form.Get("test_status-" + at)
	}
	if v.Open = v.PathError+v.MethodError+v.StatusError+v.KeyError != ""; v.Open {
		v.Words = "Something below has to be put right."
	}
	name, found := setup.AnyOf(c.spec().Domain.Name), m.Test.Key == ""
	v.Keys = []web.Option{{Value: "", Text: "No key", Chosen: found}}
	for _, k := range keys {
		if name != "" && k.Host != name {
			continue
		}
		chosen := k.Variable == m.Test.Key && !found
		found = found || chosen
		v.Keys = append(v.Keys, web.Option{Value: k.Variable, Text: k.Variable + ", in " + k.Header + " to " + k.Host, Chosen: chosen})
	}
	if !found {
		v.Keys = append(v.Keys, web.Option{Value: m.Test.Key, Text: m.Test.Key + ", not bound", Chosen: true})
	}
	return v
}

func (api) check(c *visit) (web.FieldErrors, error) { return c.pageErrors(setup.PageAPI) }

func (api) refresh(c *visit) error { return c.s.LookAgain(c.ctx, apisKey(c.spec().Account)) }

// choosableAPIs are the APIs of a list that a path can lead to.
func choosableAPIs(list []setup.APIInfo) (can []setup.APIInfo) {
	for _, api := range list {
		if api.Refused == "" {
			can = append(can, api)
		}
	}
	return can
}

// emptyRow is a path that nobody has said anything of. Where there is one API only,
// it is chosen. Among several none is: the first of a list is a guess that is easily
// left standing, and it would give callers another API.
func emptyRow(list []setup.APIInfo) setup.Mapping {
	can := choosableAPIs(list)
	if len(can) != 1 {
		return setup.Mapping{}
	}
	return setup.Mapping{APIID: can[0].ID, APIName: can[0].Name, Kind: can[0].Kind, Stage: bestStage(can[0].Stages)}
}

// bestStage is the stage that the page proposes: prod, or else the first one.
func bestStage(stages []string) string {
	if slices.Contains(stages, "prod") || len(stages) == 0 {
		return "prod"
	}
	return stages[0]
}

func (api) show(c *visit, w webwizard.View) (func(web.Frame) templ.Component, error) {
	a := c.spec().Account
	list, err := handlers.Ask[[]setup.APIInfo](c.ctx, c.s.Server, apisKey(a), c.draft.CreatedAt.Add(-handlers.FreshFor))
	if err != nil {
		return nil, err
	}
	c.pending = list.Pending
	// The next page needs the zones, so they are looked up meanwhile.
	if _, err := handlers.Ask[[]setup.Zone](c.ctx, c.s.Server, zonesKey(a), c.draft.CreatedAt.Add(-handlers.FreshFor)); err != nil {
		return nil, err
	}
	v := webwizard.APIView{Look: lookView(c.times, "APIs in "+regionTitle(a.Region), "Refresh list", list), Stamp: c.s.Now().UnixMilli()}
	choosable := choosableAPIs(list.Value)
	for _, api := range list.Value {
		if api.Refused == "" {
			continue
		}
		refused := webwizard.RefusedAPI{Name: api.Name, ID: api.ID, Reason: api.Refused}
		if api.Kind == "" { // the line stands for APIs that could not be read
			refused.ID = ""
		}
		v.Refused = append(v.Refused, refused)
	}
	if list.Have && len(choosable) == 0 && list.Problem == nil {
		v.Empty = "No API in " + regionTitle(a.Region) + " can be chosen. Choose another region on the page before, or deploy an API there and refresh the list."
	}
	mappings := c.spec().API.Mappings
	byHand := list.Problem != nil && !list.Have
	if len(mappings) == 0 && byHand {
		mappings = []setup.Mapping{{}}
	}
	all := stageOptions(choosable, setup.Mapping{APIID: "none"})[1:]
	if len(all) > mostOptions {
		v.Listed = all
	}
	if len(mappings) == 0 && len(choosable) > 0 {
		mappings = []setup.Mapping{emptyRow(list.Value)}
	}
	if len(choosable) == 1 { // the only one is chosen wherever none is, as after another region was chosen
		mappings = slices.Clone(mappings)
		for i, m := range mappings {
			if m.APIID == "" && m.APIName == "" {
				only := emptyRow(list.Value)
				only.Path, only.Test = m.Path, m.Test
				mappings[i] = only
			}
		}
	}
	keys, err := c.s.Store.ProbeKeys(c.ctx)
	if err != nil {
		return nil, fmt.Errorf("page of the API: %w", err)
	}
	if len(mappings) > 0 && mappings[0].APIID != "" {
		c.preview(&w, func(sp *setup.Spec) { sp.API.Mappings = mappings })
	}
	for i, m := range mappings {
		row := webwizard.MappingRow{N: i, Path: m.Path}
		switch {
		case byHand:
			row.API, row.APIHint = typedStage(m), "The list is missing, so type the ID of the API and its stage, like a1b2c3d4e5/prod. The API Gateway console shows both."
		case v.Listed != nil:
			row.API, row.Listed = shownStage(choosable, m), true
			if _, ok := setup.FindAPI(choosable, m.APIID); ok {
				row.Full = row.API
			}
			row.APIHint = fmt.Sprintf("Type a part of the name, then choose one of the %d found in this region.", len(v.Listed))
		default:
			row.Options = stageOptions(choosable, m)
		}
		if m.Path != "" {
			row.Path = "/" + m.Path
		}
		if api, ok := setup.FindAPI(choosable, m.APIID); ok {
			row.Note = api.Note
		}
		row.PathError = c.errors.Of("path-" + strconv.Itoa(i))
		row.APIError = c.errors.Of("api-" + strconv.Itoa(i))
		row.Test = testView(c, i, m, keys)
		v.Rows = append(v.Rows, row)
	}
	return func(f web.Frame) templ.Component { return webwizard.API(f, w, v) }, nil
}

// mostOptions is how many lines a select has at most. With more, the person
// types to find an API.
const mostOptions = 50

// stageID matches an API and its stage as a form has them.
var stageID = regexp.MustCompile(`^([A-Za-z0-9]+)/([^/\s]+)$`)

// chosenStage reads which API and stage a person means. typed is the value of a
// select, a line of the list, or any part of a line that fits only one API.
func chosenStage(list []setup.APIInfo, typed string) (id, stage string) {
	typed = strings.TrimSpace(typed)
	var named []setup.APIInfo
	for _, api := range list {
		for _, s := range api.Stages {
			switch {
			case typed == api.ID+"/"+s, typed == stageText(api, s):
				return api.ID, s
			case strings.EqualFold(typed, api.Name+"/"+s), strings.EqualFold(typed, api.Name+", stage "+s):
				id, stage = api.ID, s
			}
		}
		if strings.EqualFold(typed, api.Name) || typed == api.ID {
			named = append(named, api)
		}
	}
	if id != "" {
		return id, stage
	}
	if len(named) == 1 {
		return named[0].ID, bestStage(named[0].Stages)
	}
	if m := stageID.FindStringSubmatch(typed); m != nil {
		return m[1], m[2]
	}
	return "", ""
}

func stageText(api setup.APIInfo, stage string) string {
	kind := kindTitle(api.Kind)
	if api.Endpoint == "EDGE" {
		kind += ", edge-optimised"
	}
	return api.Name + ", stage " + stage + " (" + kind + ", " + api.ID + ")"
}

// typedStage is a chosen API and stage as a person types it.
func typedStage(m setup.Mapping) string {
	if m.APIID == "" {
		return m.APIName
	}
	return m.APIID + "/" + m.Stage
}

// shownStage is a chosen API and stage as the list has it.
func shownStage(list []setup.APIInfo, m setup.Mapping) string {
	if api, ok := setup.FindAPI(list, m.APIID); ok && slices.Contains(api.Stages, m.Stage) {
		return stageText(api, m.Stage)
	}
	return typedStage(m)
}

// stageOptions lists every stage of every API that can be chosen. It adds the
// mapping's present choice if that does not exist any more.
func stageOptions(list []setup.APIInfo, m setup.Mapping) []web.Option {
	var options []web.Option
	found := false
	for _, api := range list {
		for _, stage := range api.Stages {
			o := web.Option{
				Value:  api.ID + "/" + stage,
				Text:   stageText(api, stage),
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
