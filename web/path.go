package web

import (
	"cmp"
	"strings"

	"apifront/setup"
)

// NewPath is the way of a request through a setup.
func NewPath(spec setup.Spec, have setup.Resources) PathView {
	p := PathView{
		Name: spec.Domain.Name, Region: spec.Account.Region,
		Edge: have.Attr(setup.KeyDistribution, setup.AttrDomainName), EdgeID: have.ID(setup.KeyDistribution),
		Origin: have.Attr(setup.KeyDomain, setup.AttrTarget), Viewers: "HTTPS, " + tlsWord(spec.Edge.MinimumTLS) + " or newer", Onward: "HTTPS only", Host: "Host header unchanged",
	}
	if spec.StaysFound(setup.FoundViewerTLS) || spec.StaysFound(setup.FoundViewerProtocol) {
		p.Viewers = "HTTPS as it was found"
	}
	if spec.StaysFound(setup.FoundOriginProtocol) {
		p.Onward = "Protocol as it was found"
	}
	switch {
	case spec.CachingAsFound():
		p.Caching, p.Host = "Keeps answers as it was found", "Headers as it was found"
	case spec.Edge.Caching == setup.CachingOff:
		p.Caching = "Keeps no answers"
	case spec.Edge.Caching == setup.CachingAPI:
		p.Caching = "Keeps answers as the API says"
	default:
		p.Caching = "Keeps answers for " + setup.Span(spec.Edge.KeepFor())
	}
	for _, m := range spec.API.Mappings {
		p.APIs = append(p.APIs, PathAPI{Path: m.DisplayPath(), Name: Joined(cmp.Or(m.APIName, m.APIID), "stage "+m.Stage)})
	}
	return p
}

// tlsWord is a security policy of CloudFront as people read it: "TLS 1.2".
func tlsWord(policy string) string {
	version, _, _ := strings.Cut(strings.TrimPrefix(policy, "TLSv"), "_")
	if version == "" || version == policy {
		return "TLS 1.2"
	}
	return "TLS " + version
}
