package wizard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	webwizard "apifront/web/wizard"
)

// Comparing stands in this room because its words are those of the review.

// comparedJobs is how many jobs and revisions can be chosen from.
const comparedJobs = 50

// compare shows what differs between two revisions of a setup, or between two of
// its jobs, which are then named in the fields job and with. A job in with alone is
// compared with the one before it.
func (s *room) compare(w http.ResponseWriter, r *http.Request) error {
	st, err := s.SetupOf(r)
	if err != nil {
		return err
	}
	f := webwizard.CompareFacts{Times: s.Times(r), Setup: st}
	if f.Revisions, err = s.Store.Revisions(r.Context(), st.ID, 0, comparedJobs); err != nil {
		return fmt.Errorf("read revisions: %w", err)
	}
	if f.Jobs, err = s.Store.Jobs(r.Context(), store.JobFilter{SetupID: st.ID, Limit: comparedJobs}); err != nil {
		return fmt.Errorf("read jobs: %w", err)
	}
	q := r.URL.Query()
	from, to := st.Revision-1, st.Revision
	if q.Get("job") != "" || q.Get("with") != "" {
		first, err := s.jobBefore(r.Context(), st, q)
		if err != nil {
			return err
		}
		for i, number := range []string{first, q.Get("with")} {
			j, err := s.comparedJob(r.Context(), st, number)
			if err != nil {
				return err
			}
			f.Of[i] = &j
		}
		from, to = f.Of[0].Job.Revision, f.Of[1].Job.Revision
	} else {
		for name, n := range map[string]*int{"from": &from, "to": &to} {
			if q.Get(name) == "" {
				continue
			}
			if *n, err = strconv.Atoi(q.Get(name)); err != nil {
				return handlers.NotFound("There is no revision " + setup.Clip(q.Get(name), 20) + " of " + st.Name())
			}
		}
	}
	if to < 1 {
		return handlers.NotFound("There is no revision of " + st.Name() + " yet")
	}
	f.From, f.To = max(from, 1), to
	specs := map[int]setup.Spec{}
	for _, n := range []int{f.From, f.To} {
		rev, err := s.Store.Revision(r.Context(), st.ID, n)
		if errors.Is(err, store.ErrNotFound) {
			return handlers.NotFound(fmt.Sprintf("There is no revision %d of %s", n, st.Name()))
		}
		if err != nil {
			return fmt.Errorf("read revision: %w", err)
		}
		specs[n] = rev.Spec
	}
	ctx := r.Context()
	names := func(id string) string { return s.ConnectionName(ctx, id) }
	f.Blocks = diffBlocks(answerBlocks(names, setup.Draft{Spec: specs[f.From]}, "", false, standing{}), answerBlocks(names, setup.Draft{Spec: specs[f.To]}, "", false, standing{}))
	v := webwizard.NewCompare(f)
	return s.Render(w, r, http.StatusOK, webwizard.ComparePage(s.Frame(r, v.Title+": "+st.Name(), "setups"), v))
}

// jobBefore is the number of the first of two jobs: the one that is named, or the
// setup's job before the second one.
func (s *room) jobBefore(ctx context.Context, st setup.Setup, q url.Values) (string, error) {
	if q.Get("job") != "" {
		return q.Get("job"), nil
	}
	n, err := strconv.ParseInt(q.Get("with"), 10, 64)
	if err != nil || n < 1 {
		return "", handlers.NotFound("There is no job " + setup.Clip(q.Get("with"), 20) + " of " + st.Name())
	}
	list, err := s.Store.Jobs(ctx, store.JobFilter{SetupID: st.ID, Before: n, Limit: 1})
	if err != nil {
		return "", fmt.Errorf("read the job before job %d: %w", n, err)
	}
	if len(list) == 0 {
		return "", handlers.NotFound(fmt.Sprintf("There is no job of %s before job %d", st.Name(), n))
	}
	return strconv.FormatInt(list[0].ID, 10), nil
}

// comparedJob is a job of the setup with its steps and how many calls each made.
func (s *room) comparedJob(ctx context.Context, st setup.Setup, number string) (webwizard.ComparedJob, error) {
	var c webwizard.ComparedJob
	none := handlers.NotFound("There is no job " + setup.Clip(number, 20) + " of " + st.Name())
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return c, none
	}
	c.Job, err = s.Store.Job(ctx, n)
	if errors.Is(err, store.ErrNotFound) || err == nil && c.Job.SetupID != st.ID {
		return c, none
	}
	if err != nil {
		return c, fmt.Errorf("read job: %w", err)
	}
	if c.Steps, err = s.Store.Steps(ctx, n); err != nil {
		return c, fmt.Errorf("read steps: %w", err)
	}
	calls, err := s.Store.CallsByStep(ctx, n, 1, nil)
	if err != nil {
		return c, fmt.Errorf("count calls: %w", err)
	}
	c.Calls = calls.Count
	return c, nil
}
