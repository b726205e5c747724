package steps

import (
	"context"
	"slices"

	"apifront/probe"
	"apifront/seal"
	"apifront/setup"
)

// The ways to an API behind the setup that pass CloudFront by. One is the API's own
// name, the default endpoint, which can be closed. The other is the target of the
// custom domain, asked with the name: CloudFront calls it, so it cannot be closed, and
// only the API itself can tell CloudFront from others.

// doorsAsked are the mappings of APIs that are asked past CloudFront: the first of
// each API and stage. A WebSocket tells only when it is opened, which runs $connect.
func doorsAsked(e *Env) (list []setup.Mapping) {
	for _, m := range e.Setup.Spec.API.Mappings {
		same := func(o setup.Mapping) bool { return o.APIID == m.APIID && o.Stage == m.Stage }
		if (m.Kind != setup.APIKindWebSocket || e.Gentle.sockets()) && !slices.ContainsFunc(list, same) {
			list = append(list, m)
		}
	}
	return list
}

// A doorway is what an API answered past CloudFront, at each of the two names.
type doorway struct {
	setup.Mapping

	own, regional []setup.Evidence

	locked bool // the Regional name refuses what comes without the setup's secret header
	old    bool // it takes the secret of before as well
}

// askDoors asks for the paths by some of the rungs setup.RungAPI and setup.RungRegional.
// Keys are not sent: whoever has none is who is to be kept out.
func askDoors(ctx context.Context, e *Env, list []setup.Mapping, rungs ...setup.Rung) ([]doorway, error) {
	target := probe.Target{
		Name: probeHost(e.name()), Regional: domainTarget(e), Rungs: rungs,
		Patience: gatewayTimeout + margin, Handshakes: e.Gentle.sockets(),
	}
	doors := make([]doorway, len(list))
	for i, m := range list {
		doors[i].Mapping = m
		target.Paths = append(target.Paths, probe.TargetPath{Mapping: m.Path, Kind: m.Kind, Stage: m.Stage, APIHost: apiHost(e.Setup.Spec, m), Below: m.Test.Path})
	}
	seen := e.Prober.Climb(ctx, target)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e.saw(seen)
	for i := range doors {
		for _, s := range seen {
			switch {
			case s.Path != doors[i].DisplayPath():
			case s.Rung == setup.RungAPI:
				doors[i].own = append(doors[i].own, s)
			case s.Rung == setup.RungRegional:
				doors[i].regional = append(doors[i].regional, s)
			}
		}
	}
	if slices.Contains(rungs, setup.RungRegional) {
		return doors, e.askLocked(ctx, target, doors)
	}
	return doors, nil
}

// askLocked asks at the Regional name with the secret header too. It locks a door if
// what is refused without it is answered otherwise with it.
func (e *Env) askLocked(ctx context.Context, target probe.Target, doors []doorway) error {
	h := originHeaderOf(e)
	if h.want == "" || h.value.IsZero() {
		return nil
	}
	target.Rungs = []setup.Rung{setup.RungRegional}
	ask := func(value seal.Secret) []setup.Evidence {
		target.Origin = e.asKeys(h.want, value)
		seen := e.Prober.Climb(ctx, target)
		e.saw(seen)
		return seen
	}
	with := ask(h.value)
	any := false
	for i := range doors {
		doors[i].locked = opens(doors[i].regional, with)
		any = any || doors[i].locked
	}
	if any && !h.old.IsZero() {
		before := ask(h.old)
		for i := range doors {
			doors[i].old = doors[i].locked && opens(doors[i].regional, before)
		}
	}
	return ctx.Err()
}

// opens says whether one of the requests that are refused without a header is answered
// otherwise with it.
func opens(without, with []setup.Evidence) bool {
	return slices.ContainsFunc(without, func(e setup.Evidence) bool {
		to := answerLike(with, e)
		return refuses(e) && to.Status != 0 && otherAnswer(e, to)
	})
}

