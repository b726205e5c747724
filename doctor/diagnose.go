package doctor

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"apifront/cloud"
	"apifront/probe"
	"apifront/setup"
	"apifront/steps"
)

// A Question is what the doctor is asked about a name, and with what it may look.
type Question struct {
	Name string // as setup.CleanAsked has it: a wildcard may stand before it
	Path string // "" or with a slash before it, likewise

	Prober *probe.Prober

	// Open is the account that may be read, in a region; "" is the one of the
	// connection itself. It makes no call. nil: no account is asked.
	Open func(ctx context.Context, region string, rec setup.Recorder) (*cloud.Account, error)
	// Regions are those in which the custom domain is looked for after the region
	// that the origin's name says; none: all that Open may be asked for.
	Regions []string

	// Install is the ID of this installation, by which what it made itself is known; "":
	// it has none.
	Install string

	// Key was typed for this one look. It is sent to the name and to its API alone, over
	// TLS with a certificate that is valid for them, and kept nowhere.
	Key setup.TypedKey
	// Handshakes lets WebSockets be opened, which runs $connect and $disconnect.
	Handshakes bool
}

// Diagnose looks at a name as a request travels: name, edge, origin, API. It only
// looks, and says all that can be told; what it could not look at is DoctorUnasked
// with what that needs. Seen is told of each look as it begins and ends, one at a
// time; nil: nobody is. When the context ends, the diagnosis is VerdictStopped and
// has what was seen until then.
func Diagnose(ctx context.Context, q Question, seen func(setup.DoctorLook)) setup.DiagnosisBody {
	e := &exam{q: q, host: setup.AnyOf(q.Name), chart: newChart(seen), began: time.Now()}
	e.look(ctx)
	e.judge(ctx)
	b := e.body(ctx)
	b.Took = time.Since(e.began)
	return b
}

// An exam is one diagnosis under way.
type exam struct {
	q     Question
	host  string // that is asked for: a wildcard is none
	chart *chart
	began time.Time

	outside outside
	inside  inside

	withheld bool // the key was not sent by the name: what came back could be served to all
	reading  probe.Reading
	wanted   probe.Wanted
	target   probe.Target
	findings []setup.FindingBody
	either   []setup.Alternative
	open     []setup.Setting // of the alternatives
	openWhy  string          // what left them open, in a sentence
	tell     setup.NeedKind  // of a refusal: the look that would tell more; "": none
	tellIn   string          // of a key: the header in which callers send it
}

// look makes the looks. DNS is asked beside AWS; requests come when it is known which
// paths are mapped.
func (e *exam) look(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { e.lookAtDNS(ctx) })
	all.Go(func() {
		if e.q.Open == nil {
			e.inside.why = "No AWS account was asked."
		} else {
			e.lookInside(ctx)
		}
		e.aim()
		if e.inside.asked() && ctx.Err() == nil {
			all.Go(func() { e.lookAtRenewal(ctx) })
		}
		e.ask(ctx)
	})
	all.Wait()
	if ctx.Err() == nil {
		e.lookAtZones(ctx)
		e.lookAtAdoption(ctx)
		e.lookAtOthers(ctx)
	}
}

// aim says what is asked, and what should be there: the mappings that there are, as far
// as AWS said.
func (e *exam) aim() {
	e.target = probe.Target{Name: e.host, Handshakes: e.q.Handshakes}
	e.wanted = probe.Wanted{Name: e.host}
	c := e.decoded()
	e.target.Unique = e.unmarked()
	if d := c.Distribution; d != nil {
		e.target.Distribution, e.target.Patience = d.DomainName, d.ReadTimeout+margin
		if d.KeepsAnswers && !d.PolicyUnknown {
			e.target.Unique = probe.Unique{Query: d.KeyQuery, Headers: d.KeyHeaders}
		}
	}
	switch {
	case c.Domain != nil:
		e.target.Regional = c.Domain.Target
	case c.Distribution != nil && targetName(c.Distribution.OriginDomain): // of a custom domain that is gone
		e.target.Regional = c.Distribution.OriginDomain
	}
	e.target.Keys = e.keysFor(e.host, nil)
	for _, w := range e.paths() {
		e.target.Paths = append(e.target.Paths, w.TargetPath)
		e.target.Keys = e.keysFor(w.APIHost, e.target.Keys)
		e.wanted.Paths = append(e.wanted.Paths, probe.WantedPath{Path: "/" + w.Mapping, Kind: w.Kind, APIID: w.api, Stage: w.Stage})
	}
}

