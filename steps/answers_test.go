package steps

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
)

const signInPage = `<!DOCTYPE html><html><head><title>Sign in to the network</title></head><body><p>Who are you?<br></body></html>`

// strangeAnswers are answers that AWS never gives.
var strangeAnswers = []sim.Fault{
	{ID: "nothing", Kind: sim.FaultMangled},
	{ID: "null", Kind: sim.FaultMangled, Body: "null"},
	{ID: "an empty object", Kind: sim.FaultMangled, Body: "{}"},
	{ID: "an empty list", Kind: sim.FaultMangled, Body: "[]"},
	{ID: "a page", Kind: sim.FaultMangled, Body: signInPage},
	{ID: "a page that is XML", Kind: sim.FaultMangled, Body: `<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>`},
	{ID: "a root alone", Kind: sim.FaultMangled, Body: `<?xml version="1.0"?><Answer xmlns="https://route53.amazonaws.com/doc/2013-04-01/"/>`},
	{ID: "half", Kind: sim.FaultCut},
	{ID: "nothing by a proxy", Kind: sim.FaultInstead, Status: http.StatusOK},
	{ID: "a page by a proxy", Kind: sim.FaultInstead, Status: http.StatusOK, Body: signInPage},
	{ID: "302", Kind: sim.FaultInstead, Status: http.StatusFound, Body: signInPage},
	{ID: "403", Kind: sim.FaultInstead, Status: http.StatusForbidden, Body: "<html><title>Access Denied</title></html>"},
	{ID: "404", Kind: sim.FaultInstead, Status: http.StatusNotFound, Body: "<html><title>Not Found</title></html>"},
	{ID: "407", Kind: sim.FaultInstead, Status: http.StatusProxyAuthRequired, Body: "<html><title>Proxy Authentication Required</title></html>"},
	{ID: "413", Kind: sim.FaultInstead, Status: http.StatusRequestEntityTooLarge, Body: "<html><title>Too Large</title></html>"},
}

// answersSample is n if every n-th case is tried. APIFRONT_LAWS=all tries all;
// fewer are tried under the race detector.
func answersSample() int {
	switch {
	case os.Getenv("APIFRONT_LAWS") == "all":
		return 1
	case UnderRace:
		return 397
	case testing.Short():
		return 97
	default:
		return 41
	}
}

// story is the life of a setup: it is made, then changed, and its old record is
// put back. trouble is called for each step that stops.
func (w *world) story(trouble func(step setup.StepID, p *setup.Problem)) {
	w.t.Helper()
	spec := &w.setup.Spec
	for i, kind := range []setup.JobKind{setup.JobApply, setup.JobApply, setup.JobInvalidate, setup.JobRestore} {
		if i == 1 {
			spec.Edge.TTL, spec.Edge.PriceClass = 61, "PriceClass_100"
			spec.API.Mappings = slices.Clone(spec.API.Mappings)
			more := spec.API.Mappings[0]
			more.Path = "more"
			spec.API.Mappings = append(spec.API.Mappings, more)
		}
		w.job.ID, w.job.Kind, w.job.Input.Paths = int64(i+1), kind, []string{"/*"}
		for range 6 {
			id, p := w.runAll(kind)
			if id == "" {
				break
			}
			trouble(id, p)
		}
	}
}

func cachedLakeside(s *setup.Spec, d sim.DemoWorld) {
	lakeside(s, d)
	s.Edge.Caching, s.Edge.TTL = setup.CachingFixed, 60
}

// Something else stands in the place of AWS's answer to any one call. When the
// answers are whole again the job goes on, or its problem says that the answer
// did not come from AWS or was cut off. Nothing of other people is changed or
// lost, nothing is made twice, and no problem advises to delete anything.
func TestAnswersThatAWSDoesNotGive(t *testing.T) {
	var calls []string
	var want map[string]int
	var zone []setup.Record
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), cachedLakeside)
		zone = w.zone()
		w.sending = func(r *http.Request) { calls = append(calls, r.Method+" "+r.URL.Host+r.URL.Path) }
		w.story(func(step setup.StepID, p *setup.Problem) { t.Fatalf("step %s without trouble: %v", step, p) })
		want = made(w)
	})
	if len(calls) < 60 {
		t.Fatalf("the story has %d calls", len(calls))
	}
	n := 0
	for _, f := range strangeAnswers {
		t.Run(f.ID, func(t *testing.T) {
			for at := range calls {
				for _, times := range []int{1, 4} {
					if n++; n%answersSample() != 0 {
						continue
					}
					f.Skip, f.Times = at, times
					synctest.Test(t, func(t *testing.T) { strangely(t, f, calls[at], want, zone) })
				}
			}
		})
	}
}

// deleting matches advice to delete something.
var deleting = regexp.MustCompile(`(?i)\b(delete|remove|detach)\b`)

