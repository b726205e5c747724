package setup

import (
	"fmt"
	"slices"
	"strings"
)

func checkAPI(j *judge, s Spec, f Facts) {
	mappings, region := s.API.Mappings, s.Account.Region
	if f.APIs.Awaited() {
		j.say(FaultAwaits, "api.mappings", "", "list of APIs in "+region)
	}
	if len(mappings) == 0 {
		text := "Choose an API"
		if !f.APIs.Have {
			text = "Ask AWS again for the list of APIs in " + region + ", then choose one"
		}
		j.stop("api.mappings", text)
		return
	}
	if !f.APIs.Have && !f.APIs.Awaited() {
		j.say(FaultUnchecked, "api.mappings", "The APIs were not listed", "AWS has not said which APIs are in "+region+". The job finds out when it maps the paths.")
	}
	known := slices.Clone(mappings)
	for i, m := range mappings {
		at := fmt.Sprintf("api.mappings[%d]", i)
		if field, text := checkStage(m, f.APIs, region); text != "" {
			j.stop(at+field, text)
		}
		if api, ok := FindAPI(f.APIs.Value, m.APIID); ok && api.Kind != "" {
			known[i].Kind = api.Kind
		}
		checkTest(j, at, s.Domain.Name, known[i], f.Keys)
	}
	for _, p := range CheckMappings(known) {
		field := ".api_id"
		if p.Path {
			field = ".path"
		}
		j.stop(fmt.Sprintf("api.mappings[%d]%s", p.Index, field), p.Text)
	}
	if mixedWebSocket(known) < 0 {
		checkKindChange(j, s.Domain.Name, known, f)
	}
}

// checkKindChange stops a change between WebSocket and other APIs that API Gateway
// would refuse: a custom domain has mappings of WebSocket APIs, or of others. So the
// last mapping of before has to become the first of the new ones, in place.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-mappings.html
// (documented).
func checkKindChange(j *judge, name string, wanted []Mapping, f Facts) {
	var others []Mapping
	socket := wanted[0].Kind == APIKindWebSocket
	for _, m := range f.Mapped.Value {
		if api, ok := FindAPI(f.APIs.Value, m.APIID); ok && api.Kind != "" {
			m.Kind = api.Kind
		}
		switch {
		case m.Kind == "" || wanted[0].Kind == "":
			return // nobody can tell
		case (m.Kind == APIKindWebSocket) == socket:
			return // API Gateway has refused the other kind since
		}
		others = append(others, m)
	}
	if len(others) == 0 {
		return
	}
	to, from := "WebSocket API", "REST or HTTP APIs"
	if !socket {
		to, from = "REST or HTTP API", "WebSocket APIs"
	}
	at := slices.IndexFunc(wanted, func(m Mapping) bool { return m.Path == others[0].Path })
	if len(others) == 1 && at >= 0 {
		j.say(FaultNotice, fmt.Sprintf("api.mappings[%d].api_id", at), "Another kind of API", fmt.Sprintf(
			"%s leads to a %s from the moment its mapping is changed. Until callers have changed too, they get errors: API Gateway maps no WebSocket API beside others.", wanted[at].DisplayPath(), to))
		return
	}
	var paths []string
	for _, m := range others {
		paths = append(paths, m.DisplayPath())
	}
	slices.Sort(paths)
	are := "are"
	if len(paths) == 1 {
		are = "is"
	}
	j.stop("api.mappings[0].api_id", fmt.Sprintf(
		"Use another domain name for the %s: %s %s mapped to %s on %s now, and API Gateway maps no WebSocket API beside others. Or make two changes: first map only %s, to an API of the present kind, then choose the %s for it",
		to, And(paths), are, from, name, wanted[0].DisplayPath(), to))
}

// checkStage says why a job cannot use the API or the stage of a mapping, and
// which field of the mapping is wrong; "" if nothing is.
func checkStage(m Mapping, apis Fact[[]APIInfo], region string) (field, text string) {
	const api, stage = ".api_id", ".stage"
	name := m.APIName
	if name == "" {
		name = m.APIID
	}
	at := m.DisplayPath()
	switch {
	case m.APIID == "" && !apis.Have:
		return api, "Ask AWS again for the list of APIs in " + region + ", or enter the ID of the API and its stage for " + at + ", like a1b2c3d4e5/prod"
	case m.APIID == "" && m.APIName != "":
		return api, noSuchAPI(m, apis.Value, region)
	case m.APIID == "":
		return api, "Choose an API and stage for " + at
	case m.Stage == "":
		return stage, "Choose an API and stage for " + at
	case !apis.Have:
		return "", ""
	}
	found, ok := FindAPI(apis.Value, m.APIID)
	switch {
	case !ok:
		return api, "Choose another API for " + at + ": " + name + " is not in " + region + ". It was deleted, or it is in another region"
	case found.Refused != "":
		return api, "Choose another API for " + at + ": " + found.Refused
	case !slices.Contains(found.Stages, m.Stage):
		return stage, "Choose another stage for " + at + ": " + name + " has no stage " + m.Stage + " any more"
	}
	return "", ""
}

// noSuchAPI says that the typed name is the name of no API, or of several.
func noSuchAPI(m Mapping, list []APIInfo, region string) string {
	alike := 0
	for _, api := range list {
		if strings.EqualFold(api.Name, m.APIName) {
			alike++
		}
	}
	if alike > 1 {
		return fmt.Sprintf("Choose one of the %d APIs named %s for %s: their IDs tell them apart", alike, m.APIName, m.DisplayPath())
	}
	return "Choose an API from the list for " + m.DisplayPath() + ": none in " + region + " is called " + m.APIName
}

// FindAPI returns the API with the ID; false if it is not in the list.
func FindAPI(list []APIInfo, id string) (APIInfo, bool) {
	i := slices.IndexFunc(list, func(a APIInfo) bool { return a.ID == id })
	if i < 0 {
		return APIInfo{}, false
	}
	return list[i], true
}
