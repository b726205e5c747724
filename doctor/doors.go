package doctor

import (
	"context"
	"slices"
	"time"

	"apifront/probe"
	"apifront/setup"
	"apifront/steps"
)

// mostDoors is how many stages are asked past CloudFront, and doorLimit for how long:
// what has not answered by then is not known to be open.
const (
	mostDoors = 3
	doorLimit = 3 * time.Second
)

// askDoors asks the APIs past CloudFront, where the way through it is right and was not
// compared with what is below: once at each API's own name and once at the target of the
// custom domain. No key is sent, since whoever has none is who is to be kept out. It takes
// as long as an answer by the name did, beside the looks that take longer.
func (e *exam) askDoors(ctx context.Context) []setup.Evidence {
	t := e.target
	t.Keys, t.Handshakes, t.Rungs, t.Paths = nil, false, []setup.Rung{setup.RungAPI, setup.RungRegional}, nil
	var stages []string
	for i, p := range e.target.Paths {
		stage := e.wanted.Paths[i].APIID + "/" + p.Stage
		if p.Kind != setup.APIKindWebSocket && len(t.Paths) < mostDoors && !slices.Contains(stages, stage) {
			stages, t.Paths = append(stages, stage), append(t.Paths, p)
		}
	}
	if e.inside.configured.Domain == nil || e.inside.configured.Distribution == nil {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, doorLimit)
	defer cancel()
	return e.q.Prober.Climb(limited, t)
}

// doors are the ways past CloudFront that were seen open. That AWS does not call one shut
// is not enough: an answer of the API is.
func (e *exam) doors() (list []setup.Door) {
	i := &e.inside
	if i.configured.Domain == nil || i.configured.Distribution == nil || i.ownName() {
		return nil
	}
	seen := slices.Concat(e.outside.doors, e.outside.lower)
	var kinds []setup.APIKind
	var asked []setup.Asked
	for _, a := range i.configured.APIs {
		at := func(r setup.Rung) (of []setup.Evidence) {
			for _, v := range seen {
				if v.Rung == r && v.Path == "/"+a.Path {
					of = append(of, v)
				}
			}
			return of
		}
		if own := at(setup.RungAPI); probe.Opens(own) == setup.Yes {
			host := steps.APIHost(a.APIID, i.apiRegion)
			if !slices.ContainsFunc(list, func(d setup.Door) bool { return d.Host == host }) {
				list = append(list, e.endpointDoor(a, host, own[0]))
			}
		}
		if regional := at(setup.RungRegional); probe.Opens(regional) == setup.Yes && !slices.Contains(kinds, a.Kind) {
			kinds, asked = append(kinds, a.Kind), append(asked, e.askedRequest(regional[0]))
		}
	}
	if len(kinds) == 0 {
		return list
	}
	var how []string
	for _, k := range kinds {
		how = append(how, steps.RegionalLock(k))
	}
	target := i.configured.Domain.Target
	return append(list, setup.Door{
		Kind: setup.DoorRegional, Host: target, Asked: asked,
		Title: "The Regional name of the custom domain, " + target + ", answers for " + e.q.Name + " to whoever asks it",
		Fix:   "No setting closes it, since CloudFront calls it. It is closed by " + setup.Or(how) + ".",
	})
}

// endpointDoor is the default endpoint of an API. The lines are AWS's own.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html (documented)
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-disable-default-endpoint.html (documented)
func (e *exam) endpointDoor(a setup.ConfiguredAPI, host string, seen setup.Evidence) setup.Door {
	is := setup.NewAsked("API Gateway GetApi "+a.APIID, "disableExecuteApiEndpoint: false", awsLine("DisableExecuteApiEndpoint", "apigatewayv2", "get-api", "--api-id", a.APIID, "--region", e.inside.apiRegion))
	line := awsLine("", "apigatewayv2", "update-api", "--api-id", a.APIID, "--disable-execute-api-endpoint", "--region", e.inside.apiRegion)
	if a.Kind == setup.APIKindREST {
		is = setup.NewAsked("API Gateway GetRestApi "+a.APIID, "disableExecuteApiEndpoint: false", awsLine("disableExecuteApiEndpoint", "apigateway", "get-rest-api", "--rest-api-id", a.APIID, "--region", e.inside.apiRegion))
		line = awsLine("", "apigateway", "update-rest-api", "--rest-api-id", a.APIID, "--patch-operations", "op=replace,path=/disableExecuteApiEndpoint,value=true", "--region", e.inside.apiRegion)
	}
	return setup.Door{
		Kind: setup.DoorEndpoint, Host: host, Asked: []setup.Asked{e.askedRequest(seen), is}, Line: line,
		Title: "The default endpoint of the API, " + host + ", answers to whoever asks it",
		Fix:   "The line closes it for everybody, also for others who call the API there; the stage takes that over with its next deployment. A setup of the name does it too: \"Close default endpoints\" under \"More settings\" of the page Edge settings.",
	}
}
