package steps

import (
	"context"
	"fmt"
	"maps"

	"apifront/setup"
)

// Attributes of what was taken over from whoever made it, beside setup.AttrAdopted.
const (
	attrOrigin  = "origin-id" // distribution: ID of its origin that is the custom domain
	attrClaimed = "claimed"   // RFC 3339, when it got the tags of apifront
)

// belongs says whether a resource with these tags is the setup's: apifront made it for
// the setup, or a person has adopted it and no installation says that it is its own.
func (e *Env) belongs(r setup.Resource, tags map[string]string, role string) bool {
	return e.ours(tags, role) || r.Owned && r.Attributes[setup.AttrAdopted] != "" && tags[tagInstall] == ""
}

// unclaimed says whether a resource was adopted and has not got the tags of apifront
// yet: no job had to change it.
func unclaimed(r setup.Resource) bool {
	return r.Owned && r.ID != "" && r.RemovedAt.IsZero() && r.Attributes[setup.AttrAdopted] != "" && r.Attributes[attrClaimed] == ""
}

// claim gives an adopted resource the tags of apifront, before the first change of it:
// policies allow changes only of what has them.
func (e *Env) claim(ctx context.Context, r setup.Resource, role string, add func([]setup.Tag) error) error {
	if !unclaimed(r) {
		return nil
	}
	if err := add(e.ownTags(role)); err != nil {
		return fmt.Errorf("give it the tags of apifront: %w", err)
	}
	r.Attributes = maps.Clone(r.Attributes)
	r.Attributes[attrClaimed] = e.stamp()
	return e.store(ctx, r)
}

// claims is the change that says that a job, which changes an adopted resource for the
// first time, gives it the tags of apifront too; none where it has them. To a check
// that they are missing is no drift.
func (e *Env) claims(key, role string, changes []setup.Change) []setup.Change {
	if e.Terms != nil || len(changes) == 0 || !unclaimed(e.Resources[key]) {
		return changes
	}
	var words string
	for _, t := range e.ownTags(role) {
		words += ", " + t.Key + "=" + t.Value
	}
	return append(changes, setup.Change{Field: tagField + "apifront:*", Want: words[2:]})
}

// keepAdopted copies into a resource what is stored of its being adopted, which no look
// at AWS shows.
func (e *Env) keepAdopted(r *setup.Resource) {
	row, _ := e.known(*r)
	for _, a := range append(setup.OriginAttributes(), setup.AttrAdopted, attrOrigin, attrClaimed, attrWasEdge, attrWasStrict, attrLed, attrLedFor, attrPolicy, attrStrict) {
		if _, says := r.Attributes[a]; says || row.Attributes[a] == "" {
			continue
		}
		r.Attributes = maps.Clone(r.Attributes)
		if r.Attributes == nil {
			r.Attributes = map[string]string{}
		}
		r.Attributes[a] = row.Attributes[a]
	}
}

// claims says whether a job of the scope may have to give an adopted resource the tags
// of apifront.
func (s Scope) claims(key string) bool {
	if unclaimed(s.Resources[key]) {
		return true
	}
	for _, r := range s.Former {
		if r.Key == key && unclaimed(r) {
			return true
		}
	}
	return false
}
