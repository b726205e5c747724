package store

import (
	"crypto/rand"
	"sync"
	"time"

	"apifront/setup"
)

// Keys that people type for one look are handed from the page to the worker in the memory
// of the process, and are in no table: what is not written cannot be read. So the worker
// of this process alone may take such a look.
type typedKeys struct {
	process string // names this process among those that share a database

	mu   sync.Mutex
	keys map[string]typedKey // by diagnosis
}

type typedKey struct {
	setup.TypedKey

	until time.Time
}

func newTypedKeys() *typedKeys {
	return &typedKeys{process: rand.Text(), keys: map[string]typedKey{}}
}

// keep keeps the key of a diagnosis until it is taken, or until the time comes.
func (t *typedKeys) keep(diagnosis string, k setup.TypedKey, until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.keys[diagnosis] = typedKey{k, until}
	time.AfterFunc(setup.KeyLasts, func() { t.drop(diagnosis) })
}

// take gives a key out once.
func (t *typedKeys) take(diagnosis string, now time.Time) (setup.TypedKey, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k, ok := t.keys[diagnosis]
	delete(t.keys, diagnosis)
	if !ok || !now.Before(k.until) {
		return setup.TypedKey{}, false
	}
	return k.TypedKey, true
}

func (t *typedKeys) drop(diagnosis string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.keys, diagnosis)
}

// TakeKey is the key that was typed for a diagnosis. It is given out once, and not after
// setup.KeyLasts; ok is false if it is gone.
func (s *Store) TakeKey(diagnosis string) (key setup.TypedKey, ok bool) {
	return s.typed.take(diagnosis, s.Now())
}
