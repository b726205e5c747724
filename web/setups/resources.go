package setups

import (
	"slices"
	"strings"
	"time"

	"apifront/setup"
	"apifront/web"
)

// resources lists what exists in AWS, as it was last seen: by a job, or by a check
// since. What a check found to be gone, or another, is not said to be as a job left
// it.
func (v *View) resources(f Facts) {
	check := told(f, f.ended())
	v.RowsNote = "As each was last seen by a job."
	if f.Givable {
		v.RowsNote = "As each was found when it was adopted."
	}
	if check.ID != "" {
		v.RowsNote = "As each was last seen: by a job, or by a check since."
		if f.Givable {
			v.RowsNote = "As each was last seen: when it was adopted, or by a check since."
		}
	}
	if v.Given {
		v.RowsNote = ""
	}
	for _, r := range web.Existing(f.Resources) {
		if r.Key == setup.KeyInvalidation {
			continue
		}
		h := web.NewResourceRow(f.Times, f.Setup.Spec, r, false)
		row := Row{Label: h.Label, Code: h.Code, Copy: h.Copy, What: h.What, State: h.State, Seen: f.Times.Ago(f.seenLast(r, check))}
		row.Console = web.ConsoleOf(f.Setup.Spec, r).Demo(f.Demo)
		if until := validUntil(f, r); !until.IsZero() {
			row.Note = certificateNote(f.Times, until)
		}
		if found := f.foundOf(r); len(found) > 0 {
			row.State, row.Note = "Differs", "See what is not right"
			if slices.ContainsFunc(found, gone) {
				row.State = "Missing"
			}
			row.Seen = f.Times.Ago(found[0].SeenAt)
		}
		if atProvider(f, r) {
			if f.Setup.Spec.IsGone() {
				row.State, row.Note = "Stays at your DNS provider", "You added it, so only you can delete it"
			}
			v.Outside = append(v.Outside, row)
			continue
		}
		v.Rows = append(v.Rows, row)
	}
	if f.Setup.Spec.IsGone() {
		for _, r := range left(f) {
			h := web.NewResourceRow(f.Times, f.Setup.Spec, r, false)
			v.Rows = append(v.Rows, Row{Label: h.Label, Code: h.Code, Copy: h.Copy, What: h.What, State: "Stays", Note: r.Attributes[setup.AttrLeft], Seen: f.Times.Ago(r.SavedAt)})
		}
	}
}

// atProvider says whether the resource is a DNS record that is not in AWS: a person added it
// where the name's DNS is.
func atProvider(f Facts, r setup.Resource) bool {
	return !r.Owned && strings.HasPrefix(r.Key, "record-") && f.Setup.Spec.Domain.DNS == setup.DNSElsewhere
}

// seenLast is when the resource was last seen to be as a job left it. A healthy
// check has seen all; of another one its lines say which steps could look.
func (f Facts) seenLast(r setup.Resource, check setup.Checkup) time.Time {
	looked := check.Result == setup.CheckHealthy || slices.ContainsFunc(check.Lines, func(l setup.CheckLine) bool {
		return l.StepID == f.Makers[r.Key] && l.Result == setup.LineRight
	})
	if looked && check.DoneAt.After(r.SavedAt) {
		return check.DoneAt
	}
	return r.SavedAt
}

// foundOf are the findings about the resource that are newer than what a job saw
// of it.
func (f Facts) foundOf(r setup.Resource) (list []setup.Finding) {
	path, mapping := strings.CutPrefix(r.Key, "mapping:")
	for _, x := range f.Findings {
		switch {
		case x.StepID == "" || x.StepID != f.Makers[r.Key] || x.SeenAt.Before(r.SavedAt):
		case mapping && x.Field != "" && x.Field != "Mapping "+path: // of another path
		default:
			list = append(list, x)
		}
	}
	return list
}

// gone says whether a finding is that the thing is not there, and not only that it
// differs.
func gone(x setup.Finding) bool {
	return strings.HasSuffix(x.Key, "/missing") || strings.HasPrefix(x.Field, "Mapping ") && x.Is == ""
}

// left are the resources that a teardown left, because others use them or changed
// them.
func left(f Facts) []setup.Resource {
	return slices.DeleteFunc(slices.Clone(f.Former), func(r setup.Resource) bool {
		return !r.Owned || r.LeftSince.IsZero() || !r.RemovedAt.IsZero()
	})
}
