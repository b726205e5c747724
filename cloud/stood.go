package cloud

import (
	"sync"
	"time"
)

// stood is how long calls of an account waited for their turn on the spot. Calls that wait
// side by side count once.
type stood struct {
	mu    sync.Mutex
	n     int // calls that wait now
	since time.Time
	whole time.Duration
	limit string
}

// waits begins the wait of a call; the function that it returns ends it.
func (s *stood) waits(limit string) (ends func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n == 0 {
		s.since = time.Now()
	}
	if s.limit == "" {
		s.limit = limit
	}
	s.n++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.n--; s.n == 0 {
			s.whole += time.Since(s.since)
		}
	}
}

// Stood is how long calls of the account have waited for their turn on the spot, and what
// AWS allows, as a clause: "API Gateway allows ten calls a second".
func (a *Account) Stood() (waited time.Duration, limit string) {
	a.stood.mu.Lock()
	defer a.stood.mu.Unlock()
	return a.stood.whole, a.stood.limit
}