// strangely runs the story with a fault.
func strangely(t *testing.T, f sim.Fault, call string, want map[string]int, zone []setup.Record) {
	at := fmt.Sprintf("%s, %d times from call %d (%s)", f.ID, f.Times, f.Skip, call)
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s: panic: %v", at, p)
		}
	}()
	w := newWorld(t, sim.DemoPace(), cachedLakeside)
	w.sim.Order(f)
	w.story(func(step setup.StepID, p *setup.Problem) {
		if p == nil {
			t.Errorf("%s: step %s stopped without a problem: %v", at, step, w.observed[step])
			return
		}
		if !slices.Contains([]string{"AnswerCutOff", "AnswerNotFromAWS", "RefusedOnTheWay"}, p.Code) {
			t.Errorf("%s: step %s says: %v", at, step, p)
		}
		if deleting.MatchString(p.Fix) {
			t.Errorf("%s: step %s advises: %s", at, step, p.Fix)
		}
		complete(t, p)
	})
	if left := w.sim.Ordered(); len(left) > 0 {
		w.sim.Withdraw("")
	}
	if d := cmp.Diff(want, made(w)); d != "" {
		t.Errorf("%s: not the same as without trouble:\n%s", at, d)
	}
	if d := cmp.Diff(zone, w.zone()); d != "" {
		t.Errorf("%s: the zone is not as it was:\n%s", at, d)
	}
	for _, made := range w.writes() {
		// The story makes CloudFront keep answers for longer, so the earlier
		// policy is deleted.
		if strings.Contains(made, ":Delete") && made != "remove cloudfront:DeleteCachePolicy" {
			t.Errorf("%s: %s", at, made)
		}
	}
	if policies, err := ownPolicies(w); err != nil || !slices.Equal(policies, []string{w.usedPolicy()}) {
		t.Errorf("%s: the policies %v, used %s, %v", at, policies, w.usedPolicy(), err)
	}
}

// Every operation that a job uses has a row in the table of answers.
func TestAnswersOfAllOperationsAreKnown(t *testing.T) {
	for _, j := range jobs {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, sim.DemoPace(), j.change)
			w.mustRunAll(setup.JobApply)
			if j.name == "the record replaces a CNAME" {
				w.restore()
			}
			w.job.Kind, w.job.Input.Paths = setup.JobInvalidate, []string{"/*"}
			w.mustRunAll(setup.JobInvalidate)
			for _, c := range w.calls {
				if c.Service == "dns" || c.Service == "https" {
					continue
				}
				if !slices.ContainsFunc(cloud.Operations(), func(o string) bool { return strings.HasSuffix(o, " "+c.Operation) }) {
					t.Errorf("%s: the answer to %s %s is not checked", j.name, c.Service, c.Operation)
				}
			}
		})
	}
}

// memberOf matches the elements of XML and the members of JSON that have plain
// names.
var memberOf = regexp.MustCompile(`<([A-Za-z]\w*)[ >/]|"([A-Za-z]\w*)":`)

// idInPath matches the IDs in the path of a call.
var idInPath = regexp.MustCompile(`/[A-Z0-9]{10,}|/[a-z0-9-]{36}|/[a-z0-9]{10}`)

// without removes the first member with the name from an answer.
func without(body, name string) string {
	if i := strings.Index(body, "<"+name+">"); i >= 0 {
		if j := strings.Index(body[i:], "</"+name+">"); j >= 0 {
			return body[:i] + body[i+j+len("</"+name+">"):]
		}
	}
	var v any
	if json.Unmarshal([]byte(body), &v) != nil || !drop(v, name) {
		return body
	}
	b, err := json.Marshal(v)
	if err != nil {
		return body
	}
	return string(b)
}

// drop removes the first member with the name from a JSON value.
func drop(v any, name string) bool {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v[name]; ok {
			delete(v, name)
			return true
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if drop(v[key], name) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if drop(item, name) {
				return true
			}
		}
	}
	return false
}

// For a while, any one member is missing from the answers to one operation.
// There is no panic, no problem advises to delete anything, and in the end
// everything is as if nothing had been missing.
func TestAnswersWithoutAMember(t *testing.T) {
	kind := func(r *http.Request) string {
		path := idInPath.ReplaceAllString(r.URL.Path, "/*")
		return r.Method + " " + r.URL.Host + path + " " + r.Header.Get("X-Amz-Target")
	}
	members := map[[2]string]bool{}
	var want map[string]int
	var zone []setup.Record
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), cachedLakeside)
		zone = w.zone()
		w.mangle = func(r *http.Request, body string) string {
			for _, m := range memberOf.FindAllStringSubmatch(body, -1) {
				members[[2]string{kind(r), m[1] + m[2]}] = true
			}
			return body
		}
		w.story(func(step setup.StepID, p *setup.Problem) { t.Fatalf("step %s without trouble: %v", step, p) })
		want = made(w)
	})
	if len(members) < 200 {
		t.Fatalf("the answers have %d members", len(members))
	}
	all := slices.SortedFunc(maps.Keys(members), func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) })
	for n, m := range all {
		if n%max(answersSample()/4, 1) != 0 {
			continue
		}
		t.Run(m[0]+" without "+m[1], func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				defer func() {
					if p := recover(); p != nil {
						t.Errorf("panic: %v", p)
					}
				}()
				w := newWorld(t, sim.DemoPace(), cachedLakeside)
				left := 7
				w.mangle = func(r *http.Request, body string) string {
					if left == 0 || kind(r) != m[0] {
						return body
					}
					less := without(body, m[1])
					if less != body {
						left--
					}
					return less
				}
				w.story(func(step setup.StepID, p *setup.Problem) {
					complete(t, p)
					if deleting.MatchString(p.Fix) {
						t.Errorf("step %s advises: %v", step, p)
					}
				})
				if d := cmp.Diff(want, made(w)); d != "" {
					t.Errorf("not the same as without trouble:\n%s", d)
				}
				if d := cmp.Diff(zone, w.zone()); d != "" {
					t.Errorf("the zone is not as it was:\n%s", d)
				}
			})
		})
	}
}
