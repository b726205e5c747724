package steps

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"

	"apifront/setup"
)

// consequenceBegins is how a title begins that says what callers get, or that they
// notice nothing.
var consequenceBegins = regexp.MustCompile(`^(Callers|Requests|Nothing changes (for callers|in what callers get)|CloudFront (can )?keeps? answers|CloudFront does not keep|The API (is asked|does not get)|The certificates will not renew)\b`)

// titledOtherwise are the findings whose title is no consequence, each with the reason.
func titledOtherwise(f setup.FindingBody) (why string) {
	switch {
	case f.Added:
		return "a path that was added harms nobody by itself, and its page says that it is open to callers"
	case strings.HasSuffix(f.Key, "/foreign"), strings.HasSuffix(f.Key, "/stopped"):
		return "the title is what AWS says and why, in two sentences of the step's own"
	case strings.HasPrefix(f.Key, "live/"):
		return "the title is what was seen from outside, which is what callers get"
	case strings.HasPrefix(f.Key, "renewal/"):
		return "the title says which certificate will not renew, and for how long it lasts"
	}
	return ""
}

// titleFault says what is wrong with the title of a finding; "" for nothing.
func titleFault(f setup.FindingBody) string {
	switch {
	case titledOtherwise(f) != "":
		return ""
	case !consequenceBegins.MatchString(f.Title):
		return "it does not say what callers get"
	case utf8.RuneCountInString(f.Title) > 130:
		return "it is too long for a list"
	case strings.HasSuffix(f.Title, "."), strings.Contains(f.Title, "  "), strings.Contains(f.Title, " , "), strings.Contains(f.Title, "because  "), strings.Contains(f.Title, "with  "), strings.HasSuffix(f.Title, " "):
		return "a part of it is missing, or it has a full stop"
	}
	return ""
}

// Whatever field of a distribution or a cache policy somebody changes: the title says
// what callers get, and not the name of a setting.
func TestTitlesSayWhatCallersGet(t *testing.T) {
	n := 0
	say := func(s Step, name string, changes []setup.Change) {
		t.Helper()
		for _, f := range Findings([]Observed{{Step: s, Obs: Observation{State: Drifted, Changes: changes}}}) {
			n++
			if fault := titleFault(f); fault != "" {
				t.Errorf("%s: %s is %q, not %q: %q: %s", name, f.Field, f.Is, f.Want, f.Title, fault)
			}
		}
	}
	for name, spec := range driftSpecs() {
		e := ends{certificate: "arn:aws:acm:us-east-1:1:certificate/other", cachePolicy: cachingOptimal}
		e.in = distributionInput{target: "d-1.execute-api.eu-west-1.amazonaws.com", certificate: "arn:aws:acm:us-east-1:1:certificate/one", cachePolicy: setup.PolicyCachingDisabled, reference: "r"}
		base := distributionConfig(spec, e.in)
		furnished(base, e)
		if spec.Edge.WebACL != "" {
			base.WebACLId = aws.String(spec.Edge.WebACL)
		}
		for _, l := range leavesOf(distributionTurns()) {
			c := clone(t, base)
			if l.never == "" && l.at != "WebACLId" {
				if err := l.change(c, e); err != nil {
					t.Fatal(err)
				}
			}
			// Both ways: what is changed outside, and what a change outside leads back to.
			changes := distributionDiffer(c, spec, e.in)
			say(distributionStep(), name+": "+l.at, changes)
			say(distributionStep(), name+", the other way: "+l.at, reversed(changes))
		}
		if !spec.Edge.Keeps() {
			continue
		}
		policy := cachePolicyConfig(spec.Edge)
		for _, l := range leavesOf(policyTurns()) {
			c := clone(t, policy)
			if l.never == "" && (l.at != "DefaultTTL" || spec.Edge.Caching != setup.CachingFixed) {
				if err := l.change(c, ends{}); err != nil {
					t.Fatal(err)
				}
			}
			changes := differ(policyFields(c), policyFields(policy))
			say(policiesStep(), name+": "+l.at, changes)
			say(policiesStep(), name+", the other way: "+l.at, reversed(changes))
		}
	}
	for _, s := range All() {
		if s.Apply != nil && s.Mark != setup.MarkTTL && len(s.Settings) > 0 {
			for _, f := range Findings([]Observed{{Step: s, Obs: Observation{State: Absent}}}) {
				if n++; titleFault(f) != "" {
					t.Errorf("%s is not there: %q: %s", s.ID, f.Title, titleFault(f))
				}
			}
		}
	}
	t.Logf("%d titles", n)
}

