package worker_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/setup"
	"apifront/store"
)

// asksDoctor orders a diagnosis of a name.
func (w *world) asksDoctor(name, connection string) setup.Diagnosis {
	w.t.Helper()
	d, err := w.store.AskDiagnosis(w.t.Context(), store.NewDiagnosis{Name: name, Connection: connection, By: "Ada"})
	must(w.t, err)
	return d
}

// diagnosed is the diagnosis when it has ended.
func (w *world) diagnosed(id string) setup.Diagnosis {
	w.t.Helper()
	changed, stop := w.store.WatchDiagnosed()
	defer stop()
	limit := time.Now().Add(10 * time.Minute)
	for {
		d, err := w.store.Diagnosis(w.t.Context(), id)
		must(w.t, err)
		if !d.Open() {
			return d
		}
		if time.Now().After(limit) {
			w.t.Fatalf("the diagnosis has not ended after ten minutes: %+v", d)
		}
		select {
		case <-changed:
		case <-time.After(time.Second):
		}
	}
}

// settingsOf are the settings that a diagnosis says are wrong.
func settingsOf(d setup.Diagnosis) (list []setup.Setting) {
	for _, f := range d.Findings {
		if !f.Beside {
			list = append(list, f.Setting)
		}
	}
	return list
}

// The worker asks the doctor: a name that works, one that is broken at the origin, and
// one that is not there, with and without the account. What was seen can be read while
// it looks, and nothing is written.
func TestTheDoctorLooksAtANameThatIsAskedAbout(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.settled()
		w.rested(s)
		before := len(w.sim.Writes())
		one := w.asksDoctor(theName, setup.DefaultConnection)
		live := 0
		for range 400 {
			d, err := w.store.Diagnosis(w.t.Context(), one.ID)
			must(w.t, err)
			if !d.Open() {
				break
			}
			if slices.ContainsFunc(d.Looks, setup.DoctorLook.Made) {
				live++
			}
			time.Sleep(50 * time.Millisecond)
		}
		if live == 0 {
			w.t.Error("nothing could be read while it looked")
		}
		healthy := w.diagnosed(one.ID)
		if a := healthy.Adoption; a == nil || len(a.Refused)+len(a.Differs)+len(a.Spec.AsFound) > 0 || len(a.Resources) < 3 ||
			a.Spec.Account != (setup.Account{Connection: setup.DefaultConnection, AccountID: healthy.AccountID, Region: s.Spec.Account.Region}) {
			w.t.Errorf("what this installation has made would be adopted as %+v", a)
		}
		if healthy.Verdict != setup.VerdictHealthy && healthy.Verdict != setup.VerdictRemarks || healthy.AccountID != w.demo.AccountID || healthy.Calls == 0 || len(healthy.Things) == 0 || len(settingsOf(healthy)) > 0 {
			w.t.Errorf("a name that works: %s (%s), account %s, %d calls, %v", healthy.Verdict, healthy.Text, healthy.AccountID, healthy.Calls, settingsOf(healthy))
		}
		w.t.Logf("%d times a page could have shown looks while others were made; took %s: %s, %s", live, healthy.Took, healthy.Head, healthy.Text)
		outside := w.diagnosed(w.asksDoctor(theName, "").ID)
		if outside.AccountID != "" || outside.Calls != 0 || outside.Verdict == setup.VerdictWrong {
			w.t.Errorf("without AWS: %s (%s), account %q, %d calls", outside.Verdict, outside.Text, outside.AccountID, outside.Calls)
		}
		for _, l := range outside.Looks {
			if l.ID == setup.DoctorDomain && l.State != setup.DoctorUnasked {
				w.t.Errorf("without AWS the custom domain was %s", l.State)
			}
		}
		if d := w.diagnosed(w.asksDoctor("nobody.harborview.example", "").ID); d.Verdict != setup.VerdictNoName {
			w.t.Errorf("a name that is not there: %s (%s)", d.Verdict, d.Text)
		}
		if d := w.diagnosed(w.asksDoctor(theName, "0192-no-such-connection").ID); d.AccountID != "" || d.Open() {
			w.t.Errorf("by a connection that was deleted: %s (%s), account %q", d.Verdict, d.Text, d.AccountID)
		}
		if n := len(w.sim.Writes()); n != before {
			w.t.Errorf("the doctor wrote %v", w.sim.Writes()[before:])
		}
		w.changeDistribution(s, func(c *types.DistributionConfig) {
			c.Origins.Items[0].CustomOriginConfig.OriginProtocolPolicy = types.OriginProtocolPolicyHttpOnly
		})
		before = len(w.sim.Writes())
		time.Sleep(time.Minute) // deployed, and asked anew
		d := w.diagnosed(w.asksDoctor(theName, setup.DefaultConnection).ID)
		if d.Verdict != setup.VerdictWrong || !slices.Contains(settingsOf(d), setup.SettingOriginProtocol) {
			w.t.Errorf("http-only: %s (%s), %v", d.Verdict, d.Text, settingsOf(d))
		}
		if n := len(w.sim.Writes()); n != before {
			w.t.Errorf("the doctor wrote %v", w.sim.Writes()[before:])
		}
	})
}

