package setups

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/web"
)

// Head and aside of a setup's page name the same next check, the sooner one, whether it
// was ordered or comes by schedule.
func TestHeadAndAsideNameOneNextCheck(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	times := web.Times{Now: now}
	for _, plan := range []time.Duration{-time.Hour, -time.Second, 30 * time.Second, 2 * time.Hour, 0} {
		for _, due := range []time.Duration{-time.Hour, -time.Second, 20 * time.Second, time.Minute, 3 * time.Hour, 0} {
			for _, reason := range []setup.CheckReason{setup.CheckAgain, setup.CheckByPerson} {
				f := Facts{Times: times, Setup: setup.Setup{ID: "s", Spec: setup.DefaultSpec()}, State: setup.State{ID: setup.StateServing}}
				if plan != 0 {
					f.Plan = setup.Schedule{Every: 3 * time.Hour, Next: now.Add(plan)}
				}
				if due != 0 {
					f.Checks = []setup.Checkup{{ID: "later", Reason: reason, DueAt: now.Add(due + 24*time.Hour)}, {ID: "c", Reason: reason, DueAt: now.Add(due)}}
				}
				what := fmt.Sprintf("by schedule in %s, ordered %s in %s", plan, reason, due)
				v := NewView(f)
				aside := ""
				for _, p := range v.Checked {
					if p.Key == "Next" {
						aside = p.Value
					}
				}
				wants := ""
				switch at := due; {
				case due == 0 && plan == 0:
				case due != 0 && due <= 0 || due != 0 && (plan == 0 || due <= plan):
					if wants = times.Second(now.Add(at)).Text; at <= 0 {
						wants = ""
					}
				case plan > 0:
					wants = times.Minute(now.Add(plan)).Text
				}
				if wants != "" && (aside != wants || !strings.HasSuffix(v.Next, wants)) {
					t.Errorf("%s: the head says %q, the aside %q, want %q", what, v.Next, aside, wants)
				}
				late := strings.HasPrefix(aside, "Due since")
				if late != strings.HasPrefix(v.Next, "Next check: due since") || late && !strings.HasSuffix(v.Next, strings.TrimPrefix(aside, "Due since ")) {
					t.Errorf("%s: the head says %q, the aside %q", what, v.Next, aside)
				}
				if (v.Checking || v.Next == "Next check: now") != (aside == "Now") {
					t.Errorf("%s: a check looks: %v, the head says %q, the aside %q", what, v.Checking, v.Next, aside)
				}
			}
		}
	}
}
