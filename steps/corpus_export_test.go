package steps

import (
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/probe"
	"apifront/setup"
)

// A Plight is a condition of the corpus, for tests outside of the package.
type Plight struct{ condition }

// Corpus are all conditions.
func Corpus() (list []Plight) {
	for _, c := range corpus() {
		list = append(list, Plight{c})
	}
	return list
}

// What is what the condition is called.
func (c Plight) What() string { return c.what }

// Want is what the name shows, one word for each thing, as condition.want has it.
func (c Plight) Want() []string {
	text := c.want
	if c.live != "" {
		text = c.live
	}
	want := strings.Fields(text)
	slices.Sort(want)
	return want
}

// A Place is a world that was made, for whoever has nothing but its name.
type Place struct {
	Name  string
	Paths []string
	Probe probe.Settings
	Cloud *cloud.Cloud
	Sim   *sim.Sim
}

// Make makes the world of the condition.
func (c Plight) Make(t *testing.T) Place {
	t.Helper()
	p := &patient{newWorldIn(t, sim.Config{Pace: sim.RealPace(), PageSize: 1, Log: t.Logf}, nil)}
	if c.made != nil {
		c.made(p)
	}
	p.mustRunAll(setup.JobApply)
	for _, do := range c.done {
		do(p)
	}
	place := Place{Name: p.setup.Spec.Domain.Name, Probe: p.probe, Cloud: p.cloud, Sim: p.sim}
	for _, m := range p.setup.Spec.API.Mappings {
		place.Paths = append(place.Paths, m.DisplayPath())
	}
	return place
}

// Rest waits for answers of servers that nobody waits for any more.
func (Place) Rest() { time.Sleep(time.Minute) }

// Quietly takes the machine's own settings of AWS away.
func Quietly(t *testing.T) { t.Helper(); quietly(t) }
