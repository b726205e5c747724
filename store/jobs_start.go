package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"apifront/flow"
	"apifront/setup"
)

// NewJob is a job that is to be started.
type NewJob struct {
	SetupID string
	Kind    setup.JobKind
	Input   setup.JobInput
	By      string // user name
	Steps   []NewStep
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

// StartJob stores the job with its steps, makes a setup of the draft, and
// rings for the steps that can begin, all in one transaction. When the setup
// or its domain name has an active job already, the error is an
// *ActiveJobError.
func (s *Store) StartJob(ctx context.Context, n NewJob) (int64, error) {
	id, err := write(ctx, s, func(t *tx) (int64, error) {
		if err := t.one(ctx, `UPDATE setups SET version = version WHERE id = $1`, n.SetupID); err != nil {
			return 0, err
		}
		v, err := readSetup(ctx, t, n.SetupID)
		if err != nil {
			return 0, err
		}
		// Taking the number first makes starts follow each other on every
		// database, so that two of one name see each other.
		id, err := t.count(ctx, "jobs", 1)
		if err != nil {
			return 0, err
		}
		if err := t.refuseActive(ctx, v.ID, v.Spec.Domain.Name); err != nil {
			return 0, err
		}
		if n.Kind == setup.JobApply && v.Draft {
			if err := t.one(ctx, `UPDATE setups SET draft = 0 WHERE id = $1`, v.ID); err != nil {
				return 0, err
			}
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
		return id, t.audit(ctx, Act{Action: startOf(n.Kind), On: onJob(id, v.Name()), By: n.By, Detail: startDetail(n, v)})
	})
	if err != nil {
		return 0, fmt.Errorf("start a job on setup %s: %w", n.SetupID, err)
	}
	return id, nil
}

// startOf is what starting a job of the kind is called in the audit trail.
func startOf(kind setup.JobKind) string {
	switch kind {
	case setup.JobInvalidate:
		return ActJobInvalidate
	case setup.JobRestore:
		return ActJobRestore
	case setup.JobApply:
	}
	return ActJobStart
}

// startDetail says where the job will work.
func startDetail(n NewJob, v setup.Setup) string {
	a := v.Spec.Account
	text := "account " + a.AccountID + ", " + a.Region + ", connection " + a.Connection + ", setup " + v.ID
	if v.Draft {
		text += ", from a draft"
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
	_, err = t.exec(ctx, `
		INSERT INTO jobs (id, setup_id, setup_name, kind, state, input, connection, account_id, region,
			created_by, created_at, started_at, finished_at, seq, failed, needs_you)
		VALUES ($1, $2, $3, $4, 'running', $5, $6, $7, $8, $9, $10, 0, 0, 0, 0, 0)`,
		id, v.ID, v.Name(), string(n.Kind), input, a.Connection, a.AccountID, a.Region, n.By, ms(t.now))
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
