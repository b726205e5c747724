package steps

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/setup"
)

// A differing is a field in which what was found may differ from what apifront would
// make: its title, and whether a caller could notice a change of it. Where both are
// known only by the value, say is called.
type differing struct {
	field string
	title string
	keep  bool
	say   func(is string) (title string, keep bool)
}

// differings are the fields of the distribution, those on the caller's side first.
// What callers notice of each is in fieldConsequences, with the sources.
var differings = []differing{
	{field: "Enabled", title: "The distribution is switched off"},
	{field: "Aliases", title: "The name is on the distribution by a wildcard", keep: true},
	{field: "MinimumProtocolVersion", keep: true, say: func(is string) (string, bool) {
		return "Callers are taken from " + is + " on", true
	}},
	{field: "SSLSupportMethod", title: "The distribution has IP addresses of its own", keep: true},
	{field: "ViewerProtocolPolicy", keep: true, say: func(is string) (string, bool) {
		if is == setup.ViewerHTTPSOnly {
			return "Plain HTTP is refused", true
		}
		return "Plain HTTP is answered", true
	}},
	{field: "AllowedMethods", say: func(is string) (string, bool) {
		return "Only " + setup.And(strings.Split(is, ", ")) + " are let through", true
	}},
	{field: "CachedMethods", title: "Answers to OPTIONS may be kept", keep: true},
	{field: "DefaultRootObject", say: func(is string) (string, bool) { return "The root leads to /" + setup.Clip(is, 40), true }},
	{field: "HttpVersion", say: func(is string) (string, bool) {
		return "Callers connect by " + strings.NewReplacer("http", "HTTP/", "and", " and HTTP/").Replace(is), true
	}},
	{field: "IsIPV6Enabled", title: "IPv6 is switched off", keep: true},
	{field: "Compress", title: "Answers are not compressed", keep: true},
	{field: "PriceClass", title: "CloudFront answers from fewer places", keep: true},
	{field: "OriginPath", say: func(is string) (string, bool) {
		return "A path is put before each request: " + setup.Clip(is, 40), false
	}},
	{field: "OriginProtocolPolicy", say: func(is string) (string, bool) {
		if is == "http-only" {
			return "API Gateway is called over plain HTTP", false
		}
		return "API Gateway is called as callers call CloudFront", false
	}},
	{field: "HTTPSPort", say: func(is string) (string, bool) { return "API Gateway is called on port " + is, false }},
	{field: "OriginSslProtocols", title: "API Gateway is called with other TLS versions"},
	{field: "OriginReadTimeout", say: func(is string) (string, bool) { return "CloudFront waits " + is + " s for the API", true }},
	{field: "OriginKeepaliveTimeout", say: func(is string) (string, bool) {
		return "Idle connections to API Gateway are kept for " + is + " s", true
	}},
	{field: "Comment", title: "The distribution has another comment", keep: true},
}

// compare lists what differs from what apifront would make. What no answer says stays
// as it was found.
func (a *adopting) compare() {
	if a.d != nil {
		a.compareDistribution()
	}
	a.compareDomain()
	a.compareRecords()
}

// differs adds a difference. found says that it stays as found until a person has it
// put right.
func (a *adopting) differs(d setup.Difference, found bool) {
	a.adoption.Differs = append(a.adoption.Differs, d)
	if found {
		a.spec.AsFound = append(a.spec.AsFound, d.Key)
	}
}

