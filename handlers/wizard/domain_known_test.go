package wizard_test

import (
	"strconv"
	"strings"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// A name that has a setup says so on the page of the domain, with the way there. The
// draft that changes the setup does not.
func TestANameThatHasASetup(t *testing.T) {
	s, of := started(t)
	const said = "You have a setup of this name."
	draft := s.NewDraft()
	s.Through(draft, setup.PageCertificates)
	doc := s.Page(draft + "/domain")
	handlerstest.CheckPage(t, "domain", doc)
	handlerstest.Contains(t, doc, "#part", said, "Go on only to change it")
	if n := doc.Find("#part a[href='" + of + "']").Length(); n != 1 {
		t.Errorf("%d links lead to the setup", n)
	}
	a := s.Post(draft+"/domain?part=1", map[string][]string{"domain": {"other.harborview.example"}})
	if strings.Contains(a.Doc.Find("#part").Text(), said) {
		t.Error("a name without a setup is said to have one")
	}
	if text := s.Page(opened(t, s, of) + "/domain").Find("#part").Text(); strings.Contains(text, said) {
		t.Error("the setup that is changed is said to be in the way")
	}
	if _, err := s.Store.SaveDraft(t.Context(), strings.TrimPrefix(draft, "/drafts/"), 0, setup.PageDomain, "Mira Okafor", func(sp *setup.Spec) {
		sp.Account.AccountID = "000011112222"
	}); err != nil {
		t.Fatal(err)
	}
	handlerstest.Contains(t, s.Page(draft+"/domain"), "#part", "You have a setup of this name in account 4821-7730-1954.")
}

// The chosen hosted zone is named with its ID, the list has all zones of the account
// and says why the others cannot be chosen, and it says how old it is.
func TestAllHostedZonesAreListed(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	s.Looks[setup.LookZones] = []setup.Zone{
		{ID: "Z1", Name: "harborview.example", Delegated: true}, {ID: "Z2", Name: "harborview.example", Private: true},
		{ID: "Z3", Name: "example", Delegated: true}, {ID: "Z9", Name: "lakeside.example", Delegated: true},
	}
	draft := s.NewDraft()
	s.Through(draft, setup.PageCertificates)
	path := draft + "/domain"
	doc := s.Page(path)
	handlerstest.CheckPage(t, "domain", doc)
	if doc.Find("#zones-known").Length() != 0 {
		t.Error("the zones are named twice")
	}
	handlerstest.Contains(t, doc, "label:has(#dns-route53)", "Hosted zone harborview.example (Z1).")
	handlerstest.Contains(t, doc, "#part", "Hosted zones of this account, as of 0 s ago. Refresh list")
	var got []string
	for _, o := range doc.Find("#zone option").EachIter() {
		_, off := o.Attr("disabled")
		got = append(got, o.Text()+map[bool]string{true: " -", false: ""}[off])
	}
	want := "harborview.example (Z1)|example (Z3)|harborview.example (Z2), private -|lakeside.example (Z9), does not hold api.harborview.example -"
	if strings.Join(got, "|") != want {
		t.Errorf("offered: %s", strings.Join(got, "|"))
	}
	if a := s.Press(path, "next", map[string]string{"zone": "Z3"}); a.To != draft+"/certificates" {
		t.Errorf("another zone: status %d to %q", a.Status, a.To)
	}
	if d := s.Spec(draft).Domain; d.ZoneID != "Z3" || d.ZoneName != "example" {
		t.Errorf("chosen is %s (%s)", d.ZoneName, d.ZoneID)
	}
	handlerstest.Contains(t, s.Page(path), "label:has(#dns-route53)", "Hosted zone example (Z3).")
	s.Press(path, "next", map[string]string{"zone": "Z9"})
	if d := s.Spec(draft).Domain; d.ZoneID != "Z1" {
		t.Errorf("a zone that does not hold the name is chosen: %s", d.ZoneID)
	}
	many := []setup.Zone{}
	for i := range 300 {
		many = append(many, setup.Zone{ID: "X" + strconv.Itoa(i), Name: "n" + strconv.Itoa(i) + ".test", Delegated: true})
	}
	s.Looks[setup.LookZones] = many
	s.Press(path, "refresh", nil)
	handlerstest.Contains(t, s.Page(path), "#part", "Hosted zones of this account, 0 s ago. Asking AWS again.")
	s.Work()
	doc = s.Page(path)
	if n := doc.Find("#zone option").Length(); n != 52 {
		t.Errorf("%d lines", n)
	}
	handlerstest.Contains(t, doc, "#zone option[selected]", "None holds api.harborview.example")
	handlerstest.Contains(t, doc, "#zone", "and 250 other zones that cannot be chosen")
}

// Before a name is typed, the public hosted zones of the account are named.
func TestHostedZonesAreNamedBeforeTheName(t *testing.T) {
	s := handlerstest.SignedIn(t, nil)
	s.Looks[setup.LookZones] = []setup.Zone{{ID: "Z9", Name: "lakeside.example"}, {ID: "Z1", Name: "harborview.example"}, {ID: "Z2", Name: "inside.example", Private: true}}
	draft := s.NewDraft()
	s.Through(draft, setup.PageDomain)
	s.Page(draft + "/domain")
	s.Work()
	handlerstest.Contains(t, s.Page(draft+"/domain"), "#zones-known", "2 public hosted zones of this account: harborview.example (Z1) and lakeside.example (Z9).")
}
