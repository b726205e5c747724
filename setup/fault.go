package setup

// FaultKind is how much a fault matters.
type FaultKind string

// The kinds of fault.
const (
	FaultStops     = FaultKind("stops")     // no job can start before it is corrected
	FaultMissing   = FaultKind("missing")   // like FaultStops, but AWS's answer is missing; the wizard goes on meanwhile
	FaultAwaits    = FaultKind("awaits")    // the page cannot be judged before AWS's first answer; Text names that answer
	FaultUnchecked = FaultKind("unchecked") // could not be checked now; the job checks it
	FaultNotice    = FaultKind("notice")    // to be read before the start
)

// A Fault is a problem with one answer of a spec, or a notice about it.
type Fault struct {
	Kind  FaultKind
	Page  PageID // the page on which it is corrected
	Field string // the answer, as the JSON of a Spec names it: "api.mappings[2].stage"
	Title string // only of FaultUnchecked and FaultNotice
	Text  string // FaultStops, FaultMissing: what to do, without the dot at the end
}

// Faults are all faults of a spec, in the order of the pages.
type Faults []Fault

// Of returns the faults of one kind on one page; "" stands for any kind, or any
// page.
func (f Faults) Of(kind FaultKind, page PageID) Faults {
	var some Faults
	for _, x := range f {
		if (kind == "" || x.Kind == kind) && (page == "" || x.Page == page) {
			some = append(some, x)
		}
	}
	return some
}

// Stop says whether the fault keeps a job from starting.
func (f Fault) Stop() bool { return f.Kind == FaultStops || f.Kind == FaultMissing }

// Unanswered are the pages on which an answer is missing or cannot be meant, as far as
// the answers themselves tell.
func (s Spec) Unanswered() map[PageID]bool {
	if s.Domain.DNS == DNSRoute53 && s.Domain.ZoneID != "" {
		s.Domain.DNS = DNSElsewhere // whether the hosted zone is the right one, only AWS and DNS tell
	}
	pages := s.Check(Facts{}).Of(FaultStops, "").Stopped()
	if s.Certificates.Edge != "" || s.Certificates.Regional != "" {
		delete(pages, PageCertificates) // the list of certificates may say otherwise
	}
	return pages
}

// Stopped are the pages of the faults that keep a job from starting.
func (f Faults) Stopped() map[PageID]bool {
	pages := map[PageID]bool{}
	for _, x := range f {
		if x.Stop() {
			pages[x.Page] = true
		}
	}
	return pages
}

// judge collects the faults of one page.
type judge struct {
	page  PageID
	found Faults
}

func (j *judge) stop(field, text string) {
	j.found = append(j.found, Fault{Kind: FaultStops, Page: j.page, Field: field, Text: text})
}

func (j *judge) say(kind FaultKind, field, title, text string) {
	j.found = append(j.found, Fault{Kind: kind, Page: j.page, Field: field, Title: title, Text: text})
}
