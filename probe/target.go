package probe

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"apifront/setup"
)

// A Target says what a climb asks, and of whom.
type Target struct {
	Name         string // that visitors ask for; a wildcard is none
	Paths        []TargetPath
	Regional     string       // target of the custom domain, d-….execute-api.{region}.amazonaws.com; "": not asked
	Distribution string       // d….cloudfront.net; "": not asked
	Rungs        []setup.Rung // none: all that have a host here

	Patience time.Duration // of each request; 0: 10 s
	Unique   Unique
	Keys     []KeyHeader
	Origin   []KeyHeader // sent past CloudFront by setup.RungRegional alone, as CloudFront does

	Handshakes bool // open the WebSockets, which runs $connect and $disconnect
}

// A TargetPath is one mapping of a target.
type TargetPath struct {
	Mapping string // as setup.Mapping.Path has it
	Kind    setup.APIKind
	APIHost string // the API's own, {id}.execute-api.{region}.amazonaws.com; "": not asked
	Stage   string
	Below   string      // what is asked under the mapping; a query is sent, and kept nowhere
	Method  string      // "": GET; HEAD and OPTIONS are all else that is sent
	Status  int         // that the API answers when all is well, if a person said so; 0: any
	Header  http.Header // values are kept nowhere
	Keys    []KeyHeader // sent for this path only
}

// asks says whether the target is asked by a rung.
func (t Target) asks(r setup.Rung, p TargetPath) bool {
	if len(t.Rungs) > 0 && !slices.Contains(t.Rungs, r) {
		return false
	}
	switch r {
	case setup.RungAPI:
		return p.APIHost != ""
	case setup.RungRegional:
		return t.Regional != ""
	case setup.RungDistribution:
		return t.Distribution != ""
	case setup.RungName:
		return true
	}
	return false
}

// dialled is the host whose addresses a rung dials in place of the URL's.
func (t Target) dialled(r setup.Rung) string {
	switch r {
	case setup.RungRegional:
		return t.Regional
	case setup.RungDistribution:
		return t.Distribution
	case setup.RungAPI, setup.RungName:
	}
	return ""
}

// url is the address of what lies below a path's mapping, by a rung.
func (t Target) url(r setup.Rung, p TargetPath, below string) string {
	host, base := t.Name, p.Mapping
	switch r {
	case setup.RungAPI:
		host, base = p.APIHost, p.Stage
		if base == "$default" {
			base = ""
		}
	case setup.RungRegional, setup.RungDistribution, setup.RungName:
	}
	below = strings.TrimPrefix(below, "/")
	at := "https://" + host + "/" + base
	switch {
	case strings.HasPrefix(below, "?"):
		return at + below
	case below != "" && base != "":
		return at + "/" + below
	case r == setup.RungAPI && base != "" && p.Kind != setup.APIKindWebSocket:
		return at + "/" // the API's root; without the slash the stage of an HTTP API has none
	}
	return at + below
}

// path is the mapping as people see it.
func (p TargetPath) path() string { return "/" + p.Mapping }

// secrets are the values of the path's headers that may be secret: all but those
// of headers that everybody sends.
func (p TargetPath) secrets() []string {
	var all []string
	for name, values := range p.Header {
		switch http.CanonicalHeaderKey(name) {
		case "Accept", "Accept-Encoding", "Accept-Language", "Content-Type", "Origin", "User-Agent", "Sec-Websocket-Protocol":
		default:
			all = append(all, values...)
		}
	}
	return all
}
