package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"

	"apifront/cloud"
	"apifront/doctor"
	"apifront/probe"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// looks answers the questions that pages have, several at once, until ctx
// ends; questions it is at then are given back.
func (w *Worker) looks(ctx context.Context) error {
	asked, stop := w.Store.WatchLooks()
	defer stop()
	return serve(ctx, queue[setup.LookKey]{asked: asked, atOnce: looksAtOnce, next: w.nextLook, do: w.look, free: w.freeLooks})
}

// nextLook takes a question.
func (w *Worker) nextLook(ctx context.Context) (setup.LookKey, bool) {
	limited, cancel := context.WithTimeout(ctx, saveLimit)
	defer cancel()
	key, found, err := w.Store.NextLook(limited, w.name)
	w.troubled(ctx, "asking for the next look failed", silent(limited, err))
	return key, found
}

// freeLooks gives back the questions that this worker is at.
func (w *Worker) freeLooks(ctx context.Context) error { return w.Store.FreeLooks(ctx, w.name) }

// look answers one question and stores the answer, or why there is none.
func (w *Worker) look(ctx context.Context, key setup.LookKey) {
	answer, problem := w.result(ctx, key)
	if ctx.Err() != nil {
		return
	}
	limited, cancel := context.WithTimeout(ctx, saveLimit)
	defer cancel()
	err := silent(limited, w.Store.FinishLook(limited, w.name, key, answer, problem))
	if err != nil && !errors.Is(err, store.ErrFenced) && ctx.Err() == nil {
		w.storeFailed(ctx, "a look could not be stored", err, slog.String("kind", string(key.Kind)), slog.String("connection", key.Connection))
	}
}

// result finds the answer as JSON.
func (w *Worker) result(ctx context.Context, key setup.LookKey) (result []byte, problem *setup.Problem) {
	ctx, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			w.Log.ErrorContext(ctx, "a look panicked", "kind", key.Kind, "err", r, "stack", string(debug.Stack()))
			result, problem = nil, &setup.Problem{
				What: "The look stopped on a mistake in apifront.",
				Why:  fmt.Sprintf("The program ran into a state it was not written for: %v", r),
				Fix:  "Refresh. Report it if it happens again.",
				Ours: "look " + string(key.Kind), Code: "Panic",
			}
		}
	}()
	v, err := w.ask(ctx, key)
	if err != nil {
		return nil, cloud.Explain(err)
	}
	result, err = json.Marshal(v)
	if err != nil {
		return nil, cloud.Explain(fmt.Errorf("encode the answer: %w", err))
	}
	if len(result) > store.LongestLook {
		return nil, &setup.Problem{
			What: "The answer is too long to be kept.",
			Why:  fmt.Sprintf("It has %d MiB. At most %d MiB of one answer are kept, so that answers do not fill the disk.", len(result)>>20, store.LongestLook>>20),
			Fix:  "Use a connection that sees less, such as a role of the team's own account.",
			Ours: "look " + string(key.Kind), Code: "TooLong",
		}
	}
	return result, nil
}

// ask asks AWS and DNS. The result's type is named at the kind.
func (w *Worker) ask(ctx context.Context, key setup.LookKey) (any, error) {
	if key.Kind == setup.LookPlan {
		return w.plan(ctx, key.Subject)
	}
	if key.Kind == setup.LookPreflight {
		return w.preflight(ctx, key.Subject)
	}
	if key.Kind == setup.LookTeardown {
		return w.teardownPreflight(ctx, key.Subject)
	}
	if key.Kind == setup.LookRequests {
		return w.requests(ctx, key)
	}
	look := looker("look")
	a, err := w.open(ctx, look, key.Connection, key.Region)
	if err != nil {
		return nil, err
	}
	switch key.Kind {
	case setup.LookIdentity:
		return a.Identity(ctx)
	case setup.LookAPIs:
		return a.APIs(ctx)
	case setup.LookZones:
		return doctor.Zones(ctx, probe.New(w.Probe, look.record), a)
	case setup.LookName:
		return w.nameFacts(ctx, a, key, look)
	case setup.LookCertificates:
		return a.Certificates(ctx, key.Subject)
	case setup.LookConnection:
		t, err := a.Test(ctx, everyAction())
		if err != nil {
			return nil, err
		}
		if t.Source, err = w.Cloud.TestSource(ctx, key.Connection, look.record); err != nil {
			t.Checks = append(t.Checks, setup.Check{Result: setup.CheckUnknown, Title: "Who assumes the role is not known", Text: cloud.CouldNotRead("It", err)})
		}
		return t, nil
	case setup.LookPlan, setup.LookPreflight, setup.LookTeardown, setup.LookRequests:
	}
	return nil, fmt.Errorf("there is no look of the kind %q", key.Kind)
}

// everyAction is the IAM actions of all steps.
func everyAction() []string {
	var all []string
	for _, s := range steps.All() {
		all = append(all, s.Actions...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
