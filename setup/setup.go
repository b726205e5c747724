// Package setup holds the words of apifront as types: setup, page, job, step,
// attempt, call, event, problem, resource. Everything may import it; it
// imports nothing of ours, does no input or output, and knows neither AWS's
// SDK, nor SQL, nor HTML.
package setup

import "time"

// A Setup is what a person wants for one domain name, and the key under which
// the AWS resources that exist for it are kept. Until its first job it is a
// draft, edited page by page in the wizard.
type Setup struct {
	ID         string // UUIDv7
	Spec       Spec
	Draft      bool   // still in the wizard: no job has been started
	Page       PageID // the wizard page a draft stands on
	Version    int    // rises with every save; a save against an older one is told so
	Generation int    // part of every idempotency token; rises when a resource must be made anew
	CreatedBy  string // user name
	CreatedAt  time.Time
	UpdatedBy  string // user name
	UpdatedAt  time.Time
}

// Name is the setup's domain name, or what to call it while it has none. A
// draft may hold what is no name, and any length of it.
func (s Setup) Name() string {
	switch name := firstCharacters(s.Spec.Domain.Name, longestName); {
	case name == "":
		return "New setup"
	case name != s.Spec.Domain.Name:
		return name + "…"
	default:
		return name
	}
}

// longestName is how long a domain name is at most (RFC 1035, section 2.3.4,
// as text without the dot at the end).
const longestName = 253

// A PageID names a wizard page. It is the last part of the page's URL and the
// name of its files in handlers and web.
type PageID string

// The six wizard pages.
const (
	PageAccount      PageID = "account"
	PageAPI          PageID = "api"
	PageDomain       PageID = "domain"
	PageCertificates PageID = "certificates"
	PageEdge         PageID = "edge"
	PageReview       PageID = "review"
)

// A Page is one entry in the wizard's list of pages.
type Page struct {
	ID    PageID
	Title string
}

// Pages lists the wizard's pages in order.
func Pages() []Page {
	return []Page{
		{PageAccount, "Account and region"},
		{PageAPI, "API and paths"},
		{PageDomain, "Domain and DNS"},
		{PageCertificates, "Certificates"},
		{PageEdge, "Edge settings"},
		{PageReview, "Review"},
	}
}

// Number is the page's place in the wizard, from 1; 0 for an unknown page.
func (p PageID) Number() int {
	for i, page := range Pages() {
		if page.ID == p {
			return i + 1
		}
	}
	return 0
}
