package jobs

import (
	"strings"

	"apifront/setup"
	"apifront/web"
)

// A GoneSide is what a teardown has deleted, what is still to go, and what stays.
type GoneSide struct {
	Gone, Still, Stays []GoneRow
	Left               string // title of what is still there
	Note               string // what stopping now leaves, or how to go on
}

// A GoneRow is a thing of a setup that is taken down.
type GoneRow struct {
	web.ResourceRow

	Why string // why it stays; "" for all others
}

// newGoneSide sorts the things of a setup by what its teardown made of them. It is
// nil for other jobs, and where a later job has worked on the setup since: then they
// are not what this job left.
func newGoneSide(f Facts) *GoneSide {
	if f.Job.Kind != setup.JobTeardown || f.history() || f.remade() {
		return nil
	}
	g := &GoneSide{Left: "Still there"}
	all := web.Existing(f.Resources)
	former := map[string]setup.Resource{} // Existing sorts by key, of which former things have several
	for i, r := range f.Former {
		r.Key += strings.Repeat(" ", i+1)
		former[r.Key] = r
	}
	for _, r := range append(all, web.Existing(former)...) {
		r.Key = strings.TrimRight(r.Key, " ")
		row := GoneRow{ResourceRow: web.NewResourceRow(f.Times, f.Setup.Spec, r, false)}
		if r.RemovedAt.IsZero() {
			row.Console = web.ConsoleOf(f.Setup.Spec, r).Demo(f.Demo)
		}
		switch {
		case r.Key == setup.KeyInvalidation:
		case !r.RemovedAt.IsZero():
			if !r.RemovedAt.Before(f.Job.CreatedAt) {
				row.State = f.Times.Minute(r.RemovedAt).Text
				g.Gone = append(g.Gone, row)
			}
		case !r.Owned && r.Key == setup.KeyRecordTraffic && !f.done(setup.MarkLeave):
			g.Still = append(g.Still, row)
		case !r.Owned && strings.HasPrefix(r.Key, "record-"):
			row.State, row.Why = "", "You added it, so only you can delete it."
			g.Stays = append(g.Stays, row)
		case !r.Owned:
			row.State, row.Why = "", "apifront did not make it."
			g.Stays = append(g.Stays, row)
		case !r.LeftSince.Before(f.Job.CreatedAt):
			row.State, row.Why = "", r.Attributes[setup.AttrLeft]
			g.Stays = append(g.Stays, row)
		default:
			if r.Key == setup.KeyDistribution && f.done(setup.MarkOff) {
				row.State = "Switched off"
			}
			g.Still = append(g.Still, row)
		}
	}
	g.note(f)
	return g
}

// note says what stopping leaves, or how a job that is over can go on.
func (g *GoneSide) note(f Facts) {
	switch {
	case len(g.Still) == 0:
	case f.Job.State.Active():
		g.Note = "Stopping here leaves " + setup.Count(len(g.Still), "thing") + "."
		if f.done(setup.MarkLeave) {
			g.Note += " The name does not lead to CloudFront any more."
		}
	default:
		g.Left = "Left over"
		g.Note = "The button above goes on with this job, and “Take down” on the page of the setup begins anew. Both delete what is left."
	}
}

// done says whether the job's step with the mark is done.
func (f Facts) done(m setup.StepMark) bool {
	s := f.marked(m)
	return s != nil && s.State == setup.StepDone
}
