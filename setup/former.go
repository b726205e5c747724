package setup

import (
	"maps"
	"slices"
)

// With returns the current and the former resources of a setup after x is
// stored. It does not change the receiver or the list that it is given.
func (r Resources) With(former Former, x Resource) (Resources, Former) {
	same := func(o Resource) bool { return o.Key == x.Key && o.Number == x.Number }
	at := slices.IndexFunc(former, same)
	now := maps.Clone(r)
	if now == nil {
		now = Resources{}
	}
	switch {
	case x.Current():
		now[x.Key] = x
		if at >= 0 {
			former = slices.Delete(slices.Clone(former), at, at+1)
		}
	case at >= 0:
		former = slices.Clone(former)
		former[at] = x
	default:
		former = slices.Insert(slices.Clone(former), 0, x)
	}
	if !x.Current() && same(now[x.Key]) {
		delete(now, x.Key)
	}
	return now, former
}
