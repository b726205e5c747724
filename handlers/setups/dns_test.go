package setups_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// ready is a site whose setup is made and whose traffic is left for later.
func ready(t *testing.T) *handlerstest.JobSite {
	t.Helper()
	s := handlerstest.NewJobSite(t)
	d, err := s.Store.SaveDraft(t.Context(), s.Setup.ID, 0, setup.PageDomain, "Mira Okafor", func(v *setup.Spec) { v.Domain.Switch = setup.SwitchLater })
	if err != nil {
		t.Fatal(err)
	}
	s.Setup.Spec = d.Draft.Spec
	s.Start(setup.JobApply, setup.JobInput{})
	s.ToMappings()
	s.Pass("mappings", handlerstest.Done("2 paths"))
	s.Pass("distribution", handlerstest.Done("E2QWX7K1M9PLTB"))
	s.Save(setup.KeyDistribution, "Distribution", "E2QWX7K1M9PLTB", map[string]string{setup.AttrDomainName: "d1x7q2k9v4m0ab.cloudfront.net"})
	s.Pass("deployed", handlerstest.Done("Deployed"))
	s.Pass("preview", handlerstest.Done("4 of 4 requests passed"))
	s.Pass("dns", handlerstest.Done("You move the traffic yourself later"))
	s.Pass("remove", handlerstest.Done("Nothing is left over"))
	return s
}

func views(leads string, ttl int, values ...string) []setup.DNSView {
	return []setup.DNSView{
		{Server: "ns1.dns.example", Leads: leads, Values: values, TTL: ttl},
		{Server: "ns2.dns.example", Leads: leads, Values: values, TTL: ttl},
	}
}

// "I moved it, check now" orders a check, and its answer stands where the move is
// offered: what the servers say, and what went wrong as a sentence.
func TestIMovedIt(t *testing.T) {
	t.Parallel()
	s := ready(t)
	moved := "/setups/" + s.Setup.ID + "/traffic/moved"
	handlerstest.Contains(t, page(s), "#move", "No check has asked the name servers yet", "I moved it, check now")
	answered := func(look setup.DNSLook, words ...string) {
		t.Helper()
		status, to, _ := press(t, s, moved, url.Values{})
		if status != http.StatusSeeOther || to != "/setups/"+s.Setup.ID+"#move" {
			t.Fatalf("status %d to %q", status, to)
		}
		handlerstest.Contains(t, page(s), "#move", "Asking the name servers")
		here := setup.YesIf(look.Here())
		checked(t, s, store.CheckOutcome{Result: setup.CheckHealthy, Sight: setup.Sight{Here: here, Answers: setup.Yes}, Name: &look})
		handlerstest.Contains(t, page(s), "#move", words...)
	}
	answered(setup.DNSLook{Views: views(setup.LeadsElsewhere, 1800, "192.0.2.10"), OldTTL: 1800},
		"Still the old record", "2 of 2 name servers: 192.0.2.10, TTL 30 min", "0 s ago", "Lower its TTL to 60 s first", "up to 30 min",
		"Try it before callers do", "curl -i --connect-to api.harborview.example:443:d1x7q2k9v4m0ab.cloudfront.net:443 https://api.harborview.example/", "To go back, give the name its present record again: A 192.0.2.10")
	handlerstest.Contains(t, page(s), "#dns", "To CloudFront", "CNAME", "d1x7q2k9v4m0ab.cloudfront.net")
	answered(setup.DNSLook{Views: views(setup.LeadsElsewhere, 60, "192.0.2.66"), Cause: &setup.Problem{
		What: "The name does not lead to the distribution.", Why: "The record is at api.harborview.example.harborview.example.", Fix: "Enter the name without harborview.example at its end.",
	}}, "Not right yet", "The record is at api.harborview.example.harborview.example", "Enter the name without")
	answered(setup.DNSLook{Views: append(views(setup.LeadsHere, 300, "198.51.100.9")[:1], views(setup.LeadsNowhere, 0)[1:]...)},
		"Not the same everywhere", "1 of 2 name servers (ns1.dns.example): CloudFront", "1 of 2 name servers (ns2.dns.example): No record")
	answered(setup.DNSLook{Views: views(setup.LeadsSilent, 0)}, "Not known", "2 of 2 name servers: No answer")
	answered(setup.DNSLook{}, "Not known. No server answered, 0 s ago")
	answered(setup.DNSLook{Views: views(setup.LeadsHere, 300, "198.51.100.9")}, "It leads to CloudFront", "The traffic has been moved by hand", "leaves the record to you", "Take the move over")
	if lede := page(s).Find(".lede").Text(); !strings.Contains(lede, "callers are served by CloudFront.") || strings.Contains(lede, "wants it") {
		t.Errorf("of a move that the revision leaves to a person it says %s", lede)
	}
	if text := page(s).Find("#move").Text(); strings.Contains(text, "has not moved") || strings.Contains(text, "I moved it") || strings.Contains(text, "Lower its TTL") || strings.Contains(text, "Try it before") || strings.Contains(text, "To go back") {
		t.Errorf("after the move it says %s", text)
	}
	handlerstest.Contains(t, page(s), "#dns", "2 of 2 name servers", "CloudFront", "asked 0 s ago")
	// Nobody but operators; nothing beside a job at work.
	s.SignIn(store.User{Name: "Vera", Email: "vera@example.com", Role: store.RoleViewer})
	if status, _, _ := press(t, s, moved, url.Values{}); status != http.StatusForbidden {
		t.Errorf("a viewer: status %d", status)
	}
}

