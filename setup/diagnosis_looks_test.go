package setup

import (
	"slices"
	"strings"
	"testing"
)

// The looks are in the order of a request's way, each one once, with words for a page.
func TestDoctorLooks(t *testing.T) {
	t.Parallel()
	parts := append(Parts(), "")
	seen, at := map[DoctorLookID]bool{}, 0
	for _, l := range DoctorLooks() {
		if seen[l.ID] || l.Title == "" || l.State != DoctorWaiting {
			t.Errorf("the look %q is there twice, or says nothing: %+v", l.ID, l)
		}
		seen[l.ID] = true
		i := slices.Index(parts, l.Part)
		if i < at {
			t.Errorf("the look %q at %q comes after one at %q", l.ID, l.Part, parts[at])
		}
		at = i
	}
	DoctorLooks()[0].Title = "changed"
	if DoctorLooks()[0].Title == "changed" {
		t.Error("who asks for the looks changes them for all")
	}
}

// A body follows its looks without changing the one before, and one that was stopped
// says how far it came.
func TestADiagnosisFollowsItsLooks(t *testing.T) {
	t.Parallel()
	first := DiagnosisBody{}.Seen(DoctorLook{ID: DoctorDelegation, Part: PartName, Title: "The domain is delegated", State: DoctorRight})
	if len(first.Looks) != len(DoctorLooks()) || first.Looks[0].State != DoctorRight || first.Looks[1].State != DoctorWaiting {
		t.Errorf("after one look: %+v", first.Looks)
	}
	second := first.Seen(DoctorLook{ID: DoctorServers, State: DoctorLooking})
	if first.Looks[1].State != DoctorWaiting {
		t.Error("the body before has changed")
	}
	for want, b := range map[string]DiagnosisBody{
		"No look was made.": {},
		"1 of 11 look was done, all right. The others were not made.":                            second,
		"1 of 11 look was done, 1 of them showed something wrong. The others were not made.":     (DiagnosisBody{}).Seen(DoctorLook{ID: DoctorRequest, State: DoctorWrong}),
		"2 of 11 looks were done, none of them showed anything wrong. The others were not made.": first.Seen(DoctorLook{ID: DoctorServers, State: DoctorUnknown}),
	} {
		s := b.Stopped()
		if s.Text != want || s.Verdict != VerdictStopped || s.Head == "" {
			t.Errorf("stopped: %q, want %q", s.Text, want)
		}
		for _, l := range s.Looks {
			if l.State == DoctorWaiting || l.State == DoctorLooking {
				t.Errorf("%s is still to come", l.ID)
			}
			if l.State == DoctorUnasked && !strings.Contains(l.Text, "stopped") {
				t.Errorf("%s was not made, and does not say why: %q", l.ID, l.Text)
			}
		}
	}
}
