package store

import (
	"context"
	"encoding/json"
	"fmt"

	"apifront/setup"
)

// Call reads one call of a job with what it asked for and was answered, or
// ErrNotFound.
func (s *Store) Call(ctx context.Context, job, id int64) (setup.Call, error) {
	c, err := scanCallAsked(s.reader.QueryRowContext(ctx, `SELECT `+callColumns+`, input, answer FROM calls WHERE job_id = $1 AND id = $2`, job, id))
	if err != nil {
		return c, fmt.Errorf("call %d of job %d: %w", id, job, translate(err))
	}
	return c, nil
}

// CallsAsked lists all calls of a job of which it is known what they asked for,
// oldest first, with that and with what they were answered.
func (s *Store) CallsAsked(ctx context.Context, job int64) ([]setup.Call, error) {
	list, err := all(ctx, s.reader, scanCallAsked, `SELECT `+callColumns+`, input, answer FROM calls WHERE job_id = $1 AND input <> '' ORDER BY id`, job)
	if err != nil {
		return nil, fmt.Errorf("what job %d asked for: %w", job, err)
	}
	return list, nil
}

// scanCallAsked reads the columns of callColumns, the input and the answer.
func scanCallAsked(row scanner) (setup.Call, error) {
	var input, answer string
	c, err := scanCall(joined{row, []any{&input, &answer}})
	if err != nil {
		return c, err
	}
	if input != "" {
		c.Input = json.RawMessage(input)
	}
	return c, decode(answer, &c.Answer)
}

// encodeAnswer is the values of an answer as JSON, "" for none.
func encodeAnswer(values map[string]string) (string, error) {
	if len(values) == 0 {
		return "", nil
	}
	return encode(values)
}
