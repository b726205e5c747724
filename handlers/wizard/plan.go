package wizard

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"apifront/handlers"
	"apifront/setup"
	"apifront/steps"
	webwizard "apifront/web/wizard"
)

// panel says what a draft will create, as far as its pages are answered. It
// marks the lines that depend on the current page.
func panel(d setup.Draft, page setup.PageID) webwizard.PlanView {
	sp := d.Spec
	name := sp.Domain.Name
	if _, err := setup.CleanServed(name); err != nil {
		name = ""
	}
	wait := func(text string) string {
		if name == "" {
			return "Waits for a domain name"
		}
		return text
	}
	mark := func(decides ...setup.PageID) string {
		m := ""
		for _, p := range decides {
			if p == page {
				return "new"
			}
			if p.Number() > page.Number() {
				m = "later"
			}
		}
		return m
	}
	region := sp.Account.Region
	if region == "" {
		region = "the API's region"
	}
	certificate := func(arn, fresh string) string {
		if arn != "" {
			return "Reused: " + certificateID(arn)
		}
		return fresh
	}
	v := webwizard.PlanView{DraftID: d.ID, Page: string(page), Change: d.SetupID != "", Time: newOutlook(sp, false, steps.Rows(setup.JobApply, sp), nil).sentence()}
	add := func(icon, title, detail, mark string) {
		v.Items = append(v.Items, webwizard.PlanItem{Icon: icon, Title: title, Detail: detail, Mark: mark})
	}
	if sp.OneCertificate() {
		add("cert", "Certificate, us-east-1", wait(certificate(sp.Certificates.Edge, name+", used by CloudFront and API Gateway")), mark(setup.PageDomain, setup.PageCertificates))
	} else {
		add("cert", "Certificate, us-east-1", wait(certificate(sp.Certificates.Edge, name+", used by CloudFront")), mark(setup.PageDomain, setup.PageCertificates))
		add("cert", "Certificate, "+region, wait(certificate(sp.Certificates.Regional, "Same name, used by API Gateway")), mark(setup.PageAccount, setup.PageDomain, setup.PageCertificates))
	}
	domain := "Regional, " + policyText(sp)
	if sp.Domain.FromEdge {
		domain = "Exists and is edge-optimised. Becomes " + domain
	}
	add("door", "API Gateway custom domain", wait(domain), mark(setup.PageAccount, setup.PageDomain))
	switch n := len(sp.API.Mappings); n {
	case 0:
		add("route", "Path mapping", "Waits for an API", mark(setup.PageAPI))
	default:
		add("route", setup.Count(n, "path mapping"), mappingsText(sp.API.Mappings), mark(setup.PageAPI))
	}
	add("edge", "CloudFront distribution", edgeText(sp), mark(setup.PageEdge))
	if logs := sp.Edge.AccessLogs; logs.Wanted() {
		add("edge", "Log delivery", logs.Words(), mark(setup.PageEdge))
	}
	records, detail := recordsText(sp)
	add("dns", records, wait(detail), mark(setup.PageDomain))
	return v
}

// preview makes the panel show what the page has filled in before anybody
// answers.
func (c *visit) preview(w *webwizard.View, fill func(*setup.Spec)) {
	d := c.draft
	fill(&d.Spec)
	w.Plan = panel(d, w.Page)
}

func mappingsText(list []setup.Mapping) string {
	var parts []string
	for _, m := range list[:min(3, len(list))] {
		name := m.APIName
		if name == "" {
			name = m.APIID
		}
		if name == "" {
			name = "an API to be chosen"
		}
		parts = append(parts, m.DisplayPath()+" to "+name)
	}
	text := strings.Join(parts, ", ")
	if more := len(list) - len(parts); more > 0 {
		text += fmt.Sprintf(", and %d more", more)
	}
	return text
}

