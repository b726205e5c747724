package setup

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func TestEachRuleByItself(t *testing.T) {
	t.Parallel()
	pages := map[string]PageID{"account": PageAccount, "api": PageAPI, "domain": PageDomain, "certificates": PageCertificates, "edge": PageEdge}
	for _, r := range rules() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			s, f := rightWorld()
			r.change(&s, &f)
			got := s.Check(f)
			for page := range s.Unanswered() {
				if !got.Stopped()[page] {
					t.Errorf("the answers themselves say that %s lacks one, and the check does not", page)
				}
			}
			if len(got) != len(r.want)/3 {
				t.Fatalf("faults %+v, want %q", got, r.want)
			}
			for i, x := range got {
				want := r.want[3*i : 3*i+3]
				part, _, _ := strings.Cut(want[1], ".")
				if string(x.Kind) != want[0] || x.Field != want[1] || !strings.HasPrefix(x.Text, want[2]) || x.Page != pages[part] {
					t.Errorf("fault %+v, want %q", x, want)
				}
				if titled := x.Kind == FaultNotice || x.Kind == FaultUnchecked; titled != (x.Title != "") {
					t.Errorf("title %q of %+v", x.Title, x)
				}
			}
		})
	}
}

// Every fault is about an answer of the spec: its field is a path in the spec's
// JSON.
func TestFaultsNameAnswers(t *testing.T) {
	t.Parallel()
	for _, r := range rules() {
		s, f := rightWorld()
		r.change(&s, &f)
		for _, x := range s.Check(f) {
			if !leadsTo(reflect.TypeFor[Spec](), x.Field) {
				t.Errorf("%s: a spec has no %s", r.name, x.Field)
			}
		}
	}
}

var listAt = regexp.MustCompile(`\[\d+\]$`)

// leadsTo says whether a path in the JSON leads to a member of the type.
func leadsTo(typ reflect.Type, way string) bool {
	first, rest, more := strings.Cut(way, ".")
	name := listAt.ReplaceAllString(first, "")
	for i := range typ.NumField() {
		if tag, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ","); tag != name {
			continue
		}
		member := typ.Field(i).Type
		if name != first {
			if member.Kind() != reflect.Slice {
				return false
			}
			member = member.Elem()
		}
		return !more || member.Kind() == reflect.Struct && leadsTo(member, rest)
	}
	return false
}

// A fact that is not known stops nothing. The list of zones is the only
// exception. The same holds for a fact that is still awaited.
func TestWhatIsNotKnownStopsNothing(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"not asked", "on its way", "refused"} {
		for i := range reflect.TypeFor[Facts]().NumField() {
			s, f := rightWorld()
			fact := reflect.ValueOf(&f).Elem().Field(i)
			fact.SetZero()
			switch how {
			case "on its way":
				fact.FieldByName("Pending").SetBool(true)
			case "refused":
				fact.FieldByName("Problem").Set(reflect.ValueOf(denied))
			}
			name := reflect.TypeFor[Facts]().Field(i).Name
			stop := ""
			for _, x := range s.Check(f) {
				if x.Stop() {
					stop += x.Text
				}
			}
			if (stop != "") != (name == "Zones") {
				t.Errorf("%s is %s: %q", name, how, stop)
			}
		}
	}
}

// FuzzCheck: whatever a stored spec holds, Check returns, and each fault names
// an answer.
func FuzzCheck(f *testing.F) {
	for _, r := range rules() {
		s, facts := rightWorld()
		r.change(&s, &facts)
		b, err := json.Marshal(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, true)
		f.Add(b, false)
	}
	f.Fuzz(func(t *testing.T, b []byte, known bool) {
		var s Spec
		if json.Unmarshal(b, &s) != nil {
			return
		}
		_, facts := rightWorld()
		if !known {
			facts = Facts{}
		}
		last := 0
		for _, x := range s.Check(facts) {
			if !leadsTo(reflect.TypeFor[Spec](), x.Field) || x.Page.Number() < last || x.Text == "" {
				t.Errorf("fault %+v", x)
			}
			last = x.Page.Number()
		}
	})
}

// Check accepts every value that a page offers, and no others.
func TestOfferedValuesPass(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		values []string
		set    func(e *Edge) *string
	}{
		{Cachings(), func(e *Edge) *string { return &e.Caching }},
		{MethodSets(), func(e *Edge) *string { return &e.Methods }},
		{ViewerProtocols(), func(e *Edge) *string { return &e.ViewerProtocol }},
		{MinimumTLSs(), func(e *Edge) *string { return &e.MinimumTLS }},
		{HTTPVersions(), func(e *Edge) *string { return &e.HTTPVersion }},
		{PriceClasses(), func(e *Edge) *string { return &e.PriceClass }},
	} {
		for _, value := range append(x.values, "other") {
			s, f := rightWorld()
			*x.set(&s.Edge) = value
			if got := s.Check(f); (len(got) > 0) != (value == "other") {
				t.Errorf("%s: %+v", value, got)
			}
		}
	}
}

func TestFaultsAreChosenByKindAndPage(t *testing.T) {
	t.Parallel()
	all := Faults{{Kind: FaultStops, Page: PageAPI}, {Kind: FaultNotice, Page: PageAPI}, {Kind: FaultStops, Page: PageEdge}}
	for _, x := range []struct {
		kind FaultKind
		page PageID
		want int
	}{{"", "", 3}, {FaultStops, "", 2}, {"", PageAPI, 2}, {FaultStops, PageEdge, 1}, {FaultAwaits, "", 0}} {
		if got := all.Of(x.kind, x.page); len(got) != x.want {
			t.Errorf("%q on %q: %+v", x.kind, x.page, got)
		}
	}
}

func TestAccountNumber(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{"482177301954": "4821-7730-1954", "": "", "12": "12", "4821773019541": "4821773019541"} {
		if got := AccountNumber(id); got != want {
			t.Errorf("%q is written %q, want %q", id, got, want)
		}
	}
}
