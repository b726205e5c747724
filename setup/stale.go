package setup

import (
	"slices"
	"strings"
)

// A Stale is a reason to clear answers together with a change: CloudFront keeps
// them, and they are not what the API answers afterwards. A change of the
// configuration clears nothing by itself: an answer is served until the time is
// over for which it was kept when it came.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Invalidation.html
type Stale struct {
	Why   string   // a sentence for people
	Paths []string // that clear them
	Need  StaleNeed
	Late  bool // they may be kept anew until the job removes something at its end
}

// StaleNeed is how much a Stale matters.
type StaleNeed int

// The needs to clear, from the least on.
const (
	StaleWish StaleNeed = iota // old answers do no harm and pass by themselves
	StaleRisk                  // callers get wrong answers, or those of others
	StaleMust                  // cleared without being asked: nobody wants them any more
)

// A Clearing is what a job clears beside its change, and why.
type Clearing struct {
	Reasons []Stale
	Paths   []string
	Need    StaleNeed // the highest of the reasons
	Last    bool      // at the end of the job, after what is not wanted is removed
}

// Input is what a job has to know for it; nil clears nothing.
func (c *Clearing) Input() JobInput {
	if c == nil {
		return JobInput{}
	}
	return JobInput{Paths: c.Paths, ClearLast: c.Last}
}

// NewClearing joins reasons; nil if there are none.
func NewClearing(reasons []Stale) *Clearing {
	if len(reasons) == 0 {
		return nil
	}
	c := &Clearing{Reasons: reasons}
	for _, r := range reasons {
		c.Need, c.Last = max(c.Need, r.Need), c.Last || r.Late
		for _, p := range r.Paths {
			if !slices.Contains(c.Paths, p) {
				c.Paths = append(c.Paths, p)
			}
		}
	}
	if slices.Contains(c.Paths, everything) || CacheWildcards(c.Paths) > MaxCacheWildcards {
		c.Paths = []string{everything}
	}
	slices.Sort(c.Paths)
	return c
}

// everything is the path that clears all that CloudFront keeps.
const everything = "/*"

// staleBelow are the paths that clear what is kept of a mapping: its path, with
// every query string, and all below it.
func staleBelow(m Mapping) []string {
	path := m.DisplayPath() + "*"
	if clean, err := cachePath(path); err != nil || clean != path {
		return []string{everything}
	}
	return []string{path}
}

// StaleAfter lists why answers would be wrong that CloudFront keeps while a setup
// changes from one spec to another. What it does not list needs no clearing:
//
//   - certificates, DNS, traffic, TLS, HTTP versions, IPv6, locations, methods, the
//     firewall and the viewer protocol are judged before CloudFront looks for a
//     kept answer, or are no part of one;
//   - a longer time, compression, tags, the comment and the time to wait leave
//     every kept answer as the API gave it;
//   - a new path below which nothing answered before: API Gateway's 403 for it is
//     not kept.
func StaleAfter(was, is Spec) []Stale {
	if was.CachingAsFound() {
		return staleAsFound(was, is)
	}
	if !was.Edge.Keeps() {
		return nil // errors are not kept either: the distribution keeps them for 0 s
	}
	if !is.Edge.Keeps() {
		return []Stale{{
			Why:   "Caching is turned off, and that forgets nothing by itself: what is kept would be served again if caching were turned on within its time.",
			Paths: []string{everything}, Need: StaleMust,
		}}
	}
	list := stalePaths(was, is)
	fewer := slices.DeleteFunc(slices.Clone(is.Edge.KeyHeaders), func(h string) bool { return containsFold(was.Edge.KeyHeaders, h) })
	if len(fewer) > 0 {
		list = append(list, Stale{
			Why:   "Callers are told apart by " + And(fewer) + " from now on. Answers that they shared before are kept; whether CloudFront still serves them, AWS does not say.",
			Paths: []string{everything}, Need: StaleRisk,
		})
	}
	switch {
	case was.Edge.Caching == CachingFixed && is.Edge.Caching == CachingAPI:
		list = append(list, Stale{
			Why:   "From now on the API says how long an answer is kept, and for some it may say: not at all. What is kept stays for up to " + Span(was.Edge.KeepFor()) + ".",
			Paths: []string{everything}, Need: StaleRisk,
		})
	case was.Edge.Caching == CachingAPI && is.Edge.Caching == CachingFixed:
		list = append(list, Stale{
			Why:   "From now on answers are kept for " + Span(is.Edge.KeepFor()) + ". What is kept stays for as long as the API said.",
			Paths: []string{everything}, Need: StaleWish,
		})
	case is.Edge.Caching == CachingFixed && is.Edge.TTL < was.Edge.TTL:
		list = append(list, Stale{
			Why:   "From now on answers are kept for " + Span(is.Edge.KeepFor()) + ". What is kept stays for up to " + Span(was.Edge.KeepFor()) + ".",
			Paths: []string{everything}, Need: StaleWish,
		})
	}
	return list
}

