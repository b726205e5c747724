//go:build browser

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"apifront/setup"
)

// What Lighthouse measures with. A processor's index is what Lighthouse's own
// benchmark gives it, in each run. Lighthouse makes a page four times as slow,
// which on the machine that the limit of 98 was set on, with an index of 2,300,
// makes a phone of 575; a phone of the middle has 1,000.
// https://github.com/GoogleChrome/lighthouse/blob/main/docs/throttling.md
// https://github.com/ChromeDevTools/devtools-frontend/blob/main/front_end/panels/mobile_throttling/CalibrationController.ts
const (
	phoneIndex   = 575.0
	mostSlowdown = 4.0
	scoredRuns   = 5  // of a page; the best counts
	mostRuns     = 12 // of a page, with those in which Lighthouse failed
)

// TestBrowserLighthouse has Lighthouse judge pages as a phone on a slow line
// would show them: at least 98 of 100 for performance, accessibility and best
// practices. Performance is measured on a processor that others may use too, so
// no other test runs beside it, each run waits until the processors rest, a
// slower machine is slowed down less, and the best of up to five runs counts.
func TestBrowserLighthouse(t *testing.T) {
	tool := judge(t, "lighthouse/cli/index.js")
	node := programPath(t, "node")
	chromium := programPath(t, "chromium")
	s := newStage(t, true)
	finished := s.start(s.draft(stageSpec("api.harborview.example", 2)), setup.JobApply, setup.JobInput{}).finish()
	draft := s.draft(stageSpec("shop.harborview.example", 2)).ID
	for _, page := range wizardPages {
		s.read("/drafts/"+draft+"/"+page, "/drafts/"+draft+"/"+page)
	}
	base, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	var cookies []string
	for _, c := range s.v.client.Jar.Cookies(base) {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	header, err := json.Marshal(map[string]string{"Cookie": strings.Join(cookies, "; ")})
	if err != nil {
		t.Fatal(err)
	}
	headers := filepath.Join(t.TempDir(), "headers.json")
	if err := os.WriteFile(headers, header, 0o600); err != nil {
		t.Fatal(err)
	}
	// run is nil when Lighthouse itself failed, as it does when the machine is too
	// busy to record a page.
	slowdown := mostSlowdown
	run := func(path string, signedIn bool) map[string]float64 {
		waitForRest(t)
		args := []string{tool, s.url + path, "--quiet", "--output=json", "--form-factor=mobile",
			"--only-categories=performance,accessibility,best-practices", "--no-enable-error-reporting",
			fmt.Sprintf("--throttling.cpuSlowdownMultiplier=%.2f", slowdown),
			"--chrome-flags=--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"}
		if signedIn {
			args = append(args, "--extra-headers="+headers)
		}
		cmd := exec.CommandContext(t.Context(), node, args...)
		cmd.Env = append(os.Environ(), "CHROME_PATH="+chromium)
		var said bytes.Buffer
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			t.Logf("Lighthouse on %s: %v: %s", path, err, said.String())
			return nil
		}
		var report struct {
			FinalDisplayedURL string
			RuntimeError      struct{ Message string }
			Environment       struct{ BenchmarkIndex float64 }
			Categories        map[string]struct {
				Score     float64
				AuditRefs []struct {
					ID     string
					Weight float64
				}
			}
			Audits map[string]struct {
				Title string
				Score *float64
			}
		}
		if err := json.Unmarshal(out, &report); err != nil || report.RuntimeError.Message != "" {
			t.Fatalf("Lighthouse on %s: %v %s", path, err, report.RuntimeError.Message)
		}
		if report.FinalDisplayedURL != s.url+path {
			t.Fatalf("Lighthouse looked at %s, want %s", report.FinalDisplayedURL, path)
		}
		if report.Environment.BenchmarkIndex <= 0 {
			t.Fatalf("Lighthouse on %s: it measured no processor", path)
		}
		t.Logf("%s: %.1f times as slow, on a processor of %.0f", path, slowdown, report.Environment.BenchmarkIndex)
		slowdown = min(mostSlowdown, max(1, report.Environment.BenchmarkIndex/phoneIndex))
		scores := map[string]float64{}
		for name, c := range report.Categories {
			scores[name] = c.Score * 100
			for _, a := range c.AuditRefs {
				if score := report.Audits[a.ID].Score; a.Weight > 0 && score != nil && *score < 0.9 {
					t.Logf("%s: %s: %s has %.2f", path, name, report.Audits[a.ID].Title, *score)
				}
			}
		}
		return scores
	}
	for _, p := range []struct {
		name, path string
		signedIn   bool
	}{
		{"sign-in", "/sign-in", false},
		{"wizard", "/drafts/" + draft + "/edge", true},
		{"job", fmt.Sprintf("/jobs/%d", finished.id), true},
		{"history", "/jobs", true},
	} {
		best := map[string]float64{}
		runs := 0
		for tries, enough := 0, false; !enough && runs < scoredRuns && tries < mostRuns; tries++ {
			scores := run(p.path, p.signedIn)
			if scores == nil {
				continue
			}
			runs++
			if len(scores) != 3 {
				t.Fatalf("%s: Lighthouse gave the scores %v", p.name, scores)
			}
			enough = true
			for name, score := range scores {
				best[name] = max(best[name], score)
				enough = enough && best[name] >= 98
			}
		}
		t.Logf("%s: performance %.0f, accessibility %.0f, best practices %.0f, the best of %d", p.name, best["performance"], best["accessibility"], best["best-practices"], runs)
		if len(best) != 3 {
			t.Errorf("%s: Lighthouse failed %d times", p.name, mostRuns)
		}
		for name, score := range best {
			if score < 98 {
				t.Errorf("%s: %s is %.0f, want at least 98", p.name, name, score)
			}
		}
	}
}

// waitForRest waits until the processors have little to do for a second, for half a
// minute at most: what ran before writes its files for a while.
func waitForRest(t *testing.T) {
	t.Helper()
	// busy is the time that all processors were busy and the time that passed, in ticks.
	busy := func() (busy, all float64) {
		stat, err := os.ReadFile("/proc/stat")
		if err != nil {
			return 0, 0 // not Linux: nothing is known
		}
		line, _, _ := strings.Cut(string(stat), "\n")
		for i, f := range strings.Fields(line)[1:] {
			ticks, err := strconv.ParseFloat(f, 64)
			if err != nil {
				t.Fatalf("/proc/stat has %q", line)
			}
			all += ticks
			if i != 3 && i != 4 { // idle, and waiting for a disk
				busy += ticks
			}
		}
		return busy, all
	}
	for range 30 {
		busyThen, allThen := busy()
		time.Sleep(time.Second)
		busyNow, allNow := busy()
		if allNow == allThen || (busyNow-busyThen)/(allNow-allThen) < 0.15 {
			return
		}
	}
	t.Log("the processors did not come to rest")
}
