package jobs

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	webjobs "apifront/web/jobs"
)

// A feedKey is what makes the page of a job differ between viewers. Streams
// with the same key get the same bytes.
type feedKey struct {
	job  int64
	zone string // time zone in which the page writes times
	role string // decides which acts the page offers
}

// feeds are the feeds that have at least one viewer.
type feeds struct {
	mu   sync.Mutex
	list map[feedKey]*feed
}

// A feed reads a job and renders its page once for all streams with the same
// key, so that a thousand viewers cost as much as one. It keeps nothing for a
// single viewer: a slow one asks later, and gets more in one message.
type feed struct {
	s       *room
	r       *http.Request // the first viewer's request, for what all have in common; it outlives that viewer
	job     int64
	viewers int // guarded by feeds.mu
	stop    context.CancelFunc
	steady  steady // what was read of the job once

	mu      sync.Mutex        // guards all below
	at      setup.Job         // the job as it was read last; zero: not read yet
	err     error             // why the job is not read any more
	news    chan struct{}     // closed when at or err changes
	updates map[int64]*update // by the number of the last event that a viewer has: what that viewer needs to reach at.Seq
}

// join adds the request's viewer to the feed. Every viewer must call leave.
func (s *room) join(r *http.Request, job int64) (f *feed, leave func()) {
	key := feedKey{job: job, zone: s.Times(r).Loc.String()}
	if u, ok := handlers.User(r.Context()); ok {
		key.role = u.Role
	}
	s.feeds.mu.Lock()
	defer s.feeds.mu.Unlock()
	f = s.feeds.list[key]
	if f == nil {
		ctx, stop := context.WithCancel(context.WithoutCancel(r.Context()))
		f = &feed{s: s, r: r.WithContext(ctx), job: job, stop: stop, news: make(chan struct{})}
		if s.feeds.list == nil {
			s.feeds.list = map[feedKey]*feed{}
		}
		s.feeds.list[key] = f
		// Subscribe first, then read: nothing can fall between.
		changed, unwatch := s.Store.Watch(job)
		go func() {
			defer unwatch()
			f.follow(ctx, changed)
		}()
	}
	f.viewers++
	return f, func() {
		s.feeds.mu.Lock()
		defer s.feeds.mu.Unlock()
		if f.viewers--; f.viewers == 0 {
			f.stop()
			delete(s.feeds.list, key)
		}
	}
}

// follow reads the job after every change, but at most once in BatchPause.
func (f *feed) follow(ctx context.Context, changed <-chan struct{}) {
	pause := time.NewTimer(handlers.BatchPause)
	defer pause.Stop()
	for {
		j, err := f.read(ctx)
		if ctx.Err() != nil || f.tell(j, err) {
			return
		}
		pause.Reset(handlers.BatchPause)
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
	}
}

// read reads the job. If the database does not answer, the streams end, and
// their readers connect again.
func (f *feed) read(ctx context.Context) (setup.Job, error) {
	ctx, done := context.WithTimeout(ctx, handlers.PageTimeout)
	defer done()
	return f.s.Store.Job(ctx, f.job)
}

// tell stores the job as it was read, and wakes the viewers if it has changed.
// last says that the job cannot be read any more.
func (f *feed) tell(j setup.Job, err error) (last bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil && f.at.ID != 0 && j.Seq == f.at.Seq && j.State == f.at.State {
		return false
	}
	if f.err = err; err == nil {
		f.at, f.updates = j, map[int64]*update{}
	}
	close(f.news)
	f.news = make(chan struct{})
	return err != nil
}

// now returns the job as it was read last, and a channel that is closed when a
// newer state has been read. If the job's ID is 0, nothing was read yet.
func (f *feed) now() (j setup.Job, news <-chan struct{}, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at, f.news, f.err
}

// An update is what the events after one number changed on the page.
type update struct {
	once    sync.Once
	seq     int64 // the number of the newest event in it
	regions []part
	err     error
}

// A part is one part of the page, framed as the data of a message.
type part struct {
	key, within string
	mark        [sha256.Size]byte
	data        []byte
}

// since returns the update for viewers who have the events up to after. It is
// rendered when the first viewer asks for it.
func (f *feed) since(after int64) (*update, error) {
	f.mu.Lock()
	u, j := f.updates[after], f.at
	if u == nil {
		u = &update{seq: j.Seq}
		f.updates[after] = u
	}
	f.mu.Unlock()
	u.once.Do(func() {
		ctx, cancel := context.WithTimeout(f.r.Context(), handlers.PageTimeout)
		defer cancel()
		if u.regions, u.err = f.render(ctx, j, after); u.err == nil {
			return
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.updates[after] == u {
			delete(f.updates, after) // the next one who asks tries again
		}
	})
	return u, u.err
}

// render renders the regions of the page that events after a number can have
// changed.
func (f *feed) render(ctx context.Context, j setup.Job, after int64) ([]part, error) {
	steps, err := f.affected(ctx, j, after)
	if err != nil {
		return nil, err
	}
	facts, err := f.s.facts(ctx, f.r, j, callsWish{only: steps, steady: &f.steady})
	if err != nil {
		return nil, err
	}
	facts.Still = true
	var list []part
	for _, p := range webjobs.Regions(webjobs.NewView(facts), steps) {
		html, err := handlers.RenderPart(ctx, p.Body)
		if err != nil {
			return nil, err
		}
		mark := sha256.Sum256(html)
		if p.Same != nil {
			same, err := handlers.RenderPart(ctx, p.Same)
			if err != nil {
				return nil, err
			}
			mark = sha256.Sum256(same)
		}
		list = append(list, part{key: p.Key, within: p.Within, mark: mark, data: handlers.DataLines(html)})
	}
	return list, nil
}

// affected names the steps that the events after a number are about.
func (f *feed) affected(ctx context.Context, j setup.Job, after int64) (map[setup.StepID]bool, error) {
	events, err := f.s.Store.Events(ctx, f.job, after, eventsRead)
	if err != nil {
		return nil, fmt.Errorf("read events of job %d: %w", f.job, err)
	}
	steps := map[setup.StepID]bool{}
	for _, e := range events {
		if e.StepID != "" {
			steps[e.StepID] = true
		}
	}
	// There are more events than were read, or fewer than there should be
	// because old ones are deleted: anything may have changed.
	if int64(len(events)) < j.Seq-after {
		all, err := f.s.Store.Steps(ctx, f.job)
		if err != nil {
			return nil, fmt.Errorf("read steps of job %d: %w", f.job, err)
		}
		for _, step := range all {
			steps[step.ID] = true
		}
	}
	return steps, nil
}

// gone says whether an error means that the job was deleted.
func gone(err error) bool { return errors.Is(err, store.ErrNotFound) }
