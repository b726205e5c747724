package doctor

import (
	"slices"
	"sync"
	"time"

	"apifront/setup"
)

// Looks are all looks of a diagnosis in the order of a request's way, none of them
// made yet.
func Looks() []setup.DoctorLook { return setup.DoctorLooks() }

// askedOfLook is how many questions a look has at most.
const askedOfLook = 12

// A chart has the looks of one diagnosis, and tells each as it begins and ends.
type chart struct {
	seen func(setup.DoctorLook) // nil: nobody is told

	mu    sync.Mutex
	looks []setup.DoctorLook
	begun map[setup.DoctorLookID]time.Time
}

func newChart(seen func(setup.DoctorLook)) *chart {
	return &chart{seen: seen, looks: Looks(), begun: map[setup.DoctorLookID]time.Time{}}
}

// begin says that looks begin.
func (c *chart) begin(ids ...setup.DoctorLookID) {
	for _, id := range ids {
		c.change(id, func(l *setup.DoctorLook) {
			c.begun[id], l.State = time.Now(), setup.DoctorLooking
		})
	}
}

// end says what a look has shown. One that never began took no time.
func (c *chart) end(id setup.DoctorLookID, state setup.DoctorLookState, text string, asked ...setup.Asked) {
	c.change(id, func(l *setup.DoctorLook) {
		l.State, l.Text, l.Asked = state, setup.Clip(setup.Printable(text), 400), first(asked, askedOfLook)
		if at, ok := c.begun[id]; ok {
			l.Took = time.Since(at)
		}
	})
}

// rest ends all looks that have not ended.
func (c *chart) rest(state setup.DoctorLookState, text string) {
	for _, l := range c.list() {
		if l.State == setup.DoctorWaiting || l.State == setup.DoctorLooking {
			c.end(l.ID, state, text)
		}
	}
}

func (c *chart) change(id setup.DoctorLookID, change func(*setup.DoctorLook)) {
	c.mu.Lock()
	defer c.mu.Unlock() // so that who is told hears of one at a time
	i := slices.IndexFunc(c.looks, func(l setup.DoctorLook) bool { return l.ID == id })
	change(&c.looks[i])
	if c.seen != nil {
		c.seen(c.looks[i])
	}
}

// list are the looks as they are now.
func (c *chart) list() []setup.DoctorLook {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.looks)
}

// of is a look as it is now.
func (c *chart) of(id setup.DoctorLookID) setup.DoctorLook {
	list := c.list()
	return list[slices.IndexFunc(list, func(l setup.DoctorLook) bool { return l.ID == id })]
}

// first are at most n of a list, each once, without those that say nothing.
func first(list []setup.Asked, n int) (all []setup.Asked) {
	for _, a := range list {
		if len(all) < n && a.What != "" && !slices.ContainsFunc(all, func(o setup.Asked) bool { return o.What == a.What && o.Answer == a.Answer }) {
			all = append(all, a)
		}
	}
	return all
}
