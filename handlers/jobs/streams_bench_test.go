package jobs_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// BenchmarkStreams is the way from an event that is stored to its first byte
// at the viewers, over real HTTP, with all viewers on one job and spread over
// a hundred. An operation is one event; events come every quarter of a second,
// so that the viewers rest in between. Writer and viewers share the processor.
//
//	go test -run '^$' -bench Streams -benchtime 40x ./handlers
func BenchmarkStreams(b *testing.B) {
	for _, c := range []struct{ viewers, jobs int }{{1, 1}, {50, 1}, {1000, 1}, {50, 50}, {1000, 100}} {
		b.Run(fmt.Sprintf("viewers=%d/jobs=%d", c.viewers, c.jobs), func(b *testing.B) { benchStreams(b, c.viewers, c.jobs) })
	}
}

func benchStreams(b *testing.B, viewers, jobs int) {
	s := handlerstest.NewJobSite(b)
	s.Client.Transport = &http.Transport{MaxIdleConnsPerHost: viewers, ReadBufferSize: 4 << 10}
	numbers := make([]int64, jobs)
	for i := range numbers {
		s.Setup = s.Draft(fmt.Sprintf("n%03d.harborview.example", i), setup.DNSElsewhere)
		numbers[i] = s.Start(setup.JobApply, setup.JobInput{})
		s.Pass("identity", handlerstest.Done("Account 482177301954"), handlerstest.Call("sts", "GetCallerIdentity"))
	}
	before := held()
	list := make([]*benchViewer, viewers)
	ctx, stop := context.WithCancel(b.Context())
	var ended sync.WaitGroup
	for i := range list {
		v := &benchViewer{job: numbers[i%jobs], came: make(chan arrival, 16)}
		list[i] = v
		resp := s.Request(http.MethodGet, fmt.Sprintf("/jobs/%d/events?after=0", v.job), nil, nil)
		ended.Go(func() { v.read(ctx, resp.Body) })
	}
	for _, v := range list {
		<-v.came // the page as it is
	}
	each := float64(held()-before) / float64(viewers)

	var took []time.Duration
	var late atomic.Int64
	b.ResetTimer()
	for n := range b.N {
		time.Sleep(250 * time.Millisecond)
		job := numbers[n%jobs]
		err := s.Store.RecordCall(b.Context(), setup.Call{
			JobID: job, StepID: "certificate-edge", Attempt: 1, Service: "acm", Operation: "DescribeCertificate",
			Status: 200, RequestID: strconv.Itoa(n), StartedAt: time.Now(), Took: time.Millisecond,
		})
		if err != nil {
			b.Fatal(err)
		}
		stored := time.Now()
		j, err := s.Store.Job(b.Context(), job)
		if err != nil {
			b.Fatal(err)
		}
		for _, v := range list {
			if v.job != job {
				continue
			}
			for a := (arrival{}); a.seq < j.Seq; {
				select {
				case a = <-v.came:
				case <-time.After(10 * time.Second):
					late.Add(1)
					b.Fatal("an event did not come within 10 s")
				}
				if a.seq >= j.Seq {
					took = append(took, a.at.Sub(stored))
				}
			}
		}
	}
	b.StopTimer()
	stop()
	s.Client.CloseIdleConnections()
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(max(d, 0).Microseconds()) / 1000 }
	b.ReportMetric(ms(took[len(took)*50/100]), "ms-p50")
	b.ReportMetric(ms(took[len(took)*95/100]), "ms-p95")
	b.ReportMetric(ms(took[len(took)*99/100]), "ms-p99")
	b.ReportMetric(each/1024, "KiB/viewer")
	b.ReportMetric(0, "ns/op")
}

// An arrival is the first byte of a message.
type arrival struct {
	seq int64
	at  time.Time
}

// A benchViewer reads a stream and says when messages arrive.
type benchViewer struct {
	job  int64
	came chan arrival
}

func (v *benchViewer) read(ctx context.Context, body io.ReadCloser) {
	context.AfterFunc(ctx, func() { _ = body.Close() })
	buf := make([]byte, 2<<10)
	begins := true
	for {
		n, err := body.Read(buf)
		if err != nil {
			return
		}
		if at := bytes.Index(buf[:n], []byte("id: ")); begins && at >= 0 {
			text, _, _ := strings.Cut(string(buf[at+4:n]), "\n")
			if seq, err := strconv.ParseInt(text, 10, 64); err == nil {
				v.came <- arrival{seq, time.Now()}
			}
		}
		begins = bytes.HasSuffix(buf[:n], []byte("\n\n"))
	}
}

// held is what this process holds, with stacks, in bytes.
func held() int64 {
	runtime.GC()
	runtime.GC() // the first leaves what pools hold
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
