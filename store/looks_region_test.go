package store

import (
	"errors"
	"strings"
	"testing"

	"apifront/setup"
)

// No look is stored about a region that AWS does not have.
func TestNoLookAboutAnUnknownRegion(t *testing.T) {
	s := open(t)
	for _, region := range []string{"a.evil.test", "evil.test/", "eu-west-1 ", "EU-WEST-1", "\x00", strings.Repeat("x", 1<<20)} {
		_, err := s.AskLook(t.Context(), setup.LookKey{Kind: setup.LookAPIs, Connection: "default", Region: region}, 0)
		if p, ok := errors.AsType[*setup.Problem](err); !ok || p.Code != "UnknownRegion" {
			t.Errorf("%.20q: %v", region, err)
		}
	}
	if _, found, err := s.NextLook(t.Context(), "w"); err != nil || found {
		t.Errorf("a look waits: %v", err)
	}
	_, err := s.AskLook(t.Context(), setup.LookKey{Kind: setup.LookAPIs, Connection: "default", Region: "eu-west-1"}, 0)
	must(t, err)
	if k, found, err := s.NextLook(t.Context(), "w"); err != nil || !found || k.Region != "eu-west-1" {
		t.Errorf("got %+v, %t, %v", k, found, err)
	}
}
