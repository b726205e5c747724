package steps

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/probe"
	"apifront/seal"
	"apifront/setup"
)

// secretive wants the secret header.
func secretive(s *setup.Spec, _ sim.DemoWorld) { s.Edge.OriginHeader = setup.OriginHeader }

// headersOf are the custom headers of the setup's origin.
func (w *world) headersOf() map[string]string {
	w.t.Helper()
	list := map[string]string{}
	c := w.edge()
	if o := ourOrigin(&c, originID); o != nil && o.CustomHeaders != nil {
		for _, h := range o.CustomHeaders.Items {
			list[aws.ToString(h.HeaderName)] = aws.ToString(h.HeaderValue)
		}
	}
	return list
}

// setHeaders changes them as somebody in the console does.
func (w *world) setHeaders(list map[string]string) {
	w.t.Helper()
	id, cf := w.resources.ID(setup.KeyDistribution), w.outside().CloudFront()
	got, err := cf.GetDistributionConfig(w.t.Context(), &cloudfront.GetDistributionConfigInput{Id: &id})
	if err != nil {
		w.t.Fatal(err)
	}
	h := &types.CustomHeaders{Quantity: aws.Int32(int32(len(list)))}
	for _, name := range slices.Sorted(maps.Keys(list)) {
		h.Items = append(h.Items, types.OriginCustomHeader{HeaderName: &name, HeaderValue: aws.String(list[name])})
	}
	ourOrigin(got.DistributionConfig, originID).CustomHeaders = h
	if _, err := cf.UpdateDistribution(w.t.Context(), &cloudfront.UpdateDistributionInput{Id: &id, IfMatch: got.ETag, DistributionConfig: got.DistributionConfig}); err != nil {
		w.t.Fatal(err)
	}
}

// lockStage is the stage of the REST API, before which a web ACL may stand.
func (w *world) lockStage() string {
	return "arn:aws:apigateway:eu-west-1::/restapis/" + w.setup.Spec.API.Mappings[0].APIID + "/stages/prod"
}

// lock lets the REST API accept only these values of the header: two at the most.
func (w *world) lock(values ...string) {
	w.t.Helper()
	w.sim.RemoveBlocks(w.lockStage())
	if len(values) == 0 {
		return
	}
	b := sim.Block{Resource: w.lockStage(), Header: setup.OriginHeader, Value: values[0]}
	if len(values) > 1 {
		b.Also = values[1]
	}
	if err := w.sim.AddBlock(b); err != nil {
		w.t.Fatal(err)
	}
}

// statusBy is what the path of the REST API answers by a rung.
func (w *world) statusBy(rung setup.Rung) int { return w.asker(rung)() }

// asker asks for the path of the REST API by a rung, whatever becomes of the setup.
func (w *world) asker(rung setup.Rung) func() int {
	m, ctx := w.setup.Spec.API.Mappings[0], w.t.Context()
	target := probe.Target{Name: w.setup.Spec.Domain.Name, Rungs: []setup.Rung{rung}, Regional: w.resources.Attr(setup.KeyDomain, setup.AttrTarget)}
	return func() int {
		at := target
		at.Paths = []probe.TargetPath{{Mapping: m.Path, Kind: m.Kind, Stage: m.Stage, Below: fmt.Sprintf("?at=%d", time.Now().UnixNano())}}
		return probe.New(w.probe, nil).Climb(ctx, at)[0].Status
	}
}

// opened is a sealed attribute of the distribution.
func (w *world) opened(attr string) string {
	w.t.Helper()
	text, err := w.seals.Open(seal.AboutOrigin(w.setup.ID), w.resources.Attr(setup.KeyDistribution, attr))
	if err != nil {
		w.t.Fatalf("%s: %v", attr, err)
	}
	return string(text)
}

