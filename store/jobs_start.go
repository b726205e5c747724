package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"apifront/flow"
	"apifront/setup"
)

// NewJob is a job that is to be started, on a setup or from a draft.
type NewJob struct {
	SetupID string // of an existing setup; "": DraftID says
	DraftID string // its answers become the next revision, or a new setup
	Version int    // DraftID: the version that was judged; 0: not asked
	// Want is what the setup is to be from now on, as the next revision, and Why
	// what the person did. Nil: what it is already.
	Want  *setup.Spec
	Why   string
	From  int // Want: the revision that it was made from; 0: not asked
	Kind  setup.JobKind
	Input setup.JobInput
	By    string // user name
	Steps []NewStep

	// Rows are the resources as they become before it begins; see Keeping.
	Rows func(now setup.Resources, former setup.Former, at time.Time) []setup.Resource
}

// NewStep is a step of a job that is to be started. A need that the job has
// no step for is refused.
type NewStep struct {
	ID      setup.StepID
	Title   string
	Service string
	Needs   []setup.StepID
	Skip    string // why it does not apply; "" if it does
}

// StartJob stores the job with its steps and the revision that it carries out,
// and rings for the steps that can begin, all in one transaction. When the setup
// or its domain name has an active job already, the error is an
// *ActiveJobError. A draft that has been started, or was saved since the
// version that was judged, is an ErrConflict; so is one whose account and name
// have a setup that it was not begun from (*SetupExistsError), or that began
// from an older revision than the newest, as Want may be (*OldDraftError).
func (s *Store) StartJob(ctx context.Context, n NewJob) (int64, error) {
	id, err := write(ctx, s, func(t *tx) (int64, error) {
		// Taking the number first makes starts follow each other on every
		// database, so that two of one name see each other.
		id, err := t.count(ctx, "jobs", 1)
		if err != nil {
			return 0, err
		}
		v, err := t.wanted(ctx, n, id)
		if err != nil {
			return 0, err
		}
		if v.Spec.IsGone() != (n.Kind == setup.JobTeardown) {
			return 0, &GoneError{Setup: v.ID, Gone: v.Spec.IsGone()}
		}
		if err := t.refuseActive(ctx, v.ID, v.Spec.Domain.Name); err != nil {
			return 0, err
		}
		if err := t.become(ctx, v.ID, n.Rows); err != nil {
			return 0, err
		}
		if err := t.insertJob(ctx, id, n, v); err != nil {
			return 0, err
		}
		if err := t.insertSteps(ctx, id, n.Steps); err != nil {
			return 0, err
		}
		if err := t.event(ctx, setup.Event{JobID: id, Kind: setup.EventJob, Text: flow.Started(n.By)}); err != nil {
			return 0, err
		}
		if err := t.advance(ctx, id); err != nil {
			return 0, err
		}
		if err := t.jobMoved(ctx, v.ID, n.Kind, setup.JobRunning); err != nil {
			return 0, err
		}
		return id, t.audit(ctx, Act{Action: startOf(n.Kind), On: onJob(id, v.Name()), By: n.By, Detail: startDetail(n, v)})
	})
	if err != nil {
		return 0, fmt.Errorf("start a job of %s: %w", n.of(), err)
	}
	return id, nil
}

// of names what the job is started from.
func (n NewJob) of() string {
	if n.DraftID != "" {
		return "draft " + n.DraftID
	}
	return "setup " + n.SetupID
}

// wanted is the setup of the new job, with what it is to be as its newest
// revision.
func (t *tx) wanted(ctx context.Context, n NewJob, job int64) (setup.Setup, error) {
	if n.DraftID != "" {
		return t.wantedByDraft(ctx, n, job)
	}
	v, err := t.lockSetup(ctx, n.SetupID)
	if err != nil || n.Want == nil {
		return v, err
	}
	if n.From != 0 && n.From != v.Revision {
		return v, &OldDraftError{Setup: v.ID, BeganFrom: n.From, Newest: v.Revision}
	}
	return t.revise(ctx, v, setup.Revision{Spec: *n.Want, Why: n.Why, CreatedBy: personOf(ctx, n.By)})
}