// The job that takes over what a person has moved asks for nothing: its page says that
// the record is in place. Without a look that saw it, the record waits for its time.
func TestTheJobThatTakesTheMoveOver(t *testing.T) {
	t.Parallel()
	for leads, words := range map[string][2]string{
		setup.LeadsHere:      {"The traffic record is in place", "Do not change the traffic record yet"},
		setup.LeadsElsewhere: {"Do not change the traffic record yet", "The traffic record is in place"},
	} {
		s := ready(t)
		checked(t, s, store.CheckOutcome{Result: setup.CheckHealthy, Sight: setup.Sight{Here: setup.YesIf(leads == setup.LeadsHere), Answers: setup.Yes}, Name: &setup.DNSLook{Views: views(leads, 300, "198.51.100.9")}})
		status, to, _ := press(t, s, "/setups/"+s.Setup.ID+"/traffic/move", url.Values{})
		if status != http.StatusSeeOther {
			t.Fatalf("status %d to %q", status, to)
		}
		doc := s.Page(to, http.StatusOK)
		handlerstest.Contains(t, doc, "#records", words[0])
		if text := doc.Find("#records").Text(); strings.Contains(text, words[1]) || strings.Contains(text, "There is nothing to do") != (leads == setup.LeadsHere) {
			t.Errorf("where the name leads %s, the job says %s", leads, text)
		}
	}
}

// Where a person enters the records, the page of the setup shows them as the form of the
// provider takes them, which the name servers tell.
func TestRecordsAreInTheFormOfTheProvider(t *testing.T) {
	t.Parallel()
	s := ready(t)
	look := func(servers ...string) {
		t.Helper()
		var list []setup.DNSView
		for _, server := range servers {
			list = append(list, setup.DNSView{Server: server, Leads: setup.LeadsElsewhere, Values: []string{"192.0.2.10"}, TTL: 300})
		}
		list = append(list, setup.DNSView{Server: "ns-1.awsdns-00.com", Resolver: true, Leads: setup.LeadsElsewhere, Values: []string{"192.0.2.10"}, TTL: 300})
		checked(t, s, store.CheckOutcome{Result: setup.CheckHealthy, Sight: setup.Sight{Here: setup.No, Answers: setup.Yes}, Name: &setup.DNSLook{Zone: "harborview.example", Views: list}})
	}
	look("dns19.ovh.net", "ns19.ovh.net")
	handlerstest.Contains(t, page(s), "#dns", "Sub-domain", "as the form of OVHcloud takes them")
	look("ns1.dns.example")
	if text := page(s).Find("#dns").Text(); strings.Contains(text, "the form of") || !strings.Contains(text, "Name") {
		t.Errorf("of a provider that is not known it says %s", text)
	}
}

