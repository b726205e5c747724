package setup

import (
	"maps"
	"slices"
	"testing"
)

// What the answers themselves tell needs no fact: a page that lacks an answer is named
// however little is known, and no page is named because something is not known.
func TestUnanswered(t *testing.T) {
	if s, _ := rightWorld(); len(s.Unanswered()) > 0 {
		t.Errorf("whole answers lack some on %v", s.Unanswered())
	}
	for name, test := range map[string]struct {
		change func(*Spec)
		want   PageID
	}{
		"no region":       {func(s *Spec) { s.Account.Region = "" }, PageAccount},
		"no API":          {func(s *Spec) { s.API.Mappings[1].APIID, s.API.Mappings[1].APIName = "", "" }, PageAPI},
		"no stage":        {func(s *Spec) { s.API.Mappings[0].Stage = "" }, PageAPI},
		"no path":         {func(s *Spec) { s.API.Mappings = nil }, PageAPI},
		"no name":         {func(s *Spec) { s.Domain.Name = "" }, PageDomain},
		"no hosted zone":  {func(s *Spec) { s.Domain.ZoneID = "" }, PageDomain},
		"nobody for DNS":  {func(s *Spec) { s.Domain.DNS = "" }, PageDomain},
		"no time":         {func(s *Spec) { s.Domain.Switch = "" }, PageDomain},
		"no edge setting": {func(s *Spec) { s.Edge.PriceClass = "" }, PageEdge},
	} {
		s, _ := rightWorld()
		test.change(&s)
		if got := slices.Collect(maps.Keys(s.Unanswered())); !slices.Equal(got, []PageID{test.want}) {
			t.Errorf("%s: %v lack an answer, want %s", name, got, test.want)
		}
	}
}
