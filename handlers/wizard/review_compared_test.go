package wizard_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/setup"
	"apifront/store"
)

// reused is what a comparison finds of a setup that is in place.
func reused(but ...setup.PlanLine) setup.Plan {
	p := setup.Plan{Lines: []setup.PlanLine{
		{StepID: "identity", Action: setup.PlanWait, Ready: true},
		{StepID: "certificate-edge", Title: "Request certificate, us-east-1", Action: setup.PlanReuse, Ready: true, Summary: "Issued"},
		{StepID: "certificate-regional", Title: "Request certificate, eu-west-1", Action: setup.PlanReuse, Ready: true, Summary: "Issued"},
		{StepID: "validation", Title: "Add validation record", Action: setup.PlanReuse, Ready: true},
		{StepID: "issued-edge", Action: setup.PlanWait, Ready: true},
		{StepID: "issued-regional", Action: setup.PlanWait, Ready: true},
		{StepID: "domain", Title: "Create custom domain", Action: setup.PlanReuse, Ready: true},
		{StepID: "mappings", Title: "Map 1 path", Action: setup.PlanReuse, Ready: true},
		{StepID: "policies", Title: "Create cache policy", Action: setup.PlanReuse, Ready: true},
		{StepID: "distribution", Title: "Create distribution", Action: setup.PlanReuse, Ready: true},
		{StepID: "deployed", Action: setup.PlanWait, Ready: true},
		{StepID: "preview", Action: setup.PlanWait},
		{StepID: "dns", Title: "Move traffic", Action: setup.PlanReuse, Ready: true},
		{StepID: "live", Action: setup.PlanWait},
		{StepID: "remove", Action: setup.PlanReuse, Ready: true},
	}}
	for _, l := range but {
		for i := range p.Lines {
			if p.Lines[i].StepID == l.StepID {
				p.Lines[i] = l
			}
		}
	}
	return p
}

