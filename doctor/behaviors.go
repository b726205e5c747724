package doctor

import (
	"strings"

	"apifront/setup"
)

// pathRemarks are on paths that the distribution treats otherwise than all others. What
// was seen of the name says nothing of them.
func (e *exam) pathRemarks(add adder) {
	d := e.inside.configured.Distribution
	if len(d.Paths) > 0 {
		var words []string
		for _, p := range d.Paths[:min(len(d.Paths), 4)] {
			words = append(words, p.Pattern+" goes to "+originWords(p.OriginDomain))
		}
		is := strings.Join(words, "; ")
		add(setup.SettingOriginDomain, "behaviors", setup.Count(len(d.Paths), "path pattern")+" of the distribution has settings of its own, and only the default ones were looked at",
			"CacheBehaviors", is, "none", "Ask at a path of the pattern, if it is about one. If the behavior is not needed, delete it.", e.asksField("CacheBehaviors", is))
	}
	if d.RootObject != "" {
		add(setup.SettingOriginPath, "root-object", "Callers of / get what the API answers for /"+d.RootObject+", because it is the default root object",
			"DefaultRootObject", d.RootObject, "(empty)", "Empty DefaultRootObject of the distribution.", e.asksField("DefaultRootObject", d.RootObject))
	}
}

// originWords are an origin in a sentence.
func originWords(domain string) string {
	if domain == "" {
		return "a group of origins"
	}
	return domain
}

// behaviorOf is the cache behavior of the path in question; nil: the default one.
// CloudFront takes the first whose pattern fits; * is any number of characters, ? is
// one, and the case counts.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern
func (e *exam) behaviorOf(path string) *setup.ConfiguredPath {
	d := e.inside.configured.Distribution
	if d == nil {
		return nil
	}
	for i := range d.Paths {
		if fits(strings.TrimPrefix(d.Paths[i].Pattern, "/"), strings.TrimPrefix(path, "/")) {
			return &d.Paths[i]
		}
	}
	return nil
}

// fits says whether a path fits a pattern.
func fits(pattern, path string) bool {
	for pattern != "" {
		if pattern[0] == '*' {
			for i := 0; i <= len(path); i++ {
				if fits(pattern[1:], path[i:]) {
					return true
				}
			}
			return false
		}
		if path == "" || pattern[0] != '?' && pattern[0] != path[0] {
			return false
		}
		pattern, path = pattern[1:], path[1:]
	}
	return path == ""
}

// pathFaults are what is wrong where the path in question has settings of its own: it
// goes by them, and not by what the default behavior says.
func (e *exam) pathFaults(list []setup.Cause) []setup.Cause {
	d := e.inside.configured.Distribution
	if d == nil || e.served() {
		return list
	}
	path := e.q.Path
	if path == "" {
		path = "/"
	}
	var c setup.Cause
	switch b := e.behaviorOf(path); {
	case b != nil && b.OriginDomain != e.targetOf():
		c = setup.Cause{Symptom: "own-behavior", Setting: setup.SettingOriginDomain, Problem: &setup.Problem{
			What: "The way to the API is not set up right.",
			Why:  "The distribution has a cache behavior of its own for " + b.Pattern + ", which leads to " + originWords(b.OriginDomain) + " and not to the API.",
			Fix:  "Delete the cache behavior of " + b.Pattern + " if the API is to answer there, or lead it to the origin of the default behavior.",
		}}
	case path == "/" && d.RootObject != "":
		c = setup.Cause{Symptom: "root-object", Setting: setup.SettingOriginPath, Problem: &setup.Problem{
			What: "The way to the API is not set up right.",
			Why:  "CloudFront asks the API for /" + d.RootObject + " where callers ask for / (DefaultRootObject).",
			Fix:  "Empty DefaultRootObject of the distribution.",
		}}
	default:
		return list
	}
	return []setup.Cause{c}
}

// targetOf is the target of the Regional custom domain; "": there is none.
func (e *exam) targetOf() string {
	if d := e.inside.configured.Domain; d != nil {
		return d.Target
	}
	return ""
}
