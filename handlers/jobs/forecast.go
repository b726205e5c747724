package jobs

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"apifront/flow"
	"apifront/setup"
	webjobs "apifront/web/jobs"
)

// forecast says how long the steps usually take by earlier jobs, and so what is
// left of the job. What the definitions of the steps say is about the real AWS: in a
// demo, whose AWS is faster, it gives the bar its shape and tells no time.
func forecast(f *webjobs.Facts, times map[setup.StepID][]flow.Took, demo bool) {
	f.About = maps.Clone(f.About)
	usual, unknown := map[setup.StepID]setup.Usual{}, false
	for _, st := range f.Steps {
		about := f.About[st.ID]
		u := flow.UsualOf(times[st.ID], about.Usual)
		if k := f.Resources.Lowered(); about.Mark == setup.MarkTTL && k != nil { // as long as this TTL says
			u = setup.Usual{Half: setup.OldFor(k.TTL()), After: setup.OldFor(k.TTL())}
		}
		about.Usual, about.Most, about.Jobs = u.Half, u.Most, u.Jobs
		usual[st.ID], f.About[st.ID] = u, about
		unknown = unknown || demo && u.Jobs == 0 && !st.State.Finished() && about.Mark != setup.MarkValidation && about.Mark != setup.MarkTraffic && about.Mark != setup.MarkRegional
	}
	f.Forecast = flow.Forecasted(f.Steps, usual, func(id setup.StepID) bool { return asks(f.About[id].Mark, f.Setup.Spec.Domain) }, f.Times.Now)
	f.Forecast.Unknown = unknown
}

// asks says whether a step with the mark asks a person for something. Who moves traffic
// by hand also leads callers to the Regional endpoint of an edge-optimised custom domain.
func asks(mark setup.StepMark, d setup.Domain) bool {
	elsewhere, later := d.DNS == setup.DNSElsewhere, d.Switch == setup.SwitchLater
	switch mark {
	case setup.MarkValidation, setup.MarkTTL:
		return elsewhere
	case setup.MarkTraffic:
		return elsewhere && !later
	case setup.MarkRegional:
		return elsewhere || later
	default:
		return false
	}
}

// A timesCache keeps how long the steps of earlier jobs took, for the pages of jobs
// at work: they are asked for often, and change when a job ends.
type timesCache struct {
	mu   sync.Mutex
	jobs map[int64]cachedTimes
}

type cachedTimes struct {
	times map[setup.StepID][]flow.Took
	until time.Time
}

// The bounds of a timesCache.
const (
	timesStay = time.Minute
	timesMost = 200 // jobs
)

// times are those that a job at work goes by.
func (s *room) times(ctx context.Context, job int64, now time.Time) (map[setup.StepID][]flow.Took, error) {
	if kept, ok := s.took.get(job, now); ok {
		return kept, nil
	}
	times, err := s.Store.StepTimes(ctx, job, "")
	if err != nil {
		return nil, fmt.Errorf("read the times of steps for job %d: %w", job, err)
	}
	s.took.put(job, times, now)
	return times, nil
}

func (c *timesCache) get(job int64, now time.Time) (map[setup.StepID][]flow.Took, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept, ok := c.jobs[job]
	return kept.times, ok && now.Before(kept.until)
}

func (c *timesCache) put(job int64, times map[setup.StepID][]flow.Took, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.jobs == nil || len(c.jobs) >= timesMost {
		c.jobs = map[int64]cachedTimes{}
	}
	c.jobs[job] = cachedTimes{times, now.Add(timesStay)}
}
