package flow

import (
	"strings"
	"testing"

	"apifront/setup"
)

// The title of a finding is what callers get, so a notice names the setting beside it.
func TestANoticeNamesTheSetting(t *testing.T) {
	text := sentences(found([]setup.FindingBody{
		{Title: "Callers get 502, because CloudFront calls API Gateway over plain HTTP", Field: "OriginProtocolPolicy", Is: "http-only", Want: "https-only"},
		{Title: "Not wanted any more, and still there: mapping /old", Is: "m1"},
	}))
	for _, want := range []string{"over plain HTTP. OriginProtocolPolicy is: http-only. Should be: https-only.", "mapping /old. Is: m1. Should be: nothing."} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %q", want, text)
		}
	}
}