// regionalWords say how the Regional name stands, and what would close it. open: there is
// something to do. WAF stands
// before REST APIs alone; mutual TLS of a custom domain is not for WebSocket APIs.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-aws-waf.html (documented)
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html (documented)
// https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html (documented)
func regionalWords(e *Env, doors []doorway) (text string, open bool) {
	target := domainTarget(e)
	if target == "" {
		return "", false
	}
	var kinds []setup.APIKind
	var shut, old []string
	for _, d := range doors {
		if d.locked {
			shut = append(shut, d.DisplayPath())
		}
		if d.old {
			old = append(old, d.DisplayPath())
		}
		if !d.locked && len(d.regional) > 0 && probe.Opens(d.regional) == setup.Yes && !slices.Contains(kinds, d.Kind) {
			kinds = append(kinds, d.Kind)
		}
	}
	var said Observation
	if len(shut) > 0 {
		said.add(target + " refuses what comes past CloudFront without " + e.Setup.Spec.Edge.OriginHeader + ": " + firstOf(shut) + ".")
	}
	if len(old) > 0 {
		said.add("It takes the secret of before as well: take that out of what checks the header.")
	}
	if len(kinds) == 0 {
		return said.Summary, len(old) > 0
	}
	slices.Sort(kinds)
	var how []string
	for _, k := range kinds {
		how = append(how, regionalLocks[k])
	}
	said.add(target + " answers for " + e.name() + " past CloudFront, and stays open. It is closed by " + setup.Or(how) + ".")
	return said.Summary, true
}

// regionalLocks are what closes the Regional name to all but CloudFront, by kind of API.
var regionalLocks = map[setup.APIKind]string{
	setup.APIKindREST:      "a web ACL on the stage of the REST API that wants a secret header which CloudFront adds",
	setup.APIKindHTTP:      "an authorizer of the HTTP API that wants such a header, or mutual TLS between CloudFront and the custom domain",
	setup.APIKindWebSocket: "an authorizer of the WebSocket API that wants such a header",
}

// RegionalLock is what closes the Regional name of a custom domain to all but CloudFront,
// for a kind of API.
func RegionalLock(k setup.APIKind) string { return regionalLocks[k] }

// doorsWatch says which ways past CloudFront are open. Only checks that a person asked
// for look, since it sends requests to the API.
func doorsWatch() Step {
	return Step{
		ID:      "doors",
		Thing:   "ways past CloudFront",
		Title:   "Look for ways past CloudFront",
		Why:     "Whoever calls the API by another name bypasses what CloudFront does: its firewall, its limits, its logs.",
		Service: "API Gateway",
		Needs:   []setup.StepID{"mappings"},
		Parts:   []setup.Part{setup.PartGateway},
		Observe: observeDoors,
	}
}

func observeDoors(ctx context.Context, e *Env) (Observation, error) {
	o := ready("Asked when a person checks")
	o.Unseen = true
	if e.Terms == nil || e.Gentle != AsksAll {
		return o, nil
	}
	rungs := []setup.Rung{setup.RungRegional}
	own := !closesEndpoints(e.Setup.Spec)
	if own { // else the step that closes them asks
		rungs = append(rungs, setup.RungAPI)
	}
	doors, err := askDoors(ctx, e, doorsAsked(e), rungs...)
	if err != nil {
		return o, err
	}
	var open, shut []string
	for _, d := range doors {
		switch host := apiHost(e.Setup.Spec, d.Mapping); {
		case !own || slices.Contains(open, host):
		case probe.Opens(d.own) == setup.Yes:
			open = append(open, host)
		case probe.Opens(d.own) == setup.No && !slices.Contains(shut, host):
			shut = append(shut, host)
		}
	}
	o = ready("")
	if len(open) > 0 {
		o.Summary = setup.And(open) + answerWord(len(open)) + " past CloudFront. The page Edge settings can close default endpoints."
	}
	if len(shut) > 0 {
		o.add(setup.And(shut) + " " + isOrAre(len(shut)) + " closed.")
	}
	regional, past := regionalWords(e, doors)
	o.add(regional)
	o.Remark = len(open) > 0 || past
	if o.Summary == "" {
		o.Summary, o.Unseen = "No way past CloudFront was found", len(doors) == 0
	}
	return o, nil
}

// add adds a sentence to the summary.
func (o *Observation) add(text string) {
	switch {
	case text == "":
	case o.Summary == "":
		o.Summary = text
	default:
		o.Summary += " " + text
	}
}

func answerWord(n int) string {
	if n == 1 {
		return " answers"
	}
	return " answer"
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