// staleAsFound are the reasons where no answer says whether CloudFront keeps anything.
func staleAsFound(was, is Spec) []Stale {
	list := stalePaths(was, is)
	for i := range list {
		list[i].Why = "What CloudFront keeps was left as it was found, so older answers may be kept. " + list[i].Why
	}
	if !is.CachingAsFound() {
		list = append(list, Stale{
			Why:   "What CloudFront keeps and passes on is put right, and that forgets nothing by itself: older answers may be kept.",
			Paths: []string{everything}, Need: StaleRisk,
		})
	}
	return list
}

// stalePaths are the reasons among the paths.
func stalePaths(was, is Spec) []Stale {
	var list []Stale
	for _, m := range was.API.Mappings {
		i := slices.IndexFunc(is.API.Mappings, func(n Mapping) bool { return n.Path == m.Path })
		switch {
		case i >= 0 && is.API.Mappings[i].APIID == m.APIID && is.API.Mappings[i].Stage == m.Stage:
		case i >= 0:
			list = append(list, Stale{Why: "Another API or stage answers " + m.DisplayPath() + ". Callers go on getting kept answers of the former one.", Paths: staleBelow(m), Need: StaleRisk})
		case !slices.Contains(is.API.Left, m.Path):
			list = append(list, Stale{Why: m.DisplayPath() + " is taken out. Callers go on getting kept answers of it.", Paths: staleBelow(m), Need: StaleRisk, Late: true})
		}
	}
	for _, m := range is.API.Mappings {
		known := slices.ContainsFunc(was.API.Mappings, func(n Mapping) bool { return n.Path == m.Path })
		if above, ok := was.API.Above(m.Path); !known && ok {
			list = append(list, Stale{
				Why:   m.DisplayPath() + " has an API of its own now. Callers go on getting kept answers of " + Mapping{Path: above}.DisplayPath() + " there.",
				Paths: staleBelow(m), Need: StaleRisk,
			})
		}
	}
	return list
}

func containsFold(list []string, name string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, name) })
}

// StaleAfterRepair lists why answers would be wrong that CloudFront kept while
// things were as the findings say, once a job has put them back.
func StaleAfterRepair(spec Spec, findings []Finding) []Stale {
	var list []Stale
	for _, f := range findings {
		if !f.Repair {
			continue
		}
		if k, ok := staleOf(spec, f); ok && !slices.ContainsFunc(list, func(o Stale) bool { return o.Why == k.Why }) {
			list = append(list, k)
		}
	}
	return list
}

// StaleAfterRemoval lists why answers would be wrong that CloudFront keeps of a path
// that somebody added, once a job has removed it.
func StaleAfterRemoval(spec Spec, m Mapping) []Stale {
	if !spec.MayKeep() {
		return nil
	}
	return []Stale{{Why: m.DisplayPath() + " is taken out. Callers go on getting kept answers of it.", Paths: staleBelow(m), Need: StaleMust, Late: true}}
}

// errorTime is how AWS's names of the times for which errors are kept begin.
const errorTime = "ErrorCachingMinTTL"

func staleOf(spec Spec, f Finding) (Stale, bool) {
	all := Stale{Paths: []string{everything}, Need: StaleRisk}
	if strings.HasPrefix(f.Field, errorTime) { // whatever is kept else
		all.Why = "CloudFront kept error answers. Callers go on getting them."
		return all, true
	}
	if f.Setting == SettingCaching && f.Field != "CachedMethods" && !spec.MayKeep() {
		all.Why = "Somebody has turned caching on, and turning it off forgets nothing by itself: what is kept would be served again if caching were turned on within its time."
		all.Need = StaleMust
		return all, true
	}
	if !spec.MayKeep() {
		return Stale{}, false
	}
	switch f.Setting { // of no other: see StaleAfter
	case SettingOriginDomain, SettingOriginPath:
		all.Why = "Meanwhile another server answered, or another path of it. Callers go on getting kept answers of that."
	case SettingHostHeader, SettingForwarding:
		all.Why = "Meanwhile the API did not get all that its answers depend on. Callers go on getting kept answers of that time."
	case SettingCaching, SettingCacheKey:
		all.Why = "Meanwhile answers were kept by other rules: for another time, or for callers who should not share them. Callers go on getting them."
	case SettingMapping:
		all.Why = "Meanwhile another API or stage answered " + strings.TrimPrefix(f.Field, "Mapping ") + ". Callers go on getting its kept answers."
		for _, m := range spec.API.Mappings {
			if f.Field == "Mapping "+m.DisplayPath() {
				all.Paths = staleBelow(m)
			}
		}
	default:
		return Stale{}, false
	}
	return all, true
}
