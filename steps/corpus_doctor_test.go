package steps_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"apifront/cloud"
	"apifront/doctor"
	"apifront/probe"
	"apifront/setup"
	"apifront/steps"
)

// toldBySetup are worlds in which only a setup knows what is wrong: what was wanted
// stands nowhere in AWS. With each stands what the doctor names in its place, as the
// corpus writes it.
var toldBySetup = map[string]string{
	"A path leads to another API":   "",
	"A path leads to another stage": "",
	"Plain HTTP is refused":         "",
	"The integration of one path takes too long, and the other path leads to another stage": "backend",
	// What a deleted mapping led to is not known any more.
	"A REST API was deleted, with its mapping":     "mapping",
	"An HTTP API was deleted, with its mapping":    "mapping",
	"A stage was deleted, with its mapping (REST)": "mapping",
	"A stage was deleted, with its mapping (HTTP)": "mapping",
}

// sockets are worlds with a WebSocket API: without an account nobody knows that it is
// one, and a plain GET of it is refused whatever is broken.
var sockets = []string{"The headers of the handshake are not passed on", "The integration of $connect answers 500"}

// renewing are the settings by which ACM renews: the looks of the corpus are not at
// them.
var renewing = []setup.Setting{setup.SettingValidationRecord, setup.SettingRenewal, setup.SettingCAA}

// told are the settings that diagnoses of one name name: those of findings, of which
// callers may notice something, those of remarks, and those between which the looks
// cannot tell.
func told(list ...setup.DiagnosisBody) (wrong, remarks, open []string) {
	for _, b := range list {
		for _, f := range b.Findings {
			word := string(f.Setting)
			if f.Passes {
				word = "~" + word
			}
			switch {
			case slices.Contains(renewing, f.Setting):
			case f.Beside:
				remarks = append(remarks, word)
			default:
				wrong = append(wrong, word)
			}
		}
		for _, a := range b.Either {
			open = append(open, string(a.Setting))
		}
	}
	for _, l := range []*[]string{&wrong, &remarks, &open} {
		slices.Sort(*l)
		*l = slices.Compact(*l)
	}
	return wrong, remarks, open
}

// TestDoctorAgreesWithChecks: of each world of the corpus the doctor, who knows of no
// setup, names what a check of the setup names, and nothing else. What callers are
// served with all the same may be a remark. Without an account, it names nothing for
// certain that is not so, and where it names several causes, one of them is true. It
// writes nothing.
func TestDoctorAgreesWithChecks(t *testing.T) {
	steps.Quietly(t)
	var corpus []steps.Plight
	for i, c := range steps.Corpus() {
		if !steps.UnderRace || i%20 == 0 {
			corpus = append(corpus, c)
		}
	}
	known := maps.Clone(toldBySetup)
	for _, c := range corpus {
		delete(known, c.What())
		t.Run(c.What(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { agrees(t, c) })
		})
	}
	if len(known) > 0 && !steps.UnderRace {
		t.Errorf("there is no world of these: %v", known)
	}
}