func edgeText(spec setup.Spec) string {
	e := spec.Edge
	parts := []string{"HTTPS-only origin", "Host header forwarded"}
	if spec.CachingAsFound() {
		parts = []string{"HTTPS-only origin"}
	}
	switch {
	case spec.CachingAsFound():
		parts = append(parts, "caching as it was found")
	case e.Caching == setup.CachingAPI:
		parts = append(parts, "the API's Cache-Control decides")
	case e.Caching == setup.CachingFixed:
		parts = append(parts, "answers kept "+setup.Span(e.KeepFor()))
	default:
		parts = append(parts, "no caching")
	}
	switch e.Methods {
	case setup.MethodsOptions:
		parts = append(parts, "3 methods")
	case setup.MethodsRead:
		parts = append(parts, "2 methods")
	default:
		parts = append(parts, "7 methods")
	}
	if !spec.StaysFound(setup.FoundViewerTLS) {
		parts = append(parts, tlsFloor(e.MinimumTLS)+" or newer")
	}
	return strings.Join(parts, ", ")
}

func tlsFloor(policy string) string {
	if strings.HasPrefix(policy, "TLSv1.3") {
		return "TLS 1.3"
	}
	return "TLS 1.2"
}

func recordsText(sp setup.Spec) (title, detail string) {
	n := 1
	if sp.Domain.FromEdge { // the one that leads to the Regional endpoint meanwhile
		n++
	}
	if sp.Domain.Switch == setup.SwitchAtEnd {
		n++
		if sp.Domain.DNS == setup.DNSRoute53 && sp.Edge.IPv6 {
			n++
		}
	}
	if sp.Domain.DNS == setup.DNSElsewhere {
		return setup.Count(n, "DNS record"), "You add " + them(n) + " where the name is managed"
	}
	zone := sp.Domain.ZoneName
	if zone == "" {
		return setup.Count(n, "DNS record"), "In Route 53"
	}
	return setup.Count(n, "DNS record"), "In the hosted zone " + zone
}

func them(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// planPanel answers the panel alone, with the typed answers of a page. It is a
// part of that page or a page of its own.
func (s *room) planPanel(w http.ResponseWriter, r *http.Request) error {
	c, err := s.visit(r)
	if err != nil {
		return err
	}
	id := setup.PageID(r.URL.Query().Get("page"))
	if p, ok := pageOf(id); ok && r.Method == http.MethodPost {
		c.form = r.PostForm
		if err := p.read(c); err != nil {
			return err
		}
	}
	v := panel(c.draft, id)
	if handlers.IsHTMX(r) {
		return s.Render(w, r, http.StatusOK, webwizard.PlanInner(v))
	}
	return s.Render(w, r, http.StatusOK, webwizard.PlanPage(s.Frame(r, "Plan of "+c.draft.Name(), "setups"), v.Title()+": "+c.draft.Name(), v))
}

// planJSON answers the plan as a download: the answers, and what a look found
// for them in AWS.
func (s *room) planJSON(w http.ResponseWriter, r *http.Request) error {
	d, err := s.DraftOf(r)
	if err != nil {
		return err
	}
	plan, err := handlers.Stored[setup.Plan](r.Context(), s.Server, planKey(d))
	if err != nil {
		return err
	}
	out := struct {
		Name  string      `json:"name"`
		Spec  setup.Spec  `json:"spec"`
		Plan  *setup.Plan `json:"plan,omitempty"`
		Steps []steps.Row `json:"steps"`
	}{Name: d.Name(), Spec: d.Spec, Steps: steps.Rows(setup.JobApply, d.Spec)}
	if plan.Have {
		out.Plan = &plan.Value
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("write plan: %w", err)
	}
	s.AuditExport(r, "plan of draft "+d.ID, "plan.json")
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Disposition", `attachment; filename="plan.json"`)
	// An error means that the client is gone, so there is nobody to tell.
	_, _ = w.Write(append(b, '\n'))
	return nil
}
