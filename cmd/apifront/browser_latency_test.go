//go:build browser

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"apifront/setup"
)

// watchRows notes when each call's row came into the page, by its request ID.
const watchRows = `(() => {
	window.came = {};
	new MutationObserver(list => {
		const at = Date.now();
		for (const m of list) for (const n of m.addedNodes) {
			const id = /lat-[0-9]+/.exec(n.textContent || "");
			if (id && !(id[0] in came)) came[id[0]] = at;
		}
	}).observe(document.body, {childList: true, subtree: true, characterData: true});
})()`

// BenchmarkBrowserLatency is the time from an event that is stored until it
// is in the DOM of pages in Chromium, with 50 pages of the job open: 5 tabs,
// all of which a headless browser takes for visible, and 45 plain readers of
// the same stream, since 50 tabs would measure the processor. Page and test
// have one clock, in whole milliseconds; paint is not in it. An operation is
// one event, in all tabs.
//
//	go test -tags browser -run '^$' -bench BrowserLatency -benchtime 60x ./cmd/apifront
func BenchmarkBrowserLatency(b *testing.B) {
	const pages, real = 50, 5
	s := newStage(b, true)
	j := s.start(s.draft(stageSpec("api.harborview.example", 2)), setup.JobApply, setup.JobInput{})
	j.done("identity")
	path := fmt.Sprintf("/jobs/%d", j.id)
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	client := &http.Client{Jar: s.v.client.Jar, Transport: &http.Transport{MaxIdleConnsPerHost: pages}}
	for range pages - real {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path+"/events?after=0", nil)
		if err != nil {
			b.Fatal(err)
		}
		res, err := client.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		if res.StatusCode != http.StatusOK {
			b.Fatalf("stream: status %d", res.StatusCode)
		}
		b.Cleanup(func() { _ = res.Body.Close() }) // read until the benchmark is over
		go func() {
			for buf := make([]byte, 16<<10); ; {
				if _, err := res.Body.Read(buf); err != nil {
					return // the benchmark is over
				}
			}
		}()
	}
	first := newScreen(b, s.url, 1280, 900)
	tabs := []*screen{first}
	for len(tabs) < real {
		tabs = append(tabs, first.tab())
	}
	for _, tab := range tabs {
		tab.visit(state{on: s, path: path})
		tab.until(10*time.Second, "live", func() bool { return tab.text("#live") == "Live" })
		tab.eval(watchRows)
	}
	stored := map[string]int64{}
	b.ResetTimer()
	for n := range b.N {
		time.Sleep(200 * time.Millisecond)
		c := stageCall("acm", "DescribeCertificate")
		id := fmt.Sprintf("lat-%d", n)
		c.JobID, c.StepID, c.Attempt, c.StartedAt, c.RequestID, c.Operation = j.id, "certificate-edge", 1, time.Now(), id, fmt.Sprintf("Describe%d", n)
		if err := s.store.RecordCall(b.Context(), c); err != nil {
			b.Fatal(err)
		}
		stored[id] = time.Now().UnixMilli()
	}
	b.StopTimer()
	time.Sleep(time.Second)
	var took []int64
	for i, tab := range tabs {
		var came map[string]int64
		if err := json.Unmarshal([]byte(tab.eval(`JSON.stringify(came)`)), &came); err != nil {
			b.Fatal(err)
		}
		if len(came) != len(stored) {
			b.Errorf("tab %d showed %d of %d events", i+1, len(came), len(stored))
		}
		for id, at := range came {
			took = append(took, max(0, at-stored[id]))
		}
	}
	if len(took) == 0 {
		b.Fatal("no event came")
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*50/100]), "ms-p50")
	b.ReportMetric(float64(took[len(took)*95/100]), "ms-p95")
	b.ReportMetric(float64(took[len(took)-1]), "ms-max")
	b.ReportMetric(0, "ns/op")
}