func agrees(t *testing.T, c steps.Plight) {
	p := c.Make(t)
	want := c.Want()
	if words, is := toldBySetup[c.What()]; is {
		want = strings.Fields(words)
	}
	before := len(p.Sim.Writes())
	ask := func(path string, open bool) setup.DiagnosisBody {
		q := doctor.Question{Name: p.Name, Path: path, Install: "install-1", Handshakes: true, Prober: probe.New(p.Probe, nil)}
		if open {
			q.Open = func(ctx context.Context, region string, rec setup.Recorder) (*cloud.Account, error) {
				return p.Cloud.Open(ctx, setup.DefaultConnection, region, "", rec)
			}
		}
		b := doctor.Diagnose(t.Context(), q, nil)
		sound(t, b)
		return b
	}
	var inside, bare []setup.DiagnosisBody
	for _, path := range append([]string{""}, p.Paths...) {
		inside, bare = append(inside, ask(path, true)), append(bare, ask(path, false))
	}
	if made := p.Sim.Writes()[before:]; len(made) > 0 {
		t.Errorf("the doctor wrote: %v", made)
	}

	wrong, remarks, open := told(inside...)
	if len(open) > 0 && len(wrong) == 0 { // one of several, as the corpus writes it
		wrong = []string{strings.Join(open, "|")}
	}
	for _, w := range wrong {
		if !slices.Contains(want, w) {
			t.Errorf("%s is named and not so, want %v: %s", w, want, inside[0].Text)
		}
	}
	for _, w := range want {
		if !slices.Contains(wrong, w) && !slices.Contains(remarks, w) && !slices.Contains(remarks, strings.Replace(w, "caching", "cache-key", 1)) {
			t.Errorf("%s is not named: %v, remarks %v, %s: %s", w, wrong, remarks, inside[0].Verdict, inside[0].Text)
		}
	}
	if v := inside[0].Verdict; len(want) == 0 && v != setup.VerdictHealthy && v != setup.VerdictRemarks {
		t.Errorf("nothing is wrong, and it says %s: %s", v, inside[0].Text)
	}

	certain, _, open := told(bare...)
	for _, w := range certain {
		if !slices.ContainsFunc(want, func(x string) bool {
			return slices.Contains(strings.Split(strings.TrimPrefix(x, "~"), "|"), strings.TrimPrefix(w, "~"))
		}) {
			t.Errorf("without an account, %s is named for certain, want %v: %s", w, want, bare[0].Text)
		}
	}
	for i, b := range bare[1:] { // what is mapped nowhere says nothing of what is broken
		named, _, open := told(b)
		among := func(x string) bool {
			return slices.ContainsFunc(strings.Split(strings.TrimPrefix(x, "~"), "|"), func(s string) bool {
				return slices.Contains(open, s) || slices.Contains(named, s) || slices.Contains(named, "~"+s)
			})
		}
		if b.Verdict == setup.VerdictUnsure && len(c.Want()) > 0 && !slices.Contains(sockets, c.What()) && !slices.ContainsFunc(c.Want(), among) {
			t.Errorf("without an account, the truth is not among the alternatives of %s: %v, want %v: %s", p.Paths[i], open, c.Want(), b.Text)
		}
	}
	t.Logf("without an account: %s, %v, one of %v, want %v: %s", bare[0].Verdict, certain, open, want, bare[0].Text)
	p.Rest()
}

// sound checks what holds of every diagnosis.
func sound(t *testing.T, b setup.DiagnosisBody) {
	t.Helper()
	if b.Verdict == "" || b.Head == "" || b.Text == "" || len(b.Looks) != len(doctor.Looks()) || len(b.Way) != 4 {
		t.Errorf("incomplete: %+v", b)
	}
	for i, l := range b.Looks {
		if l.ID != doctor.Looks()[i].ID || l.State == setup.DoctorWaiting || l.State == setup.DoctorLooking || l.Text == "" {
			t.Errorf("a look has not ended: %+v", l)
		}
	}
	for _, f := range b.Findings {
		if f.Key == "" || f.Title == "" || strings.HasSuffix(f.Title, ".") || f.Fix == "" || len(f.Evidence) == 0 || (f.Field == "") != (f.Want == "") {
			t.Errorf("incomplete: %+v", f)
		}
	}
	if (b.Verdict == setup.VerdictUnsure) && len(b.Either) < 2 && b.Took < 5*time.Second {
		t.Errorf("unsure between less than two: %s %+v", b.Text, b.Either)
	}
	soundAdoption(t, b)
	if b.AccountID == "" && b.Calls > 0 {
		t.Errorf("%d calls of no account", b.Calls)
	}
}

// soundAdoption checks what holds of everything that could be adopted, whatever is
// broken in it: it is whole, or refused for whole reasons.
func soundAdoption(t *testing.T, b setup.DiagnosisBody) {
	t.Helper()
	a := b.Adoption
	if a == nil || b.AccountID == "" {
		if a != nil {
			t.Errorf("no account was asked: %+v", a)
		}
		return
	}
	for _, p := range a.Refused {
		if p.What == "" || p.Why == "" || p.Fix == "" {
			t.Errorf("incomplete: %+v", p)
		}
	}
	if whole := len(a.Resources) > 0 && len(a.Taken) > 2 && len(a.Spec.API.Mappings) > 0; whole == (len(a.Refused) > 0) {
		t.Errorf("neither whole nor refused: %+v", a)
	}
	for _, d := range a.Differs {
		if d.Key == "" || d.Title == "" || d.Text == "" || d.Is == d.Want {
			t.Errorf("incomplete: %+v", d)
		}
	}
	for _, key := range a.Spec.AsFound {
		if !slices.ContainsFunc(a.Differs, func(d setup.Difference) bool { return d.Key == key }) {
			t.Errorf("%s stays as found, and nobody is told", key)
		}
	}
}
