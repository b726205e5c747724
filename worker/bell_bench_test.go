//go:build unix

package worker

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// onBoth runs a benchmark on SQLite, and on PostgreSQL if TEST_POSTGRES names
// one.
func onBoth(b *testing.B, run func(*testing.B)) {
	b.Run("sqlite", run)
	if os.Getenv("TEST_POSTGRES") != "" {
		b.Run("postgres", run)
	}
}

// begin starts a worker over River until the benchmark ends or stop is called.
func begin(b *testing.B, s *store.Store, list []steps.Step) (stop func()) {
	b.Helper()
	w, err := New(testConfig(s, list, nil))
	must(b, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	return func() {
		cancel()
		must(b, <-ended)
	}
}

// BenchmarkRingToStart is the time from the commit that rings for a step until
// its pass begins, over River, with nothing else to do.
//
//	go test -run '^$' -bench RingToStart -benchtime 200x ./worker
func BenchmarkRingToStart(b *testing.B) {
	onBoth(b, func(b *testing.B) {
		s, err := store.Open(b.Context(), databaseName(b))
		must(b, err)
		defer func() { must(b, s.Close()) }()
		began := make(chan time.Time, 1)
		only := says("only", nil, steps.Ready)
		only.Observe = func(context.Context, *steps.Env) (steps.Observation, error) {
			began <- time.Now()
			return steps.Observation{State: steps.Ready}, nil
		}
		list := []steps.Step{only}
		stop := begin(b, s, list)
		startJobOn(b, s, "first.example.com", list)
		<-began // River is awake
		var took []time.Duration
		for i := range b.N {
			time.Sleep(30 * time.Millisecond)
			startJobOn(b, s, fmt.Sprintf("n%d.example.com", i), list)
			rang := time.Now()
			took = append(took, max(0, (<-began).Sub(rang)))
		}
		stop()
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)*50/100].Microseconds())/1000, "ms-p50")
		b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "ms-p95")
		b.ReportMetric(0, "ns/op")
	})
}

// BenchmarkSteps carries out jobs of ten steps each, one after the other and
// without any work, as many jobs side by side as operations: what the engine
// itself costs.
//
//	go test -run '^$' -bench 'Steps$' -benchtime 50x ./worker
func BenchmarkSteps(b *testing.B) {
	onBoth(b, func(b *testing.B) {
		s, err := store.Open(b.Context(), databaseName(b))
		must(b, err)
		defer func() { must(b, s.Close()) }()
		var list []steps.Step
		for i := range 10 {
			var needs []setup.StepID
			if i > 0 {
				needs = []setup.StepID{setup.StepID(strconv.Itoa(i - 1))}
			}
			list = append(list, says(setup.StepID(strconv.Itoa(i)), needs, steps.Ready))
		}
		var last int64
		for i := range b.N {
			last = startJobOn(b, s, fmt.Sprintf("n%d.example.com", i), list).ID
		}
		b.ResetTimer()
		began := time.Now()
		stop := begin(b, s, list)
		for over := int64(0); over < last; time.Sleep(10 * time.Millisecond) {
			over = 0
			for id := range last {
				j, err := s.Job(b.Context(), id+1)
				must(b, err)
				if j.State.Active() {
					break
				}
				over++
			}
		}
		b.ReportMetric(float64(10*b.N)/time.Since(began).Seconds(), "steps/s")
		b.StopTimer()
		stop()
	})
}

// BenchmarkParked is what 10,000 parked jobs cost a process beside one that
// has none: memory, and processor time over half a minute of rest. -benchtime
// 1x is enough.
//
//	go test -run '^$' -bench Parked -benchtime 1x ./worker
func BenchmarkParked(b *testing.B) {
	const parked, rest = 10_000, 30 * time.Second
	s, err := store.Open(b.Context(), databaseName(b))
	must(b, err)
	defer func() { must(b, s.Close()) }()
	list := []steps.Step{says("only", nil, steps.Pending)}
	for range b.N {
		stop := begin(b, s, list)
		idle, idleCPU := atRest(b, rest)
		stop()
		park(b, s, parked)
		stop = begin(b, s, list)
		full, fullCPU := atRest(b, rest)
		var rung int
		must(b, s.Writer().QueryRowContext(b.Context(), `SELECT COUNT(*) FROM steps WHERE bell > 0 AND next_at > 0`).Scan(&rung))
		if rung != parked {
			b.Errorf("bells are ordered for %d steps of %d", rung, parked)
		}
		stop()
		b.ReportMetric(full-idle, "MiB-above-idle")
		b.ReportMetric(fullCPU, "%core")
		b.ReportMetric(idleCPU, "%core-idle")
		b.ReportMetric(0, "ns/op")
	}
}

// park fills the database with jobs whose only step is looked at again in a
// day.
func park(b *testing.B, s *store.Store, n int) {
	b.Helper()
	at := time.Now().Add(24 * time.Hour).UnixMilli()
	for _, q := range []string{
		`INSERT INTO setups (id, name, spec, revision, generation, created_by, created_at, updated_by, updated_at)
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		SELECT 's' || i, 'n' || i || '.example.com', '{}', 1, 1, 'Ada', 1, 'Ada', 1 FROM n WHERE $2 > 0`,
		`INSERT INTO jobs (id, revision, setup_id, setup_name, kind, state, input, connection, account_id, region, created_by, created_at, started_at, finished_at, seq, failed, needs_you)
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		SELECT i, 1, 's' || i, 'n' || i || '.example.com', 'apply', 'running', '{}', 'default', '', 'eu-west-1', 'Ada', 1, 1, 0, 0, 0, 0 FROM n WHERE $2 > 0`,
		`INSERT INTO steps (id, job_id, step, number, title, service, state, needs, summary, problem, records, checked_at, started_at, finished_at,
			attempt, attempt_open, attempt_by, tries, pending_since, epoch, leased, lease_until, next_at, bell)
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
		SELECT i, i, 'only', 1, 'Only', '', 'running', '[]', '', '', '', 1, 1, 0, 1, 1, 'the worker', 0, 1, 1, 1, 0, $2, 0 FROM n`,
	} {
		_, err := s.Writer().ExecContext(b.Context(), q, n, at)
		must(b, err)
	}
}

// atRest is what this process holds, in MiB, and how much of a core it uses,
// in percent, once it has come to rest.
func atRest(b *testing.B, rest time.Duration) (mib, core float64) {
	b.Helper()
	time.Sleep(15 * time.Second) // rings for what was left
	spent, began := processorTime(b), time.Now()
	time.Sleep(rest)
	core = 100 * (processorTime(b) - spent).Seconds() / time.Since(began).Seconds()
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc+m.StackInuse) / (1 << 20), core
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
