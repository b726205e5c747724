//go:build unix

package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"apifront/setup"
	"apifront/store"
)

// BenchmarkTwoHundredJobs carries out 200 jobs that start together, half of
// them in one region and half in two, in a demo whose simulator does everything
// at once and has no quotas. The time of an operation is that of all jobs.
//
//	go test -run '^$' -bench TwoHundredJobs -benchtime 1x ./cmd/apifront
func BenchmarkTwoHundredJobs(b *testing.B) {
	for range b.N {
		carryOut(b, 200)
	}
}

func carryOut(b *testing.B, n int) {
	before := heap()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var log lockedBuffer
	d, err := openDemo(ctx, &program{stdout: io.Discard, stderr: &log, getenv: func(string) string { return "" }}, at("127.0.0.1:0"), "instant", "")
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	jobs := make([]int64, n)
	for i := range jobs {
		jobs[i] = startJob(b, d, i)
	}
	peak, sampled := peakUse(ctx)
	b.ResetTimer()
	began, spent := time.Now(), cpu(b)
	go func() { done <- d.app.run(ctx) }()
	waitForAll(b, d, n)
	took, spent := time.Since(began), cpu(b)-spent
	b.StopTimer()

	var calls, failed int
	var inCalls time.Duration
	var each []time.Duration
	for i, job := range jobs {
		j, err := d.app.store.Job(ctx, job)
		if err != nil {
			b.Fatal(err)
		}
		if j.State != setup.JobSucceeded {
			failed++
			b.Errorf("job %d is %s", i, j.State)
		}
		all, err := d.app.store.Calls(ctx, job, "", 10_000, 0)
		if err != nil {
			b.Fatal(err)
		}
		for _, c := range all {
			if c.Service != "dns" && c.Service != "https" {
				calls++
				inCalls += c.Took
				each = append(each, c.Took)
			}
		}
	}
	answered, refused := 0, map[string]int{}
	for _, c := range d.sim.Calls() {
		answered++
		if c.Status == 0 || c.Status >= http.StatusInternalServerError {
			b.Errorf("the simulator failed: %s %s: %d %s %s", c.Service, c.Operation, c.Status, c.Code, c.Message)
		} else if c.Status >= http.StatusBadRequest {
			refused[c.Operation+" "+c.Code]++
		}
	}
	if bytes.Contains(log.bytes(), []byte(`"msg":"simulator"`)) {
		b.Errorf("the simulator complains: %s", log.bytes())
	}
	slices.Sort(each)
	stop()
	if err := <-done; err != nil {
		b.Errorf("the server ended with %v", err)
	}
	<-sampled
	errors := bytes.Count(log.bytes(), []byte(`"level":"ERROR"`))
	if errors > 0 {
		b.Errorf("the log has errors: %s", log.bytes())
	}
	b.ReportMetric(float64(failed), "jobs-failed")
	b.ReportMetric(float64(errors), "errors")
	b.ReportMetric(took.Seconds(), "s/all")
	b.ReportMetric(spent.Seconds(), "cpu-s/all")
	b.ReportMetric(float64(answered), "calls")
	b.ReportMetric(float64(answered)/took.Seconds(), "calls/s")
	if calls > 0 {
		b.ReportMetric(float64(inCalls.Microseconds())/float64(calls)/1000, "ms/call")
		b.ReportMetric(float64(each[calls*99/100].Microseconds())/1000, "ms/call-p99")
	}
	b.ReportMetric(float64(peak.heap)/(1<<20), "MiB-peak")
	b.ReportMetric(float64(peak.files), "files-peak")
	d.app = nil // what is left is the simulator
	b.ReportMetric(float64(heap()-before)/(1<<20), "MiB-simulator")
	b.Logf("answers that refuse: %v", refused)
	if err := d.close(); err != nil {
		b.Errorf("closing: %v", err)
	}
}

// waitForAll waits until n jobs are over.
func waitForAll(b *testing.B, d *demo, n int) {
	for limit := time.Now().Add(20 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		counts, _, err := d.app.store.CountJobs(context.Background(), store.JobFilter{})
		if err != nil {
			b.Fatal(err)
		}
		over := 0
		for state, c := range counts {
			if !state.Active() {
				over += c
			}
		}
		if over == n {
			return
		}
		if time.Now().After(limit) {
			b.Errorf("after 20 minutes the jobs are %v", counts)
			return
		}
	}
}

// cpu is the processor time that the program has used.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// heap is what the program holds, in bytes.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // the first leaves what pools hold
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A use is what the program needed at the most.
type use struct {
	heap  uint64 // octets
	files int    // file descriptors, both ends of connections to the simulator among them; 0 where the system does not tell
}

// peakUse is the most that was used until the context ended.
func peakUse(ctx context.Context) (*use, <-chan struct{}) {
	peak, done := new(use), make(chan struct{})
	go func() {
		defer close(done)
		var m runtime.MemStats
		for tick := time.NewTicker(200 * time.Millisecond); ; {
			runtime.ReadMemStats(&m)
			open, _ := os.ReadDir("/proc/self/fd") // Linux has it
			peak.heap, peak.files = max(peak.heap, m.HeapInuse), max(peak.files, len(open))
			select {
			case <-tick.C:
			case <-ctx.Done():
				tick.Stop()
				return
			}
		}
	}()
	return peak, done
}

// A lockedBuffer keeps a log that several goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b.Bytes())
}
