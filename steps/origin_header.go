package steps

import (
	"context"
	"crypto/subtle"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/probe"
	"apifront/seal"
	"apifront/setup"
)

// The secret header of the origin: CloudFront adds it to each request, so the API can
// tell CloudFront from others. Its value is kept sealed with the row of the distribution.
// Whoever may read the distribution's configuration can read it.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html (documented)

// headerField stands before the name of the header in the name of a change's field.
const headerField = "Origin.CustomHeaders "

// What changes say in place of the values.
const (
	secretWords    = "a secret of this setup"
	newSecretWords = "a new secret of this setup"
	otherSecret    = "another value"
)

// An originHeader is what is known of the secret header.
type originHeader struct {
	want  string // that the spec wants; "": none
	has   string // that apifront looks after so far; "": none
	found bool   // it was there before, so that it stays

	value, next, old seal.Secret // zero: there is none

	lost    bool           // no key opens the value: what CloudFront sends is taken for it
	problem *setup.Problem // why none can be kept
}

// originRow is the row with what is known of the header: the distribution's, or that of
// the one which was there before.
func (e *Env) originRow() setup.Resource {
	if now, ok := e.Resources[setup.KeyDistribution]; ok {
		return now
	}
	for _, r := range e.Former {
		if r.Key == setup.KeyDistribution {
			return r
		}
	}
	return setup.Resource{}
}

// originHeaderOf is what is known of the header.
func originHeaderOf(e *Env) originHeader {
	row := e.originRow().Attributes
	h := originHeader{want: e.Setup.Spec.Edge.OriginHeader, has: row[setup.AttrOriginHeader], found: row[setup.AttrOriginFound] != ""}
	if h.want == "" && h.has == "" {
		return h
	}
	for _, s := range []struct {
		attr string
		into *seal.Secret
	}{{setup.AttrOriginSecret, &h.value}, {setup.AttrOriginNext, &h.next}, {setup.AttrOriginOld, &h.old}} {
		if row[s.attr] == "" {
			continue
		}
		text, err := e.Seals.Open(seal.AboutOrigin(e.Setup.ID), row[s.attr])
		if err != nil {
			h.lost = h.lost || s.attr == setup.AttrOriginSecret
			continue
		}
		*s.into = seal.NewSecret(string(text))
	}
	if !e.Job.Input.NewSecret {
		h.next = seal.Secret{}
	}
	if h.want != "" && e.Seals.Missing() {
		h.problem = problem("There is no key to encrypt the secret of the header "+h.want+" with.",
			"A secret is stored encrypted only, with a key that is not in the database.",
			"Set APIFRONT_NOTICE_KEYS to a key where the server runs, or APIFRONT_NOTICE_KEYS_FILE to a file with one, then re-run this step.")
	}
	return h
}

// sent is the value of a header that the distribution adds to requests to the origin.
func sent(c *types.DistributionConfig, origin, header string) (value seal.Secret, is bool) {
	o := ourOrigin(c, origin)
	if o == nil || o.CustomHeaders == nil || header == "" {
		return value, false
	}
	for _, h := range o.CustomHeaders.Items {
		if strings.EqualFold(aws.ToString(h.HeaderName), header) {
			return seal.NewSecret(aws.ToString(h.HeaderValue)), true
		}
	}
	return value, false
}

func sameSecret(a, b seal.Secret) bool {
	return !a.IsZero() && subtle.ConstantTimeCompare([]byte(a.Reveal()), []byte(b.Reveal())) == 1
}

// ours says whether a value is one of the setup's.
func (h originHeader) ours(v seal.Secret) bool {
	return sameSecret(h.value, v) || sameSecret(h.next, v) || sameSecret(h.old, v)
}

// stuck says whether no secret can be kept.
func (h originHeader) stuck() bool { return h.problem != nil }

// recover takes what CloudFront sends for the value that no key opens any more.
func (h *originHeader) recover(c *types.DistributionConfig, origin string) {
	if is, there := sent(c, origin, h.has); h.lost && there {
		h.value = is
	}
}

// changes are how a distribution differs in the header. No value stands in them.
func (h originHeader) changes(c *types.DistributionConfig, origin string) (list []setup.Change) {
	is, there := sent(c, origin, h.want)
	words := otherSecret
	switch {
	case !there || is.IsZero():
		words = ""
	case h.ours(is):
		words = secretWords
	}
	taken := h.value.IsZero() && words != "" // what is there becomes the setup's
	switch {
	case h.want == "":
	case !h.next.IsZero():
		list = append(list, setup.Change{Field: headerField + h.want, Is: words, Want: newSecretWords})
	case !taken && !sameSecret(h.value, is):
		list = append(list, setup.Change{Field: headerField + h.want, Is: words, Want: secretWords})
	}
	if was, there := sent(c, origin, h.has); there && h.leaves() && h.ours(was) {
		list = append(list, setup.Change{Field: headerField + h.has, Is: secretWords, Want: ""})
	}
	return list
}

// leaves says whether the header that apifront added is not wanted any more.
func (h originHeader) leaves() bool { return h.has != "" && h.has != h.want && !h.found }

