package wizard

import (
	"strings"
	"testing"

	"apifront/setup"
)

// Of each answer it is known what callers notice when it becomes another one.
func TestEveryAnswerSaysWhatCallersNotice(t *testing.T) {
	t.Parallel()
	full := setup.DefaultSpec()
	full.Account = setup.Account{Connection: "c", AccountID: "482177301954", Region: "eu-west-1"}
	full.API.Mappings = []setup.Mapping{{Path: "orders", APIID: "a1", Stage: "prod", Test: setup.Test{Path: "/health"}}}
	full.Domain = setup.Domain{Name: "api.example.com", DNS: setup.DNSRoute53, FromEdge: true, Switch: setup.SwitchAtEnd}
	full.Edge.Caching, full.Edge.TTL, full.Edge.CloseEndpoints, full.Edge.OriginHeader = setup.CachingFixed, 60, true, "X-Origin"
	full.Edge.WebACL, full.Edge.Comment, full.Edge.Tags = "arn:aws:wafv2:us-east-1:1:global/webacl/x/y", "c", []setup.Tag{{Key: "k", Value: "v"}}
	full.Edge.AccessLogs = setup.AccessLogs{To: setup.LogsBucket, Name: "logs"}
	bare := setup.DefaultSpec()
	told := 0
	for _, sp := range []setup.Spec{full, bare} {
		for _, b := range answerBlocks(func(id string) string { return id }, setup.Draft{Spec: sp}, "", false, standing{}) {
			for _, p := range b.Pairs {
				if told++; strings.HasPrefix(p.Key, "/") || strings.HasPrefix(p.Key, "Test of /") {
					continue
				}
				if callersNotice[p.Key] == nil {
					t.Errorf("what callers notice of %q is not said", p.Key)
				}
			}
		}
	}
	if told < 30 {
		t.Errorf("%d answers: the test does not see them", told)
	}
}

// What callers notice depends on what an answer is and becomes.
func TestWhatCallersNotice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		field  string
		change func(is, want *setup.Spec)
		says   string
	}{
		{"Caching", func(_, want *setup.Spec) { want.Edge.Caching, want.Edge.TTL = setup.CachingFixed, 60 }, "an answer can be up to 1 min old."},
		{"Caching", func(is, _ *setup.Spec) { is.Edge.Caching = setup.CachingAPI }, "no answer is old any more, and each takes as long as the API does."},
		{"Methods", func(is, _ *setup.Spec) { is.Edge.Methods = setup.MethodsRead }, "the API answers methods that got 403 from CloudFront."},
		{"Viewers", func(_, want *setup.Spec) {
			want.Edge.ViewerProtocol, want.Edge.MinimumTLS = setup.ViewerHTTPSOnly, "TLSv1.3_2025"
		}, "plain HTTP gets 403, and is not led to HTTPS; who cannot do TLS 1.3 with the ciphers of TLSv1.3_2025 cannot connect."},
		{"Viewers", func(is, _ *setup.Spec) { is.Edge.IPv6 = false }, ""},
		{"Waits for the API", func(is, want *setup.Spec) { is.Edge.ReadTimeout, want.Edge.ReadTimeout = 60, 30 }, "an answer that takes longer than 30 s becomes 504."},
		{"Waits for the API", func(is, want *setup.Spec) { is.Edge.ReadTimeout, want.Edge.ReadTimeout = 30, 60 }, "answers get through that became 504 after 30 s."},
		{"Firewall", func(is, _ *setup.Spec) { is.Edge.WebACL = "x" }, "no request is blocked any more."},
		{"Comment", func(_, want *setup.Spec) { want.Edge.Comment = "x" }, ""},
	} {
		is, want := setup.DefaultSpec(), setup.DefaultSpec()
		c.change(&is, &want)
		bold, text := noticed(c.field, "a", "b", is, want)
		if text != c.says || (text == "") != (bold == "Callers notice nothing.") {
			t.Errorf("%s: %q %q, want %q", c.field, bold, text, c.says)
		}
	}
	if _, text := noticed("/orders", nothing, "orders, prod", setup.Spec{}, setup.Spec{}); !strings.Contains(text, "where it got 403") {
		t.Error(text)
	}
}
