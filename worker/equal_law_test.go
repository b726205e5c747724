package worker_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"apifront/cloud/sim"
	"apifront/setup"
)

// rich is a setup that has all there can be.
var rich = variant{rest: true, change: func(s *setup.Spec) {
	s.Edge.Caching = setup.CachingAPI
	s.Edge.Tags = []setup.Tag{{Key: "team", Value: "shop"}}
	s.Edge.OriginHeader = setup.OriginHeader
	s.Edge.AccessLogs = inBucket
	s.API.Mappings = append(s.API.Mappings, setup.Mapping{Path: "catalog", Kind: setup.APIKindHTTP, APIName: "catalog-http-eu", Stage: "$default"})
}}

// richWorld is a world in which all is that a job can make, and more.
func richWorld(t *testing.T) (state any, spec setup.Spec) {
	t.Helper()
	inPacedWorld(t, quickPace(), func(w *world) {
		w.addForeign() // so that there are two of each kind
		s := w.draft(rich)
		w.done(w.begin(setup.JobApply, s))
		w.done(w.begin(setup.JobInvalidate, s, "/*"))
		w.sim.Order(sim.Fault{Service: "acm", Operation: "ListCertificates", Skip: 1000})
		state, spec = w.state(), s.Spec
	})
	return state, spec
}

// ownNames are the names that were made up for a thing and stand nowhere but at
// the thing itself.
var ownNames = map[string]bool{
	"globals/*/cache_policies/*/Config/Name": true,
	"zones/*/ID":                             true,
}

// Two worlds that differ in one thing only, whichever it is, are not equal,
// unless the table of exceptions names it. Whatever stands in a world is
// changed, taken out, put in twice, called by another name, and put in another
// order.
func TestEqualityLeavesOutOnlyItsExceptions(t *testing.T) {
	t.Parallel()
	withoutRace(t)
	state, spec := richWorld(t)
	for _, d := range state.(map[string]any)["distributions"].(map[string]any) {
		d := d.(map[string]any)
		d["Edges"] = d["Edges"].([]any)[:1] // the others hold the same
		if d["Config"].(map[string]any)["Comment"] == "shop" {
			delete(d, "Edges")
		}
	}
	elsewhere := spec
	elsewhere.Domain.DNS = setup.DNSElsewhere
	elsewhere.API = setup.API{Mappings: spec.API.Mappings[:1], Left: []string{"catalog"}}
	elsewhere.Certificates = setup.Certificates{Edge: "arn", Regional: "arn"}
	used := map[string]bool{}
	m := newMutator(t, state, history{[]setup.Spec{spec}}, used)
	m.mutate("", part{"", state}, false, func(any) {})
	t.Logf("%d changes, %d of them leave the world equal", m.tried, m.equal)
	for _, at := range []string{
		"distributions/*/Config/Origins/Items/*/CustomOriginConfig/OriginProtocolPolicy",
		"distributions/*/Config/DefaultCacheBehavior/OriginRequestPolicyID",
		"distributions/*/Config/DefaultCacheBehavior/AllowedMethods/Items/*",
		"distributions/*/Config/Aliases/Items/*", "distributions/*/Config/WebACLID", "distributions/*/Tags/*",
		"distributions/*", "globals/*/cache_policies/*", "globals/*/cache_policies/*/Config/Key/Headers/Headers/Items/*",
		"regions/*/certificates/*", "regions/*/domains/*", "regions/*/domains/*/Certificate", "regions/*/domains/*/Mappings/*",
		"regions/*/domains/*/Mappings/*/API", "regions/*/domains/*/Mappings/*/Stage",
		"zones/*/Records/*", "zones/*/Records/*/AliasName", "zones/*/Served/*/AliasName",
	} {
		if !m.differ[at] {
			t.Errorf("%s was not changed, or the world stayed equal", at)
		}
	}
	// The exceptions that go by the history, where there are such.
	m = newMutator(t, state, history{[]setup.Spec{spec, elsewhere}}, used)
	m.own["distributions/*/DomainName"] = true // what leads to it is a record that is left out
	m.skip = []string{"distributions/*/Config", "distributions/*/Edges", "regions/*/apis", "globals", "authority"}
	m.mutate("", part{"", state}, false, func(any) {})
	t.Logf("after a change: %d changes, %d of them leave the world equal", m.tried, m.equal)
	for _, e := range exceptions {
		if !used[e.at+e.why] && e.at != "accounts/*" { // no session is kept in this world
			t.Errorf("the exception %s (%s) leaves nothing out", e.at, e.why)
		}
	}
}

