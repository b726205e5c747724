package flow

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// a takes 10 s, then b 20 s beside c 60 s, then d 30 s and e, where a person acts,
// and f 40 s at the end.
func sixSteps(state ...setup.StepState) ([]setup.Step, map[setup.StepID]setup.Usual) {
	list := []setup.Step{
		{ID: "a"}, {ID: "b", Needs: []setup.StepID{"a"}}, {ID: "c", Needs: []setup.StepID{"a"}},
		{ID: "d", Needs: []setup.StepID{"b", "c"}}, {ID: "e", Needs: []setup.StepID{"d"}}, {ID: "f", Needs: []setup.StepID{"e"}},
	}
	for i := range list {
		list[i].State = setup.StepWaiting
		if i < len(state) {
			list[i].State = state[i]
		}
		if list[i].State == setup.StepRunning {
			list[i].StartedAt = time.Unix(1000, 0)
		}
	}
	usual := map[setup.StepID]setup.Usual{}
	for id, s := range map[setup.StepID]int{"a": 10, "b": 20, "c": 60, "d": 30, "e": 5, "f": 40} {
		usual[id] = setup.Usual{Half: time.Duration(s) * time.Second, Most: time.Duration(2*s) * time.Second}
	}
	return list, usual
}

func TestForecast(t *testing.T) {
	const done, running, failed, you, skipped = setup.StepDone, setup.StepRunning, setup.StepFailed, setup.StepNeedsYou, setup.StepSkipped
	nobody := func(setup.StepID) bool { return false }
	atE := func(id setup.StepID) bool { return id == "e" }
	atDAndE := func(id setup.StepID) bool { return id == "d" || id == "e" }
	for _, c := range []struct {
		name  string
		state []setup.StepState
		gone  time.Duration
		asks  func(setup.StepID) bool
		want  setup.Forecast
	}{
		{"nothing has begun", nil, 0, nobody, setup.Forecast{Left: 145 * time.Second}},
		{"two go on side by side", []setup.StepState{done, running, running}, 15 * time.Second, nobody, setup.Forecast{Left: 120 * time.Second}},
		{"the short one is late", []setup.StepState{done, running, done}, 19 * time.Second, nobody, setup.Forecast{Left: 76 * time.Second}},
		{"later than usual", []setup.StepState{done, done, running}, 90 * time.Second, nobody, setup.Forecast{Left: 75 * time.Second}},
		{"later than nine of ten", []setup.StepState{done, done, running}, 130 * time.Second, nobody, setup.Forecast{Left: 75 * time.Second, Longer: "c"}},
		{"a person will be needed", []setup.StepState{done, done, running}, 20 * time.Second, atE, setup.Forecast{Left: 70 * time.Second, Person: "e", After: 40 * time.Second}},
		{"a person is needed", []setup.StepState{done, done, done, done, you}, time.Hour, atE, setup.Forecast{Person: "e", After: 40 * time.Second}},
		{"a person is needed twice", []setup.StepState{done, you, done}, time.Hour, atE, setup.Forecast{Person: "b", After: 75 * time.Second, Again: "e", Between: 30 * time.Second}},
		{"and will be", nil, 0, atDAndE, setup.Forecast{Left: 70 * time.Second, Person: "d", After: 45 * time.Second, Again: "e"}},
		{"a step has failed", []setup.StepState{done, done, failed}, 0, nobody, setup.Forecast{Left: 75 * time.Second, Stopped: true}},
		{"the long one is skipped", []setup.StepState{done, running, skipped}, 5 * time.Second, nobody, setup.Forecast{Left: 90 * time.Second}},
		{"all is done", []setup.StepState{done, done, done, done, done, done}, 0, nobody, setup.Forecast{}},
	} {
		list, usual := sixSteps(c.state...)
		got := Forecasted(list, usual, c.asks, time.Unix(1000, 0).Add(c.gone))
		got.Way = nil
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// A step goes on after a person has acted: that time counts after the person, and not
// before.
func TestForecastAfterAPerson(t *testing.T) {
	list, usual := sixSteps(setup.StepDone, setup.StepDone, setup.StepDone, setup.StepDone, setup.StepNeedsYou)
	u := usual["e"]
	u.After = time.Hour
	usual["e"] = u
	got := Forecasted(list, usual, func(setup.StepID) bool { return false }, time.Unix(1000, 0))
	if got.Person != "e" || got.Left != 0 || got.After != time.Hour+40*time.Second {
		t.Errorf("%+v", got)
	}
}

func TestLongestWay(t *testing.T) {
	list, usual := sixSteps()
	want := []setup.WayStep{
		{Step: "a", Usual: 10 * time.Second}, {Step: "c", Usual: 60 * time.Second, Beside: []setup.StepID{"b"}},
		{Step: "d", Usual: 30 * time.Second}, {Step: "e", Usual: 5 * time.Second}, {Step: "f", Usual: 40 * time.Second},
	}
	if diff := cmp.Diff(want, longest(list, usual)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	list[2].State = setup.StepSkipped
	if got := longest(list, usual); got[1].Step != "b" {
		t.Errorf("without the long step: %+v", got)
	}
	// Steps that need each other in a circle end the search.
	list, _ = sixSteps()
	list[0].Needs = []setup.StepID{"f"}
	if got := longest(list, usual); len(got) == 0 || len(inOrder(list)) != len(list) {
		t.Errorf("in a circle: %+v", got)
	}
	if got := longest(nil, nil); len(got) != 0 {
		t.Errorf("of no step: %+v", got)
	}
}

// A job never seems to need longer than before, while its steps take as long as is
// usual or less.
func TestForecastNeverCountsUp(t *testing.T) {
	list, usual := sixSteps(setup.StepDone, setup.StepRunning, setup.StepRunning)
	before := time.Hour
	for gone := time.Duration(0); gone < 2*time.Minute; gone += time.Second {
		f := Forecasted(list, usual, func(setup.StepID) bool { return false }, time.Unix(1000, 0).Add(gone))
		if f.Left > before {
			t.Fatalf("after %s it says %s, before %s", gone, f.Left, before)
		}
		before = f.Left
	}
	if before != 75*time.Second {
		t.Errorf("at the end it says %s", before)
	}
}
