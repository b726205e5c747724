//go:build browser

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/store"
)

// trailStates are the page of a setup whose findings say who made them, and why that is
// not known.
func trailStates(t *testing.T) (all []state) {
	s := newStage(t, true)
	now := s.store.Now()
	call := func(who, kind, how string) setup.Trail {
		return setup.Trail{State: setup.TrailKnown, From: now.Add(-3 * time.Hour), Until: now, TrailBody: setup.TrailBody{Last: &setup.TrailCall{
			Event: "UpdateDistribution", At: now.Add(-40 * time.Minute), Who: who, Kind: kind, How: how,
		}}}
	}
	only := func(state setup.TrailState) setup.Trail {
		return setup.Trail{State: state, From: now.Add(-3 * time.Hour), Until: now}
	}
	others, silent := call("mira.okafor@harborview.example", "IAM Identity Center, PowerUserAccess", "in the console"), only(setup.TrailSilent)
	others.Others, others.Last.At = 2, now.Add(-50*time.Hour)
	silent.Said = "CloudTrail could not be reached."
	nasty := `"><script>alert(1)</script></dd></dl><img src=x onerror=alert(1)> ]]> -->` + "\u202edrawkcab " + strings.Repeat("W", 300)
	hostile := call(nasty, nasty, "through "+nasty[:60])
	hostile.Others, hostile.More, hostile.Last.Event = 149, true, "UpdateDistributionWithStagingConfig"
	for _, c := range []struct {
		name   string
		trails []setup.Trail
	}{
		{"known", []setup.Trail{call("jonas", "IAM user", "in the console"), others, call("deploy-pipeline", "role harborview-deploy", "with Terraform")}},
		{"unknown", []setup.Trail{only(setup.TrailWaiting), only(setup.TrailNone), silent, only(setup.TrailMany), only(setup.TrailUnread)}},
		{"refused", []setup.Trail{only(setup.TrailRefused)}},
		{"hostile", []setup.Trail{hostile, hostile}},
	} {
		d := s.draft(stageSpec("trail-"+c.name+".harborview.example", 3))
		s.start(d, setup.JobApply, setup.JobInput{}).finish()
		o := store.CheckOutcome{Result: setup.CheckFindings, Sight: setup.Sight{Here: setup.Yes, Answers: setup.Yes}, Trails: map[string]setup.Trail{}}
		for i, trail := range c.trails {
			f := stagedFindings()[1+i%3]
			f.Key = fmt.Sprint(f.Key, i)
			o.Findings, o.Trails[f.Key] = append(o.Findings, f), trail
		}
		s.checked(d, o)
		all = append(all, state{name: "trail-" + c.name, on: s, path: "/setups/" + d.ID})
	}
	return all
}