// alikeEnough is how many of several things of a kind are changed in each way,
// unless all points of the laws are to be tried.
const alikeEnough = 2

// A mutator changes a world at every place, and compares.
type mutator struct {
	t            *testing.T
	state        any
	h            history
	want         account
	form         *form
	named        []named
	used         map[string]bool // exceptions that left something out
	own          map[string]bool // ownNames
	differ       map[string]bool // places where a change made a difference
	times        map[string]int  // how often a change of a kind was made at a place
	skip         []string        // places that are passed over
	tried, equal int
}

func newMutator(t *testing.T, state any, h history, used map[string]bool) *mutator {
	m := &mutator{
		t: t, state: state, h: h, want: canonical(state, h), form: &form{history: h},
		used: used, own: maps.Clone(ownNames), times: map[string]int{}, differ: map[string]bool{},
	}
	m.form.name(state)
	m.named = namedThings(state)
	return m
}

// compare looks at the state as it is changed at a place.
func (m *mutator) compare(at, what string, was, is part, excepted bool) {
	m.t.Helper()
	m.times[at+what]++
	if m.times[at+what] > alikeEnough && sampleEvery(m.t) > 1 && !goesByHistory(at) {
		return
	}
	m.tried++
	if !slices.Equal(m.want, canonical(m.state, m.h)) {
		m.differ[at] = true
		return
	}
	m.equal++
	if excepted || m.excepts(at, was) || m.excepts(at, is) || m.own[at] {
		return
	}
	m.t.Errorf("%s, %s: the world is still equal", at, what)
}

// goesByHistory says whether an exception at the place leaves out some of what
// is there, but not all.
func goesByHistory(at string) bool {
	return slices.ContainsFunc(exceptions, func(e exception) bool {
		return e.only != nil && at == e.at
	})
}

// excepts says whether the table names the place, and notes it.
func (m *mutator) excepts(at string, p part) (yes bool) {
	for _, e := range exceptions {
		if e.at == at && (e.only == nil || e.only(m.h, p)) {
			m.used[e.at+e.why], yes = true, true
		}
	}
	return yes
}

// nothing says whether a part of the world says no more than if it were not there.
func (m *mutator) nothing(at string, v any) bool {
	n := 0
	m.form.lines(at, "", v, func(string) { n++ })
	return n == 0
}

// alike says whether two parts of a kind say the same.
func (m *mutator) alike(at string, a, b any) bool {
	var lines [2][]string
	for i, v := range []any{a, b} {
		m.form.lines(at, "", v, func(line string) { lines[i] = append(lines[i], line) })
		slices.Sort(lines[i])
	}
	return slices.Equal(lines[0], lines[1])
}

