package db

import "sync"

// WatchAll is the key of everything.
const WatchAll = 0

// watches is who wants to be woken, by key.
type watches struct {
	mu   sync.Mutex
	list map[int64]map[chan struct{}]bool
}

// Watch wakes the caller after a change of what the key stands for, a job by its
// number; WatchAll: of anything. The wake-up has no payload and means "look
// again": subscribe first, then read. Wake-ups that are not taken become one,
// so a slow reader never holds a writer back.
func (d *DB) Watch(key int64) (changed <-chan struct{}, stop func()) {
	return d.watches.add(key)
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
	if !keys[WatchAll] {
		w.ring(WatchAll)
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