// What the TTL of the old record is decides whether lowering it is offered. Ticked,
// the job has the step.
func TestLowerFirstIsOffered(t *testing.T) {
	t.Parallel()
	s := ready(t)
	move := "/setups/" + s.Setup.ID + "/traffic/move"
	for _, c := range []struct {
		ttl     int
		offered bool
	}{{0, false}, {30, false}, {60, false}, {61, true}, {3600, true}, {86400, true}} {
		checked(t, s, store.CheckOutcome{Result: setup.CheckHealthy, Sight: setup.Sight{Here: setup.No, Answers: setup.Yes}, Name: &setup.DNSLook{Views: views(setup.LeadsElsewhere, c.ttl, "192.0.2.10"), OldTTL: c.ttl}})
		if got := page(s).Find("#move input[name=lower]").Length() == 1; got != c.offered {
			t.Errorf("TTL %d: offered %t", c.ttl, got)
		}
	}
	status, to, _ := press(t, s, move, url.Values{"lower": {"1"}})
	if status != http.StatusSeeOther {
		t.Fatal(status, to)
	}
	j, err := s.Store.Job(t.Context(), 2)
	list, err2 := s.Store.Steps(t.Context(), 2)
	if err != nil || err2 != nil || !j.Input.LowerTTL {
		t.Fatalf("%+v %v %v", j.Input, err, err2)
	}
	i := slices.IndexFunc(list, func(st setup.Step) bool { return st.ID == "ttl" })
	k := slices.IndexFunc(list, func(st setup.Step) bool { return st.ID == "dns" })
	if i < 0 || !slices.Contains(list[k].Needs, "ttl") || !slices.Equal(list[i].Needs, []setup.StepID{"identity"}) {
		t.Errorf("steps: %+v", list)
	}
}

// Who put the old record back, and why, stands on the page for as long as it is back.
// What was typed is kept within bounds and shown as it is.
func TestMovedBackSaysWhoAndWhy(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"":                            "",
		"  a\n\tlonger   reason ":     "a longer reason",
		`<script>alert(1)</script>`:   `<script>alert(1)</script>`,
		strings.Repeat("é", 500):      strings.Repeat("é", 200),
		"\x00\x1b[31mred\u202e\ufeff": "[31mred",
	} {
		s := finished(t)
		s.Expect()
		if status, to, _ := press(t, s, "/setups/"+s.Setup.ID+"/traffic/restore", url.Values{"reason": {typed}}); status != http.StatusSeeOther {
			t.Fatal(status, to)
		}
		j, err := s.Store.Job(t.Context(), 2)
		if err != nil || j.Input.Reason != want {
			t.Errorf("%.20q is kept as %q, %v", typed, j.Input.Reason, err)
		}
		s.Follow(2)
		s.Pass("identity", handlerstest.Done(""))
		s.Save(setup.KeyRecordTraffic, "Traffic record", "", map[string]string{
			setup.AttrPrevious: `[{"type":"A","name":"api.harborview.example","value":"203.0.113.40","ttl":3600}]`, setup.AttrRestored: "2",
			setup.AttrMoved: time.Now().UTC().Format(time.RFC3339), setup.AttrMovedFrom: "60",
		})
		s.Pass("dns-restore", handlerstest.Done("Back"))
		doc := page(s)
		handlerstest.Contains(t, doc, "main", "Moved back", "Put back by Mira Okafor in job 2")
		if got := doc.Find("main q").Text(); got != want {
			t.Errorf("the reason reads %q, not %q", got, want)
		}
		handlerstest.Contains(t, doc, "#dns", "Old answers may live until", "1 min after the change", "203.0.113.40", "3600", "No check has asked the name servers yet")
	}
}

