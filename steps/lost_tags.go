package steps

import (
	"context"
	"fmt"
	"strings"

	"apifront/setup"
)

// lostTags is the change that says which of our own tags somebody took off a
// resource of ours; none where all are there. Policies allow changes only of what
// has them, and without the row in the store they alone say whose it is. A tag with
// another value is not lost: another installation may have taken the thing over.
//
// Only a job that puts things back asks, and a check, which looks as that job
// would: it is one call for each resource. A custom domain shows its tags in every
// look, and counts as others' without them, unless it was adopted.
func (e *Env) lostTags(ctx context.Context, key, role string, has func(context.Context) (map[string]string, error)) ([]setup.Change, error) {
	r := e.Resources[key]
	if !e.Job.Input.PutBack || !r.Owned || r.ID == "" || unclaimed(r) {
		return nil, nil
	}
	now, err := has(ctx)
	if err != nil {
		return nil, err
	}
	var lost []string
	for _, t := range e.ownTags(role) {
		is, there := now[t.Key]
		switch {
		case t.Key == tagSetup: // tells nothing that the others do not, and changes where setups were merged
		case !there:
			lost = append(lost, t.Key+"="+t.Value)
		case is != t.Value:
			return nil, nil
		}
	}
	if len(lost) == 0 {
		return nil, nil
	}
	return []setup.Change{{Field: tagField + "apifront:*", Want: strings.Join(lost, ", ")}}, nil
}

// giveBack puts our own tags back on a resource that has lost some.
func (e *Env) giveBack(ctx context.Context, key, role string, has func(context.Context) (map[string]string, error), add func([]setup.Tag) error) error {
	lost, err := e.lostTags(ctx, key, role, has)
	if err != nil || len(lost) == 0 {
		return err
	}
	if err := add(e.ownTags(role)); err != nil {
		return fmt.Errorf("give back the tags of apifront: %w", err)
	}
	return nil
}
