package handlers

import (
	"sync"
	"time"
)

// A limiter slows down guessing of passwords: after some wrong tries for one
// account from one address, the next one has to wait, longer each time.
type limiter struct {
	mu    sync.Mutex
	tries map[string]tries
}

type tries struct {
	wrong int
	next  time.Time // no try before
	seen  time.Time
}

const (
	freeTries   = 5
	firstWait   = 30 * time.Second
	longestWait = 15 * time.Minute
	forgetAfter = time.Hour
	mostTracked = 10_000
)

func newLimiter() *limiter { return &limiter{tries: make(map[string]tries)} }

// wait says how long until the next try for this key; 0: now.
func (l *limiter) wait(key string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(0, l.tries[key].next.Sub(now))
}

// wrong notes a wrong try.
func (l *limiter) wrong(key string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.tries) >= mostTracked {
		for k, t := range l.tries {
			if now.Sub(t.seen) > forgetAfter {
				delete(l.tries, k)
			}
		}
	}
	t := l.tries[key]
	if now.Sub(t.seen) > forgetAfter {
		t = tries{}
	}
	t.wrong++
	t.seen = now
	if over := t.wrong - freeTries; over >= 0 {
		w := longestWait
		if over < 5 {
			w = firstWait << over
		}
		t.next = now.Add(min(w, longestWait))
	}
	l.tries[key] = t
}

// right forgets the wrong tries.
func (l *limiter) right(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.tries, key)
}
