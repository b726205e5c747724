//go:build unix

package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"apifront/store"
)

// BenchmarkWritesBesideJobs saves a page of a draft over HTTP again and again,
// first alone and then beside 200 jobs at work on the simulator. Reading the
// page before is not in the time; the answer, which is a redirect, is.
//
//	go test -run '^$' -bench WritesBesideJobs -benchtime 300x ./cmd/apifront
func BenchmarkWritesBesideJobs(b *testing.B) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var log lockedBuffer
	d, err := openDemo(ctx, &program{stdout: io.Discard, stderr: &log, getenv: func(string) string { return "" }}, at("127.0.0.1:0"), "demo", "")
	if err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- d.app.run(ctx) }()
	v := newVisitor(b, d.app.url)
	v.signIn()
	v.open("/")
	v.press("New setup", nil)
	page := v.at.Path
	v.until(page, 15*time.Second, "settled", v.settled)

	alone := saves(b, v, page, b.N)
	for i := range 200 {
		startJob(b, d, i)
	}
	beside := saves(b, v, page, b.N)
	b.StopTimer()
	counts, _, err := d.app.store.CountJobs(ctx, store.JobFilter{})
	if err != nil {
		b.Fatal(err)
	}
	going := 0
	for state, n := range counts {
		if state.Active() {
			going += n
		}
	}
	if said := log.bytes(); bytes.Contains(said, []byte("locked")) || bytes.Contains(said, []byte("SQLITE_BUSY")) {
		b.Errorf("there were lock errors: %s", said)
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(alone[len(alone)*99/100]), "ms-p99-alone")
	b.ReportMetric(ms(beside[len(beside)*50/100]), "ms-p50")
	b.ReportMetric(ms(beside[len(beside)*99/100]), "ms-p99")
	b.ReportMetric(float64(going), "jobs-going-at-the-end")
	b.ReportMetric(0, "ns/op")
	stop()
	if err := <-ended; err != nil {
		b.Errorf("the server ended with %v", err)
	}
	if err := d.close(); err != nil {
		b.Errorf("closing: %v", err)
	}
}

// saves presses Next on the page n times and says how long each took, the
// shortest first.
func saves(b *testing.B, v *visitor, page string, n int) []time.Duration {
	b.Helper()
	follow := v.client.CheckRedirect
	defer func() { v.client.CheckRedirect = follow }()
	took := make([]time.Duration, 0, n)
	for range n {
		v.client.CheckRedirect = follow
		v.open(page)
		v.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		began := time.Now()
		v.press("Next", nil)
		took = append(took, time.Since(began))
		if v.status != http.StatusSeeOther {
			b.Fatalf("Next on %s: status %d\n%s", page, v.status, v.text())
		}
	}
	slices.Sort(took)
	return took
}