// A way is a path that is asked for, and the API to which it is mapped.
type way struct {
	probe.TargetPath

	api string
}

// mostPaths is how many mapped paths are asked for, where nobody named one.
const mostPaths = 8

// paths are those that are asked for: the one in question, or where nobody named one
// all that are mapped. Without mappings it is the path as it stands.
func (e *exam) paths() []way {
	asked := strings.Trim(e.q.Path, "/")
	plain := way{TargetPath: probe.TargetPath{Below: strings.TrimPrefix(e.q.Path, "/"), Kind: setup.APIKindREST}}
	if e.inside.ownName() {
		d := e.inside.configured.Distribution
		plain.APIHost, plain.Stage = d.OriginDomain, strings.Trim(d.OriginPath, "/")
		return []way{plain}
	}
	mappings := e.inside.mappings()
	if mappings == nil {
		return []way{plain}
	}
	if asked == "" && len(mappings) > 0 {
		var list []way
		for _, m := range mappings[:min(len(mappings), mostPaths)] {
			list = append(list, e.wayTo(m, ""))
		}
		return list
	}
	best := -1
	for i, m := range mappings {
		covers := m.Path == "" || asked == m.Path || strings.HasPrefix(asked, m.Path+"/")
		if covers && (best < 0 || len(m.Path) > len(mappings[best].Path)) {
			best = i
		}
	}
	if best < 0 { // nothing is mapped there: the path itself is what should be
		return []way{{TargetPath: probe.TargetPath{Mapping: asked, Kind: setup.APIKindREST}}}
	}
	return []way{e.wayTo(mappings[best], strings.TrimPrefix(strings.TrimPrefix(e.q.Path, "/"), mappings[best].Path))}
}

// wayTo is the way to what lies below a mapping.
func (e *exam) wayTo(m setup.Mapping, below string) way {
	w := way{api: m.APIID, TargetPath: probe.TargetPath{Mapping: m.Path, Below: below, Kind: setup.APIKindREST, Stage: m.Stage}}
	for _, a := range e.inside.configured.APIs {
		if a.Path != m.Path {
			continue
		}
		if a.Kind != "" {
			w.Kind = a.Kind
		}
		if !a.ExecuteDisabled {
			w.APIHost = steps.APIHost(m.APIID, e.inside.domain.Region)
		}
	}
	return w
}

// mappings are those of the custom domain, Regional or edge-optimised. nil: there is no
// custom domain, or it was not read.
func (i *inside) mappings() []setup.Mapping {
	if i.domain == nil {
		return nil
	}
	return append([]setup.Mapping{}, i.domain.Mappings...)
}

// decoded is what is configured, for the decoder. Where CloudFront calls the API by its
// own name, Host and path are right by that and not by the recipe. Where the name is
// answered by CloudFront or API Gateway, it misses no distribution of this account.
func (e *exam) decoded() setup.Configured {
	c := e.inside.configured
	if by := e.outside.byName(); by != nil && (by.ThroughEdge() || by.FromGateway()) {
		c.Missing = slices.DeleteFunc(slices.Clone(c.Missing), func(s setup.Setting) bool { return s == setup.SettingAlias })
	}
	if !e.inside.ownName() {
		return c
	}
	d := *c.Distribution
	d.PassesHost, d.OriginPath = true, ""
	c.Distribution, c.Domain, c.Missing = &d, nil, nil
	return c
}

// judge says what the looks have shown. Where the diagnosis was stopped, the looks that
// have ended stand.
func (e *exam) judge(ctx context.Context) {
	if ctx.Err() != nil {
		e.chart.rest(setup.DoctorUnasked, "It was not made: the diagnosis was stopped before.")
		return
	}
	e.reading = probe.Decode(e.outside.evidence(), e.decoded(), e.wanted)
	e.find()
	e.judgeServers()
	e.judgeInside()
	e.judgeRequests()
	e.judgeRenewal()
}
