package probe_test

import (
	"testing"

	"apifront/probe"
)

func TestCAABlocks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		set      []string
		wildcard bool
		want     bool
	}{
		{nil, false, false},
		{[]string{`0 issue "amazon.com"`}, false, false},
		{[]string{`0 issue "letsencrypt.org"`, `0 issue "AmazonTrust.com; policy=ev"`}, false, false},
		{[]string{`0 issue "letsencrypt.org"`}, false, true},
		{[]string{`0 issue ";"`}, false, true},
		{[]string{`0 issue "notamazon.com"`}, false, true},
		{[]string{`0 iodef "mailto:a@example.com"`}, false, false},
		{[]string{`0 issuewild "letsencrypt.org"`}, false, false},
		{[]string{`0 issuewild "letsencrypt.org"`}, true, true},
		{[]string{`0 issue "amazon.com"`, `0 issuewild ";"`}, true, true},
		{[]string{`0 issue "amazon.com"`}, true, false},
		{[]string{`128 tbs "x"`}, false, true},
	} {
		if got := probe.CAABlocks(tt.set, tt.wildcard); got != tt.want {
			t.Errorf("%v, wildcard %t: got %t", tt.set, tt.wildcard, got)
		}
	}
}