// placed is a site with a setup whose first revision is in place, answered by a person
// who adds the records by hand, and its address.
func placed(t *testing.T, change func(*handlers.Config)) (*handlerstest.Site, string) {
	t.Helper()
	s := handlerstest.SignedIn(t, change)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	id := strings.TrimPrefix(draft, "/drafts/")
	_, err := s.Store.SaveDraft(t.Context(), id, 0, setup.PageReview, "Mira Okafor", func(sp *setup.Spec) {
		sp.Certificates.Edge, sp.Domain.DNS, sp.Domain.ZoneID, sp.Domain.ZoneName = "", setup.DNSElsewhere, "", ""
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Page(draft + "/review")
	s.Work()
	if a := s.Post(draft+"/start", nil); a.To != "/jobs/1" {
		t.Fatalf("start: %d %q", a.Status, a.To)
	}
	s.Post("/jobs/1/cancel", nil)
	err = s.Store.SaveResource(t.Context(), id, setup.Resource{Key: setup.KeyDistribution, ID: "E2QWX7K1M9PLTB", Owned: true, Attributes: map[string]string{setup.AttrDomainName: "d1x7q2k9v4m0ab.cloudfront.net"}})
	if err != nil {
		t.Fatal(err)
	}
	v, err := s.Store.Setup(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	v.Spec.Edge.Tags = []setup.Tag{{Key: "team", Value: "shop"}}
	job, err := s.Store.StartJob(t.Context(), store.NewJob{SetupID: id, Want: &v.Spec, Why: setup.WhyAdopted, Kind: setup.JobApply, By: "Mira Okafor", Steps: []store.NewStep{{ID: "identity", Title: "Check the account"}}})
	if err == nil {
		err = s.Store.CancelJob(t.Context(), job, "Mira Okafor")
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Clock.Forward(time.Second)
	return s, "/setups/" + id
}

// The time of a change, whether a person is needed, what each step needs and which
// certificates are new come from the comparison, and are not told before it.
func TestAChangeTakesWhatItDoes(t *testing.T) {
	t.Parallel()
	s, of := placed(t, nil)
	draft := opened(t, s, of)
	edit(t, s, draft, map[string]string{"comment": "shop"})
	doc := s.Page(draft + "/review")
	aside := handlerstest.Squash(doc.Find("#order").Text())
	if !strings.Contains(aside, "How long it takes is not known yet.") || strings.Contains(aside, "About") || strings.Contains(aside, "may change something") || strings.Contains(aside, "Needs a DNS record") {
		t.Errorf("before the comparison it says %q", aside)
	}
	if got := handlerstest.Squash(doc.Find("details:has(#ans-certificates)").Text()); strings.Contains(got, "new certificate") || strings.Contains(got, "New, ") || strings.Contains(got, "You add") {
		t.Errorf("the answers say what is not known: %q", got)
	}
	changed := setup.PlanLine{StepID: "distribution", Title: "Create distribution", Action: setup.PlanChange, Changes: []setup.Change{{Field: "Comment", Is: "a", Want: "shop"}}}
	for _, c := range []struct {
		name           string
		plan           setup.Plan
		order, without []string
		answers        string
	}{
		{
			"nothing in AWS", reused(), []string{"Less than a minute.", "Nothing to do for you meanwhile.", "No step changes anything.", "There already"},
			[]string{"Needs a DNS record", "DNS needs", "usually 5 min"}, "1 path, DNS at another provider",
		},
		{
			"the distribution", reused(changed), []string{"About 6 minutes.", "Nothing to do for you meanwhile.", "1 step changes something.", "CloudFront, usually 5 min"},
			[]string{"Needs a DNS record", "DNS needs", "usually 2 min"}, "1 path, DNS at another provider",
		},
		{
			"a record by hand", reused(setup.PlanLine{StepID: "dns", Title: "Move traffic", Action: setup.PlanPerson}),
			[]string{"About 2 minutes, plus the time until your record is there.", "You are needed once, for a DNS record.", "No step changes anything.", "Needs a DNS record from you"}, nil, "1 path, DNS",
		},
		{
			"a certificate anew", reused(setup.PlanLine{StepID: "certificate-edge", Title: "Request certificate", Action: setup.PlanCreate}, setup.PlanLine{StepID: "issued-edge", Action: setup.PlanWait}),
			[]string{"About 3 minutes."}, nil, "1 path, 1 new certificate, DNS",
		},
	} {
		s.Looks[setup.LookPlan] = c.plan
		s.Clock.Forward(time.Second)
		s.Press(draft+"/review", "refresh", nil)
		s.Work()
		doc := s.Page(draft + "/review")
		handlerstest.CheckPage(t, c.name, doc)
		order := handlerstest.Squash(doc.Find("#order").Text())
		for _, w := range c.order {
			if !strings.Contains(order, w) {
				t.Errorf("%s: no %q in %s", c.name, w, order)
			}
		}
		for _, w := range c.without {
			if strings.Contains(order, w) {
				t.Errorf("%s: %q in %s", c.name, w, order)
			}
		}
		if got := handlerstest.Squash(doc.Find("details:has(#ans-certificates) summary").Text()); !strings.Contains(got, c.answers) {
			t.Errorf("%s: the answers are %q", c.name, got)
		}
	}
}

// A review says of the certificates what the plan does with them, and of the records
// of another provider too.
func TestAnswersAndPlanAgree(t *testing.T) {
	t.Parallel()
	s, of := placed(t, nil)
	s.Looks[setup.LookPlan] = reused()
	draft := opened(t, s, of)
	s.Page(draft + "/review")
	s.Work()
	doc := s.Page(draft + "/review")
	handlerstest.Contains(t, doc, "#ans-certificates ~ dl", "There already, us-east-1")
	handlerstest.Contains(t, doc, "#ans-domain ~ dl", "Its records are there already")
	if text := doc.Find("#ans-certificates ~ dl").Text(); strings.Contains(text, "New,") || strings.Contains(text, "Records needed") {
		t.Error(handlerstest.Squash(text))
	}
}

// Where no answer differs and AWS has it all, there is nothing to apply and no button
// for it. What somebody has changed outside is a reason for one.
func TestNothingToApply(t *testing.T) {
	t.Parallel()
	s, of := placed(t, nil)
	s.Looks[setup.LookPlan] = reused()
	draft := opened(t, s, of)
	s.Page(draft + "/review")
	s.Work()
	doc := s.Page(draft + "/review")
	handlerstest.CheckPage(t, "nothing", doc)
	handlerstest.Contains(t, doc, ".startbar", "Nothing to apply")
	handlerstest.Contains(t, doc, "section[aria-labelledby=change-h]", "Compare again")
	handlerstest.Contains(t, doc, "#stays summary", "Distribution", "Custom domain")
	if text := handlerstest.Squash(doc.Find(".startbar").Text()); strings.Contains(text, "Apply change") || doc.Find("#plan-h").Length() > 0 {
		t.Errorf("the bar is %q", text)
	}
	s.Looks[setup.LookPlan] = reused(setup.PlanLine{StepID: "distribution", Title: "Create distribution", Action: setup.PlanChange, Changes: []setup.Change{{Field: "Comment", Is: "b", Want: "a"}}})
	s.Clock.Forward(time.Second)
	s.Press(draft+"/review", "refresh", nil)
	s.Work()
	doc = s.Page(draft + "/review")
	handlerstest.Contains(t, doc, "section[aria-labelledby=plan-h]", "Changed outside", "Comment: b becomes a")
	handlerstest.Contains(t, doc, "section[aria-labelledby=change-h]", "No answer: these are the answers of revision", "The job puts back what stands below")
	handlerstest.Contains(t, doc, ".startbar", "Apply change")
	if n := doc.Find("section[aria-labelledby=plan-h] li").Length(); n != 1 {
		t.Errorf("%d lines are said to be done", n)
	}
}

// While no job has put the newest revision in place, one may be started although AWS has
// it all: its tests were never passed.
func TestWhatWasNeverInPlaceIsApplied(t *testing.T) {
	t.Parallel()
	s, of := started(t)
	s.Looks[setup.LookPlan] = reused()
	err := s.Store.SaveResource(t.Context(), strings.TrimPrefix(of, "/setups/"), setup.Resource{Key: setup.KeyDistribution, ID: "E2QWX7K1M9PLTB", Owned: true})
	if err != nil {
		t.Fatal(err)
	}
	draft := opened(t, s, of)
	s.Page(draft + "/review")
	s.Work()
	handlerstest.Contains(t, s.Page(draft+"/review"), ".startbar", "Nothing in AWS differs.", "Apply change")
}

// What differs comes first, each answer with what it is, what it becomes and what
// callers notice of it.
func TestWhatDiffersComesFirst(t *testing.T) {
	t.Parallel()
	s, of := placed(t, nil)
	s.Looks[setup.LookPlan] = reused(setup.PlanLine{StepID: "distribution", Title: "Create distribution", Action: setup.PlanChange})
	draft := opened(t, s, of)
	edit(t, s, draft, map[string]string{"comment": "shop", "methods": setup.MethodsRead})
	s.Page(draft + "/review")
	s.Work()
	doc := s.Page(draft + "/review")
	var heads []string
	for _, h := range doc.Find("#part > section h2, #part > details b:first-child").EachIter() {
		heads = append(heads, handlerstest.Squash(h.Text()))
	}
	want := "What changes|Before you start|What the job does in AWS|Kept answers|Stays as it is|Your answers|"
	if got := strings.Join(heads, "|"); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, " passed") {
		t.Errorf("the order is %q", got)
	}
	handlerstest.Contains(t, doc, ".lede", "2 answers differ from revision 2.")
	handlerstest.Contains(t, doc, ".wiz-nav", "2 changed")
	for title, says := range map[string][]string{
		"Methods": {"IsAll sevenBecomesGET and HEAD", "Callers notice: other methods get 403 from CloudFront."},
		"Comment": {"IsNothingBecomesshop", "Callers notice nothing."},
	} {
		handlerstest.Contains(t, doc, ".chgs li:has(h3:contains('"+title+"'))", says...)
	}
	if first := handlerstest.Squash(doc.Find(".chgs h3").First().Text()); first != "Methods" {
		t.Errorf("first stands %q", first)
	}
	handlerstest.Contains(t, doc, "aside", "Revision 2 becomes 3", "The way back", "Revision 2 is kept.")
}

// A name that leads to the distribution of the setup that is changed is no news.
func TestItsOwnNameIsNotLiveElsewhere(t *testing.T) {
	t.Parallel()
	for cname, said := range map[string]bool{"d1x7q2k9v4m0ab.cloudfront.net": false, "old.harborview.example": true} {
		s, of := placed(t, nil)
		s.Looks[setup.LookName] = setup.NameFacts{CNAME: cname, HolderID: "E2QWX7K1M9PLTB"}
		s.Clock.Forward(handlers.FreshFor)
		draft := opened(t, s, of)
		s.Page(draft + "/review")
		s.Work()
		if got := strings.Contains(s.Page(draft+"/review").Find("#part").Text(), "This name is live today"); got != said {
			t.Errorf("of %s it is said: %t", cname, got)
		}
	}
}

// While AWS is compared the button waits. It is free when the comparison has ended or
// failed, or takes too long, and then the bar says that something is not known.
func TestStartWaitsForTheComparison(t *testing.T) {
	t.Parallel()
	const review = "/review"
	free := func(t *testing.T, s *handlerstest.Site, draft string, says ...string) {
		t.Helper()
		doc := s.Page(draft + review)
		handlerstest.CheckPage(t, "review", doc)
		if doc.Find("#go").Length() != 1 || doc.Find("#go[disabled]").Length() != 0 {
			t.Errorf("the button is not free: %s", handlerstest.Squash(doc.Find(".startbar").Text()))
		}
		handlerstest.Contains(t, doc, ".startbar", says...)
		if a := s.Post(draft+"/start", nil); !strings.HasPrefix(a.To, "/jobs/") {
			t.Errorf("start: %d to %q", a.Status, a.To)
		}
	}
	for _, change := range []bool{false, true} {
		begin := func() (*handlerstest.Site, string) {
			if change {
				s, of := placed(t, nil)
				draft := opened(t, s, of)
				edit(t, s, draft, map[string]string{"comment": "shop"})
				return s, draft
			}
			s := handlerstest.SignedIn(t, nil)
			draft := s.NewDraft()
			s.Through(draft, setup.PageReview)
			return s, draft
		}
		s, draft := begin()
		doc := s.Page(draft + review)
		handlerstest.CheckPage(t, "comparing", doc)
		handlerstest.Contains(t, doc, "#comparing", "Comparing with AWS")
		if doc.Find("#go[disabled][aria-describedby=comparing]").Length() != 1 {
			t.Error("the button does not wait")
		}
		if link := doc.Find("noscript").Text(); !strings.Contains(link, "Compare again") || !strings.Contains(link, draft+review) {
			t.Errorf("without scripts there is %q", link)
		}
		if doc.Find("[hx-get][hx-select-oob='#order']").Length() != 1 {
			t.Error("the steps do not come with the comparison")
		}
		a := s.Post(draft+"/start", nil)
		if a.To != draft+"/review?compare=1" {
			t.Errorf("start before that: %d to %q", a.Status, a.To)
		}
		handlerstest.Contains(t, s.Page(a.To), ".note", "nothing was started", "then press again")
		s.Work()
		handlerstest.Contains(t, s.Page(draft+review), "form", "Compare again")
		free(t, s, draft, "thing")

		s, draft = begin()
		s.Looks[setup.LookPlan] = &setup.Problem{What: "AWS did not accept these credentials.", Why: "The token has expired.", Fix: "Sign in again."}
		s.Page(draft + review)
		s.Work()
		free(t, s, draft, "AWS was not compared, so what differs there is not known.")

		s, draft = begin()
		s.Page(draft + review)
		s.Clock.Forward(31 * time.Second)
		if n := s.Page(draft + review).Find("#part button:contains('Compare again')").Length(); n != 1 {
			t.Errorf("AWS can be compared again by %d buttons", n)
		}
		free(t, s, draft, "AWS was not compared, so what differs there is not known.")
	}
}

// What AWS was compared with before the answers were saved is no comparison of them, also
// if it ended after that.
func TestAComparisonOfFormerAnswersIsNone(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, nil)
	draft := s.NewDraft()
	s.Through(draft, setup.PageReview)
	s.Page(draft + "/review")
	took := map[setup.LookKey]bool{}
	for {
		key, found, err := s.Store.NextLook(t.Context(), "w")
		if err != nil {
			t.Fatal(err)
		}
		if !found {
			break
		}
		took[key] = true
	}
	s.Clock.Forward(time.Second)
	answers := handlerstest.Fields(s.Page(draft+"/edge"), "form#page")
	answers.Set("comment", "typed meanwhile")
	s.Post(draft+"/edge", answers)
	s.Clock.Forward(time.Second)
	compared := false
	for key := range took {
		result := []byte(`{}`)
		if key.Kind == setup.LookPreflight {
			result = []byte(`[]`)
		}
		if err := s.Store.FinishLook(t.Context(), "w", key, result, nil); err != nil {
			t.Fatal(err)
		}
		compared = compared || key.Kind == setup.LookPlan
	}
	if !compared {
		t.Fatal("AWS was not being compared")
	}
	page := s.Page(draft + "/review")
	handlerstest.Contains(t, page, "#comparing", "Comparing with AWS")
	if a := s.Post(draft+"/start", handlerstest.Fields(page, "form#start")); a.To != draft+"/review?compare=1" {
		t.Errorf("start: %d to %q", a.Status, a.To)
	}
	s.Work()
	handlerstest.Contains(t, s.Page(draft+"/review"), "form", "Compare again")
}

// Start waits itself for as long as it may, so that who has no script is not sent back.
func TestStartItselfWaits(t *testing.T) {
	t.Parallel()
	s := handlerstest.SignedIn(t, func(c *handlers.Config) { c.Patience = time.Minute })
	spec := setup.DefaultSpec()
	spec.Account = setup.Account{Connection: setup.DefaultConnection, AccountID: "482177301954", Region: "eu-west-1"}
	spec.API.Mappings = []setup.Mapping{{APIID: "a1b2c3d4e5", APIName: "orders-api", Kind: setup.APIKindHTTP, Stage: "prod"}}
	spec.Domain = setup.Domain{Name: "api.harborview.example", DNS: setup.DNSElsewhere, Switch: setup.SwitchAtEnd}
	spec.Certificates.Answered = true
	d, err := s.Store.CreateDraft(t.Context(), "Mira Okafor", spec)
	if err != nil {
		t.Fatal(err)
	}
	draft := "/drafts/" + d.ID
	s.Looks[setup.LookPlan] = setup.Plan{Lines: []setup.PlanLine{{StepID: "distribution", Title: "Create distribution", Action: setup.PlanStop, Problem: &setup.Problem{What: "The name is taken.", Fix: "Take it out."}}}}
	done := make(chan handlerstest.Reply)
	go func() { done <- s.Post(draft+"/start", nil) }()
	for waits := true; waits; {
		select {
		case a := <-done:
			if waits = false; a.Status != http.StatusUnprocessableEntity {
				t.Errorf("what is in the way is not seen: %d to %q", a.Status, a.To)
			}
		case <-time.After(100 * time.Millisecond):
			s.Work()
		}
	}
}
