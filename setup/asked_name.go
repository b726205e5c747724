package setup

import (
	"net/url"
	"strings"
)

// An AskedName is the name, and the path, about which somebody asks the doctor.
type AskedName struct {
	Name  string // as CleanName has it; a wildcard may stand before it
	Path  string // "" or with a slash before it, escaped as in a URL
	Notes []string
}

// longestAsked is the limit of a path that is asked about, in octets.
const longestAsked = 1024

// The errors of CleanAsked beside those of CleanName.
const (
	errPathForm = InputError("Enter a path as it stands in a web address, such as api.example.com/health")
	errPathLong = InputError("Enter a shorter path: it may have at most 1024 characters")
)

// CleanAsked makes the name and the path of a question for the doctor from what a
// person typed or pasted: a host name, one with a path, a web address, or a wildcard
// such as *.example.com. A query is left out, since it may have a secret in it. What
// cannot be asked about is an InputError.
func CleanAsked(typed string) (AskedName, error) {
	text := strings.TrimFunc(typed, isBlank)
	start := 0
	if scheme, _, ok := strings.Cut(text, "://"); ok && !strings.ContainsAny(scheme, "./") {
		start = len(scheme) + len("://")
	} else if strings.HasPrefix(text, "//") {
		start = 2
	}
	host, tail := text, ""
	if i := strings.IndexAny(text[start:], "/?#"); i >= 0 {
		host, tail = text[:start+i], text[start+i:]
	}
	c, err := CleanServed(host)
	if err != nil {
		return AskedName{}, err
	}
	a := AskedName{Name: c.Name, Notes: c.Notes}
	path, rest := tail, ""
	if i := strings.IndexAny(tail, "?#"); i >= 0 {
		path, rest = tail[:i], tail[i:]
	}
	if rest != "" {
		a.Notes = append(a.Notes, "Left out what stands after "+rest[:1]+": it may have a secret in it.")
	}
	if path == "" || path == "/" {
		return a, nil
	}
	u, err := url.Parse("https://" + AnyOf(c.Name) + path)
	switch {
	case err != nil || u.Host != AnyOf(c.Name) || strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return AskedName{}, errPathForm
	case len(u.EscapedPath()) > longestAsked:
		return AskedName{}, errPathLong
	}
	a.Path = u.EscapedPath()
	return a, nil
}

// Host is a name that can be asked for: any one of those that a wildcard covers.
func (a AskedName) Host() string { return AnyOf(a.Name) }

// AnyOf is the name itself, or any name that the wildcard covers.
func AnyOf(name string) string {
	if rest, ok := strings.CutPrefix(name, "*."); ok {
		return "apifront-probe." + rest
	}
	return name
}
