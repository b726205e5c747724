package wizard_test

import (
	"net/http"
	"strings"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// A region that cannot be chosen is neither stored in a draft nor asked about,
// whichever button sends it. If an older version stored one, the page says so,
// and AWS is not asked about it any more.
func TestRegionsThatAreNoneReachNoLook(t *testing.T) {
	for _, region := range []string{"a.evil.test", "evil.test/", "eu-west-1.evil.test", "EU-WEST-1", " eu-west-1", "mars-1", strings.Repeat("x", 200_000)} {
		s := handlerstest.SignedIn(t, nil)
		draft := s.NewDraft()
		s.Through(draft, setup.PageDomain)
		for _, button := range []string{"plan", "refresh", "leave", "back", "next", "nonsense"} {
			s.Press(draft+"/account", button, map[string]string{"region": region})
			if got := s.Spec(draft).Account.Region; got != "" && !setup.IsRegion(got) {
				t.Fatalf("%s stored %.40q", button, got)
			}
		}
		s.Post(draft+"/account?part=1", map[string][]string{"connection": {"default"}, "region": {region}})
		s.Post(draft+"/plan", map[string][]string{"connection": {"default"}, "region": {region}})
		noLookElsewhere(s, region)

		if _, err := s.Store.SaveDraft(t.Context(), strings.TrimPrefix(draft, "/drafts/"), 0, setup.PageReview, "Mira Okafor", func(sp *setup.Spec) {
			sp.Account.Region, sp.Domain.Name = region, "api.harborview.example"
		}); err != nil {
			t.Fatal(err)
		}
		for _, p := range setup.Pages() {
			doc := s.Page(draft + "/" + string(p.ID))
			if p.ID == setup.PageAPI {
				handlerstest.Contains(t, doc, "#part", "Nothing was asked in the region")
			}
			if a := s.Press(draft+"/"+string(p.ID), "refresh", nil); a.Status != http.StatusSeeOther {
				t.Errorf("refresh on %s: status %d", p.ID, a.Status)
			}
			if p.ID == setup.PageAccount { // the form does not offer this region, so it is put back
				if _, err := s.Store.SaveDraft(t.Context(), strings.TrimPrefix(draft, "/drafts/"), 0, setup.PageReview, "Mira Okafor", func(sp *setup.Spec) { sp.Account.Region = region }); err != nil {
					t.Fatal(err)
				}
			}
		}
		if a := s.Post(draft+"/start", nil); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("start: status %d", a.Status)
		}
		noLookElsewhere(s, region)
	}
}

// noLookElsewhere answers the looks that wait. The test fails if one of them is
// about the region.
func noLookElsewhere(s *handlerstest.Site, region string) {
	s.T.Helper()
	for {
		k, found, err := s.Store.NextLook(s.T.Context(), "test")
		if err != nil {
			s.T.Fatal(err)
		}
		if !found {
			return
		}
		if k.Region != "" && !setup.IsRegion(k.Region) {
			s.T.Errorf("the worker is asked for %s in %.40q", k.Kind, region)
		}
		if err := s.Store.FinishLook(s.T.Context(), "test", k, []byte("null"), nil); err != nil {
			s.T.Fatal(err)
		}
	}
}