func reversed(list []setup.Change) (back []setup.Change) {
	for _, c := range list {
		if c.Is != "" || !strings.HasPrefix(c.Field, "Origin") { // an origin that is not ours has none of it
			back = append(back, setup.Change{Field: c.Field, Is: c.Want, Want: c.Is})
		}
	}
	return back
}

// The title goes by the value: what is worse for callers is said as worse.
func TestTitlesGoByTheValue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		step            Step
		field, is, want string
		title           string
	}{
		{distributionStep(), "OriginProtocolPolicy", "http-only", "https-only", "Callers get 502, because CloudFront calls API Gateway over plain HTTP"},
		{distributionStep(), "CachePolicyId", cachingOptimal, setup.PolicyCachingDisabled, "CloudFront keeps answers, and signed-in callers can get each other's"},
		{distributionStep(), "CachePolicyId", "ours", setup.PolicyCachingDisabled, "CloudFront can keep answers, and callers can get each other's, because of another cache policy"},
		{distributionStep(), "CachePolicyId", setup.PolicyCachingDisabled, "ours", "The API is asked for each request, because caching is off (CachingDisabled)"},
		{distributionStep(), "OriginReadTimeout", "20", "60", "Callers get 504 where the API takes longer than 20 s, because CloudFront waits no longer"},
		{distributionStep(), "OriginReadTimeout", "90", "60", "Callers may wait longer for an error, because CloudFront waits up to 90 s for the API"},
		{distributionStep(), "AllowedMethods", "GET, HEAD", "DELETE, GET, HEAD, POST", "Callers who send DELETE or POST get 403, because CloudFront does not allow it"},
		{distributionStep(), "AllowedMethods", "DELETE, GET, HEAD", "GET, HEAD", "Requests with DELETE reach the API, because CloudFront allows them"},
		{distributionStep(), "MinimumProtocolVersion", "TLSv1", "TLSv1.2_2021", "Callers with older TLS versions or ciphers are let in, because TLSv1 is the oldest allowed"},
		{distributionStep(), "MinimumProtocolVersion", "TLSv1_2016", "TLSv1.1_2016", "Callers with older TLS versions or ciphers are let in, because TLSv1_2016 is the oldest allowed"},
		{distributionStep(), "MinimumProtocolVersion", "TLSv1.3_2025", "TLSv1.2_2021", "Callers with older TLS versions or ciphers are refused, because TLSv1.3_2025 is the oldest allowed"},
		{distributionStep(), "OriginRequestPolicyId", allButHost, setup.PolicyAllViewer, "Callers get 403, because CloudFront does not pass on the Host that they ask for"},
		{distributionStep(), "PriceClass", "PriceClass_100", "PriceClass_All", "Callers in some regions wait longer, because CloudFront answers from fewer places"},
		{distributionStep(), "Comment", "x", "y", "Nothing changes for callers; the comment of the distribution is another"},
		{distributionStep(), "Tag apifront:*", "", "role", "Nothing changes for callers; jobs may be refused, because tags of the distribution are not there"},
		{distributionStep(), "ErrorCachingMinTTL 404", "", "0", "Callers can get a 404 for 10 s after it has ended, because CloudFront keeps it"},
		{policiesStep(), "Headers", "Origin", "Authorization, Origin", "Callers can get each other's answers, because Authorization does not tell them apart"},
		{policiesStep(), "MaxTTL", "600", "300", "Callers can get answers that are older than you chose, because CloudFront keeps them longer"},
		{policiesStep(), "MaxTTL", "30", "300", "The API is asked more often, because CloudFront keeps answers for a shorter time"},
		{dnsStep(), "AAAA api.harborview.example", "", "d1.cloudfront.net", "Callers who have IPv6 only do not find the name, because its AAAA record is not there"},
		{dnsStep(), "A api.harborview.example", "203.0.113.40", "d1.cloudfront.net", "Callers do not reach CloudFront, because the A record leads elsewhere"},
	} {
		f := Findings([]Observed{{Step: c.step, Obs: Observation{State: Drifted, Changes: []setup.Change{{Field: c.field, Is: c.is, Want: c.want}}}}})
		if len(f) != 1 || f[0].Title != c.title {
			t.Errorf("%s is %q, not %q: %+v", c.field, c.is, c.want, f)
		}
	}
}