func (a *adopting) compareDistribution() {
	c := a.d.DistributionConfig
	in := distributionInput{
		target: a.target(), certificate: a.spec.Certificates.Edge, cachePolicy: setup.PolicyCachingDisabled,
		origin: aws.ToString(a.origin.Id),
	}
	usual := a.spec
	usual.Edge = setup.DefaultSpec().Edge
	usual.Edge.Comment = a.spec.Edge.Comment // it is words for people
	fields := func(c *types.DistributionConfig, s setup.Spec) []field {
		return distributionFields(c, s, in.originID(), false)
	}
	is := fields(c, a.spec)
	found := differ(is, fields(distributionConfig(a.spec, in), a.spec))
	all := differ(is, fields(distributionConfig(usual, in), usual))
	for _, d := range differings {
		i := slices.IndexFunc(all, func(c setup.Change) bool { return c.Field == d.field })
		if i < 0 || a.missing(d.field) {
			continue
		}
		text := consequence(distributionStep(), setup.FindingBody{Field: d.field, Is: all[i].Is, Want: all[i].Want}) + "."
		title, keep := d.title, d.keep
		if d.say != nil {
			title, keep = d.say(all[i].Is)
		}
		asFound := slices.ContainsFunc(found, func(c setup.Change) bool { return c.Field == d.field })
		a.differs(setup.Difference{Key: foundKey("distribution", d.field), Title: title, Text: text, Is: cmp.Or(all[i].Is, "nothing"), Want: cmp.Or(all[i].Want, "nothing"), Keep: keep}, asFound)
	}
	a.compareCaching(c.DefaultCacheBehavior)
	a.compareErrors(found, c)
}

// missing says whether a field is of a part that is not there: the first job makes it.
func (a *adopting) missing(field string) bool {
	bare := uncertified(a.d.DistributionConfig)
	switch field {
	case "Aliases":
		return !a.Wildcard || bare
	case "SSLSupportMethod", "MinimumProtocolVersion":
		return bare
	}
	return false
}

// compareCaching compares what the distribution keeps and passes on.
func (a *adopting) compareCaching(b *types.DefaultCacheBehavior) {
	cache, request := aws.ToString(b.CachePolicyId), aws.ToString(b.OriginRequestPolicyId)
	off, all := cache == setup.PolicyCachingDisabled, request == setup.PolicyAllViewer
	if off && all {
		return
	}
	d := setup.Difference{Key: foundCaching, Want: "CachingDisabled and AllViewer", Keep: true}
	c := a.Configured.Distribution
	switch {
	case c == nil || c.PolicyUnknown:
		d.Text = "What they keep and pass on could not be read."
	case !c.PassesHost:
		d.Title, d.Keep = "The Host header is not passed on", false
		d.Text = "API Gateway does not learn the name, and answers callers with 403."
	case c.KeepsAnswers:
		d.Text = "CloudFront keeps answers. Put right, nothing is kept: every request reaches the API, which then has more to do."
	default:
		d.Text = "Nothing is kept. Put right, the API also gets headers, cookies and query strings of callers that it does not get now."
	}
	switch {
	case off:
		d.Key = "distribution/OriginRequestPolicyId"
		d.Title = cmp.Or(d.Title, "Another policy says what is passed on")
		d.Is, d.Want = policyWords(request), "AllViewer"
	case cache == "":
		d.Title = cmp.Or(d.Title, "Requests are passed on with legacy cache settings")
		d.Is = legacyWords(b)
	default:
		d.Title = cmp.Or(d.Title, "Other policies say what is kept and passed on")
		d.Is = policyWords(cache) + " and " + policyWords(request)
	}
	a.differs(d, true)
}

// policyWords is a policy of AWS's own by its name, and any other by its ID.
func policyWords(id string) string { return cmp.Or(setup.Managed(id), id, "none") }

// legacyWords are the settings that stand in the place of policies.
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ForwardedValues.html
func legacyWords(b *types.DefaultCacheBehavior) string {
	//lint:ignore SA1019 older distributions have nothing else
	v, longest := b.ForwardedValues, b.MaxTTL //nolint:staticcheck // as above
	var what []string
	if v != nil {
		if v.Headers != nil {
			for _, h := range v.Headers.Items {
				what = append(what, map[bool]string{true: "all headers", false: h}[h == "*"])
			}
		}
		if aws.ToBool(v.QueryString) {
			what = append(what, "query string")
		}
		if v.Cookies != nil && v.Cookies.Forward != types.ItemSelectionNone && v.Cookies.Forward != "" {
			what = append(what, "cookies: "+string(v.Cookies.Forward))
		}
	}
	words := "ForwardedValues: " + cmp.Or(strings.Join(what, ", "), "nothing")
	if longest != nil {
		words += "; MaxTTL " + strconv.FormatInt(*longest, 10) + " s"
	}
	return words
}

