package wizard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"apifront/handlers"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
	"apifront/web"
)

// A finder collects the facts about a draft; err is the first error.
type finder struct {
	*visit
	ask bool // ask the worker for facts that are old or missing
	err error
}

func find[T any](ctx context.Context, f *finder, key setup.LookKey) setup.Fact[T] {
	if f.err != nil || key.Connection == "" {
		return setup.Fact[T]{}
	}
	var a handlers.Answer[T]
	if f.ask {
		a, f.err = handlers.Ask[T](ctx, f.s.Server, key, f.draft.CreatedAt.Add(-handlers.FreshFor))
		f.pending = f.pending || a.Pending
	} else {
		a, f.err = handlers.Stored[T](ctx, f.s.Server, key)
	}
	return a.Fact()
}

func (f *finder) connections(ctx context.Context) (known setup.Fact[[]setup.Connection]) {
	if f.err != nil {
		return known
	}
	if f.kept.connections == nil {
		list, _, err := f.s.Connections(ctx)
		if err != nil {
			f.err = err
			return known
		}
		known = setup.Known(list)
		f.kept.connections = &known
	}
	return *f.kept.connections
}

// other is another setup of the draft's account and name, which the draft does
// not change.
func (f *finder) other(ctx context.Context, account string) (other setup.Fact[setup.Setup]) {
	name := f.spec().Domain.Name
	if f.err != nil || account == "" {
		return other
	}
	if f.kept.other != nil && f.kept.otherOf == account {
		return *f.kept.other
	}
	v, err := f.s.Store.SetupByName(ctx, account, name)
	switch {
	case err == nil && !f.draft.Changes(v):
		other = setup.Known(v)
	case err != nil && !errors.Is(err, store.ErrNotFound):
		f.err = fmt.Errorf("find setup of %s: %w", name, err)
		return other
	}
	f.kept.other, f.kept.otherOf = &other, account
	return other
}

// mapped is what the setup that the draft changes has mapped in the draft's region.
func (f *finder) mapped(ctx context.Context) (known setup.Fact[[]setup.Mapping]) {
	if f.err != nil {
		return known
	}
	v, err := f.changed(ctx)
	if err != nil || v == nil || !f.draft.Changes(*v) {
		f.err = err
		return known
	}
	resources, former, err := f.resources(ctx)
	if err != nil {
		f.err = err
		return known
	}
	list := steps.Mapped(resources, former, f.spec().Account.Region)
	for i := range list {
		for _, m := range v.Spec.API.Mappings {
			if m.APIID == list[i].APIID {
				list[i].Kind = m.Kind
			}
		}
	}
	return setup.Known(list)
}

// resources are those of the setup that the draft changes.
func (c *visit) resources(ctx context.Context) (setup.Resources, setup.Former, error) {
	if c.kept.had == nil {
		current, former, err := c.s.Store.AllResources(ctx, c.draft.SetupID)
		if err != nil {
			return nil, nil, fmt.Errorf("read resources of setup %s: %w", c.draft.SetupID, err)
		}
		c.kept.had = &had{current, former}
	}
	return c.kept.had.resources, c.kept.had.former, nil
}

// own is the distribution of the setup that the draft changes. Whether callers are led
// to it says the last check, and the record that a job has stored while none has looked.
func (f *finder) own(ctx context.Context) (own setup.OwnEdge) {
	if f.err != nil {
		return own
	}
	if f.kept.own != nil {
		return *f.kept.own
	}
	v, err := f.changed(ctx)
	if err != nil || v == nil || !f.draft.Changes(*v) {
		f.err = err
		return own
	}
	have, _, err := f.resources(ctx)
	if err != nil {
		f.err = err
		return own
	}
	own.ID, own.Domain = have.ID(setup.KeyDistribution), have.Attr(setup.KeyDistribution, setup.AttrDomainName)
	if own.ID != "" {
		look, err := f.s.Store.DNSLook(ctx, v.ID)
		if err != nil {
			f.err = fmt.Errorf("read where %s leads: %w", v.Name(), err)
			return own
		}
		own.Moved = look.Here()
		if look.SeenAt.IsZero() {
			own.Moved = len(have.Records(setup.KeyRecordTraffic)) > 0 && have.Attr(setup.KeyRecordTraffic, setup.AttrRestored) == ""
		}
	}
	f.kept.own = &own
	return own
}

// keys are the keys that tests may send, if an answer names one.
func (f *finder) keys(ctx context.Context) (known setup.Fact[[]setup.ProbeKey]) {
	if f.err != nil || !slices.ContainsFunc(f.spec().API.Mappings, func(m setup.Mapping) bool { return m.Test.Key != "" }) {
		return known
	}
	list, err := f.s.Store.ProbeKeys(ctx)
	if err != nil {
		f.err = err
		return known
	}
	return setup.Known(list)
}

