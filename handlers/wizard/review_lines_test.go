package wizard

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// TestReviewLines: a line of the plan names the thing and what happens to it, and
// never that something "becomes nothing".
func TestReviewLines(t *testing.T) {
	for _, c := range []struct {
		line  setup.PlanLine
		title string
		words []string
	}{
		{
			setup.PlanLine{StepID: "distribution", Title: "Create distribution", Action: setup.PlanChange, Changes: []setup.Change{{Field: "OriginProtocolPolicy", Is: "http-only", Want: "https-only"}}},
			"Distribution", []string{"OriginProtocolPolicy: http-only becomes https-only"},
		},
		{
			setup.PlanLine{StepID: "distribution", Title: "Create distribution", Action: setup.PlanCreate},
			"Create distribution", nil,
		},
		{
			setup.PlanLine{StepID: "dns", Title: "Move traffic", Action: setup.PlanChange, Changes: []setup.Change{
				{Field: "CNAME api.example.com", Is: "shops.hosting.example"},
				{Field: "A api.example.com", Want: "alias to d1.cloudfront.net"}, {Field: "AAAA api.example.com", Want: "alias to d1.cloudfront.net"},
			}},
			"DNS record", []string{"CNAME api.example.com shops.hosting.example → A api.example.com alias to d1.cloudfront.net, AAAA api.example.com alias to d1.cloudfront.net"},
		},
		{
			setup.PlanLine{StepID: "mappings", Title: "Map 2 paths", Action: setup.PlanChange, Changes: []setup.Change{{Field: "/orders", Is: "orders, prod"}}},
			"Path mappings", []string{"Taken out: /orders orders, prod"},
		},
		{
			setup.PlanLine{StepID: "mappings", Title: "Map 2 paths", Action: setup.PlanChange, Changes: []setup.Change{{Field: "/orders", Want: "orders, prod"}}},
			"Path mappings", []string{"Added: /orders orders, prod"},
		},
	} {
		if got := thingOf(c.line); got != c.title {
			t.Errorf("%s is about %q, want %q", c.line.Title, got, c.title)
		}
		if diff := cmp.Diff(c.words, differs(c.line)); diff != "" {
			t.Error(diff)
		}
	}
}

// TestReviewCounts: what is made, changed and reused is counted in things; a step that
// only looks is none.
func TestReviewCounts(t *testing.T) {
	p := setup.Plan{Lines: []setup.PlanLine{
		{StepID: "certificate-edge", Action: setup.PlanReuse}, {StepID: "domain", Action: setup.PlanCreate}, {StepID: "distribution", Action: setup.PlanCreate},
		{StepID: "dns", Action: setup.PlanChange}, {StepID: "remove", Action: setup.PlanReuse, Summary: "Nothing to remove"},
	}}
	if got, want := doesLine(p, false), "Makes 2 things, changes 1, reuses 1."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if lines, looks := reviewLines(p); len(lines) != 4 || looks != "1 other step only looks." {
		t.Errorf("%d lines, %q", len(lines), looks)
	}
	if got, want := doesLine(p, true), "Makes 2 things, changes 1."; got != want {
		t.Errorf("of a change: got %q, want %q", got, want)
	}
	p.Lines[3].Action = setup.PlanPerson
	if got, want := doesLine(p, false), "Makes 2 things, reuses 1, needs you for 1."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if lines, _ := reviewLines(p); len(lines) != 4 || lines[3].Word != "You do it" {
		t.Errorf("lines: %+v", lines)
	}
	if got, want := doesLine(setup.Plan{Lines: []setup.PlanLine{{StepID: "remove", Action: setup.PlanReuse}}}, false), "Nothing differs: it only looks."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
