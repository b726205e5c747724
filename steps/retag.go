package steps

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"apifront/setup"
)

// attrTags is the attribute of a resource with the tags of the spec that
// apifront gave it: JSON of a givenTags. AWS does not tell them apart from tags
// that people added by hand, which stay. If somebody removed a tag by hand,
// apifront does not notice.
const attrTags = "tags"

// givenTags are values of tags by key. A nil value is not known, because the
// tag is being added or removed.
type givenTags map[string]*string

func (g givenTags) text() string {
	if len(g) == 0 {
		return ""
	}
	b, err := json.Marshal(g)
	if err != nil {
		return "" // never happens: texts can always be encoded
	}
	return string(b)
}

// given are the tags that apifront gave a resource; none if the attribute
// cannot be read.
func given(r setup.Resource) givenTags {
	var g givenTags
	if json.Unmarshal([]byte(r.Attributes[attrTags]), &g) != nil {
		return nil
	}
	return g
}

// wantedTags are the person's tags in the spec.
func wantedTags(e *Env) givenTags {
	g := givenTags{}
	for _, t := range e.tags("")[len(e.ownTags("")):] {
		g[t.Key] = &t.Value
	}
	return g
}

// onTheWay are the tags of both. A tag that is not the same in both has no
// value.
func onTheWay(a, b givenTags) givenTags {
	both := maps.Clone(b)
	if both == nil {
		both = givenTags{}
	}
	for key, v := range a {
		if w := both[key]; w == nil || v == nil || *v != *w {
			both[key] = nil
		}
	}
	for key := range b {
		if _, ok := a[key]; !ok {
			both[key] = nil
		}
	}
	return both
}

// tagChanges lists how the tags of the resource under the key differ from those
// that the spec wants.
func (e *Env) tagChanges(key string) []setup.Change {
	has, wants := given(e.Resources[key]), wantedTags(e)
	all := maps.Clone(wants)
	for k := range has {
		if _, ok := all[k]; !ok {
			all[k] = nil
		}
	}
	var changes []setup.Change
	for _, k := range slices.Sorted(maps.Keys(all)) {
		is, known := has[k]
		want := wants[k]
		if known && is != nil && want != nil && *is == *want {
			continue
		}
		c := setup.Change{Field: tagField + k}
		if is != nil {
			c.Is = *is
		}
		if want != nil {
			c.Want = *want
		}
		changes = append(changes, c)
	}
	return changes
}

// retag gives the resource under the key the tags that the spec wants. It calls
// add to set tags and take to remove those with certain keys; both may be
// repeated. has returns the tags that AWS has. A tag to which somebody else has
// given another value is not removed.
func (e *Env) retag(ctx context.Context, key string, has func() (map[string]string, error), add func(tags []setup.Tag) error, take func(keys []string) error) error {
	changes := e.tagChanges(key)
	if len(changes) == 0 {
		return nil
	}
	r, wants, gave := e.Resources[key], wantedTags(e), given(e.Resources[key])
	if err := e.keepTags(ctx, r, onTheWay(given(r), wants)); err != nil {
		return err
	}
	var more []setup.Tag
	var less []string
	for _, k := range slices.Sorted(maps.Keys(given(e.Resources[key]))) {
		if v := wants[k]; v != nil {
			more = append(more, setup.Tag{Key: k, Value: *v})
		} else {
			less = append(less, k)
		}
	}
	if len(more) > 0 {
		if err := add(more); err != nil {
			return err
		}
	}
	if len(less) > 0 {
		now, err := has()
		if err != nil {
			return err
		}
		less = slices.DeleteFunc(less, func(k string) bool {
			is, there := now[k]
			return !there || gave[k] != nil && *gave[k] != is
		})
	}
	if len(less) > 0 {
		if err := take(less); err != nil {
			return err
		}
	}
	return e.keepTags(ctx, e.Resources[key], wants)
}

// learnTags stores which tags of the spec a resource already has, if that is
// not stored, as for resources of earlier versions. Those tags need no call
// then, which older policies would not allow.
func (e *Env) learnTags(ctx context.Context, key string, has func(context.Context) (map[string]string, error)) error {
	r, wants := e.Resources[key], wantedTags(e)
	if _, stored := r.Attributes[attrTags]; stored || !r.Owned || r.ID == "" || len(wants) == 0 {
		return nil
	}
	now, err := has(ctx)
	if err != nil {
		return err
	}
	g := givenTags{}
	for k, v := range wants {
		if is, ok := now[k]; ok && is == *v {
			g[k] = v
		}
	}
	if len(g) == 0 {
		return nil
	}
	return e.keepTags(ctx, r, g)
}

// untags says whether a job of the scope may remove tags. It may if an earlier
// spec gave a tag that this one does not have or, unless NowOnly, because a
// later spec may drop one.
func (s Scope) untags() bool {
	if !s.NowOnly {
		return true
	}
	for _, r := range s.Resources {
		for key := range given(r) {
			if !slices.ContainsFunc(s.Spec.Edge.Tags, func(t setup.Tag) bool { return t.Key == key }) {
				return true
			}
		}
	}
	return false
}

// withTags are the attributes of a resource that is about to be made with the
// tags of the spec.
func (e *Env) withTags() map[string]string {
	return map[string]string{attrTags: wantedTags(e).text()}
}

// foundTags records that a resource has the tags of the spec, if it is not
// known and its own tags say that it is ours: it was made with them. It does
// not change a known resource.
func (e *Env) foundTags(r *setup.Resource) {
	if _, known := e.known(*r); !known && r.Owned {
		r.Attributes[attrTags] = wantedTags(e).text()
	}
}

// keepGiven copies the stored tags into a resource that says nothing about its
// tags. A look at AWS does not show which tags apifront gave.
func (e *Env) keepGiven(r *setup.Resource) {
	text, says := r.Attributes[attrTags]
	if row, ok := e.known(*r); ok && !says {
		text = row.Attributes[attrTags]
	}
	if says || text != "" {
		r.Attributes = maps.Clone(r.Attributes)
		if r.Attributes == nil {
			r.Attributes = map[string]string{}
		}
		r.Attributes[attrTags] = text
		if text == "" {
			delete(r.Attributes, attrTags)
		}
	}
}

func (e *Env) keepTags(ctx context.Context, r setup.Resource, g givenTags) error {
	r.Attributes = maps.Clone(r.Attributes)
	if r.Attributes == nil {
		r.Attributes = map[string]string{}
	}
	r.Attributes[attrTags] = g.text()
	return e.keep(ctx, r)
}