// facts returns the facts about the answers of one page, or about all answers
// for the review page.
func (f *finder) facts(ctx context.Context, page setup.PageID) (setup.Facts, error) {
	sp, all := f.spec(), page == setup.PageReview
	inRegion, named := setup.IsRegion(sp.Account.Region), sp.Domain.Name != ""
	var known setup.Facts
	if all || page == setup.PageAccount || page == setup.PageDomain && sp.Domain.Connection != "" {
		known.Connections = f.connections(ctx)
	}
	if all || page == setup.PageAccount {
		known.Identity = find[setup.Identity](ctx, f, identityKey(sp.Account))
	}
	if inRegion && (all || page == setup.PageAPI || page == setup.PageDomain && sp.Domain.SecurityPolicy != "") {
		known.APIs = find[[]setup.APIInfo](ctx, f, apisKey(sp.Account))
		known.Mapped = f.mapped(ctx)
	}
	if all || page == setup.PageAPI {
		known.Keys = f.keys(ctx)
	}
	if sp.Domain.DNS == setup.DNSRoute53 && (all || page == setup.PageDomain) {
		if sp.Domain.Connection != "" {
			known.DNSIdentity = find[setup.Identity](ctx, f, identityKey(sp.DNSAccount()))
		}
		known.Zones = find[[]setup.Zone](ctx, f, zonesKey(sp.DNSAccount()))
	}
	if page == setup.PageDomain && sp.Domain.DNS == setup.DNSRoute53 && named {
		known.Name = find[setup.NameFacts](ctx, f, handlers.NameKey(sp.Account, sp.Domain.Name))
	}
	if inRegion && named && (all || page == setup.PageCertificates) {
		known.Certificates = find[[]setup.CertificateInfo](ctx, f, certificatesKey(sp.Account, sp.Domain.Name))
	}
	if all && named {
		known.Name = find[setup.NameFacts](ctx, f, handlers.NameKey(sp.Account, sp.Domain.Name))
		known.Own = setup.Known(f.own(ctx))
		known.Other = f.other(ctx, cmp.Or(sp.Account.AccountID, known.Identity.Value.AccountID))
	}
	if all {
		f.kept.all = &known
	}
	return known, f.err
}

// faults returns the faults of the answers of one page, or of all answers for
// the review page.
func (c *visit) faults(ctx context.Context, page setup.PageID) (setup.Faults, error) {
	known, err := (&finder{visit: c}).facts(ctx, page)
	if err != nil {
		return nil, err
	}
	if page == setup.PageReview {
		page = ""
	}
	return c.spec().Check(known).Of("", page), nil
}

// anchors are the IDs of form fields, by the answer that they ask for.
var anchors = map[string]string{
	"account.connection":      "connection-default",
	"account.account_id":      "connection-default",
	"account.region":          "region",
	"api.mappings":            "api-0",
	"domain.name":             "domain",
	"domain.dns":              "dns-route53",
	"domain.zone_id":          "dns-route53",
	"domain.connection":       "dns-connection",
	"domain.switch":           "switch-end",
	"domain.from_edge":        "from-edge-move",
	"domain.move":             "domain",
	"domain.security_policy":  "security_policy",
	"domain.access_mode":      "access_mode",
	"certificates.edge":       "edge-new",
	"certificates.regional":   "regional-new",
	"edge.caching":            "caching-off",
	"edge.ttl":                "ttl",
	"edge.key_headers":        "key_more",
	"edge.accepts":            "accept-credentials",
	"edge.methods":            "methods",
	"edge.viewer_protocol":    "viewer",
	"edge.minimum_tls":        "tls",
	"edge.http_version":       "http_version",
	"edge.price_class":        "where",
	"edge.read_timeout":       "wait",
	"edge.web_acl":            "acl",
	"edge.access_logs.to":     "logs_to",
	"edge.access_logs.name":   "logs_name",
	"edge.access_logs.prefix": "logs_prefix",
	"edge.comment":            "comment",
	"edge.tags":               "tags",
	"edge.origin_header":      "origin_header",
}

// mappingField matches the name of an answer about a part of a mapping.
var mappingField = regexp.MustCompile(`^api\.mappings\[(\d+)\]\.([\w.]+)$`)

// anchor is the ID of the form's field for an answer.
func anchor(field string) string {
	if m := mappingField.FindStringSubmatch(field); m != nil {
		if m[2] == "path" {
			return "path-" + m[1]
		}
		if part, ok := strings.CutPrefix(m[2], "test."); ok {
			return "test_" + part + "-" + m[1]
		}
		return "api-" + m[1]
	}
	return anchors[field]
}

// mappingParts are the fields of a mapping, in the order of the page.
var mappingParts = []string{"path", "api", "test_path", "test_method", "test_status", "test_key"}

// mappingPlace is where the field with this ID stands among those of the mappings; -1 if it
// is of none.
func mappingPlace(id string) int {
	part, at, _ := strings.Cut(id, "-")
	row, err := strconv.Atoi(at)
	if i := slices.Index(mappingParts, part); err == nil && i >= 0 {
		return row*len(mappingParts) + i
	}
	return -1
}

// reviewErrors are the faults that keep a job from being started, as errors of
// the review. The field of each is the block with the page's answers.
func reviewErrors(faults setup.Faults) (errs web.FieldErrors) {
	for _, f := range faults {
		if f.Stop() {
			errs = append(errs, web.FieldError{ID: "ans-" + string(f.Page), Text: setup.Pages()[f.Page.Number()-1].Title + ": " + f.Text})
		}
	}
	return errs
}

// pageErrors are the faults that keep the wizard from going on to the next
// page.
func (c *visit) pageErrors(page setup.PageID) (errs web.FieldErrors, err error) {
	faults, err := c.faults(c.ctx, page)
	for _, f := range faults.Of(setup.FaultStops, page) {
		errs = append(errs, web.FieldError{ID: anchor(f.Field), Text: f.Text})
	}
	slices.SortStableFunc(errs, func(a, b web.FieldError) int { return cmp.Compare(mappingPlace(a.ID), mappingPlace(b.ID)) })
	return errs, err
}
