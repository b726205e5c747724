package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"apifront/setup"
	"apifront/store"
	"apifront/web"
)

// FreshFor is how old a stored answer of AWS may be before a page that shows
// it asks again.
const FreshFor = 10 * time.Minute

// An Answer is the stored answer of a look, decoded into its type.
type Answer[T any] struct {
	Value   T
	Have    bool // there is a Value, however old
	Pending bool
	Problem *setup.Problem
	AskedAt time.Time // when somebody asked last
	DoneAt  time.Time
}

// Ask returns the stored answer of a look at once. If the answer is older than
// FreshFor or than since, Ask also orders a new look and does not wait for it. If
// a job has ended since the look, its answer is none: it may not be so any more.
func Ask[T any](ctx context.Context, s *Server, key setup.LookKey, since time.Time) (a Answer[T], err error) {
	l, err := s.look(ctx, key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Answer[T]{}, fmt.Errorf("read look %s: %w", key.Kind, err)
	}
	now := s.Now()
	age := now.Sub(l.DoneAt)
	if since.After(now) {
		since = time.Time{} // the clock was ahead then; no answer would ever be new enough
	}
	fresh := err == nil && !l.DoneAt.IsZero() && age < FreshFor && age > -touchEvery && !l.DoneAt.Before(since) && !l.Outdated()
	if l.Outdated() {
		defer func() { a = a.without() }()
	}
	if round := roundOf(ctx, key); round != nil && !l.Pending && !fresh {
		l = round.want(key, l)
	} else if !l.Pending && !fresh {
		asked, err := s.Store.AskLook(ctx, key, 0)
		refused, never := errors.AsType[*setup.Problem](err)
		switch {
		case never: // such as a region of a stored draft that AWS does not have
			l.Problem = refused
		case errors.Is(err, store.ErrStorage): // a page that only shows something is shown all the same
			s.Log.WarnContext(ctx, "a question for AWS could not be stored", "look", key.Kind, "err", err)
			l.Problem = StorageProblem("AWS could not be asked", err)
		case err != nil:
			return Answer[T]{}, fmt.Errorf("ask for look %s: %w", key.Kind, err)
		default:
			l = asked
		}
	}
	return read[T](l)
}

// without is the answer without what was found.
func (a Answer[T]) without() Answer[T] {
	return Answer[T]{Pending: a.Pending, Problem: a.Problem, AskedAt: a.AskedAt}
}

// look is a stored look, from the page's round if it has read it.
func (s *Server) look(ctx context.Context, key setup.LookKey) (setup.Look, error) {
	if round := roundOf(ctx, key); round != nil {
		return round.look(key)
	}
	return s.Store.Look(ctx, key)
}

// Stored returns the stored answer of a look and orders none.
func Stored[T any](ctx context.Context, s *Server, key setup.LookKey) (Answer[T], error) {
	l, err := s.look(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return Answer[T]{}, nil
	}
	if err != nil {
		return Answer[T]{}, fmt.Errorf("read look %s: %w", key.Kind, err)
	}
	return read[T](l)
}

func read[T any](l setup.Look) (Answer[T], error) {
	a := Answer[T]{Pending: l.Pending, Problem: l.Problem, AskedAt: l.AskedAt, DoneAt: l.DoneAt}
	if len(l.Result) > 0 {
		if err := json.Unmarshal(l.Result, &a.Value); err != nil {
			return a, fmt.Errorf("read answer of look %s: %w", l.Kind, err)
		}
		a.Have = true
	}
	return a, nil
}

// LookAgain orders a look, however new the stored answer is.
func (s *Server) LookAgain(ctx context.Context, key setup.LookKey) error {
	_, err := s.Store.AskLook(ctx, key, 0)
	if _, never := errors.AsType[*setup.Problem](err); never {
		return nil // the page says why
	}
	if err != nil {
		return fmt.Errorf("ask for look %s: %w", key.Kind, err)
	}
	return nil
}

// Renew orders looks again whose answers are older than age, and waits for these
// answers until Patience ends. The caller goes by what is known then.
func (s *Server) Renew(ctx context.Context, age time.Duration, keys ...setup.LookKey) error {
	over := time.After(s.Patience)
	for order := true; ; order = false {
		waits := false
		for _, key := range keys {
			l, err := s.Store.Look(ctx, key)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return fmt.Errorf("read look %s: %w", key.Kind, err)
			}
			if old := l.DoneAt.IsZero() || s.Now().Sub(l.DoneAt).Abs() > age; order && old && !l.Pending {
				if err := s.LookAgain(ctx, key); err != nil {
					return err
				}
				l.Pending = true
			}
			waits = waits || l.Pending
		}
		if !waits || s.Patience == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-over:
			return nil
		case <-time.After(renewEvery):
		}
	}
}

// renewEvery is how often a request that waits for an answer asks for it.
const renewEvery = 300 * time.Millisecond

func NameKey(a setup.Account, name string) setup.LookKey {
	return setup.LookKey{Kind: setup.LookName, Connection: a.Connection, Subject: name}
}

// ShowChecks are checks as pages show them.
func ShowChecks(checks []setup.Check) []web.PreCheck {
	var list []web.PreCheck
	for _, c := range checks {
		p := web.PreCheck{State: "done", Title: c.Title, Text: c.Text}
		switch c.Result {
		case setup.CheckBad:
			p.State = "failed"
		case setup.CheckNote:
			p.State = "you"
		case setup.CheckUnknown:
			p.State = "wait"
		}
		if len(c.Items) > 0 {
			p.Text += " Missing: " + setup.And(c.Items) + "."
		}
		if c.Fix != "" {
			p.Text += " " + c.Fix
		}
		list = append(list, p)
	}
	return list
}

// Fact is an answer of a look as setup knows it.
func (a Answer[T]) Fact() setup.Fact[T] {
	return setup.Fact[T]{Value: a.Value, Have: a.Have, Pending: a.Pending, Problem: a.Problem}
}
