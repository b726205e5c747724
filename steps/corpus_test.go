package steps

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"apifront/cloud/sim"
	"apifront/setup"
)

// A condition is a world of the corpus: a setup that was made by a job, and what
// somebody did to it afterwards, without apifront.
type condition struct {
	what  string         // for people
	guide string         // rows of the project's AWS notes, section F.2
	made  func(*patient) // what the setup is, before the job; nil: as usual
	done  []func(*patient)

	// want is what is broken, one word for each thing: a setting, or several with
	// "|" between where neither AWS nor visitors can tell them apart. "~" before it
	// says that it goes away by waiting. Nothing: the world is healthy.
	want string
	// name says that the fault lies before the distribution: a test through
	// CloudFront, past the name, passes.
	name  bool
	live  string // what the name shows, where that is more; "": the same
	hangs bool   // something on the way takes seconds, or never answers
	// works says that every path is proved all the same.
	works bool
}

// A patient is a world that is looked at.
type patient struct {
	*world
}

// A finding is what one look says.
type finding struct {
	step   setup.StepID
	proved bool
	named  []string // as condition.want is written
	rows   []string // of the table of symptoms
	took   time.Duration
	words  string
}

// corpus are all conditions.
func corpus() []condition {
	return slices.Concat(healthy(), healthyNames(), brokenEdges(), brokenGateways(), brokenNames(), brokenPairs())
}

//go:generate go test -run "TestCorpus|TestSlips" -update .

// TestCorpus: of each broken world the first look names what is broken, and
// nothing else; of each healthy one it names nothing, and every path is proved.
// docs/diagnosis.md has what was said of each.
func TestCorpus(t *testing.T) {
	quietly(t)
	var list []condition
	for i, c := range corpus() {
		if !UnderRace || i%15 == 0 {
			list = append(list, c)
		}
	}
	preview, live := make([]finding, len(list)), make([]finding, len(list))
	t.Run("worlds", func(t *testing.T) {
		for i, c := range list {
			t.Run(c.what, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { preview[i], live[i] = c.findings(t) })
			})
		}
	})
	if UnderRace || t.Failed() {
		return
	}
	var m matrix
	for i, c := range list {
		m.add(c, preview[i], live[i])
	}
	m.compare(t, filepath.Join("..", "docs", "diagnosis.md"))
}

// findings makes the world, and says what the steps name in it.
func (c condition) findings(t *testing.T) (preview, live finding) {
	t.Helper()
	p := &patient{newWorldIn(t, sim.Config{Pace: sim.RealPace(), PageSize: 1, Log: t.Logf}, nil)}
	if c.made != nil {
		c.made(p)
	}
	p.mustRunAll(setup.JobApply)
	for _, do := range c.done {
		do(p)
	}
	want := strings.Fields(c.want)
	slices.Sort(want)
	preview, live = p.examine("preview"), p.examine("live")
	if c.name {
		preview.check(t, nil, true)
	} else {
		preview.check(t, want, c.works)
	}
	if c.live != "" {
		want = strings.Fields(c.live)
		slices.Sort(want)
	}
	live.check(t, want, c.works)
	time.Sleep(time.Minute) // for answers of servers that nobody waits for any more
	return preview, live
}

// examine looks as a job does, once.
func (p *patient) examine(id setup.StepID) finding {
	p.t.Helper()
	began := time.Now()
	e := p.env(id)
	e.Thorough = true // no job has just compared what is configured
	o, err := p.lookIn(e, p.step(id))
	if err != nil {
		p.t.Fatal(err)
	}
	f := finding{step: id, proved: o.State == Ready, took: time.Since(began), words: o.Summary}
	for _, c := range o.Causes {
		var settings []string
		for _, s := range append([]setup.Setting{c.Setting}, c.Or...) {
			settings = append(settings, string(s))
		}
		slices.Sort(settings)
		word := strings.Join(slices.Compact(settings), "|")
		if c.Passing {
			word = "~" + word
		}
		f.named, f.rows = append(f.named, word), append(f.rows, c.Symptom)
		if c.Problem == nil || c.Problem.What == "" || c.Problem.Why == "" || c.Problem.Fix == "" {
			p.t.Errorf("%s: incomplete: %+v", c.Symptom, c.Problem)
		}
	}
	slices.Sort(f.named)
	if o.Problem != nil {
		f.words += "; " + o.Problem.Why
	}
	return f
}

func (f finding) check(t *testing.T, want []string, works bool) {
	t.Helper()
	if !slices.Equal(f.named, want) || f.proved != (works || len(want) == 0) {
		t.Errorf("%s: proved is %t, named are %v by %v, want %v: %s", f.step, f.proved, f.named, f.rows, want, f.words)
	}
}