func (t *tx) wantedByDraft(ctx context.Context, n NewJob, job int64) (setup.Setup, error) {
	d, err := t.lockDraft(ctx, n.DraftID)
	if err != nil {
		return setup.Setup{}, err
	}
	if n.Version != 0 && n.Version != d.Version {
		return setup.Setup{}, conflict("%s saved it meanwhile", d.UpdatedBy)
	}
	account := d.Spec.Account.AccountID
	v, exists, err := t.setupOfName(ctx, account, d.Spec.Domain.Name)
	why := "Change"
	switch {
	case err != nil:
		return v, err
	case exists && d.SetupID == "" && v.Spec.IsGone():
		why = "Set it up again"
	case exists && d.SetupID != v.ID:
		return v, &SetupExistsError{Setup: v.ID, Revision: v.Revision}
	case exists && d.BeganFrom != v.Revision:
		return v, &OldDraftError{Setup: v.ID, BeganFrom: d.BeganFrom, Newest: v.Revision}
	case !exists:
		v, why = setup.Setup{ID: d.ID, AccountID: account, Generation: 1}, "New setup"
		if err := t.insertSetup(ctx, v.ID, account, d.Spec, personOf(ctx, n.By)); err != nil {
			return v, err
		}
		d.CameFrom = 0 // another setup's
	case exists && v.Spec.IsGone():
		why = "Set it up again"
	case d.CameFrom != 0:
		why = fmt.Sprintf("Go back to revision %d", d.CameFrom)
	}
	if n.Why != "" {
		why = n.Why
	}
	if v, err = t.revise(ctx, v, setup.Revision{Spec: d.Spec, CameFrom: d.CameFrom, Why: why, CreatedBy: personOf(ctx, n.By)}); err != nil {
		return v, err
	}
	return v, t.one(ctx, `UPDATE drafts SET job = $1, setup_id = $2 WHERE id = $3`, job, v.ID, d.ID)
}

// startOf is what starting a job of the kind is called in the audit trail.
func startOf(kind setup.JobKind) string {
	switch kind {
	case setup.JobInvalidate:
		return ActJobInvalidate
	case setup.JobRestore:
		return ActJobRestore
	case setup.JobTeardown:
		return ActJobTeardown
	case setup.JobApply:
	}
	return ActJobStart
}

// startDetail says where the job will work.
func startDetail(n NewJob, v setup.Setup) string {
	a := v.Spec.Account
	text := "account " + a.AccountID + ", " + a.Region + ", connection " + a.Connection + ", setup " + v.ID + fmt.Sprintf(", revision %d", v.Revision)
	if n.DraftID != "" {
		text += ", from draft " + n.DraftID
	}
	if len(n.Input.Paths) > 0 {
		text += ", paths " + strings.Join(n.Input.Paths, " ")
	}
	return text
}

// onJob names a job in the audit trail.
func onJob(id int64, setup string) string { return fmt.Sprintf("job %d, %s", id, setup) }

// refuseActive is an *ActiveJobError when the setup or name has an active job.
func (t *tx) refuseActive(ctx context.Context, setupID, name string) error {
	var other int64
	err := translate(t.QueryRowContext(ctx, `
		SELECT id FROM jobs WHERE state IN `+activeStates+` AND (setup_id = $1 OR setup_name = $2)
		ORDER BY id LIMIT 1`, setupID, name).Scan(&other))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return &ActiveJobError{Job: other}
}

func (t *tx) insertJob(ctx context.Context, id int64, n NewJob, v setup.Setup) error {
	input, err := encode(n.Input)
	if err != nil {
		return err
	}
	a := v.Spec.Account
	a.AccountID = cmp.Or(a.AccountID, v.AccountID) // a job has found it out
	_, err = t.exec(ctx, `
		INSERT INTO jobs (id, setup_id, setup_name, revision, kind, state, input, connection, account_id, region,
			created_by, created_by_id, created_at, started_at, finished_at, seq, failed, needs_you)
		VALUES ($1, $2, $3, $4, $5, 'running', $6, $7, $8, $9, $10, $11, $12, 0, 0, 0, 0, 0)`,
		id, v.ID, v.Name(), v.Revision, string(n.Kind), input, a.Connection, a.AccountID, a.Region, n.By, personOf(ctx, n.By).ID, ms(t.now))
	t.Wake(id)
	return err
}

func (t *tx) insertSteps(ctx context.Context, job int64, list []NewStep) error {
	first, err := t.count(ctx, "steps", len(list))
	if err != nil {
		return err
	}
	known := map[setup.StepID]bool{}
	for _, n := range list {
		known[n.ID] = true
	}
	for i, n := range list {
		for _, need := range n.Needs {
			if !known[need] {
				return fmt.Errorf("step %s needs %s, which the job does not have", n.ID, need)
			}
		}
		needs, err := encode(append([]setup.StepID{}, n.Needs...))
		if err != nil {
			return err
		}
		state, finished := setup.StepWaiting, int64(0)
		if n.Skip != "" {
			state, finished = setup.StepSkipped, ms(t.now)
		}
		_, err = t.exec(ctx, `
			INSERT INTO steps (id, job_id, step, number, title, service, state, needs, summary, problem, records,
				checked_at, started_at, finished_at, attempt, attempt_open, attempt_by, tries, pending_since,
				epoch, leased, lease_until, next_at, bell)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '', 0, 0, $10, 0, 0, $11, 0, 0, 0, 0, 0, 0, 0)`,
			first+int64(i), job, n.ID, i+1, n.Title, n.Service, string(state), needs, n.Skip, finished, setup.WorkerName)
		if err != nil {
			return fmt.Errorf("step %s: %w", n.ID, err)
		}
	}
	return nil
}
