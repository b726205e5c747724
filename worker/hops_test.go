package worker_test

import (
	"encoding/json"
	"strings"

	"apifront/setup"
)

// hopLetters are the states of hops in tables.
var hopLetters = map[setup.HopState]string{setup.HopRight: "r", setup.HopWrong: "w", setup.HopDiffers: "d", setup.HopUnknown: "?", setup.HopAway: "a"}

// hops compares the way of a request, as the check saw it, with what a request meets.
// What is right after a fault was asked past it, and none is right without a question.
func (w *world) hops(s setup.Setup, c setup.Checkup, want string) {
	w.t.Helper()
	way, err := w.store.Way(w.t.Context(), s.ID)
	must(w.t, err)
	is, fault := "", false
	for _, h := range way.Hops {
		is += hopLetters[h.State]
		if h.State == setup.HopRight && (h.Past != fault || len(h.Asked) == 0) {
			w.t.Errorf("hop %s: past the fault is %t, want %t: %+v", h.Part, h.Past, fault, h)
		}
		fault = fault || h.State == setup.HopWrong
		w.t.Logf("hop %s: %s %s | %s | %s", h.Part, hopLetters[h.State], h.Claim, h.Text, h.ID)
		for _, a := range h.Asked {
			w.t.Logf("    %s -> %s (%t)\n        %s", a.What, a.Answer, a.Bad, a.Line)
		}
	}
	if is != want || way.CheckID != c.ID {
		w.t.Errorf("the hops of check %s are %s, want %s of %s", way.CheckID, is, want, c.ID)
	}
}

// evident is that a finding says by what it is known, with what AWS or DNS really has.
func (w *world) evident(s setup.Setup, f setup.Finding) {
	w.t.Helper()
	if len(f.Evidence) == 0 {
		w.t.Errorf("%s: without evidence", f.Key)
	}
	named := f.Is == ""
	for _, a := range f.Evidence {
		named = named || a.Answer == f.Field+": "+f.Is && a.Line != "" || f.Field == "" && strings.Contains(a.Answer, f.Is)
		w.t.Logf("  evidence of %s: %s -> %s (%t)\n        %s", f.Key, a.What, a.Answer, a.Bad, a.Line)
	}
	held, err := json.Marshal(w.state())
	must(w.t, err)
	for piece := range strings.FieldsFuncSeq(f.Is, func(r rune) bool { return r == ' ' || r == ',' }) {
		if piece != "stage" && !strings.Contains(string(held), piece) {
			w.t.Errorf("%s: the account does not hold %q", f.Key, piece)
		}
	}
	if !named {
		w.t.Errorf("%s: no evidence names %q", f.Key, f.Is)
	}
}
