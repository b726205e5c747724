package worker_test

import (
	"slices"

	"apifront/setup"
)

// unseenByDoctor are the breakages of which a diagnosis says nothing, since only the
// setup knows what is wanted.
var unseenByDoctor = []string{
	"a mapping to another API", "another certificate",
	"our tags taken off the distribution", "our tags taken off a certificate",
}

// fixable asks the doctor about the name that is broken. Each thing that it finds is one
// of those that a check of the setup found and a job puts back, so that "Fix it" stands
// there.
func (w *world) fixable(s setup.Setup, broken string, found []setup.Finding) {
	w.t.Helper()
	s, err := w.store.Setup(w.t.Context(), s.ID)
	must(w.t, err)
	before := len(w.sim.Writes())
	d := w.diagnosed(w.asksDoctor(theName, setup.DefaultConnection).ID)
	if n := len(w.sim.Writes()); n != before {
		w.t.Errorf("the doctor wrote %v", w.sim.Writes()[before:])
	}
	named := 0
	for _, f := range d.Findings {
		if same, ok := f.SameIn(s.Repairs(found)); ok {
			named++
			w.t.Logf("the doctor: %s (%s, %q, want %q) is %s", f.Title, f.Field, f.Is, f.Want, same.Key)
			continue
		}
		if broken == "another certificate" && f.Setting == setup.SettingValidationRecord {
			continue // of that certificate, which nobody here looks after
		}
		w.t.Errorf("of what the doctor found, no job puts back %s (%s %s %s, %q, want %q)", f.Key, f.StepID, f.Setting, f.Field, f.Is, f.Want)
	}
	if only := slices.Contains(unseenByDoctor, broken); only != (named == 0) {
		w.t.Errorf("the doctor names %d of it: %s, %s", named, d.Verdict, d.Text)
	}
}

// fixed asks the doctor again, when a job has put everything back.
func (w *world) fixed() {
	w.t.Helper()
	if d := w.diagnosed(w.asksDoctor(theName, setup.DefaultConnection).ID); d.Verdict != setup.VerdictHealthy {
		w.t.Errorf("put back, and the doctor says %s: %s, %+v", d.Verdict, d.Text, d.Findings)
	}
}
