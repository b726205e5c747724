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
		Origin: have.Attr(setup.KeyDomain, setup.AttrTarget), TLS: tlsWord(spec.Edge.MinimumTLS),
	}
	switch spec.Edge.Caching {
	case setup.CachingOff:
		p.Caching = "Keeps no answers"
	case setup.CachingAPI:
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