// A process that dies while it looks is replaced: the next one begins the diagnosis anew
// and ends it. One that is stopped by a person stays so, and sends nothing more.
func TestADiagnosisOutlivesItsProcess(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.settled()
		w.rested(s)
		w.wire.endAt(stop{call: w.wire.count() + 3, how: stopBefore}) // in the middle of its calls
		d := w.asksDoctor(theName, setup.DefaultConnection)
		<-w.wire.end
		w.stop()
		w.start()
		died := time.Now()
		if got := w.diagnosed(d.ID); got.Verdict != setup.VerdictHealthy && got.Verdict != setup.VerdictRemarks {
			w.t.Errorf("after the process died: %s (%s)", got.Verdict, got.Text)
		}
		if took := time.Since(died); took > time.Minute {
			w.t.Errorf("it ended %s after the process died", took)
		}

		w.wire.mu.Lock()
		over := make(chan struct{}, 1000) // calls that were given up
		w.wire.hang = func(r *http.Request) bool {
			context.AfterFunc(r.Context(), func() { over <- struct{}{} })
			return true
		}
		w.wire.mu.Unlock()
		time.Sleep(time.Minute)
		before := w.wire.count()
		d = w.asksDoctor(theName, setup.DefaultConnection)
		for w.wire.count() == before {
			time.Sleep(10 * time.Millisecond)
		}
		must(w.t, w.store.StopDiagnosis(w.t.Context(), d.ID, "Grace"))
		select {
		case <-over:
		case <-time.After(8 * time.Second):
			w.t.Error("its calls go on 8 s after it was stopped")
		}
		asked := w.wire.count()
		time.Sleep(3 * time.Minute)
		if n := w.wire.count(); n != asked {
			w.t.Errorf("%d more calls after it was stopped", n-asked)
		}
		if got := w.diagnosed(d.ID); got.Verdict != setup.VerdictStopped || got.StoppedBy.Name != "Grace" {
			w.t.Errorf("stopped, and then %s by %q", got.Verdict, got.StoppedBy.Name)
		}

		d = w.asksDoctor(theName, setup.DefaultConnection) // AWS answers nothing: it ends by itself
		began := time.Now()
		if got := w.diagnosed(d.ID); got.Head == "" || got.Text == "" || time.Since(began) > 2*time.Minute {
			w.t.Errorf("AWS is silent, and after %s: %s (%s)", time.Since(began), got.Head, got.Text)
		} else {
			w.t.Logf("AWS is silent, and after %s: %s: %s", time.Since(began), got.Head, got.Text)
		}
	})
}

// A key that was typed is sent with its look. If the process ends before the look does,
// the next one asks nothing, and says that the key has to be typed again.
func TestALookWithATypedKey(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.settled()
		w.rested(s)
		ask := func() setup.Diagnosis {
			d, err := w.store.AskDiagnosis(w.t.Context(), store.NewDiagnosis{Name: theName, Connection: setup.DefaultConnection, By: "Ada",
				Key: setup.TypedKey{Header: "x-api-key", Value: setup.NewSecret("Zq7-typed-key")}})
			must(w.t, err)
			return d
		}
		if got := w.diagnosed(ask().ID); got.KeyHeader != "X-Api-Key" || got.Calls == 0 {
			w.t.Errorf("with the key: %s (%s), sent in %q", got.Verdict, got.Text, got.KeyHeader)
		}
		time.Sleep(time.Minute)
		w.wire.endAt(stop{call: w.wire.count() + 3, how: stopBefore}) // in the middle of its calls
		d := ask()
		<-w.wire.end
		w.stop()
		w.start()
		died := time.Now()
		got := w.diagnosed(d.ID)
		asks := slices.ContainsFunc(got.Needs, func(n setup.Need) bool { return n.Kind == setup.NeedKey })
		if got.Verdict != setup.VerdictCouldNot || got.KeyHeader != "" || got.Calls != 0 || !asks || time.Since(died) > time.Minute {
			w.t.Errorf("after the process died, for %s: %s (%s), %d calls, %+v", time.Since(died), got.Verdict, got.Text, got.Calls, got.Needs)
		}
	})
}