// nowhere fails the test if a value stands in what was stored, called or shown.
func (w *world) nowhere(value string) {
	w.t.Helper()
	if len(value) < 8 {
		w.t.Fatalf("%q proves nothing", value)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, part := range map[string]any{"resources": w.saves, "calls": w.calls, "observations": w.observed, "changes": w.changes} {
		text, err := json.Marshal(part)
		if err != nil {
			w.t.Fatal(err)
		}
		if bytes.Contains(text, []byte(value)) || strings.Contains(fmt.Sprintf("%+v", part), value) {
			w.t.Errorf("the secret stands in the %s", name)
		}
	}
}

// rotate begins a change of the secret, as the page of the setup does.
func (w *world) rotate() (next string) {
	w.t.Helper()
	next = seal.RandomSecret().Reveal()
	sealed, err := w.seals.Seal(seal.AboutOrigin(w.setup.ID), []byte(next))
	if err != nil {
		w.t.Fatal(err)
	}
	r := w.resources[setup.KeyDistribution]
	r.Attributes = maps.Clone(r.Attributes)
	r.Attributes[setup.AttrOriginNext] = sealed
	w.resources[setup.KeyDistribution] = r
	w.job.Input = setup.JobInput{PutBack: true, NewSecret: true}
	return next
}

// served calls the API by the name all the time until the function that it returns is
// called, which fails the test if any caller was refused.
func (w *world) served() func() {
	w.t.Helper()
	stop, ended, bad, n := make(chan struct{}), make(chan struct{}), map[int]int{}, 0
	ask := w.asker(setup.RungName)
	go func() {
		defer close(ended)
		for {
			select {
			case <-stop:
				return
			case <-time.After(500 * time.Millisecond):
			}
			n++
			if got := ask(); got != 200 {
				bad[got]++
			}
		}
	}()
	return sync.OnceFunc(func() {
		close(stop)
		<-ended
		if len(bad) > 0 || n < 5 {
			w.t.Errorf("of %d callers some got %v", n, bad)
		}
	})
}

// The distribution adds a secret of the setup's to each request to its origin, beside
// the headers that others added. It stands nowhere in clear, and the same job again
// writes nothing. A web ACL that wants it shuts the Regional name to others, which a
// check says.
func TestOriginHeaderIsAdded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), secretive)
		w.applyJob()
		value := w.headersOf()[setup.OriginHeader]
		if len(value) != 52 || value != w.opened(setup.AttrOriginSecret) {
			t.Errorf("it sends a value of %d characters", len(value))
		}
		w.nowhere(value)
		n := len(w.writes())
		w.applyJob()
		if again := w.writes()[n:]; len(again) > 0 {
			t.Errorf("the same job again wrote %v", again)
		}

		doors := func() Observation {
			e := w.env("doors")
			e.Terms, e.Gentle = &Terms{}, AsksAll
			o, err := observeDoors(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		if o := doors(); !o.Remark || !strings.Contains(o.Summary, "stays open") || strings.Contains(o.Summary, "refuses") {
			t.Errorf("without a lock it says %q", o.Summary)
		}
		w.lock(value)
		if direct, through := w.statusBy(setup.RungRegional), w.statusBy(setup.RungName); direct != 403 || through != 200 {
			t.Errorf("past CloudFront %d, through it %d", direct, through)
		}
		if o := doors(); !strings.Contains(o.Summary, "refuses what comes past CloudFront without x-origin-verify: /orders") ||
			strings.Contains(o.Summary, "a web ACL") || !strings.Contains(o.Summary, "an authorizer of the HTTP API") {
			t.Errorf("with a lock it says %q", o.Summary)
		}
		n = len(w.writes())
		w.applyJob() // its tests pass with the lock
		if again := w.writes()[n:]; len(again) > 0 {
			t.Errorf("the job behind a lock wrote %v", again)
		}
		w.nowhere(value)
	})
}

// A header that is not there, or has another value, is found without a value being
// shown, and put back. Headers of others stay.
func TestOriginHeaderDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), secretive)
		w.applyJob()
		value := w.headersOf()[setup.OriginHeader]
		for is, list := range map[string]map[string]string{"": {"X-Shop": "theirs"}, otherSecret: {"X-Shop": "theirs", "X-Origin-Verify": "planted-by-others"}} {
			w.setHeaders(list)
			e := w.env("distribution")
			e.Terms = &Terms{}
			o, err := w.lookIn(e, w.step("distribution"))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff([]setup.Change{{Field: headerField + setup.OriginHeader, Is: is, Want: secretWords}}, o.Changes); d != "" || o.State != Drifted {
				t.Errorf("state %s:\n%s", o.State, d)
			}
			f := differences(Observed{Step: w.step("distribution"), Obs: o})[0]
			if _, ok := Keep(w.setup.Spec, f); ok || !f.Repair || !strings.HasPrefix(f.Title, "Callers get 403 if the API wants") {
				t.Errorf("it can be kept: %v, put back: %v, %q", ok, f.Repair, f.Title)
			}
			w.applyJob()
			want := map[string]string{"X-Shop": "theirs", setup.OriginHeader: value}
			got := map[string]string{}
			for name, v := range w.headersOf() {
				if strings.EqualFold(name, setup.OriginHeader) {
					name = setup.OriginHeader
				}
				got[name] = v
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("after it was put back: %s", d)
			}
		}
		w.nowhere(value)
		w.nowhere("planted-by-others")
	})
}

