package doctor

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"apifront/probe"
	"apifront/setup"
)

// An outside is what was seen from outside.
type outside struct {
	walked  bool // DNS was followed from the root, or it was tried
	walk    probe.Walk
	walkErr error
	traffic probe.Traffic // without a target until it is known where the name should lead

	addresses  []netip.Addr // that resolvers gave
	addressErr error
	secluded   []string // those of them that visitors cannot reach

	seen  []setup.Evidence
	lower []setup.Evidence // of them, those that were asked past the name
	doors []setup.Evidence // that were asked past CloudFront, where nothing was wrong
}

// lookAtDNS follows DNS to the name, and asks all who know it.
func (e *exam) lookAtDNS(ctx context.Context) {
	o := &e.outside
	e.chart.begin(setup.DoctorDelegation)
	limited, cancel := context.WithTimeout(ctx, walkLimit)
	defer cancel()
	o.walk, o.walkErr = e.q.Prober.Walk(limited, e.host)
	o.walked = true
	if ctx.Err() != nil {
		return
	}
	e.judgeDelegation()
	e.chart.begin(setup.DoctorServers)
	o.traffic = e.q.Prober.Traffic(ctx, o.walk, e.host, "")
	e.chart.change(setup.DoctorServers, func(l *setup.DoctorLook) { l.Took = time.Since(e.chart.begun[l.ID]) })
}

// margin is what a request takes beside the waiting: the way, TLS, the answer.
const margin = 10 * time.Second

// gatewayTimeout is how long API Gateway waits for an integration, unless AWS says
// otherwise of it.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html (documented)
const gatewayTimeout = 30 * time.Second

// slowAfter is when the rungs below are asked too, because not every answer has come.
const slowAfter = 5 * time.Second

// ask sends the requests: by the name, and if that shows a fault, past it. Addresses
// that are not public are looked up and never called.
func (e *exam) ask(ctx context.Context) {
	o := &e.outside
	if ctx.Err() != nil {
		return
	}
	e.chart.begin(setup.DoctorRequest, setup.DoctorCertificate)
	o.addresses, o.addressErr = e.q.Prober.Addresses(ctx, e.host)
	for _, a := range o.addresses {
		if !e.q.Prober.Reaches(a) {
			o.secluded = append(o.secluded, a.String())
		}
	}
	if len(o.secluded) > 0 && len(o.secluded) == len(o.addresses) {
		e.askBelow(ctx)
		return
	}
	asked := make(chan []setup.Evidence, 1)
	go func() {
		byName := e.target
		byName.Rungs = []setup.Rung{setup.RungName}
		asked <- e.q.Prober.Climb(ctx, byName)
	}()
	lower, unneeded := context.WithCancelCause(ctx)
	defer unneeded(nil)
	var below sync.WaitGroup
	begun := false
	slow := time.NewTimer(slowAfter)
	defer slow.Stop()
	select {
	case o.seen = <-asked:
	case <-slow.C:
		begun = true
		below.Go(func() { e.askBelow(lower) })
		o.seen = <-asked
	}
	r := probe.Decode(o.seen, e.decoded(), e.wanted)
	switch enough := r.Proved() && !refused(r); {
	case enough:
		unneeded(probe.ErrUnneeded)
		if !begun { // an API that is slow is not asked twice
			o.doors = e.askDoors(ctx)
		}
	case !begun:
		e.askBelow(lower)
	}
	if below.Wait(); context.Cause(lower) != nil {
		o.lower = nil // what was under way then says nothing
	}
}

// refused says whether an answer is a refusal. Whether it is that of the API, or of
// what became of the request on the way, is told by asking without CloudFront.
func refused(r probe.Reading) bool {
	return slices.ContainsFunc(r.Paths, func(p probe.PathReading) bool { return p.Seen != nil && p.Seen.Status >= 400 })
}

// askBelow asks past the name, as far as AWS said where: at the distribution, at the
// target of the custom domain, and at the API's own name.
func (e *exam) askBelow(ctx context.Context) {
	t := e.target
	if t.Distribution == "" && t.Regional == "" {
		return
	}
	e.chart.begin(setup.DoctorBeneath)
	t.Rungs = []setup.Rung{setup.RungAPI, setup.RungRegional, setup.RungDistribution}
	t.Patience = max(t.Patience, gatewayTimeout+margin)
	for _, a := range e.inside.configured.APIs {
		t.Patience = max(t.Patience, a.Silence+margin)
	}
	e.outside.lower = e.q.Prober.Climb(ctx, t)
}

// evidence is all that requests have shown.
func (o *outside) evidence() []setup.Evidence { return slices.Concat(o.lower, o.seen) }

// byName is what the first request by the name showed; nil: none was sent.
func (o *outside) byName() *setup.Evidence {
	i := slices.IndexFunc(o.seen, func(e setup.Evidence) bool { return e.Rung == setup.RungName && !e.Below })
	if i < 0 {
		return nil
	}
	return &o.seen[i]
}

// cnames are the links by which servers lead the name on.
func (o *outside) cnames() []string {
	var list []string
	for _, v := range slices.Concat(o.traffic.A, o.traffic.AAAA) {
		for _, c := range v.Answer.CNAMEs {
			if !slices.Contains(list, c) {
				list = append(list, c)
			}
		}
	}
	return list
}

// edgeName is the distribution's own name, where DNS leads to one by it; "": it does
// not, or by addresses alone.
func (o *outside) edgeName() string {
	for _, c := range o.cnames() {
		if strings.HasSuffix(c, ".cloudfront.net") {
			return c
		}
	}
	return ""
}

// silent says whether no server of DNS gave an answer of any use. Resolvers that know
// no top-level domain, where nobody else can be asked, know nothing of the Internet.
func (o *outside) silent() bool {
	if o.walked && o.walkErr == nil && !o.walk.Direct && len(o.walk.Cuts) == 0 && o.traffic.Nowhere() {
		return true
	}
	useless := func(v probe.View) bool { return v.Err != nil }
	views := slices.Concat(o.traffic.A, o.traffic.AAAA)
	return o.walked && o.walkErr != nil && !slices.ContainsFunc(views, func(v probe.View) bool { return !useless(v) })
}

// answers are the answers of DNS, as lines that ask again: those of the zone's own
// servers first, and bad ones before good ones.
func (o *outside) answers() (list []setup.Asked) {
	for _, a := range probe.KeptViews(slices.Concat(o.traffic.A, o.traffic.AAAA)...) {
		list = append(list, probe.AskedDNS(a))
	}
	slices.SortStableFunc(list, func(a, b setup.Asked) int {
		switch {
		case a.Bad == b.Bad:
			return 0
		case a.Bad:
			return -1
		}
		return 1
	})
	return list
}

// says are the different answers of those who answered with a record of the type,
// each with who gave it.
func says(views []probe.View, direct bool) (answers map[string][]string, none []string) {
	answers = map[string][]string{}
	for _, v := range views {
		if v.Resolver == direct || v.Err != nil {
			continue
		}
		switch {
		case len(v.Answer.CNAMEs) > 0:
			answers[v.Answer.CNAMEs[0]] = append(answers[v.Answer.CNAMEs[0]], v.Server)
		case v.Answer.Exists():
			answers[""] = append(answers[""], v.Server)
		default:
			none = append(none, v.Server)
		}
	}
	return answers, none
}
