package handlers

import (
	"context"
	"errors"
	"fmt"

	"apifront/setup"
	"apifront/store"
)

// A Round is the looks of one page. All of them are read in one query, and
// those that are old or missing are ordered in one transaction.
type Round struct {
	s      *Server
	about  map[setup.LookKey]bool
	looks  map[setup.LookKey]setup.Look
	wanted []setup.LookKey                  // what is to be asked
	failed map[setup.LookKey]*setup.Problem // why it could not be
}

// NewRound reads the looks with the keys. Ask and Stored take them from the round,
// as long as they are given its context.
func (s *Server) NewRound(ctx context.Context, keys []setup.LookKey) (context.Context, *Round, error) {
	r := &Round{s: s, about: map[setup.LookKey]bool{}, failed: map[setup.LookKey]*setup.Problem{}}
	for _, k := range keys {
		r.about[k] = true
	}
	var err error
	if r.looks, err = s.Store.Looks(ctx, keys); err != nil {
		return ctx, nil, err
	}
	return context.WithValue(ctx, keyRound, r), r, nil
}

// roundOf is the round of a context that knows about the key, or nil.
func roundOf(ctx context.Context, key setup.LookKey) *Round {
	if r, ok := ctx.Value(keyRound).(*Round); ok && r.about[key] {
		return r
	}
	return nil
}

// look is what was read, as the store answers.
func (r *Round) look(key setup.LookKey) (setup.Look, error) {
	l, ok := r.looks[key]
	if !ok {
		return setup.Look{LookKey: key}, fmt.Errorf("look %s: %w", key.Kind, store.ErrNotFound)
	}
	return l, nil
}

// want remembers a look to order, and returns it as it will be.
func (r *Round) want(key setup.LookKey, l setup.Look) setup.Look {
	l.LookKey = key
	if p := r.failed[key]; p != nil {
		l.Problem = p
		return l
	}
	if p := (setup.Connection{}).RefuseRegion(key.Region); p != nil {
		l.Problem = p // such as a region of a stored draft that AWS does not have
		return l
	}
	r.wanted = append(r.wanted, key)
	l.Pending, l.AskedAt = true, r.s.Now()
	r.looks[key] = l
	return l
}

// Send orders the looks that are wanted. If the store does not take them, the
// looks say why, and the page is shown all the same.
func (r *Round) Send(ctx context.Context) error {
	err := r.s.Store.AskLooks(ctx, r.wanted)
	if errors.Is(err, store.ErrStorage) {
		r.s.Log.WarnContext(ctx, "questions for AWS could not be stored", "looks", len(r.wanted), "err", err)
		for _, key := range r.wanted {
			l := r.looks[key]
			l.Pending = false
			r.looks[key], r.failed[key] = l, StorageProblem("AWS could not be asked", err)
		}
		err = nil
	}
	r.wanted = nil
	return err
}