// A new secret is sent only once the API accepts it, and callers are served all the
// time: the web ACL accepts the old one, then both, then the new one.
func TestOriginSecretChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.RealPace(), secretive)
		w.applyJob()
		old := w.headersOf()[setup.OriginHeader]
		w.lock(old)
		stop := w.served()
		defer stop()
		next := w.rotate()
		for range 3 {
			o, p := w.run(w.step("distribution"))
			if p != nil || o.State != Person || !strings.Contains(o.Problem.What, "does not accept the new secret yet") {
				t.Fatalf("with the old one alone: %v %v", o, p)
			}
			complete(t, o.Problem)
			time.Sleep(o.After)
		}
		if got := w.headersOf()[setup.OriginHeader]; got != old {
			t.Error("it was sent before the API accepted it")
		}
		w.lock(old, next)
		w.mustRunAll(setup.JobApply)
		if got := w.headersOf()[setup.OriginHeader]; got != next || w.opened(setup.AttrOriginSecret) != next || w.opened(setup.AttrOriginOld) != old || w.resources.Attr(setup.KeyDistribution, setup.AttrOriginNext) != "" {
			t.Error("the new secret is not the setup's")
		}
		e := w.env("doors")
		e.Terms, e.Gentle = &Terms{}, AsksAll
		if o, err := observeDoors(t.Context(), e); err != nil || !strings.Contains(o.Summary, "It takes the secret of before as well") || !o.Remark {
			t.Errorf("with both it says %q, %v", o.Summary, err)
		}
		w.lock(next)
		w.job.Input = setup.JobInput{}
		n := len(w.writes())
		w.mustRunAll(setup.JobApply)
		if again := w.writes()[n:]; len(again) > 0 {
			t.Errorf("the next job wrote %v", again)
		}
		stop()
		w.nowhere(old)
		w.nowhere(next)
	})
}

// The process dies before anything of the secret is stored, at each point. The end is
// the same, and no secret is sent that is not stored.
func TestOriginSecretSurvivesACrash(t *testing.T) {
	for at := range 6 {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, sim.DemoPace(), secretive)
			n := 0
			dies := func(r setup.Resource) bool {
				if r.Key != setup.KeyDistribution {
					return false
				}
				n++
				return n == at+1
			}
			w.crash = dies
			w.applyJob()
			if w.headersOf()[setup.OriginHeader] != w.opened(setup.AttrOriginSecret) {
				t.Errorf("crash %d: what is sent is not what is stored", at)
			}
			next := w.rotate()
			n = 0
			w.mustRunAll(setup.JobApply)
			if w.headersOf()[setup.OriginHeader] != next || w.opened(setup.AttrOriginSecret) != next {
				t.Errorf("crash %d: the new secret is not sent", at)
			}
			w.crash = nil
			w.job.Input = setup.JobInput{}
			before := len(w.writes())
			w.applyJob()
			if again := w.writes()[before:]; len(again) > 0 {
				t.Errorf("crash %d: the next job wrote %v", at, again)
			}
		})
	}
}

// The header goes when it is not wanted any more, but not while the API wants it. So
// callers are served all the time. What others added stays.
func TestOriginHeaderIsTakenAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), secretive)
		w.applyJob()
		value := w.headersOf()[setup.OriginHeader]
		w.setHeaders(map[string]string{"X-Shop": "theirs", setup.OriginHeader: value})
		w.lock(value)
		time.Sleep(time.Minute)
		stop := w.served()
		defer stop()
		w.setup.Spec.Edge.OriginHeader = ""
		o, p := w.run(w.step("distribution"))
		if p != nil || o.State != Person || !strings.Contains(o.Problem.What, "still wants the header") {
			t.Fatalf("while the API wants it: %v %v", o, p)
		}
		complete(t, o.Problem)
		w.lock()
		w.mustRunAll(setup.JobApply)
		if d := cmp.Diff(map[string]string{"X-Shop": "theirs"}, w.headersOf()); d != "" {
			t.Error(d)
		}
		stop()
		for _, a := range setup.OriginAttributes() {
			if w.resources.Attr(setup.KeyDistribution, a) != "" {
				t.Errorf("%s is still stored", a)
			}
		}
	})
}

