//go:build outside

package main

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// newMortals is a mortal on PostgreSQL, where several processes may live at once.
func newMortals(t *testing.T, seed uint64) *mortal {
	t.Helper()
	dsn, _ := postgresSchema(t)
	m := newMortal(t, seed)
	m.database, m.shared = dsn, openStore(t, dsn)
	return m
}

// replicasAtOnce work on a database.
const replicasAtOnce = 2

// A toll is what happened to processes while a job was under way.
type toll struct {
	jobs, kills atomic.Int64
	allDead     atomic.Int64 // times that nobody was left
}

// killedReplicas is one job, or two where many kills are wanted, that two
// replicas work on. Each replica is killed and begun anew at moments of its own
// until the jobs are over. When there were enough kills they live longer.
func (m *mortal) killedReplicas(n, enough int, c *toll) {
	m.t.Helper()
	before := m.state()
	jobs := []begun{m.begin(n)}
	if enough > 20 {
		jobs = append(jobs, m.begin(n+1))
	}
	over, end := context.WithCancel(context.Background())
	defer end()
	var kills, alive atomic.Int64
	kills.Store(int64(m.kills))
	var group sync.WaitGroup
	for i := range replicasAtOnce {
		chance := rand.New(rand.NewPCG(m.seed, uint64(10*m.jobs+i)))
		group.Go(func() {
			for over.Err() == nil && !m.t.Failed() {
				d := span(chance)
				if chance.IntN(3) == 0 {
					d += time.Duration(chance.Int64N(int64(6 * time.Second)))
				}
				if kills.Load() >= int64(enough) {
					d += 20 * time.Second
				}
				alive.Add(1)
				m.replicaLives(over, d)
				if left := alive.Add(-1); over.Err() == nil {
					kills.Add(1)
					if left == 0 {
						c.allDead.Add(1)
					}
				}
				// Some time goes by before somebody begins it anew.
				time.Sleep(time.Duration(chance.Int64N(int64(400 * time.Millisecond))))
			}
		})
	}
	for began := time.Now(); !m.t.Failed(); time.Sleep(200 * time.Millisecond) {
		jobs := slices.DeleteFunc(slices.Clone(jobs), m.over)
		if len(jobs) == 0 {
			break
		}
		if time.Since(began) > 8*time.Minute {
			m.t.Errorf("after 8 minutes these jobs are not over: %+v", jobs)
		}
	}
	end()
	group.Wait()
	c.kills.Add(kills.Load() - int64(m.kills))
	m.kills = int(kills.Load())
	m.check(before, jobs...)
}

// replicaLives is one life of a replica, which ends with the jobs at the latest.
func (m *mortal) replicaLives(over context.Context, d time.Duration) {
	life, cancel := context.WithTimeout(over, d)
	defer cancel()
	cmd, log := m.serve()
	if _, err := live(cmd, life.Done(), syscall.SIGKILL); err != nil {
		m.t.Errorf("%v\n%s", err, log)
	}
}
