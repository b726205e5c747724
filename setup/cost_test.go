package setup

import (
	"strings"
	"testing"
)

// The range is from the free tier in the cheapest place to no free tier in the
// dearest; what is not said is a price and no sum.
func TestCosts(t *testing.T) {
	s := DefaultSpec()
	of := func(s Spec, u Usage, what string) string {
		t.Helper()
		for _, c := range Costs(s, u) {
			if c.What == what {
				if c.How == "" {
					t.Errorf("%s: it is not said how it comes about", what)
				}
				return c.Text
			}
		}
		return ""
	}
	cheap := s
	cheap.Edge.PriceClass = "PriceClass_100"
	for _, c := range []struct {
		spec             Spec
		usage            Usage
		what, want, none string
	}{
		{s, Usage{}, "In all", "", ""},
		{s, Usage{}, "HTTPS requests", "$1.00 to $2.20 for each million", ""},
		{cheap, Usage{}, "Data to callers", "$0.085 for each GB", ""},
		{s, Usage{Requests: 5_000_000}, "In all", "$0 to $11.00", ""},
		{s, Usage{Requests: 110_000_000}, "HTTPS requests", "$100 to $242", ""},
		{cheap, Usage{Requests: 1 << 30, AnswerSize: 2048}, "Data to callers", "$87.04 to $174", ""}, // 2,048 GB, 1,024 free
		{cheap, Usage{Requests: 1 << 30, AnswerSize: 2048}, "In all", "$1,151 to $1,463", ""},
		{s, Usage{Requests: MaxRequests, AnswerSize: MaxAnswerSize}, "DNS", "Nothing more", ""},
	} {
		if got := of(c.spec, c.usage, c.what); got != c.want {
			t.Errorf("%s of %+v: %q, want %q", c.what, c.usage, got, c.want)
		}
	}
}

func TestReadUsage(t *testing.T) {
	for typed, want := range map[[2]string]Usage{
		{"", ""}: {}, {"5,000,000", "12"}: {5_000_000, 12_000}, {" 5 000 000 ", "0.5"}: {5_000_000, 500}, {"1.000", "1,5"}: {1000, 1500},
	} {
		if u, a, b := ReadUsage(typed[0], typed[1]); u != want || a != nil || b != nil {
			t.Errorf("%q: %+v %v %v, want %+v", typed, u, a, b, want)
		}
	}
	for typed, field := range map[[2]string]int{{"many", ""}: 0, {"-1", ""}: 0, {"9999999999999", ""}: 0, {"1", "big"}: 1, {"1", "-2"}: 1, {"1", "NaN"}: 1, {"1", "99999999999"}: 1} {
		_, a, b := ReadUsage(typed[0], typed[1])
		if (a != nil) != (field == 0) || (b != nil) != (field == 1) {
			t.Errorf("%q: %v, %v", typed, a, b)
		}
		for _, err := range []error{a, b} {
			if err != nil && !strings.HasPrefix(err.Error(), "Enter") {
				t.Errorf("%q: %v", typed, err)
			}
		}
	}
}
