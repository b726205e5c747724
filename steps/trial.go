package steps

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"apifront/probe"
	"apifront/setup"
)

// A trial is what a test of all paths showed.
type trial struct {
	probe.Reading

	mappings []setup.Mapping // that were tested
	left     []setup.Mapping // that a gentle test has left out
	unopened bool            // there are WebSockets alone, and none was opened

	seen       []setup.Evidence
	configured setup.Configured // as it was read with them
	locked     *setup.Problem   // a key is missing, so nothing was asked; nil: none is
}

// probeHost is a name that visitors can ask for: a wildcard is none.
func probeHost(name string) string { return setup.AnyOf(name) }

// tryOf asks for paths by the outermost rung. A thorough one reads meanwhile how
// distribution and custom domain are configured; in a job the steps before have
// just compared them. If all answer and no answer is a refusal, it looks no
// further. Otherwise it asks by the rungs below, reads what is configured, and says
// what is wrong.
func tryOf(ctx context.Context, e *Env, outermost setup.Rung, mappings []setup.Mapping, unopened bool) (trial, error) {
	target, wanted := aimAt(e, mappings)
	t := trial{mappings: mappings, unopened: unopened, locked: e.Prober.Locked(target)}
	var err error
	if t.locked == nil {
		target.Rungs = []setup.Rung{outermost}
		err = t.ask(ctx, e, target, wanted)
	}
	return t, err
}

// slowAfter is when a test asks by the rungs below too, because not every answer
// has come. Few APIs take so long, and of those that hang it is said by what.
const slowAfter = 5 * time.Second

// ask is try, once it is known what is to be asked: first by the target's one rung.
func (t *trial) ask(ctx context.Context, e *Env, target probe.Target, wanted probe.Wanted) error {
	end := trialEnd(e.Setup.Spec)
	waiting, hangUp := context.WithCancelCause(ctx)
	defer hangUp(nil)
	lower, unneeded := context.WithCancelCause(ctx)
	start, ended := make(chan struct{}, 1), make(chan struct{})
	var b beneath
	go func() {
		defer close(ended)
		silent := false
		select {
		case <-start:
		case <-time.After(slowAfter):
			silent = true
		case <-lower.Done():
			return
		}
		b = lookBeneath(lower, e, target, silent, end)
		if slower(b.seen, e.Setup.Spec) {
			hangUp(probe.ErrUnneeded)
		}
	}()
	defer func() {
		unneeded(probe.ErrUnneeded)
		<-ended
	}()
	var failed error
	var both sync.WaitGroup
	both.Go(func() { t.seen = e.Prober.Climb(waiting, target) })
	if e.Thorough {
		both.Go(func() {
			t.configured, failed = e.Account.Configured(ctx, e.name(), e.Resources.ID(setup.KeyDistribution), nil)
		})
	}
	both.Wait()
	e.saw(t.seen)
	if err := cmp.Or(ctx.Err(), failed); err != nil {
		return err
	}
	t.Reading = probe.Decode(t.seen, t.configured, wanted)
	if t.Proved() && !t.refused() {
		return nil
	}
	start <- struct{}{}
	<-ended
	e.saw(b.seen)
	if b.failed != nil {
		return b.failed
	}
	t.configured, t.seen = b.configured, append(t.seen, b.seen...)
	t.Reading = probe.Decode(t.seen, t.configured, wanted)
	return ctx.Err()
}

// A beneath is what is below the outermost rung of a test.
type beneath struct {
	seen       []setup.Evidence
	configured setup.Configured
	failed     error
}

