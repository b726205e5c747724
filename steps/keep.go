package steps

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"apifront/setup"
)

// makerOf returns the definition of the step that makes the resource with this
// key.
func makerOf(key string) (Step, bool) {
	for _, s := range All() {
		for _, k := range s.Keys {
			if k == key || strings.HasSuffix(k, "/") && strings.HasPrefix(key, k) {
				return s, true
			}
		}
	}
	return Step{}, false
}

// Maker is the step that makes the resource with this key; "" for none.
func Maker(key string) setup.StepID {
	s, _ := makerOf(key)
	return s.ID
}

// sameThing says whether two rows of one key, a stored one and a newer one, are
// about the same resource in AWS.
func sameThing(stored, now setup.Resource) bool {
	maker, _ := makerOf(stored.Key)
	switch {
	case stored.Region != now.Region:
		return false
	case isRecord(stored.Key):
		return samePlace(stored, now)
	case !maker.Several:
		return true
	case stored.ID != "":
		return stored.ID == now.ID
	default: // the stored one was about to be made, or was made by a call whose answer was lost
		return stored.Owned && now.Owned && (now.Token == "" || now.Token == stored.Token)
	}
}

// known returns the stored row of a resource: the current row of its key, or a
// former one that is not known to be gone from AWS.
func (e *Env) known(r setup.Resource) (setup.Resource, bool) {
	if now, ok := e.Resources[r.Key]; ok && sameThing(now, r) {
		return now, true
	}
	for _, f := range e.Former {
		if f.Key == r.Key && f.RemovedAt.IsZero() && sameThing(f, r) {
			return f, true
		}
	}
	return setup.Resource{}, false
}

// numberFor returns the number of the row that a resource gets. beside says
// that the current row of its key belongs to another resource of ours, so that
// it must be kept beside the new one.
func (e *Env) numberFor(r setup.Resource) (number int, beside bool) {
	now, ok := e.Resources[r.Key]
	beside = ok && !sameThing(now, r) && now.Owned && (now.ID != "" || now.Token != "")
	if row, ok := e.known(r); ok {
		return row.Number, beside
	}
	if ok && !beside {
		return now.Number, false
	}
	return max(r.Number, e.next(r.Key)), beside
}

// next is the first number that no row of the key has or had.
func (e *Env) next(key string) int {
	next := 0
	if now, ok := e.Resources[key]; ok {
		next = now.Number + 1
	}
	for _, f := range e.Former {
		if f.Key == key {
			next = max(next, f.Number+1)
		}
	}
	return next
}

// intend stores that a resource is about to be made. If an earlier attempt
// stored the same intention, and may have made the resource by a call whose
// answer was lost, intend takes the stored token. Otherwise it sets the number
// and calls fill, which sets the token.
func (e *Env) intend(ctx context.Context, r setup.Resource, fill func(*setup.Resource)) (setup.Resource, error) {
	r.Owned = true
	row, ok := e.known(r)
	r.Number, _ = e.numberFor(r)
	if row.Attributes[setup.AttrAdopted] != "" { // it is made anew, with the tags
		r.Attributes = maps.Clone(r.Attributes)
		if r.Attributes == nil {
			r.Attributes = map[string]string{}
		}
		r.Attributes[attrClaimed] = e.stamp()
	}
	if ok && row.Owned && row.Token != "" {
		attributes := maps.Clone(row.Attributes)
		if attributes == nil {
			attributes = map[string]string{}
		}
		maps.Copy(attributes, r.Attributes)
		if _, tagged := r.Attributes[attrTags]; tagged {
			attributes[attrTags] = onTheWay(given(row), given(r)).text() // it was made with the tags of then, or will be made with the present ones
		}
		r.Token, r.Attributes = row.Token, attributes
	} else {
		fill(&r)
	}
	return r, e.keep(ctx, r)
}

// keep stores what is known of a resource, unless exactly that is stored
// already. If the key has another resource of ours, keep first stores that one
// as not wanted any more. So nothing is forgotten if the process dies between
// the two saves. A former resource that comes back gets its own row again.
func (e *Env) keep(ctx context.Context, r setup.Resource) error {
	now, ok := e.Resources[r.Key]
	number, beside := e.numberFor(r)
	r.Number, r.UnwantedSince, r.LeftSince, r.RemovedAt = number, time.Time{}, time.Time{}, time.Time{}
	e.keepGiven(&r)
	e.keepAdopted(&r)
	if ok && now.Number == r.Number && now.ID == r.ID && now.ARN == r.ARN && now.Region == r.Region && now.Owned == r.Owned &&
		now.State == r.State && now.Token == r.Token && maps.Equal(now.Attributes, r.Attributes) {
		return nil
	}
	switch {
	case beside:
		if err := e.unwant(ctx, now); err != nil {
			return err
		}
	case ok && now.Number != r.Number: // the other one was reused, so nobody deletes it
		now.LeftSince = e.Now()
		if err := e.store(ctx, now); err != nil {
			return err
		}
	}
	return e.store(ctx, r)
}

// unwant stores that a resource is to be removed.
func (e *Env) unwant(ctx context.Context, r setup.Resource) error {
	r.UnwantedSince = e.Now()
	return e.store(ctx, r)
}

// gone stores that a resource was seen to be gone from AWS.
func (e *Env) gone(ctx context.Context, r setup.Resource) error {
	r.RemovedAt = e.Now()
	if r.UnwantedSince.IsZero() {
		r.UnwantedSince = r.RemovedAt
	}
	return e.store(ctx, r)
}

func (e *Env) store(ctx context.Context, r setup.Resource) error {
	r.Attributes = maps.Clone(r.Attributes)
	if err := e.Save(ctx, r); err != nil {
		return fmt.Errorf("store resource %s: %w", r.Key, err)
	}
	r.SavedAt = e.Now()
	e.Resources, e.Former = e.Resources.With(e.Former, r)
	return nil
}
