package handlers

import (
	"net/http"
	"strings"
	"testing"

	"apifront/setup"
)

// A region that could not be chosen is neither stored with a draft nor asked
// about, by whatever button it comes; one that an older version stored is
// said, and asked about no more.
func TestRegionsThatAreNoneReachNoLook(t *testing.T) {
	for _, region := range []string{"a.evil.test", "evil.test/", "eu-west-1.evil.test", "EU-WEST-1", " eu-west-1", "mars-1", strings.Repeat("x", 200_000)} {
		s := signedInSite(t, nil)
		draft := s.newDraft()
		s.through(draft, setup.PageDomain)
		for _, button := range []string{"plan", "refresh", "leave", "back", "next", "nonsense"} {
			s.press(draft+"/account", button, map[string]string{"region": region})
			if got := s.spec(draft).Account.Region; got != "" && !setup.IsRegion(got) {
				t.Fatalf("%s stored %.40q", button, got)
			}
		}
		s.post(draft+"/account?part=1", map[string][]string{"connection": {"default"}, "region": {region}})
		s.post(draft+"/plan", map[string][]string{"connection": {"default"}, "region": {region}})
		s.noLookElsewhere(region)

		if _, err := s.store.SaveDraft(t.Context(), strings.TrimPrefix(draft, "/drafts/"), 0, setup.PageReview, "Mira Okafor", func(sp *setup.Spec) {
			sp.Account.Region, sp.Domain.Name = region, "api.harborview.example"
		}); err != nil {
			t.Fatal(err)
		}
		for _, p := range setup.Pages() {
			doc := s.page(draft + "/" + string(p.ID))
			if p.ID == setup.PageAPI {
				contains(t, doc, "#part", "Nothing was asked in the region")
			}
			if a := s.press(draft+"/"+string(p.ID), "refresh", nil); a.status != http.StatusSeeOther {
				t.Errorf("refresh on %s: status %d", p.ID, a.status)
			}
			if p.ID == setup.PageAccount { // the form has no such region; put it back
				if _, err := s.store.SaveDraft(t.Context(), strings.TrimPrefix(draft, "/drafts/"), 0, setup.PageReview, "Mira Okafor", func(sp *setup.Spec) { sp.Account.Region = region }); err != nil {
					t.Fatal(err)
				}
			}
		}
		if a := s.post(draft+"/start", nil); a.status != http.StatusUnprocessableEntity {
			t.Errorf("start: status %d", a.status)
		}
		s.noLookElsewhere(region)
	}
}

// noLookElsewhere answers the looks that wait, and fails the test at one about
// the region.
func (s *wizardSite) noLookElsewhere(region string) {
	s.t.Helper()
	for {
		k, found, err := s.store.NextLook(s.t.Context(), "test")
		if err != nil {
			s.t.Fatal(err)
		}
		if !found {
			return
		}
		if k.Region != "" && !setup.IsRegion(k.Region) {
			s.t.Errorf("the worker is asked for %s in %.40q", k.Kind, region)
		}
		if err := s.store.FinishLook(s.t.Context(), "test", k, []byte("null"), nil); err != nil {
			s.t.Fatal(err)
		}
	}
}
