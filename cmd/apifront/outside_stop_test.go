//go:build outside

package main

import (
	"encoding/json"
	"syscall"
	"testing"
	"time"

	"apifront/cloud/sim"
)

// Asked to stop, the program is gone within 10 s, also in the middle of a call
// that takes longer. The next start goes on at once, and no attempt is spent.
func TestOutsideStops(t *testing.T) {
	t.Parallel()
	m := newMortal(t, 1)
	before := m.state()
	job := m.begin(1)
	var orders []sim.Fault
	order, err := json.Marshal(sim.Fault{Service: "cloudfront", Operation: "CreateDistribution|CreateDistributionWithTags", Kind: sim.FaultDelay, Delay: 50 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	m.control("faults", string(order), &orders)
	for range 3 {
		took := m.live(span(m.chance)+time.Second, syscall.SIGTERM)
		t.Logf("asked to stop at some moment, it took %s", took.Round(time.Millisecond))
		if took > 10*time.Second {
			t.Errorf("it took %s to stop", took)
		}
	}

	cmd, log := m.serve()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 600 { // until the distribution is being made
		if m.control("faults", "", &orders); len(orders) == 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if len(orders) > 0 {
		t.Fatalf("no distribution was made:\n%s", log)
	}
	asked := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v\n%s", err, log)
	}
	stopping := time.Since(asked)
	if stopping > 10*time.Second {
		t.Errorf("in the middle of a call it took %s to stop", stopping)
	}

	known := len(m.calls())
	again := time.Now()
	cmd, log = m.serve()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	first, by := time.Duration(0), ""
	for first == 0 && time.Since(again) < time.Minute {
		if calls := m.calls(); len(calls) > known {
			first, by = calls[known].At.Sub(again), calls[known].Operation
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Logf("in the middle of a call it took %s to stop, and the next start went on after %s with %s",
		stopping.Round(time.Millisecond), first.Round(time.Millisecond), by)
	if first == 0 || first > 5*time.Second {
		t.Errorf("the next start went on after %s", first)
	}
	time.Sleep(15 * time.Second) // the rest of the job
	for end := syscall.SIGTERM; ; {
		if err := cmd.Process.Signal(end); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("it ended with %v\n%s", err, log)
		}
		if m.over(job) || time.Since(again) > 2*time.Minute {
			break
		}
		if cmd, log = m.serve(); cmd.Start() != nil {
			t.Fatal("it does not start")
		}
		time.Sleep(5 * time.Second)
	}
	m.check(before, job)
}
