package steps

import (
	"testing"
	"testing/synctest"

	"apifront/cloud/sim"
	"apifront/setup"
)

// The plan of paths names those to map, also beside a mapping that changes.
func TestThePlanNamesEveryPathToMap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		w.upTo("cache-policy")
		first := w.setup.Spec.API.Mappings[0]
		team := first
		team.Path = "team"
		w.setup.Spec.API.Mappings = append(w.setup.Spec.API.Mappings, team)
		if o := w.planned("mappings"); o.State != Absent || o.Summary != "/team" {
			t.Errorf("a new path is planned as %+v", o)
		}
		w.setup.Spec.API.Mappings[0].Stage = "another"
		o := w.planned("mappings")
		want := setup.Change{Field: "Mapping " + first.DisplayPath(), Is: first.APIID + ", stage " + first.Stage, Want: first.APIID + ", stage another"}
		if o.State != Drifted || o.Summary != "1 mapping to change, and /team to map" || len(o.Changes) != 1 || o.Changes[0] != want {
			t.Errorf("beside a mapping that changes it is planned as %+v", o)
		}
	})
}
