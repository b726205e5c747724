package steps

import (
	"apifront/probe"
	"apifront/setup"
)

// A sight is what a pass has seen from outside. It is a record only: nothing is
// decided by it. As the memory, it is used by one goroutine at a time.
type sight struct {
	requests []setup.Evidence
	answers  []setup.DNSAnswer
	tried    *trial         // the test of all paths; nil: none was made
	traffic  *probe.Traffic // where the name leads; nil: nobody asked
}

// saw notes requests.
func (e *Env) saw(requests []setup.Evidence) {
	e.seen.requests = append(e.seen.requests, probe.Kept(requests)...)
}

// heard notes answers of DNS.
func (e *Env) heard(answers ...setup.DNSAnswer) {
	e.seen.answers = append(e.seen.answers, answers...)
}

// Seen is what the pass has seen from outside so far; nil: it did not look.
func (e *Env) Seen() *setup.Seen {
	s := &setup.Seen{Requests: e.seen.requests, Answers: e.seen.answers}
	if s.Empty() {
		return nil
	}
	return s
}

// An Outside is what one look of a check saw from outside, for those who say where on
// the way of a request things are right.
type Outside struct {
	sight
	keys []setup.ProbeKey
}

// Outside is what the pass has seen from outside so far.
func (e *Env) Outside() Outside { return Outside{e.seen, e.Keys} }