// lookBeneath reads what is configured, and asks by the rungs below that of the
// target. Silent says that the outermost one is still waiting, and waits for all
// of CloudFront's attempts.
func lookBeneath(ctx context.Context, e *Env, target probe.Target, silent bool, end time.Time) (b beneath) {
	spec, byName := e.Setup.Spec, slices.Contains(target.Rungs, setup.RungName)
	if b.configured, b.failed = e.Account.Configured(ctx, e.name(), e.Resources.ID(setup.KeyDistribution), spec.API.Mappings); b.failed != nil {
		return b
	}
	target, patient := below(target, b.configured, spec)
	waiting, hangUp := context.WithCancelCause(ctx)
	defer hangUp(nil)
	var through []setup.Evidence
	var both sync.WaitGroup
	if byName {
		edge := target
		edge.Rungs, edge.Patience = []setup.Rung{setup.RungDistribution}, min(edgePatience(spec), time.Until(end))
		if silent {
			edge.Patience = min(patience(spec), edge.Patience)
		}
		both.Go(func() { through = e.Prober.Climb(waiting, edge) })
	}
	target.Rungs, target.Patience = []setup.Rung{setup.RungAPI, setup.RungRegional}, min(patient, time.Until(end))
	b.seen = e.Prober.Climb(ctx, target)
	if slower(b.seen, spec) {
		hangUp(probe.ErrUnneeded)
	}
	both.Wait()
	b.seen = append(b.seen, through...)
	return b
}

// below is a target by what AWS says is configured, which differs from ours where
// somebody has changed it, and how long its APIs may take when they are asked
// without CloudFront.
func below(target probe.Target, c setup.Configured, s setup.Spec) (probe.Target, time.Duration) {
	if c.Domain != nil && c.Domain.Target != "" {
		target.Regional = c.Domain.Target
	}
	if d := c.Distribution; d != nil && !d.PolicyUnknown {
		target.Unique = unique(d)
	}
	patient := max(patience(s), gatewayTimeout+margin)
	target.Paths = slices.Clone(target.Paths)
	for _, a := range c.APIs {
		patient = max(patient, a.Silence+margin)
		i := slices.IndexFunc(target.Paths, func(p probe.TargetPath) bool { return p.Mapping == a.Path })
		if i >= 0 && a.ExecuteDisabled {
			target.Paths[i].APIHost = "" // its own name is switched off, and says nothing
		}
	}
	return target, patient
}

// unique is what a distribution tells kept answers apart by.
func unique(d *setup.ConfiguredDistribution) probe.Unique {
	if !d.KeepsAnswers {
		return probe.Unique{}
	}
	return probe.Unique{Query: d.KeyQuery, Headers: d.KeyHeaders}
}

// slower says whether an API takes longer than CloudFront waits when it is asked
// without it, so that CloudFront gains nothing by asking again.
func slower(seen []setup.Evidence, s setup.Spec) bool {
	return slices.ContainsFunc(seen, func(e setup.Evidence) bool {
		return e.Rung == setup.RungRegional && (e.Failed == probe.PhaseHTTP || e.FirstByte > time.Duration(s.Edge.ReadTimeout)*time.Second)
	})
}

// refused says whether an answer is a refusal. Whether it is that of the API, or
// of what became of the request on the way, is told by asking without CloudFront.
func (t trial) refused() bool {
	return slices.ContainsFunc(t.Paths, func(p probe.PathReading) bool { return p.Seen != nil && p.Seen.Status >= 400 })
}

// aim is what a test of all paths asks, and what should be there.
func aim(e *Env) (probe.Target, probe.Wanted) { return aimAt(e, e.Setup.Spec.API.Mappings) }

// aimAt is what a test of some paths asks, and what should be there.
func aimAt(e *Env, mappings []setup.Mapping) (probe.Target, probe.Wanted) {
	spec := e.Setup.Spec
	name := probeHost(e.name())
	target := probe.Target{
		Name: name, Regional: domainTarget(e), Distribution: e.Resources.Attr(setup.KeyDistribution, setup.AttrDomainName),
		Patience: edgePatience(spec), Handshakes: e.Gentle.sockets(), Origin: originKeys(e),
	}
	if spec.Edge.Keeps() { // every query string is in the key of our cache policy
		target.Unique = probe.Unique{Query: true, Headers: spec.Edge.KeyHeaders}
	}
	wanted := probe.Wanted{Name: name}
	if ours := decides(spec); ours("ViewerProtocolPolicy") {
		wanted.ViewerProtocol = spec.Edge.ViewerProtocol
	}
	if spec.CachingAsFound() {
		target.Unique = probe.Unique{Query: true} // whether it is in the key, no answer says
	} else {
		wanted.Keeps = new(spec.Edge.Keeps())
	}
	for _, m := range allowedMethods(spec.Edge.Methods) {
		wanted.Methods = append(wanted.Methods, string(m))
	}
	for _, m := range mappings {
		target.Paths = append(target.Paths, probe.TargetPath{
			Mapping: m.Path, Kind: m.Kind, Stage: m.Stage, APIHost: apiHost(spec, m),
			Below: m.Test.Path, Method: m.Test.Method, Status: m.Test.Status, Keys: keysOf(e, name, m),
		})
		wanted.Paths = append(wanted.Paths, probe.WantedPath{Path: m.DisplayPath(), Kind: m.Kind, APIID: m.APIID, Stage: m.Stage, Status: m.Test.Status})
	}
	return target, wanted
}