// compareErrors compares for how long error answers are kept: 10 s, unless somebody has
// set another time.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
func (a *adopting) compareErrors(found []setup.Change, c *types.DistributionConfig) {
	var is, want []string
	var longest int64
	for _, f := range found {
		status, ok := strings.CutPrefix(f.Field, errorField)
		if !ok {
			continue
		}
		kept := int64(10)
		if n, err := strconv.ParseInt(f.Is, 10, 64); err == nil {
			kept = n
		}
		longest = max(longest, kept)
		is, want = append(is, status+": "+strconv.FormatInt(kept, 10)+" s"), append(want, status+": 0 s")
	}
	if len(is) == 0 {
		return
	}
	title := "Errors are kept for " + setup.Span(time.Duration(longest)*time.Second)
	text := "After an error the API can be healthy again and callers still get the error."
	if pages := errorPages(c); pages != "" {
		text += " The error pages for " + pages + " stay in any case."
	}
	a.differs(setup.Difference{Key: foundErrors, Title: title, Text: text, Is: strings.Join(is, ", "), Want: strings.Join(want, ", ")}, true)
}

// errorPages are the statuses for which a page of its own is shown.
func errorPages(c *types.DistributionConfig) string {
	var list []string
	if c.CustomErrorResponses != nil {
		for _, r := range c.CustomErrorResponses.Items {
			if aws.ToString(r.ResponsePagePath) != "" {
				list = append(list, number(r.ErrorCode))
			}
		}
	}
	return setup.And(list)
}

func (a *adopting) compareDomain() {
	d := a.domain.GetDomainNameOutput
	a.e.Setup.Spec = a.spec
	for _, c := range domainChanges(a.e, d) {
		diff := setup.Difference{
			Key: foundKey("domain", c.Field), Is: c.Is, Want: c.Want, Keep: true,
			Text: consequence(domainStep(), setup.FindingBody{Field: c.Field, Is: c.Is, Want: c.Want}) + ".",
		}
		switch c.Field {
		case fieldPolicy:
			diff.Title = "The custom domain takes old TLS versions"
		default:
			diff.Title = "The custom domain has a certificate of its own"
			diff.Text = "Nothing changes for callers. In " + setup.EdgeRegion + " one certificate is enough for CloudFront and API Gateway."
		}
		a.differs(diff, true)
	}
}

// compareRecords compares the records of the name, family by family. Those of A lead to
// the distribution, or the name does not.
func (a *adopting) compareRecords() {
	if !a.atHome() {
		return
	}
	const kind = "AAAA"
	target := unrooted(aws.ToString(a.d.DomainName))
	set, wanted := ofType(a.sets, r53types.RRTypeAaaa), a.spec.Edge.IPv6
	is, right := "", false
	if set != nil {
		is = values(asRecords(*set))
		right = set.AliasTarget != nil && is == target
	}
	d := setup.Difference{Key: "dns/" + kind, Is: cmp.Or(is, "nothing"), Want: target, Keep: true}
	switch {
	case wanted == right && wanted == (set != nil):
		return
	case !wanted:
		d.Title, d.Text, d.Want = "There is an AAAA record though IPv6 is switched off", "Callers by IPv6 are led to the record and may get no answer there.", "nothing"
		if right {
			d.Text = "Nothing changes for callers: CloudFront has no IPv6 address for the name."
		}
	case set == nil:
		d.Title, d.Text = "There is no AAAA record", "Callers who have IPv6 only do not find the name."
	default:
		d.Title, d.Text, d.Keep = "Callers by IPv6 are led elsewhere", "The AAAA record does not lead to the distribution, so callers by IPv6 get the answers of another server.", false
	}
	a.differs(d, true)
}
