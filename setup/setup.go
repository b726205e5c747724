// Package setup holds the words of apifront as types: setup, page, job, step,
// attempt, call, event, problem, resource. Everything may import it; it
// imports nothing of ours, does no input or output, and knows neither AWS's
// SDK, nor SQL, nor HTML.
package setup

import "time"

// A Setup is one domain name in one AWS account, for as long as apifront looks
// after it. There is never a second one of the same account and name. What is
// wanted for it is its newest revision.
type Setup struct {
	ID         string // UUIDv7
	AccountID  string // 12 digits; "" for one of an earlier version whose jobs never learnt it
	Spec       Spec   // of the newest revision, unless another one was asked for
	Revision   int    // number of the newest revision, from 1
	Generation int    // part of the idempotency tokens of the first thing of each kind
	CreatedBy  string // user name
	CreatedAt  time.Time
	UpdatedBy  string // user name
	UpdatedAt  time.Time
}

// Name is the setup's domain name.
func (s Setup) Name() string { return s.Spec.Name() }

// A Revision is one numbered spec of a setup. It never changes: every act that
// changes what is wanted makes another one.
type Revision struct {
	SetupID   string
	Number    int // from 1
	Spec      Spec
	Format    int    // of the stored spec: SpecFormat when it was made
	CameFrom  int    // number of the revision it goes back to; 0: none
	Why       string // what the person did, such as "Change" or "Put the old record back"
	CreatedBy string // user name
	CreatedAt time.Time
}

// A Draft is a spec that is still in the wizard: of a new setup, or of the next
// revision of one that exists.
type Draft struct {
	ID        string // UUIDv7
	SetupID   string // of the setup that it changes; "": it makes a new one
	BeganFrom int    // number of the newest revision when it was begun; 0 without a setup
	CameFrom  int    // number of the older revision whose answers it began with; 0: none
	Spec      Spec
	Page      PageID // the wizard page it stands on
	Version   int    // rises with every save; a save against an older one is told so
	Job       int64  // number of the job that it was started as; 0: not started
	CreatedBy string // user name
	CreatedAt time.Time
	UpdatedBy string // user name
	UpdatedAt time.Time
}

// Name is the draft's domain name, or what to call it while it has none.
func (d Draft) Name() string { return d.Spec.Name() }

// Changes says whether starting the draft changes the setup: it was begun for
// that, and is still of the same account and name. Another account or name is
// another setup.
func (d Draft) Changes(s Setup) bool {
	return d.SetupID == s.ID && d.Spec.Domain.Name == s.Spec.Domain.Name && d.Spec.Account.AccountID == s.AccountID
}

// Name is the spec's domain name, or what to call it while it has none. A
// draft may hold what is no name, and any length of it.
func (s Spec) Name() string {
	if s.Domain.Name == "" {
		return "New setup"
	}
	return Clip(s.Domain.Name, longestName)
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