// keysOf is the key that the test of a mapping sends. One that is not bound to
// the host any more is not sent.
func keysOf(e *Env, host string, m setup.Mapping) []probe.KeyHeader {
	if m.Test.Key == "" {
		return nil
	}
	k := probe.KeyHeader{Host: host, Variable: m.Test.Key, Unbound: true}
	for _, bound := range e.Keys {
		if bound.Variable == m.Test.Key && bound.Host == probeHost(e.name()) {
			k.Header, k.Unbound = bound.Header, false
		}
	}
	return []probe.KeyHeader{k}
}

// margin is what a request takes beside the waiting: the way, TLS, the answer.
const margin = 10 * time.Second

// gatewayTimeout is how long API Gateway waits for an integration, unless AWS
// says otherwise of it.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
const gatewayTimeout = 30 * time.Second

// originAttempts is how often CloudFront asks for one answer (ConnectionAttempts).
const originAttempts = 3

// patience is how long a request past CloudFront may take, which CloudFront may
// make once: as long as CloudFront waits for the API.
func patience(s setup.Spec) time.Duration {
	return time.Duration(s.Edge.ReadTimeout)*time.Second + margin
}

// edgePatience is how long a request through CloudFront may take. CloudFront
// repeats it: "GET and HEAD requests – If the origin doesn't respond or stops
// responding within the duration of the response timeout, CloudFront drops the
// connection. CloudFront tries again to connect according to the value of
// Connection attempts." A pass has no time for all attempts if OriginReadTimeout is
// long; then the test says that CloudFront was still waiting.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesOrigin.html#DownloadDistValuesOriginResponseTimeout
func edgePatience(s setup.Spec) time.Duration {
	return min(time.Duration(originAttempts*s.Edge.ReadTimeout)*time.Second+margin, trialTime(s))
}

// trialTime is how long the requests of a test may take: a pass, less what is
// asked of AWS, and less the test of what is kept, which comes after them.
func trialTime(s setup.Spec) time.Duration {
	if s.Edge.Keeps() {
		return LongestPass - 30*time.Second - probe.ContractTime
	}
	return LongestPass - 30*time.Second
}

// trialEnd is when the requests of a test that begins now must have ended.
func trialEnd(s setup.Spec) time.Time { return time.Now().Add(trialTime(s)) }

// apiHost is the own name of a mapping's API.
func apiHost(s setup.Spec, m setup.Mapping) string { return APIHost(m.APIID, s.Account.Region) }

// APIHost is the own name of an API in a region.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html
func APIHost(api, region string) string {
	domain := ".amazonaws.com"
	if strings.HasPrefix(region, "cn-") {
		domain += ".cn"
	}
	return api + ".execute-api." + region + domain
}

// trialGrants are what a test reads of AWS to say what is wrong. Without them it
// says what else it may be.
func trialGrants(s Scope) []Grant {
	gateway := []string{s.domain(""), s.domain("/apimappings")}
	if canMapV1(s.Spec) { // in a region without API Gateway v2
		gateway = append(gateway, s.domain("/basepathmappings"))
	}
	for _, m := range s.Spec.API.Mappings {
		if !idPattern.MatchString(m.APIID) || !stagePattern.MatchString(m.Stage) {
			continue // AWS has no such thing
		}
		api, routes := "/apis/"+Literal(m.APIID), "/routes"
		if m.Kind == setup.APIKindREST {
			api, routes = "/restapis/"+Literal(m.APIID), "/resources"
		}
		gateway = append(gateway, s.gateway(api), s.gateway(api+"/stages/"+Literal(m.Stage)), s.gateway(api+routes))
	}
	explains := func(what string, actions, resources []string) Grant {
		return Grant{For: what, Actions: actions, Resources: resources, Explains: true}
	}
	return []Grant{
		explains("ExplainEdge", []string{"cloudfront:GetDistribution"}, []string{s.edge("distribution/*")}),
		explains("ExplainKey", []string{"cloudfront:GetCachePolicy"}, []string{s.edge("cache-policy/*")}),
		explains("ExplainForwarding", []string{"cloudfront:GetOriginRequestPolicy"}, []string{s.edge("origin-request-policy/*")}),
		explains("ExplainGateway", []string{"apigateway:GET"}, gateway),
	}
}

