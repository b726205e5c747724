package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"apifront/cloud"
	"apifront/doctor"
	"apifront/probe"
	"apifront/setup"
	"apifront/store"
)

// Limits of diagnoses. Each sends some ten requests and forty questions, so few run side
// by side.
const (
	diagnosesAtOnce = 4
	diagnosisLimit  = 75 * time.Second       // one diagnosis
	renewDiagnosis  = 5 * time.Second        // between two renewals of its lease
	saveDiagnosis   = 150 * time.Millisecond // between two times that what was seen is stored
)

// diagnoses makes the diagnoses that are asked for, several at once, until ctx ends;
// those it is at then are given back.
func (w *Worker) diagnoses(ctx context.Context) error {
	asked, stop := w.Store.WatchDiagnoses()
	defer stop()
	return serve(ctx, queue[setup.Diagnosis]{asked: asked, atOnce: diagnosesAtOnce, next: w.nextDiagnosis, do: w.diagnose, free: w.freeDiagnoses})
}

// nextDiagnosis takes a diagnosis.
func (w *Worker) nextDiagnosis(ctx context.Context) (setup.Diagnosis, bool) {
	limited, cancel := context.WithTimeout(ctx, saveLimit)
	defer cancel()
	d, found, err := w.Store.NextDiagnosis(limited, w.name)
	w.troubled(ctx, "asking for the next diagnosis failed", silent(limited, err))
	return d, found
}

// freeDiagnoses gives back the diagnoses that this worker is at.
func (w *Worker) freeDiagnoses(ctx context.Context) error {
	return w.Store.FreeDiagnoses(ctx, w.name)
}

// diagnose makes one diagnosis, stores what it sees while it looks, and what it came to.
// It ends when the diagnosis is not this worker's any more: a person stopped it.
func (w *Worker) diagnose(ctx context.Context, d setup.Diagnosis) {
	run, cancel := context.WithTimeout(ctx, diagnosisLimit)
	defer cancel()
	// What an earlier worker saw is looked at anew.
	follow := &following{w: w, id: d.ID, body: setup.DiagnosisBody{Looks: doctor.Looks()}, news: make(chan struct{}, 1), lost: cancel}
	var following sync.WaitGroup
	following.Go(func() { follow.run(run) })
	key, has := w.Store.TakeKey(d.ID)
	b := d.KeyLost()
	if has || !d.Keyed {
		b = w.diagnosed(run, d, key, follow.see)
	}
	late := errors.Is(run.Err(), context.DeadlineExceeded) && ctx.Err() == nil
	cut := run.Err() != nil && !late
	cancel()
	following.Wait()
	if cut {
		return
	}
	if late {
		b.Verdict, b.Head = setup.VerdictCouldNot, "Not finished"
		b.Text = fmt.Sprintf("Looking took longer than %s and was ended. What was seen until then is below.", setup.Span(diagnosisLimit))
	}
	limited, stop := context.WithTimeout(ctx, saveLimit)
	defer stop()
	err := silent(limited, w.Store.FinishDiagnosis(limited, w.name, d.ID, b))
	if err != nil && !errors.Is(err, store.ErrFenced) && ctx.Err() == nil {
		w.storeFailed(ctx, "a diagnosis could not be stored", err, slog.String("name", d.Name))
	}
}

// diagnosed asks the doctor.
func (w *Worker) diagnosed(ctx context.Context, d setup.Diagnosis, key setup.TypedKey, seen func(setup.DoctorLook)) (b setup.DiagnosisBody) {
	defer func() {
		if r := recover(); r != nil {
			w.Log.ErrorContext(ctx, "a diagnosis panicked", "name", d.Name, "err", r, "stack", string(debug.Stack()))
			b = setup.DiagnosisBody{
				Verdict: setup.VerdictCouldNot, Head: "Could not look",
				Text: "The doctor stopped on a mistake in apifront: the program ran into a state it was not written for. That says nothing about the name. Report it if it happens again.",
			}.Closed()
		}
	}()
	who := looker("diagnosis")
	q := doctor.Question{Name: d.Name, Path: d.Path, Install: w.Install, Prober: probe.New(w.Probe, who.record), Key: key}
	if d.Connection != "" {
		q.Open = func(ctx context.Context, region string, rec setup.Recorder) (*cloud.Account, error) {
			who := who
			if rec != nil {
				who.record = rec
			}
			return w.open(ctx, who, d.Connection, region)
		}
		q.Regions = w.regionsOf(ctx, d.Connection, d.Region)
	}
	b = doctor.Diagnose(ctx, q, seen)
	if b.Adoption != nil && len(b.Adoption.Refused) == 0 {
		b.Adoption.Spec.Account.Connection = d.Connection
	}
	return b
}

// regionsOf are the Regions that a connection is meant for, the first before the others;
// none: all.
func (w *Worker) regionsOf(ctx context.Context, connection, first string) []string {
	c, err := w.Store.Connection(ctx, connection)
	if err != nil || len(c.Regions) == 0 {
		return nil // those that are not stored are meant for all
	}
	list := slices.Clone(c.Regions)
	if i := slices.Index(list, first); i > 0 {
		list[0], list[i] = list[i], list[0]
	}
	return list
}

// A following stores what a diagnosis sees, and keeps it for this worker.
type following struct {
	w    *Worker
	id   string
	news chan struct{} // something was seen
	lost func()        // the diagnosis is another's, or a person stopped it

	mu   sync.Mutex // guards body
	body setup.DiagnosisBody
}

// see takes what one look has shown.
func (f *following) see(l setup.DoctorLook) {
	f.mu.Lock()
	f.body = f.body.Seen(l)
	f.mu.Unlock()
	select {
	case f.news <- struct{}{}:
	default:
	}
}

// run stores what is new, and renews the lease, until ctx ends.
func (f *following) run(ctx context.Context) {
	tick := time.NewTicker(renewDiagnosis)
	defer tick.Stop()
	rest := time.NewTimer(0)
	defer rest.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-rest.C:
		}
		var err error
		limited, cancel := context.WithTimeout(ctx, saveLimit)
		select {
		case <-ctx.Done():
		case <-tick.C:
			err = f.w.Store.RenewDiagnosis(limited, f.w.name, f.id)
		case <-f.news:
			f.mu.Lock()
			body := f.body
			f.mu.Unlock()
			err = f.w.Store.SaveDiagnosis(limited, f.w.name, f.id, body)
		}
		cancel()
		if errors.Is(err, store.ErrFenced) {
			f.lost()
			return
		}
		f.w.troubled(ctx, "storing what a diagnosis sees failed", silent(limited, err))
		rest.Reset(saveDiagnosis)
	}
}
