package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"apifront/setup"
)

// RecordCall stores a call that a pass made, and its event. It is not fenced: a
// call that was made is recorded also if its pass is no longer the newest. The
// call's ID is the number of its event.
func (s *Store) RecordCall(ctx context.Context, c setup.Call) error {
	c.Message = setup.ClipMessage(c.Message)
	answer, err := encodeAnswer(c.Answer)
	if err != nil {
		return fmt.Errorf("record a call of job %d: %w", c.JobID, err)
	}
	err = s.write(ctx, func(t *tx) error {
		seq, err := t.nextSeq(ctx, c.JobID)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `
			INSERT INTO calls (`+callColumns+`, input, answer)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
			seq, c.JobID, c.StepID, c.Attempt, c.Service, c.Operation, c.Region, c.Status, c.Code, c.Message, c.RequestID,
			flag(c.Write), ms(c.StartedAt), c.Took.Microseconds(), c.Command, string(c.Input), answer)
		if err != nil {
			return err
		}
		return t.insertEvent(ctx, seq, setup.Event{
			JobID: c.JobID, Kind: setup.EventCall, StepID: c.StepID, Attempt: c.Attempt, Text: callSentence(c),
		})
	})
	if err != nil {
		return fmt.Errorf("record a call of job %d: %w", c.JobID, err)
	}
	return nil
}

func callSentence(c setup.Call) string {
	if c.Code != "" {
		return fmt.Sprintf("%s %s: %s", c.Service, c.Operation, c.Code)
	}
	return fmt.Sprintf("%s %s", c.Service, c.Operation)
}

// callColumns are the columns of a call but for what was asked and answered, which
// can be long: pages read that of single calls only.
const callColumns = `id, job_id, step, attempt, service, operation, region, status, code, message, request_id, writes, started_at, took, command`

// Calls lists the newest limit calls of a step (step "": of the whole job)
// with IDs below before (0: all), oldest first, without inputs and answers.
func (s *Store) Calls(ctx context.Context, job int64, step setup.StepID, limit int, before int64) ([]setup.Call, error) {
	return all(ctx, s.reader, scanCall, `
		SELECT `+callColumns+`
		FROM (
			SELECT `+callColumns+` FROM calls
			WHERE job_id = $1 AND ($2 = '' OR step = $2) AND (CAST($3 AS BIGINT) = 0 OR id < $3)
			ORDER BY id DESC LIMIT $4
		) AS newest ORDER BY id`, job, step, before, limit)
}

// CallsByStep is the calls of a job as its page shows them, without inputs and answers.
type CallsByStep struct {
	Calls  map[setup.StepID][]setup.Call // the newest of each step, oldest first
	Count  map[setup.StepID]int          // all of each step
	Writes []setup.Call                  // all that could change something, oldest first
}

// CallsByStep reads the newest limit calls of the steps of a job (only; nil: of
// all steps), and all that could change something, in one query.
func (s *Store) CallsByStep(ctx context.Context, job int64, limit int, only []setup.StepID) (CallsByStep, error) {
	c := CallsByStep{Calls: map[setup.StepID][]setup.Call{}, Count: map[setup.StepID]int{}}
	args, of := []any{job, limit}, "place <= $2"
	if only != nil {
		of = "place <= $2 AND step IN (''" // none is of no step
		for _, id := range only {
			args = append(args, string(id))
			of += fmt.Sprintf(", $%d", len(args))
		}
		of += ")"
	}
	_, err := all(ctx, s.reader, func(row scanner) (struct{}, error) {
		var place, count int
		call, err := scanCall(joined{row, []any{&place, &count}})
		if err != nil {
			return struct{}{}, err
		}
		c.Count[call.StepID] = count
		if place <= limit && (only == nil || slices.Contains(only, call.StepID)) {
			c.Calls[call.StepID] = append(c.Calls[call.StepID], call)
		}
		if call.Write {
			c.Writes = append(c.Writes, call)
		}
		return struct{}{}, nil
	}, `
		SELECT `+callColumns+`, place, many
		FROM (
			SELECT `+callColumns+`, ROW_NUMBER() OVER (PARTITION BY step ORDER BY id DESC) AS place, COUNT(*) OVER (PARTITION BY step) AS many
			FROM calls WHERE job_id = $1
		) AS numbered WHERE `+of+` OR place = 1 OR writes = 1 ORDER BY id`, args...)
	if err != nil {
		return c, fmt.Errorf("calls of job %d: %w", job, err)
	}
	return c, nil
}

func scanCall(row scanner) (setup.Call, error) {
	var c setup.Call
	var writes int
	var started, took int64
	err := row.Scan(&c.ID, &c.JobID, &c.StepID, &c.Attempt, &c.Service, &c.Operation, &c.Region, &c.Status, &c.Code, &c.Message,
		&c.RequestID, &writes, &started, &took, &c.Command)
	c.Write, c.StartedAt, c.Took = writes == 1, at(started), time.Duration(took)*time.Microsecond
	return c, err
}

// CountCalls counts a job's calls by step.
func (s *Store) CountCalls(ctx context.Context, job int64) (map[setup.StepID]int, error) {
	counts := map[setup.StepID]int{}
	_, err := all(ctx, s.reader, func(row scanner) (struct{}, error) {
		var step setup.StepID
		var n int
		err := row.Scan(&step, &n)
		counts[step] = n
		return struct{}{}, err
	}, `SELECT step, COUNT(*) FROM calls WHERE job_id = $1 GROUP BY step`, job)
	return counts, err
}
