package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"apifront/setup"
)

// Bounds of what an attempt keeps of each: its changes and its removals.
const (
	maxChanges    = 100
	maxChangeText = 500    // octets of one value; AWS's own names and ARNs are shorter
	maxChangeJSON = 16_000 // octets of all together, as stored
)

// keepChanges adds what a pass found to differ to the step's attempt.
func (t *tx) keepChanges(ctx context.Context, r stepRow, o Outcome) error {
	if !r.attemptOpen || len(o.Changes) == 0 && len(o.Removals) == 0 {
		return nil
	}
	var before [2]string
	err := t.QueryRowContext(ctx, `SELECT changes, removals FROM attempts WHERE job_id = $1 AND step = $2 AND number = $3`,
		r.v.JobID, r.v.ID, r.v.Attempt).Scan(&before[0], &before[1])
	if err != nil {
		return translate(err)
	}
	var after [2]string
	if after[0], err = addChanges(before[0], o.Changes); err != nil {
		return fmt.Errorf("changes of step %s: %w", r.v.ID, err)
	}
	if after[1], err = addRemovals(before[1], o.Removals); err != nil {
		return fmt.Errorf("removals of step %s: %w", r.v.ID, err)
	}
	if after == before {
		return nil
	}
	return t.one(ctx, `UPDATE attempts SET changes = $1, removals = $2 WHERE job_id = $3 AND step = $4 AND number = $5`,
		after[0], after[1], r.v.JobID, r.v.ID, r.v.Attempt)
}

// addChanges adds changes to stored ones. One that is there already is not
// added again.
func addChanges(stored string, list []setup.Change) (string, error) {
	var all []setup.Change
	if err := decode(stored, &all); err != nil {
		return "", err
	}
	for _, c := range list {
		c.Field, c.Is, c.Want = clipChange(c.Field), clipChange(c.Is), clipChange(c.Want)
		if !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	return encodeBounded(all)
}

// addRemovals adds removals to stored ones. Of each thing the last word counts:
// what was to go is gone, or stays.
func addRemovals(stored string, list []setup.Removal) (string, error) {
	var all []setup.Removal
	if err := decode(stored, &all); err != nil {
		return "", err
	}
	for _, r := range list {
		for _, text := range []*string{&r.Key, &r.Type, &r.ID, &r.Region, &r.Path, &r.Why} {
			*text = clipChange(*text)
		}
		i := slices.IndexFunc(all, func(o setup.Removal) bool { return o.Key == r.Key && o.Number == r.Number })
		if i < 0 {
			all = append(all, r)
		} else {
			all[i] = r
		}
	}
	return encodeBounded(all)
}

// encodeBounded is as much of the list from its beginning as an attempt keeps,
// as JSON; "" for none.
func encodeBounded[T any](list []T) (string, error) {
	var b strings.Builder
	for _, v := range list[:min(len(list), maxChanges)] {
		text, err := json.Marshal(v)
		if err != nil {
			return "", fmt.Errorf("encode %T: %w", v, err)
		}
		if b.Len()+len(",")+len(text)+len("]") > maxChangeJSON {
			break
		}
		if b.Len() == 0 {
			b.WriteByte('[')
		} else {
			b.WriteByte(',')
		}
		b.Write(text)
	}
	if b.Len() == 0 {
		return "", nil
	}
	b.WriteByte(']')
	return b.String(), nil
}

// clipChange is as much of a value as an attempt keeps, whole characters only.
func clipChange(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= maxChangeText {
		return s
	}
	const more = "…"
	n := maxChangeText - len(more)
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + more
}
