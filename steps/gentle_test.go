package steps

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"apifront/cloud/sim"
	"apifront/setup"
)

// A gentle test asks for one path by one way, and for more only where that does not
// answer; it opens no WebSocket. What it has left out, it says.
func TestHowGentleATestIs(t *testing.T) {
	socket := one(sim.API{Kind: "WEBSOCKET"})
	for _, c := range []struct {
		what     string
		made     func(*patient)
		done     func(*patient)
		gentle   Gentle
		proved   bool
		asked    []string // by the outermost way
		opened   bool
		unasked  []string
		beneath  bool // other ways were asked
		sentence string
	}{
		{what: "all paths", gentle: AsksAll, proved: true, asked: []string{"/catalog/v2", "/orders"}, sentence: "2 of 2 requests passed"},
		{what: "no person", gentle: OpensNone, proved: true, asked: []string{"/catalog/v2", "/orders"}},
		{what: "one path", gentle: AsksOne, proved: true, asked: []string{"/orders"}, unasked: []string{"/catalog/v2"}, sentence: "1 of 1 request passed"},
		{what: "the other path is broken", done: unmap("catalog/v2"), gentle: AsksOne, proved: true, asked: []string{"/orders"}, unasked: []string{"/catalog/v2"}},
		{what: "the one path is broken", done: unmap("orders"), gentle: AsksOne, asked: []string{"/catalog/v2", "/orders"}, beneath: true, sentence: "1 of 2 requests passed"},
		{what: "a socket, and a person", made: socket, gentle: AsksAll, proved: true, asked: []string{"/one"}, opened: true},
		{what: "a socket, and no person", made: socket, gentle: OpensNone, proved: true, asked: []string{"/one"}, unasked: []string{"/one"}, sentence: "the WebSocket was not opened"},
		{what: "a socket, by schedule", made: socket, gentle: AsksOne, proved: true, asked: []string{"/one"}, unasked: []string{"/one"}},
		{what: "a socket behind a broken origin", made: socket, done: httpOnly, gentle: AsksOne, asked: []string{"/one"}, unasked: []string{"/one"}, beneath: true},
	} {
		t.Run(c.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &patient{newWorld(t, sim.RealPace(), nil)}
				if c.made != nil {
					c.made(p)
				}
				p.mustRunAll(setup.JobApply)
				if c.done != nil {
					c.done(p)
				}
				e := p.env("live")
				e.Gentle = c.gentle
				tried, err := try(t.Context(), e, setup.RungName)
				if err != nil || tried.Proved() != c.proved {
					t.Fatalf("proved %t, %v: %+v", tried.Proved(), err, tried.Reading)
				}
				var asked []string
				opened, beneath := false, false
				for _, s := range tried.seen {
					if s.Rung == setup.RungName && !s.Below {
						asked = append(asked, s.Path)
					}
					opened, beneath = opened || s.Upgrade, beneath || s.Rung != setup.RungName
				}
				slices.Sort(asked)
				if !slices.Equal(asked, c.asked) || opened != c.opened || beneath != c.beneath {
					t.Errorf("asked %v, opened %t, other ways %t", asked, opened, beneath)
				}
				o, err := liveStep().Observe(t.Context(), e)
				if err != nil || (o.State == Ready) != c.proved || !slices.Equal(o.Unasked, c.unasked) || !strings.Contains(o.Summary, c.sentence) {
					t.Errorf("%s, left out %v: %s, %v", o.State, o.Unasked, o.Summary, err)
				}
			})
		})
	}
}