// trialActions are the actions of trialGrants.
var trialActions = []string{"cloudfront:GetDistribution", "cloudfront:GetCachePolicy", "cloudfront:GetOriginRequestPolicy", "apigateway:GET"}

// passed counts the paths that are proved.
func (t trial) passed() (n int) {
	for _, p := range t.Paths {
		if p.Proof != probe.NoProof {
			n++
		}
	}
	return n
}

// words are what passed: "2 of 2 requests passed, 1 of them refused by the API itself".
func (t trial) words() string {
	if t.unopened {
		return "API Gateway answers; the WebSocket was not opened, which would run its $connect"
	}
	text := passedWords(t.passed(), len(t.Paths))
	var named []string
	for _, m := range t.mappings {
		if m.Test.Status != 0 && t.proved(m.DisplayPath()) {
			named = append(named, m.Words())
		}
	}
	if len(named) > 0 && len(named) <= 3 {
		text += ": " + setup.And(named)
	}
	guarded := 0
	for _, p := range t.Paths {
		if p.Proof == probe.ProofByRefusal {
			guarded++
		}
	}
	switch {
	case guarded == 0:
		return text
	case len(t.Paths) == 1:
		return text + ": the API was reached, and asks callers for a key or a signature"
	}
	return text + "; " + setup.Count(guarded, "API") + " was reached, and asks callers for a key or a signature"
}

// proved says whether a path is proved.
func (t trial) proved(path string) bool {
	for _, p := range t.Paths {
		if p.Path == path {
			return p.Proof != probe.NoProof
		}
	}
	return false
}

// through says whether every answer came through CloudFront. No other
// distribution can have the name, so it came through ours, whatever its address.
func (t trial) through() bool {
	for _, p := range t.Paths {
		if p.Seen == nil || !probe.ThroughEdge(p.Seen) {
			return false
		}
	}
	return len(t.Paths) > 0
}

// gone says whether DNS does not know the distribution's own name: it was deleted.
func (t trial) gone() bool {
	return slices.ContainsFunc(t.seen, func(e setup.Evidence) bool {
		return e.Rung == setup.RungDistribution && e.Failed == probe.PhaseResolve && !strings.Contains(e.Error, "look up")
	})
}

// beforeName are the causes that have nothing to do with where the name leads.
func (t trial) beforeName() []setup.Cause {
	return slices.DeleteFunc(slices.Clone(t.Causes), func(c setup.Cause) bool { return c.Rung == setup.RungName })
}

// pending is a test that has not passed, with its cause. A cause that goes away
// by waiting is no cause to show before the time is over.
func (t trial) pending(e *Env) Observation {
	o := t.untold(e)
	o.Unasked = pathsOf(t.left)
	return o
}

func (t trial) untold(e *Env) Observation {
	if t.locked != nil {
		o := pending("No request was sent: a key is missing")
		o.Problem, o.Sure = t.locked, true
		return o
	}
	text := t.words()
	for _, p := range t.Paths {
		if p.Proof != probe.NoProof {
			continue
		}
		text += ". " + p.Path + " got no answer"
		if p.Seen != nil && p.Seen.Status != 0 {
			text = strings.TrimSuffix(text, " got no answer") + statusWords(p.Seen.Status)
		}
		break
	}
	o := pending(text + ", tried again")
	o.Causes = t.Causes
	if len(t.Causes) == 0 {
		return o
	}
	o.Problem = causesProblem(t.Causes, e.Setup.Spec)
	o.Sure = !t.Causes[0].Passing
	if o.Sure {
		o.Summary = text + ": " + t.Causes[0].Setting.Words()
	}
	return o
}
