package web

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"apifront/setup"
)

// Arrows lead to the thing of a hop or a row in the console of its Region. Where the
// partition is another, or the thing is not known, there is none.
func TestConsoleLinks(t *testing.T) {
	spec := setup.DefaultSpec()
	spec.Account.Region, spec.Domain.Name, spec.Domain.DNS, spec.Domain.ZoneID = "eu-west-1", "api.harborview.example", setup.DNSRoute53, "Z048"
	spec.API.Mappings = []setup.Mapping{{Path: "v1", APIID: "6yr", Kind: setup.APIKindHTTP}}
	now := setup.Resources{}
	for _, r := range []setup.Resource{
		{Key: setup.KeyDistribution, ID: "E76"}, {Key: setup.KeyDomain, ID: "api.harborview.example"}, {Key: setup.MappingKey("v1"), ID: "m"}, {Key: setup.KeyCachePolicy, ID: "p"},
		{Key: setup.KeyCertificateEdge, ID: "arn:aws:acm:us-east-1:1:certificate/9c95", Region: "us-east-1"},
		{Key: setup.KeyRecordTraffic, ID: "x", Attributes: map[string]string{setup.AttrHostedZone: "Z048"}},
	} {
		now[r.Key] = r
	}
	all := func(spec setup.Spec, now setup.Resources) (list []string) {
		for _, p := range setup.Parts() {
			c, _ := ConsoleOfHop(spec, now, p)
			list = append(list, c.URL)
		}
		for _, key := range []string{setup.KeyCertificateEdge, setup.MappingKey("v1"), setup.KeyRecordTraffic, setup.KeyCachePolicy, setup.KeyInvalidation} {
			list = append(list, ConsoleOf(spec, now[key]).URL)
		}
		return list
	}
	const domain = "https://eu-west-1.console.aws.amazon.com/apigateway/main/publish/domain-names?domain=api.harborview.example&region=eu-west-1"
	zone := "https://us-east-1.console.aws.amazon.com/route53/v2/hostedzones#ListRecordSets/Z048"
	want := []string{
		zone, "https://us-east-1.console.aws.amazon.com/cloudfront/v4/home#/distributions/E76", domain,
		"https://eu-west-1.console.aws.amazon.com/apigateway/main/api-detail?api=6yr&region=eu-west-1",
		"https://us-east-1.console.aws.amazon.com/acm/home?region=us-east-1#/certificates/9c95", domain, zone, "https://us-east-1.console.aws.amazon.com/cloudfront/v4/home#/policies/cache/p", "",
	}
	if got := all(spec, now); !slices.Equal(got, want) {
		t.Errorf("they lead to\n%s, want\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	rest, several := spec, spec
	rest.API.Mappings = []setup.Mapping{{APIID: "k3v", Kind: setup.APIKindREST}, {Path: "a", APIID: "k3v", Kind: setup.APIKindREST}}
	several.API.Mappings = append(slices.Clone(rest.API.Mappings), spec.API.Mappings...)
	if c, id := ConsoleOfHop(rest, now, setup.PartGateway); c.URL != "https://eu-west-1.console.aws.amazon.com/apigateway/main/apis/k3v/resources?api=k3v&region=eu-west-1" || id != "k3v" {
		t.Errorf("a REST API is at %s, %q", c.URL, id)
	}
	if c, id := ConsoleOfHop(several, now, setup.PartGateway); c.URL != "" || id != "" {
		t.Errorf("several APIs are at %s, %q", c.URL, id)
	}
	for _, region := range []string{"", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "us-isob-east-1", "eusc-de-east-1", "eu-isoe-west-1", "evil.example/", "eu-west-1.evil", "EU-WEST-1"} {
		other := spec
		other.Account.Region = region
		for i, got := range all(other, now) {
			if got != "" {
				t.Errorf("in %q, %d leads to %s", region, i, got)
			}
		}
	}
	for i, got := range all(spec, setup.Resources{}) {
		if got != "" && i != 0 && i != 3 {
			t.Errorf("without the thing, %d leads to %s", i, got)
		}
	}
	elsewhere := spec
	elsewhere.Domain.DNS = setup.DNSElsewhere
	if c, _ := ConsoleOfHop(elsewhere, now, setup.PartName); c.URL != "" {
		t.Errorf("a name elsewhere is at %s", c.URL)
	}
	// Whatever an ID is, the address stays one of AWS's.
	for _, nasty := range []string{"@evil.example", "/../..", `"><script>`, "a&b=c#d", "x y"} {
		odd := spec
		odd.Domain.Name, odd.Domain.ZoneID = nasty, nasty
		odd.API.Mappings = []setup.Mapping{{APIID: nasty}}
		for i, got := range all(odd, setup.Resources{setup.KeyDistribution: {Key: setup.KeyDistribution, ID: nasty}, setup.KeyDomain: {Key: setup.KeyDomain, ID: nasty}}) {
			if u, err := url.Parse(got); got != "" && (err != nil || !strings.HasSuffix(u.Host, ".console.aws.amazon.com") || strings.ContainsAny(got, `"<> `) || u.Query().Get("b") != "") {
				t.Errorf("%q, %d leads to %s", nasty, i, got)
			}
		}
	}
}

// In demo mode an arrow leads to the page that shows where it would lead, and that page
// takes no address but one that an arrow can have.
func TestConsoleInDemoMode(t *testing.T) {
	if got := (ConsoleLink{}).Demo(true).URL; got != "" {
		t.Errorf("no link leads to %s", got)
	}
	c := ConsoleLink{URL: "https://us-east-1.console.aws.amazon.com/acm/home?region=us-east-1#/certificates/a%26b", What: "the certificate"}
	if c.Demo(false) != c {
		t.Errorf("outside of it, it leads to %s", c.Demo(false).URL)
	}
	u, err := url.Parse(c.Demo(true).URL)
	if err != nil || u.Path != ConsolePage || u.IsAbs() || u.Query().Get("address") != c.URL || !IsConsoleAddress(c.URL) {
		t.Errorf("it leads to %s (%v)", c.Demo(true).URL, err)
	}
	for _, no := range []string{
		"", "http://us-east-1.console.aws.amazon.com/", "https://evil.example/", "https://us-east-1.console.aws.amazon.com.evil.example/",
		"https://evil.example#.console.aws.amazon.com", "https://a@us-east-1.console.aws.amazon.com/", "https://us-east-1.console.aws.amazon.com:81/",
		"javascript:alert(1)", "https://evil.console.aws.amazon.com/", "//us-east-1.console.aws.amazon.com/", "https://us-east-1.console.aws.amazon.com/" + strings.Repeat("x", 2000),
	} {
		if IsConsoleAddress(no) {
			t.Errorf("%q is taken", no)
		}
	}
}