// decideHeader sets the header that the setup wants, and takes away the one of before.
// Headers of others stay.
func (h originHeader) decideHeader(o *types.Origin) {
	if h.want == "" && !h.leaves() {
		return
	}
	var items []types.OriginCustomHeader
	if o.CustomHeaders != nil {
		items = slices.Clone(o.CustomHeaders.Items)
	}
	at := func(name string) int {
		return slices.IndexFunc(items, func(i types.OriginCustomHeader) bool { return strings.EqualFold(aws.ToString(i.HeaderName), name) })
	}
	if i := at(h.has); h.leaves() && i >= 0 && h.ours(seal.NewSecret(aws.ToString(items[i].HeaderValue))) {
		items = slices.Delete(items, i, i+1)
	}
	if h.want != "" && !h.value.IsZero() {
		i := at(h.want)
		if i < 0 {
			items = append(items, types.OriginCustomHeader{HeaderName: aws.String(h.want)})
			i = len(items) - 1
		}
		items[i].HeaderValue = aws.String(h.value.Reveal())
	}
	if len(items) == 0 {
		items = nil
	}
	o.CustomHeaders = &types.CustomHeaders{Quantity: aws.Int32(int32(len(items))), Items: items} //nolint:gosec // G115: CloudFront allows 30
}

// tellHeader stores what a look at the distribution says of the header: a value that was
// there before apifront looked after it becomes the setup's, since the API may want it,
// and one that is gone is forgotten.
func (e *Env) tellHeader(ctx context.Context, in *distributionInput, c *types.DistributionConfig) error {
	h := &in.header
	if e.DryRun || e.Terms != nil || h.stuck() {
		return nil
	}
	is, there := sent(c, in.originID(), h.want)
	switch {
	case h.lost && h.want == h.has && !h.value.IsZero():
		sealed, err := e.Seals.Seal(seal.AboutOrigin(e.Setup.ID), []byte(h.value.Reveal()))
		if err != nil {
			return err
		}
		h.lost = false
		return e.storeHeader(ctx, map[string]string{setup.AttrOriginSecret: sealed})
	case h.want != "" && h.value.IsZero() && there && !is.IsZero():
		sealed, err := e.Seals.Seal(seal.AboutOrigin(e.Setup.ID), []byte(is.Reveal()))
		if err != nil {
			return err
		}
		h.value, h.has, h.found = is, h.want, !is.IsMade()
		attributes := map[string]string{setup.AttrOriginHeader: h.want, setup.AttrOriginSecret: sealed}
		if h.found {
			attributes[setup.AttrOriginFound] = e.stamp()
		} // else the database is older than the header
		return e.storeHeader(ctx, attributes)
	case h.want == "" && h.has != "" && len(h.changes(c, in.originID())) == 0:
		return e.forgetHeader(ctx)
	}
	return nil
}

// forgetHeader stores that there is no secret header any more.
func (e *Env) forgetHeader(ctx context.Context) error {
	none := map[string]string{}
	for _, a := range setup.OriginAttributes() {
		none[a] = ""
	}
	return e.storeHeader(ctx, none)
}

// storeHeader stores attributes of the header with the distribution.
func (e *Env) storeHeader(ctx context.Context, attributes map[string]string) error {
	r, ok := e.Resources[setup.KeyDistribution]
	if !ok {
		return nil
	}
	r.Attributes = maps.Clone(r.Attributes)
	if r.Attributes == nil {
		r.Attributes = map[string]string{}
	}
	maps.Copy(r.Attributes, attributes)
	return e.store(ctx, r)
}

// headerReady makes the secret that is about to be written. What it becomes is stored
// before the call: the attributes that are returned, which a distribution that is not
// there yet gets with its row.
func (e *Env) headerReady(ctx context.Context, in *distributionInput) (map[string]string, error) {
	h := &in.header
	row := e.originRow().Attributes
	about, attributes := seal.AboutOrigin(e.Setup.ID), map[string]string{}
	switch {
	case h.problem != nil:
		return nil, h.problem
	case h.want == "":
		return nil, nil
	case !h.next.IsZero():
		attributes[setup.AttrOriginSecret], attributes[setup.AttrOriginNext] = row[setup.AttrOriginNext], ""
		attributes[setup.AttrOriginOld] = row[setup.AttrOriginSecret]
		h.value, h.next, h.old = h.next, seal.Secret{}, h.value
	case h.value.IsZero():
		h.value = seal.RandomSecret()
		sealed, err := e.Seals.Seal(about, []byte(h.value.Reveal()))
		if err != nil {
			return nil, err
		}
		attributes[setup.AttrOriginSecret] = sealed
	}
	for _, a := range setup.OriginAttributes() { // of the distribution that was there before
		if _, is := attributes[a]; !is && row[a] != "" {
			attributes[a] = row[a]
		}
	}
	attributes[setup.AttrOriginHeader] = h.want
	if h.has != "" && h.has != h.want {
		attributes[setup.AttrOriginFound] = ""
	}
	return attributes, e.storeHeader(ctx, attributes)
}

// originKeys are the header as probes send it past CloudFront, where the distribution
// adds it; none where its value is not known.
func originKeys(e *Env) []probe.KeyHeader {
	h := originHeaderOf(e)
	if h.want == "" || h.value.IsZero() {
		return nil
	}
	return e.asKeys(h.want, h.value)
}

// asKeys is a header as probes send it to the name.
func (e *Env) asKeys(header string, value seal.Secret) []probe.KeyHeader {
	return []probe.KeyHeader{{Host: probeHost(e.name()), Header: header, Variable: strings.ToUpper(strings.ReplaceAll(header, "-", "_")), Typed: probe.NewKey(value.Reveal())}}
}
