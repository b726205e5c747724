package wizard_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/setup"
)

var fourServers = []string{"ns-64.awsdns-04.com", "ns-65.awsdns-05.net", "ns-66.awsdns-06.org", "ns-67.awsdns-07.co.uk"}

// undelegated are the looks of a zone that nobody delegates to; delegated those
// of the same zone once its name servers are entered.
func undelegated() (setup.NameFacts, []setup.Zone) {
	return setup.NameFacts{ZoneApex: "example", Cut: &setup.ZoneCut{Apex: "example", Servers: []string{"a.nic.example"}, Direct: true}},
		[]setup.Zone{{ID: "Z1", Name: "harborview.example", NameServers: fourServers, State: setup.NotDelegated, Refused: "DNS does not lead to it."}}
}

func delegated() (setup.NameFacts, []setup.Zone) {
	return setup.NameFacts{ZoneApex: "harborview.example", Cut: &setup.ZoneCut{Apex: "harborview.example", Parent: "example", Servers: fourServers, Direct: true}},
		[]setup.Zone{{ID: "Z1", Name: "harborview.example", NameServers: fourServers, State: setup.DelegatedHere, Delegated: true}}
}

// named is a draft whose name is looked up, and its page Domain and DNS.
func named(s *handlerstest.Site, name string) (draft, path string) {
	draft = s.NewDraft()
	s.Through(draft, setup.PageDomain)
	path = draft + "/domain"
	s.Page(path)
	s.Work()
	s.Press(path, "plan", map[string]string{"domain": name})
	s.Page(path)
	s.Work()
	return draft, path
}

// A hosted zone that nobody delegates to is chosen, its name servers are there to
// copy, and Next does not go on before DNS leads there.
func TestAZoneThatIsNotDelegated(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	s.Looks[setup.LookName], s.Looks[setup.LookZones] = undelegated()
	draft, path := named(s, "api.harborview.example")
	doc := s.Page(path)
	if got := doc.Find("input[name=dns]:checked").AttrOr("value", ""); got != setup.DNSRoute53 {
		t.Errorf("chosen is %q", got)
	}
	handlerstest.Contains(t, doc, "#delegation", append(fourServers,
		"Enter the name servers of the hosted zone harborview.example at the registrar of the domain: the zone example does not lead there yet",
		"At the registrar of harborview.example, as its name servers, enter these:", "What DNS says of api.harborview.example, as of", "Ask DNS again")...)
	for _, server := range fourServers {
		if doc.Find(`#delegation [data-copy="`+server+`"]`).Length() != 1 {
			t.Errorf("%s cannot be copied", server)
		}
	}
	if strings.Contains(doc.Find("#part").Text(), "for example?") {
		t.Error("a top-level domain is taken for a provider")
	}
	a := s.Press(path, "next", nil)
	if a.Status != http.StatusUnprocessableEntity {
		t.Fatalf("Next: status %d to %q", a.Status, a.To)
	}
	handlerstest.Contains(t, a.Doc, "#errors", "Enter the name servers of the hosted zone harborview.example")
	handlerstest.Contains(t, a.Doc, "#delegation", fourServers...)
	s.Looks[setup.LookName], s.Looks[setup.LookZones] = delegated()
	s.Press(path, "refresh", nil)
	s.Work()
	if doc = s.Page(path); doc.Find("#delegation").Length() != 0 {
		t.Error("the zone is delegated, and yet: " + handlerstest.Squash(doc.Find("#delegation").Text()))
	}
	if a := s.Press(path, "next", nil); a.To != draft+"/certificates" {
		t.Errorf("Next: status %d to %q: %s", a.Status, a.To, handlerstest.Squash(a.Doc.Find("#errors").Text()))
	}
	if d := s.Spec(draft).Domain; d.ZoneID != "Z1" || d.DNS != setup.DNSRoute53 {
		t.Errorf("%+v", d)
	}
}

// The zone between the hosted zone and the name, which another provider has, is
// named.
func TestAZoneBetweenIsElsewhere(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	facts, zones := delegated()
	facts.Cut = &setup.ZoneCut{Apex: "eu.harborview.example", Parent: "harborview.example", Servers: []string{"ns1.hoster.example"}, Direct: true}
	s.Looks[setup.LookName], s.Looks[setup.LookZones] = facts, zones
	draft, path := named(s, "api.eu.harborview.example")
	doc := s.Page(path)
	handlerstest.Contains(t, doc, "#delegation", "Choose Another provider or account: DNS leads api.eu.harborview.example to the zone eu.harborview.example on ns1.hoster.example, so nobody would see records in harborview.example.")
	if doc.Find("#delegation [data-copy]").Length() != 0 {
		t.Error("name servers are shown that help nobody")
	}
	if a := s.Press(path, "next", nil); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("Next: status %d to %q", a.Status, a.To)
	}
	if a := s.Press(path, "next", map[string]string{"dns": setup.DNSElsewhere}); a.To != draft+"/certificates" {
		t.Errorf("Next with another provider: status %d to %q", a.Status, a.To)
	}
}

