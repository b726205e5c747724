// Package setup holds the words of apifront as types: setup, page, job, step,
// attempt, call, event, problem, resource. Every package may import it. It
// imports none of ours, does no input or output, and knows no AWS SDK, no SQL
// and no HTML.
package setup

import "time"

// A Setup is one domain name in one AWS account, for as long as apifront looks
// after it. An account and a name never have two setups. The newest revision
// says how the setup is to be.
type Setup struct {
	ID         string // UUIDv7
	AccountID  string // 12 digits; "" for a setup of an earlier version whose jobs never learnt it
	Spec       Spec   // of the newest revision, unless the caller asked for another one
	Revision   int    // number of the newest revision, from 1
	Generation int    // part of the idempotency tokens of the first resource of each kind
	CreatedBy  Person
	CreatedAt  time.Time
	UpdatedBy  Person
	UpdatedAt  time.Time
	HiddenAt   time.Time // when somebody removed it from the list; zero: it is there
}

// Name is the setup's domain name.
func (s Setup) Name() string { return s.Spec.Name() }

// A Revision is one numbered spec of a setup. It never changes: each change of
// the setup makes a new revision.
type Revision struct {
	SetupID   string
	Number    int // from 1
	Spec      Spec
	Format    int    // of the stored spec: the SpecFormat of that time
	CameFrom  int    // number of the older revision that it takes up again; 0: none
	Why       string // what the person did, such as "Change" or "Put the old record back"
	CreatedBy Person
	CreatedAt time.Time
}

// A Draft is a spec that is still in the wizard. It becomes a new setup, or the
// next revision of an existing one.
type Draft struct {
	ID        string // UUIDv7
	SetupID   string // of the setup that it changes; "" if it makes a new one
	BeganFrom int    // number of the newest revision when the draft was begun; 0 without a setup
	CameFrom  int    // number of the older revision whose answers it took over; 0: none
	Spec      Spec
	Usage     Usage  // for the cost note; no answer
	Page      PageID // the wizard page on which it goes on
	Version   int    // rises with every save; a save against an older version is refused
	Job       int64  // number of the job that was started from it; 0: none
	CreatedBy Person
	CreatedAt time.Time
	UpdatedBy Person
	UpdatedAt time.Time
}

// Name is the draft's domain name, or a name for the draft while it has none.
func (d Draft) Name() string { return d.Spec.Name() }

// Changes says whether starting the draft changes the setup. It does if the
// draft was begun for that setup and still has its account and name. With
// another account or name it makes another setup.
func (d Draft) Changes(s Setup) bool {
	return d.SetupID == s.ID && d.Spec.Domain.Name == s.Spec.Domain.Name && d.Spec.Account.AccountID == s.AccountID
}

// Name is the spec's domain name, or a name for the spec while it has none. The
// domain name of a draft may be any text of any length; Name cuts it.
func (s Spec) Name() string {
	if s.Domain.Name == "" {
		return "New setup"
	}
	return Clip(s.Domain.Name, longestName)
}

// longestName is the limit of a domain name in characters (RFC 1035, section
// 2.3.4, as text without the dot at the end).
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

// Number is the position of the page in the wizard, from 1; 0 for an unknown
// page.
func (p PageID) Number() int {
	for i, page := range Pages() {
		if page.ID == p {
			return i + 1
		}
	}
	return 0
}
