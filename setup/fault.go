package setup

// FaultKind is how much a fault matters.
type FaultKind string

// The kinds of fault.
const (
	FaultStops     = FaultKind("stops")     // no job is started while it stands
	FaultMissing   = FaultKind("missing")   // as FaultStops, of what AWS has yet to say: the wizard goes on meanwhile
	FaultAwaits    = FaultKind("awaits")    // the page is not judged before AWS's first answer; Text names the answer
	FaultUnchecked = FaultKind("unchecked") // could not be found out; the job looks itself
	FaultNotice    = FaultKind("notice")    // to be known before the start
)

// A Fault is something about one answer of a spec.
type Fault struct {
	Kind  FaultKind
	Page  PageID // where it is mended
	Field string // the answer, as the JSON of a Spec names it: "api.mappings[2].stage"
	Title string // of FaultUnchecked and FaultNotice
	Text  string // FaultStops, FaultMissing: what to do, without the dot at the end
}

// Faults are what is to be said of a spec, page by page.
type Faults []Fault

// Of are those of one kind, on one page; "" is any kind, or any page.
func (f Faults) Of(kind FaultKind, page PageID) Faults {
	var some Faults
	for _, x := range f {
		if (kind == "" || x.Kind == kind) && (page == "" || x.Page == page) {
			some = append(some, x)
		}
	}
	return some
}

// Stop says whether no job is started while the fault stands.
func (f Fault) Stop() bool { return f.Kind == FaultStops || f.Kind == FaultMissing }

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