// Next and Start ask again, so that what was delegated since the look is found,
// and what is not delegated any more as well.
func TestNextAndStartAskAgain(t *testing.T) {
	s := handlerstest.SignedIn(t, func(c *handlers.Config) { c.Patience = time.Minute })
	stop := make(chan struct{})
	worked := make(chan struct{})
	answer := func() { // as a worker does, while a request waits
		stop, worked = make(chan struct{}), make(chan struct{})
		go func(stop, worked chan struct{}) {
			defer close(worked)
			for {
				select {
				case <-stop:
					return
				case <-time.After(20 * time.Millisecond):
					s.Work()
				}
			}
		}(stop, worked)
	}
	pause := func() { close(stop); <-worked }
	s.Looks[setup.LookName], s.Looks[setup.LookZones] = undelegated()
	draft := s.NewDraft()
	path := draft + "/domain"
	s.Through(draft, setup.PageDomain)
	s.Page(path)
	s.Work()
	s.Press(path, "plan", map[string]string{"domain": "api.harborview.example"})
	s.Page(path)
	s.Work()
	answered := func(path, button string, form map[string]string, want int, what string) handlerstest.Reply {
		t.Helper()
		s.Clock.Forward(time.Minute)
		answer()
		defer pause()
		var a handlerstest.Reply
		if button == "" {
			a = s.Post(path, nil)
		} else {
			a = s.Press(path, button, form)
		}
		if a.Status != want {
			t.Errorf("%s: status %d to %q: %s", what, a.Status, a.To, handlerstest.Squash(a.Doc.Find("#errors").Text()))
		}
		return a
	}
	answered(path, "next", nil, http.StatusUnprocessableEntity, "Next while nothing is delegated")
	s.Looks[setup.LookName], s.Looks[setup.LookZones] = delegated()
	answered(path, "next", nil, http.StatusSeeOther, "Next after the delegation")
	for _, page := range []setup.PageID{setup.PageCertificates, setup.PageEdge} {
		s.Page(draft + "/" + string(page))
		s.Work()
		s.Press(draft+"/"+string(page), "next", nil)
	}
	s.Page(draft + "/review")
	s.Work()
	s.Looks[setup.LookName], s.Looks[setup.LookZones] = undelegated()
	a := answered(draft+"/start", "", nil, http.StatusUnprocessableEntity, "Start after the delegation is gone")
	handlerstest.Contains(t, a.Doc, "#errors", "Domain and DNS: Enter the name servers of the hosted zone harborview.example at the registrar")
	s.Looks[setup.LookName], s.Looks[setup.LookZones] = delegated()
	answered(draft+"/start", "", nil, http.StatusSeeOther, "Start after the delegation")
}

// Name servers are not to be entered where the right zone is at hand, and where all of a
// zone would move, the page says so.
func TestNameServersOfAZoneThatNobodyAsks(t *testing.T) {
	t.Parallel()
	other := []string{"ns-192.awsdns-24.com", "ns-193.awsdns-25.net", "ns-194.awsdns-26.org", "ns-195.awsdns-27.co.uk"}
	for _, twin := range []bool{true, false} {
		s := handlerstest.SignedIn(t, nil)
		facts, zones := delegated()
		if !twin {
			zones = nil
		}
		zones = append(zones, setup.Zone{ID: "Z2", Name: "harborview.example", NameServers: other, State: setup.DelegatedElsewhere, Unsure: "Its name servers are not those of the name."})
		s.Looks[setup.LookName], s.Looks[setup.LookZones] = facts, zones
		_, path := named(s, "api.harborview.example")
		a := s.Press(path, "next", map[string]string{"dns": setup.DNSRoute53, "zone": "Z2"})
		text := handlerstest.Squash(a.Doc.Find("#delegation").Text())
		if a.Status != http.StatusUnprocessableEntity || text == "" {
			t.Fatalf("status %d, %q", a.Status, text)
		}
		if strings.Contains(text, "enter these") == twin || strings.Contains(text, "This moves all of harborview.example, not only this name.") == twin || strings.Contains(text, other[0]) == twin {
			t.Errorf("with the right zone beside it %t, it says %q", twin, text)
		}
	}
}