// Another name of the header keeps the secret, and waits until the API accepts it there.
func TestOriginHeaderIsRenamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), secretive)
		w.applyJob()
		value := w.headersOf()[setup.OriginHeader]
		w.lock(value)
		w.setup.Spec.Edge.OriginHeader = "x-front"
		if o, p := w.run(w.step("distribution")); p != nil || o.State != Person {
			t.Fatalf("while the API wants the old one: %v %v", o, p)
		}
		w.lock()
		w.mustRunAll(setup.JobApply)
		if d := cmp.Diff(map[string]string{"x-front": value}, w.headersOf()); d != "" {
			t.Error(d)
		}
		n := len(w.writes())
		w.applyJob()
		if again := w.writes()[n:]; len(again) > 0 {
			t.Errorf("the same job again wrote %v", again)
		}
	})
}

// A value that others gave the header becomes the setup's, since the API may want it. It
// stays when the setup does not want it any more.
func TestOriginHeaderOfOthersIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		w.applyJob()
		there := map[string]string{"X-Origin-Verify": "planted-by-others"}
		w.setHeaders(there)
		time.Sleep(time.Minute)
		w.lock("planted-by-others")
		w.setup.Spec.Edge.OriginHeader = setup.OriginHeader
		n := len(w.writes())
		w.applyJob()
		if wrote := w.writes()[n:]; len(wrote) > 0 || w.opened(setup.AttrOriginSecret) != "planted-by-others" {
			t.Errorf("it wrote %v", wrote)
		}
		w.setup.Spec.Edge.OriginHeader = ""
		w.applyJob()
		if wrote := w.writes()[n:]; len(wrote) > 0 {
			t.Errorf("it wrote %v", wrote)
		}
		if d := cmp.Diff(there, w.headersOf()); d != "" {
			t.Error(d)
		}
		w.nowhere("planted-by-others")
	})
}

// A distribution that was deleted outside is made anew with the secret that the API
// wants, also if the process dies when it has seen that.
func TestOriginSecretOutlivesItsDistribution(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), secretive)
		w.upTo("preview")
		value := w.headersOf()[setup.OriginHeader]
		deleteDistribution(t, w, w.resources.ID(setup.KeyDistribution))
		n := 0
		w.crash = func(r setup.Resource) bool {
			if r.Key == setup.KeyDistribution {
				n++
			}
			return n == 2 // the one that was there is known to be gone
		}
		w.applyJob()
		if got := w.headersOf()[setup.OriginHeader]; got != value || w.opened(setup.AttrOriginSecret) != value || w.resources.Attr(setup.KeyDistribution, setup.AttrOriginFound) != "" {
			t.Error("it has another secret, or one of others")
		}
	})
}

// Without a key that seals nothing is made. With another key than the one that sealed,
// what CloudFront sends stays the secret, and nothing is written.
func TestOriginSecretNeedsItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), secretive)
		good := w.seals
		w.seals = seal.Keys{}
		id, p := w.runAll(setup.JobApply)
		if id != "distribution" {
			t.Fatalf("%s: %v", id, p)
		}
		complete(t, p)
		w.seals = good
		w.applyJob()
		value := w.headersOf()[setup.OriginHeader]
		w.lock(value)
		w.seals = seal.Keys{}
		n := len(w.writes())
		if o, err := w.look(w.step("distribution")); err != nil || o.State != Foreign {
			t.Errorf("%v %v", o, err)
		}
		var err error
		if w.seals, err = seal.New([][]byte{bytes.Repeat([]byte{1}, 32)}, seal.OriginPurpose); err != nil {
			t.Fatal(err)
		}
		w.applyJob()
		if again := w.writes()[n:]; len(again) > 0 || w.headersOf()[setup.OriginHeader] != value || w.opened(setup.AttrOriginSecret) != value {
			t.Errorf("with another key it wrote %v", again)
		}
		w.seals = good
		w.lock()
		w.setup.Spec.Edge.OriginHeader = ""
		w.applyJob()
		if got := w.headersOf(); len(got) != 0 {
			t.Errorf("it still sends %d headers", len(got))
		}
		w.nowhere(value)
	})
}
