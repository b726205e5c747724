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
	"strings"
	"testing"

	"apifront/setup"
)

// TestBrowserLighthouse has Lighthouse judge pages as a phone on a slow line
// would show them: at least 98 of 100 for performance, accessibility and best
// practices. Performance is measured on a processor that others may use too, so
// no other test runs beside it and the best of up to five runs counts.
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
	run := func(path string, signedIn bool) map[string]float64 {
		args := []string{tool, s.url + path, "--quiet", "--output=json", "--form-factor=mobile",
			"--only-categories=performance,accessibility,best-practices", "--no-enable-error-reporting",
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
		for enough := false; !enough && runs < 5; runs++ {
			scores := run(p.path, p.signedIn)
			if scores == nil {
				continue
			}
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
			t.Errorf("%s: Lighthouse failed %d times", p.name, runs)
		}
		for name, score := range best {
			if score < 98 {
				t.Errorf("%s: %s is %.0f, want at least 98", p.name, name, score)
			}
		}
	}
}
