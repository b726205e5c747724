package handlers

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"apifront/setup"
	"apifront/store"
	"apifront/web"
)

// fact is an answer of a look as setup knows it.
func (a Answer[T]) fact() setup.Fact[T] {
	return setup.Fact[T]{Value: a.Value, Have: a.Have, Pending: a.Pending, Problem: a.Problem}
}

// A finder finds what is known about a spec; err is what went wrong first.
type finder struct {
	context.Context
	s   *Server
	err error
}

func find[T any](f *finder, key setup.LookKey) setup.Fact[T] {
	if f.err != nil {
		return setup.Fact[T]{}
	}
	a, err := Stored[T](f, f.s, key)
	f.err = err
	return a.fact()
}

func (f *finder) connections() setup.Fact[[]setup.Connection] {
	if f.err != nil {
		return setup.Fact[[]setup.Connection]{}
	}
	list, _, err := f.s.Connections(f)
	f.err = err
	return setup.Known(list)
}

// other is a setup of the draft's name.
func (f *finder) other(name string) (other setup.Fact[setup.Setup]) {
	if f.err != nil || name == "" {
		return other
	}
	v, err := f.s.Store.SetupByName(f, name)
	switch {
	case err == nil:
		return setup.Known(v)
	case !errors.Is(err, store.ErrNotFound):
		f.err = fmt.Errorf("find setup of %s: %w", name, err)
	}
	return other
}

// facts are what is known of the answers of a page; of the review, of all.
// Nothing is asked.
func (c *visit) facts(page setup.PageID) (setup.Facts, error) {
	sp, all := c.spec(), page == setup.PageReview
	f := &finder{Context: c, s: c.s}
	var known setup.Facts
	if all || page == setup.PageAccount || page == setup.PageDomain && sp.Domain.Connection != "" {
		known.Connections = f.connections()
	}
	if all || page == setup.PageAccount {
		known.Identity = find[setup.Identity](f, identityKey(sp.Account))
	}
	if all || page == setup.PageAPI {
		known.APIs = find[[]setup.APIInfo](f, apisKey(sp.Account))
	}
	if all || page == setup.PageDomain {
		if sp.Domain.Connection != "" {
			known.DNSIdentity = find[setup.Identity](f, identityKey(sp.DNSAccount()))
		}
		known.Zones = find[[]setup.Zone](f, zonesKey(sp.DNSAccount()))
	}
	if all || page == setup.PageCertificates {
		known.Certificates = find[[]setup.CertificateInfo](f, certificatesKey(sp.Account, sp.Domain.Name))
	}
	if all {
		known.Name = find[setup.NameFacts](f, NameKey(sp.Account, sp.Domain.Name))
		known.Other = f.other(sp.Domain.Name)
	}
	return known, f.err
}

// faults are what is to be said of the answers of a page; of the review, of all.
func (c *visit) faults(page setup.PageID) (setup.Faults, error) {
	known, err := c.facts(page)
	if err != nil {
		return nil, err
	}
	if page == setup.PageReview {
		page = ""
	}
	return c.spec().Check(known).Of("", page), nil
}

// anchors are the fields of the pages, by the answers that they are for.
var anchors = map[string]string{
	"account.connection":    "connection-default",
	"account.account_id":    "connection-default",
	"account.region":        "region",
	"api.mappings":          "api-0",
	"domain.name":           "domain",
	"domain.dns":            "dns-route53",
	"domain.zone_id":        "dns-route53",
	"domain.connection":     "dns-connection",
	"domain.switch":         "switch-end",
	"certificates.edge":     "edge-new",
	"certificates.regional": "regional-new",
	"edge.caching":          "caching-off",
	"edge.ttl":              "ttl",
	"edge.key_headers":      "key_more",
	"edge.methods":          "methods",
	"edge.viewer_protocol":  "viewer",
	"edge.minimum_tls":      "tls",
	"edge.http_version":     "http_version",
	"edge.price_class":      "where",
	"edge.read_timeout":     "wait",
	"edge.web_acl":          "acl",
	"edge.comment":          "comment",
	"edge.tags":             "tags",
}

// mappingField is the answer about one part of a mapping.
var mappingField = regexp.MustCompile(`^api\.mappings\[(\d+)\]\.(\w+)$`)

// anchor is the ID of the form's field for an answer.
func anchor(field string) string {
	if m := mappingField.FindStringSubmatch(field); m != nil {
		if m[2] == "path" {
			return "path-" + m[1]
		}
		return "api-" + m[1]
	}
	return anchors[field]
}

// pageErrors are what keeps the wizard from going on to the next page.
func (c *visit) pageErrors(page setup.PageID) (errs web.FieldErrors, err error) {
	faults, err := c.faults(page)
	for _, f := range faults.Of(setup.FaultStops, page) {
		errs = append(errs, web.FieldError{ID: anchor(f.Field), Text: f.Text})
	}
	return errs, err
}
