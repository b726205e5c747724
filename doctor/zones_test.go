package doctor_test

import (
	"slices"
	"strings"
	"testing"

	"apifront/doctor"
	"apifront/setup"
)

func TestZones(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	good := w.sim.AddZone(accountID, "example.com")
	twin := w.sim.AddTwinZone(accountID, "example.com")
	lost := w.sim.AddTwinZone(accountID, "lost.org")
	inside := w.sim.AddPrivateZone(accountID, "corp.example.com")
	w.sim.AddZone("999900001111", "foreign.net")

	got, err := doctor.Zones(t.Context(), w.prober(), w.account)
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]setup.Zone{}
	for _, z := range got {
		byID[z.ID] = z
	}
	if len(got) != 4 {
		t.Errorf("got %d zones, want 4: %+v", len(got), got)
	}
	if z := byID[good]; z.Name != "example.com" || !z.Delegated || z.Refused != "" || len(z.NameServers) != 4 {
		t.Errorf("delegated zone: %+v", z)
	}
	if z := byID[twin]; z.Delegated || !strings.Contains(z.Refused, good) {
		t.Errorf("twin: %+v", z)
	}
	if z := byID[lost]; z.Delegated || !strings.Contains(z.Refused, "DNS does not lead to it") {
		t.Errorf("zone nobody delegates to: %+v", z)
	}
	if z := byID[inside]; !z.Private || !strings.Contains(z.Refused, "private") {
		t.Errorf("private zone: %+v", z)
	}
	unasked, err := doctor.Zones(t.Context(), nil, w.account)
	if err != nil {
		t.Fatal(err)
	}
	for _, z := range unasked {
		if z.Delegated || !z.Private && z.Refused != "" {
			t.Errorf("DNS was not asked, and yet: %+v", z)
		}
	}
}

// TestManyZones: with many zones, Route 53 is asked only where DNS leaves a
// doubt.
func TestManyZones(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 0)
	for i := range 50 {
		w.sim.AddZone(accountID, "zone"+strings.Repeat("x", i)+".com")
	}
	twin := w.sim.AddTwinZone(accountID, "zone.com")
	got, err := doctor.Zones(t.Context(), w.prober(), w.account)
	if err != nil {
		t.Fatal(err)
	}
	delegated := 0
	for _, z := range got {
		if z.Delegated && len(z.NameServers) > 0 {
			delegated++
		}
		if (z.ID == twin) != strings.Contains(z.Refused, "There is another zone of this name") {
			t.Errorf("%+v", z)
		}
	}
	asked := slices.DeleteFunc(w.calls.all(), func(c setup.Call) bool { return c.Operation != "GetHostedZone" })
	if len(got) != 51 || delegated != 50 || len(asked) != 2 {
		t.Errorf("%d zones, %d delegated, %d asked; want 51, 50, 2", len(got), delegated, len(asked))
	}
}
