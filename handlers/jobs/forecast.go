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
		unknown = unknown || demo && u.Jobs == 0 && !st.State.Finished() && about.Mark != setup.MarkValidation && about.Mark != setup.MarkTraffic
	}
	d := f.Setup.Spec.Domain
	asks := func(id setup.StepID) bool {
		mark := f.About[id].Mark
		return d.DNS == setup.DNSElsewhere && (mark == setup.MarkValidation || mark == setup.MarkTTL || mark == setup.MarkTraffic && d.Switch != setup.SwitchLater)
	}
	f.Forecast = flow.Forecasted(f.Steps, usual, asks, f.Times.Now)
	f.Forecast.Unknown = unknown
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
