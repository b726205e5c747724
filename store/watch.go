package store

import "sync"

// Keys of watches that are not a job's number.
const (
	watchAll   = 0  // any job or look
	watchLooks = -1 // a look was asked for
)

// watches is who wants to be woken, by job.
type watches struct {
	mu   sync.Mutex
	list map[int64]map[chan struct{}]bool
}

// Watch wakes the caller after a change of the job; 0: of any job or look.
// The wake-up has no payload and means "look again": subscribe first, then
// read. Wake-ups that are not taken become one, so a slow reader never holds
// a writer back.
func (s *Store) Watch(job int64) (changed <-chan struct{}, stop func()) {
	return s.watches.add(job)
}

// WatchLooks wakes the caller when a look was asked for.
func (s *Store) WatchLooks() (asked <-chan struct{}, stop func()) {
	return s.watches.add(watchLooks)
}

func (w *watches) add(key int64) (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.list == nil {
		w.list = map[int64]map[chan struct{}]bool{}
	}
	if w.list[key] == nil {
		w.list[key] = map[chan struct{}]bool{}
	}
	w.list[key][c] = true
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.list[key], c)
		if len(w.list[key]) == 0 {
			delete(w.list, key)
		}
	}
}

// wake wakes those who watch one of the keys, and those who watch all.
func (w *watches) wake(keys map[int64]bool) {
	if len(keys) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for key := range keys {
		w.ring(key)
	}
	if !keys[watchAll] {
		w.ring(watchAll)
	}
}

func (w *watches) ring(key int64) {
	for c := range w.list[key] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
