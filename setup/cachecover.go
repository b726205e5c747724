package setup

import (
	"fmt"
	"net/url"
	"strings"
)

// CoverState says whether a path is likely to clear what its person means.
type CoverState string

// The states of a path to clear.
const (
	CoverRight  CoverState = "right"
	CoverRemark CoverState = "remark" // it clears something, and maybe not all that is meant
	CoverWrong  CoverState = "wrong"  // CloudFront would refuse it, or it belongs to another name
)

// A CacheCover is what one path clears, in words.
type CacheCover struct {
	Typed   string // as it was typed
	Path    string // as CloudFront gets it; "" if it is wrong
	State   CoverState
	Text    string // what it covers; for a wrong one: why it is wrong
	More    string // what else is to be known: another spelling, a path that no API has; "" for nothing
	Instead string // the path to take to clear more; "" for none
}

// CacheCovers says what each typed path clears at a setup with these answers, in
// the order in which they were typed. A path that was typed twice comes once.
//
// CloudFront clears a path without * only where it equals the path of a kept
// answer, its query string included, and with a * at the end whatever begins with
// what stands before it.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html
func CacheCovers(typed string, spec Spec) []CacheCover {
	var list []CacheCover
	have := map[string]bool{}
	for _, word := range strings.Fields(typed) {
		c := cacheCover(word, spec)
		if c.Path != "" && have[c.Path] {
			continue
		}
		have[c.Path] = true
		list = append(list, c)
	}
	for i, c := range list {
		if wider := coveredBy(list, i); wider != "" && c.State != CoverWrong {
			list[i].State, list[i].Instead = CoverRemark, ""
			list[i].Text = brief(wider) + " clears it already. It counts as one path more."
		}
	}
	return list
}

// coveredBy is another path with * that clears all that the i-th one does; "" for
// none.
func coveredBy(list []CacheCover, i int) string {
	for j, other := range list {
		prefix, wild := strings.CutSuffix(other.Path, "*")
		if j != i && wild && list[i].Path != "" && strings.HasPrefix(list[i].Path, prefix) {
			return other.Path
		}
	}
	return ""
}

func cacheCover(word string, spec Spec) CacheCover {
	c := CacheCover{Typed: word, State: CoverWrong}
	path, err := cachePath(word)
	if err != nil {
		c.Text = err.Error() + "."
		return c
	}
	u, err := url.Parse(word)
	whole := err == nil && u.Host != ""
	if whole {
		if host := strings.ToLower(u.Hostname()); host != spec.Domain.Name && spec.Domain.Name != "" {
			c.Text = fmt.Sprintf("This is an address of %s. Here, only answers of %s can be cleared.", host, spec.Domain.Name)
			return c
		}
	}
	c.Path, c.State = path, CoverRight
	c.describe()
	var more []string
	switch {
	case whole:
		more = append(more, "Sent as "+brief(path)+": of an address, only the path counts.")
	case path != word:
		more = append(more, "Sent as "+brief(path)+": CloudFront wants these characters encoded.")
	}
	if !mapped(path, spec.API.Mappings) {
		c.State = CoverRemark
		more = append(more, "No path of this setup begins like that, so there may be nothing to clear.")
	}
	c.More = strings.Join(more, " ")
	return c
}

// describe says what the path covers.
func (c *CacheCover) describe() {
	base, query, asks := strings.Cut(c.Path, "?")
	prefix, wild := strings.CutSuffix(c.Path, "*")
	below, at := strings.HasSuffix(prefix, "/"), strings.TrimSuffix(prefix, "/")
	base, prefix, at = brief(base), brief(prefix), brief(at)
	value, _ := strings.CutSuffix(query, "*")
	switch {
	case c.Path == "/*":
		c.Text = "Everything that CloudFront keeps, with every query string. Counts as one path."
	case wild && asks && value == "":
		c.Text = base + " with any query string. " + base + " without one stays. Counts as one path."
	case wild && asks:
		c.Text = base + " with each query string that begins with " + value + ". Counts as one path."
	case wild && below:
		c.Text = "All below " + prefix + ", with every query string. Counts as one path."
		if at != "" {
			c.Text = "All below " + prefix + ", with every query string. " + at + " itself stays. Counts as one path."
		}
	case wild:
		c.Text = "All that begins with " + prefix + ", with every query string: " + prefix + " itself, and also " + prefix + "/1 and " + prefix + "-2. Counts as one path."
	case asks:
		c.Text = "Only this very address. Answers for other query strings stay, and so do those for the same parameters in another order."
	default:
		c.State, c.Instead = CoverRemark, c.Path+"*"
		c.Text = "Only " + base + " itself. Answers for " + base + "?page=2 stay."
	}
}

// mapped says whether a path to clear may be one that an API of the setup answers.
func mapped(path string, mappings []Mapping) bool {
	prefix, wild := strings.CutSuffix(path, "*")
	for _, m := range mappings {
		at := m.DisplayPath()
		if m.Path == "" || prefix == at || strings.HasPrefix(prefix, at+"/") || strings.HasPrefix(prefix, at+"?") || wild && strings.HasPrefix(at, prefix) {
			return true
		}
	}
	return len(mappings) == 0
}

// CacheWildcards counts the paths that end with *.
func CacheWildcards(paths []string) int {
	n := 0
	for _, p := range paths {
		if strings.HasSuffix(p, "*") {
			n++
		}
	}
	return n
}

// TakeInstead replaces the path that was typed by the wider one that CacheCovers
// offers for it. What was typed else stays as it is.
func TakeInstead(typed, word string, spec Spec) string {
	c := cacheCover(word, spec)
	if c.Instead == "" {
		return typed
	}
	lines := strings.Split(typed, "\n")
	for i, line := range lines {
		words := strings.Fields(line)
		for j := range words {
			if words[j] == word {
				words[j] = c.Instead
			}
		}
		lines[i] = strings.Join(words, " ")
	}
	return strings.Join(lines, "\n")
}