// The record was put back outside, and that was kept: the page says so.
func TestMovedBackOutside(t *testing.T) {
	t.Parallel()
	s := finished(t)
	revised(t, s, setup.JobApply)
	checked(t, s, store.CheckOutcome{
		Result: setup.CheckHealthy, Sight: setup.Sight{Here: setup.No, Answers: setup.Yes, Back: true},
		Name: &setup.DNSLook{Views: views(setup.LeadsElsewhere, 300, "203.0.113.40"), OldTTL: 300, Back: true},
	})
	doc := page(s)
	handlerstest.Contains(t, doc, "main", "Moved back", "Put back outside apifront.")
	handlerstest.Contains(t, doc, "#dns tbody tr", "Now", "203.0.113.40", "300")
}

// After a move the page says until when old answers live, and no longer than that.
func TestUntilWhenOldAnswersLive(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ago  time.Duration
		ttl  string
		said bool
	}{{0, "3600", true}, {59 * time.Minute, "3600", true}, {61 * time.Minute, "3600", false}, {0, "", false}, {2 * time.Minute, "60", false}} {
		s := finished(t)
		attributes := map[string]string{
			setup.AttrPrevious: `[{"type":"A","name":"api.harborview.example","value":"203.0.113.40","ttl":3600}]`,
			setup.AttrRecords:  `[{"type":"CNAME","name":"api.harborview.example","value":"d1x7q2k9v4m0ab.cloudfront.net","ttl":300}]`,
			setup.AttrMoved:    time.Now().Add(-c.ago).UTC().Format(time.RFC3339), setup.AttrMovedFrom: c.ttl,
		}
		s.Save(setup.KeyRecordTraffic, "Traffic record", "api.harborview.example", attributes)
		checked(t, s, store.CheckOutcome{Result: setup.CheckHealthy, Sight: serves, Name: &setup.DNSLook{Views: append(views(setup.LeadsHere, 300, "198.51.100.9"),
			setup.DNSView{Server: "192.0.2.53:53", Resolver: true, Leads: setup.LeadsElsewhere, Values: []string{"203.0.113.40"}, TTL: 1200})}})
		doc := page(s)
		if got := strings.Contains(doc.Find("#dns").Text(), "Old answers may live until"); got != c.said {
			t.Errorf("%s after a move from TTL %q: said %t", c.ago, c.ttl, got)
		}
		handlerstest.Contains(t, doc, "#dns", "2 of 2 name servers", "1 of 1 public resolver", "203.0.113.40, for up to 20 min more", "Put the old record back", "Before")
	}
}

// A TTL that was lowered by hand and left low is said with the time since when, and with
// the record to type to raise it again; with its old TTL nothing is said any more.
func TestLowTTLIsSaid(t *testing.T) {
	t.Parallel()
	s := ready(t)
	look := func(ttl int) {
		t.Helper()
		press(t, s, "/setups/"+s.Setup.ID+"/traffic/moved", url.Values{})
		checked(t, s, store.CheckOutcome{Result: setup.CheckHealthy, Sight: setup.Sight{Here: setup.No, Answers: setup.Yes}, Name: &setup.DNSLook{
			Views: views(setup.LeadsElsewhere, ttl, "203.0.113.40"), OldTTL: ttl,
		}})
	}
	look(900)
	if p := page(s).Find("#low-ttl"); p.Length() > 0 {
		t.Error("the TTL is as it was, and said to be low")
	}
	look(60)
	handlerstest.Contains(t, page(s), "#dns #low-ttl", "The TTL has been 60 s since", "and was 15 min before", "raise it again where you manage DNS")
	handlerstest.Contains(t, page(s), "#dns table", "To raise the TTL", "203.0.113.40", "900")
	look(900)
	if p := page(s); p.Find("#low-ttl").Length() > 0 || strings.Contains(p.Find("#dns").Text(), "To raise the TTL") {
		t.Error("the TTL is raised again, and said to be low")
	}
}