func (m *mutator) mutate(at string, p part, excepted bool, set func(any)) {
	m.t.Helper()
	if slices.Contains(m.skip, at) {
		return
	}
	excepted = excepted || m.excepts(at, p)
	switch v := p.value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			below, member := join(at, key, v), v[key]
			within := excepted || m.excepts(below, part{key, member})
			delete(v, key)
			if !m.nothing(below, member) {
				m.compare(below, "taken out", part{key, member}, part{key, nil}, within)
				v[key+"x"] = member
				m.compare(below, "under another name", part{key, member}, part{key + "x", member}, within)
				delete(v, key+"x")
			}
			v[key] = member
			m.mutate(below, part{key, member}, excepted, func(other any) { v[key] = other })
		}
		if collections[at] {
			added := any("x")
			for _, key := range slices.Sorted(maps.Keys(v)) {
				added = v[key]
			}
			v["added"] = added
			m.compare(at+"/*", "one more", part{"added", added}, part{"added", added}, excepted)
			delete(v, "added")
		}
	case []any:
		for i, e := range v {
			key := fmt.Sprint(i)
			below := join(at, key, v)
			set(slices.Delete(slices.Clone(v), i, i+1))
			within := excepted || m.excepts(below, part{key, e})
			m.compare(below, "taken out", part{key, e}, part{key, nil}, within)
			if i > 0 && keyed[at] == nil && !m.alike(below, v[i-1], e) {
				other := slices.Clone(v)
				other[i-1], other[i] = e, v[i-1]
				set(other)
				m.compare(below, "in another order", part{key, e}, part{key, v[i-1]}, within)
			}
			set(v)
			m.mutate(below, part{key, e}, excepted, func(other any) { v[i] = other })
		}
		added := any("x")
		if len(v) > 0 {
			added = v[len(v)-1]
		}
		set(append(slices.Clone(v), added))
		m.compare(at+"/*", "one more", part{"", added}, part{"", added}, excepted)
		set(v)
	default:
		set(other(v))
		m.compare(at, "changed", p, part{p.key, other(v)}, excepted)
		if text := m.exchanged(v); text != "" {
			set(text)
			m.compare(at, "leads to another", p, part{p.key, text}, excepted)
		}
		set(v)
	}
}

// exchanged is a text with the made-up name of one thing replaced by that of
// another one of its kind; "" if there is none in it.
func (m *mutator) exchanged(v any) string {
	text, _ := v.(string)
	if text == "" {
		return ""
	}
	for _, t := range m.named {
		for n, name := range t.names {
			if !strings.Contains(text, name) {
				continue
			}
			for _, o := range m.named {
				if o.at == t.at && o.is != t.is && n < len(o.names) {
					return strings.ReplaceAll(text, name, o.names[n])
				}
			}
		}
	}
	return ""
}

// other is another value of the same type.
func other(v any) any {
	switch v := v.(type) {
	case string:
		return v + "x"
	case float64:
		return v + 1
	case bool:
		return !v
	default:
		return "x"
	}
}

// Names that AWS makes up are no difference: a world in which all of them are
// others, and every time is later, is equal.
func TestEqualityTakesNoNoteOfIDs(t *testing.T) {
	withoutRace(t)
	state, spec := richWorld(t)
	h := history{[]setup.Spec{spec}}
	inPacedWorld(t, quickPace(), func(w *world) {
		w.burn(7)
		time.Sleep(3 * time.Hour)
		w.addForeign()
		s := w.draft(rich)
		w.done(w.begin(setup.JobApply, s))
		again := w.state()
		if diff := canonical(state, h).differ(canonical(again, h)); diff != "" {
			t.Errorf("not equal (want -, got +):\n%s", diff)
		}
		same := 0
		for id := range w.things()["distribution"] {
			if of(state.(map[string]any), "distributions", id) != nil {
				same++
			}
		}
		if same > 0 {
			t.Error("the IDs are the same: nothing was shown")
		}
	})
}

// burn makes the IDs of what comes later others.
func (w *world) burn(n int) {
	w.t.Helper()
	c := w.outside(setup.EdgeRegion).ACM(setup.EdgeRegion)
	for range n {
		out, err := c.RequestCertificate(w.t.Context(), &acm.RequestCertificateInput{DomainName: aws.String("burnt.example"), ValidationMethod: types.ValidationMethodDns})
		must(w.t, err)
		_, err = c.DeleteCertificate(w.t.Context(), &acm.DeleteCertificateInput{CertificateArn: out.CertificateArn})
		must(w.t, err)
	}
}
