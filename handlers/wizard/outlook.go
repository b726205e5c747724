package wizard

import (
	"slices"
	"time"

	"apifront/setup"
	"apifront/steps"
	webwizard "apifront/web/wizard"
)

// An outlook is what the job of a draft will do: by the comparison with AWS once there
// is one, and by the answers alone before.
type outlook struct {
	spec   setup.Spec
	change bool // of a setup, which has most of it already
	rows   []steps.Row
	lines  map[setup.StepID]setup.PlanLine // nil: AWS was not compared
}

func newOutlook(sp setup.Spec, change bool, rows []steps.Row, plan *setup.Plan) outlook {
	o := outlook{spec: sp, change: change, rows: rows}
	if plan != nil {
		o.lines = make(map[setup.StepID]setup.PlanLine, len(plan.Lines))
		for _, l := range plan.Lines {
			o.lines[l.StepID] = l
		}
	}
	return o
}

// does says whether a step has something to do. A step that only waits or looks has
// where it is not done already, and where a step that it needs changes something.
func (o outlook) does(r steps.Row) bool {
	if r.Skip != "" {
		return false
	}
	l, known := o.lines[r.ID]
	if !known {
		return true
	}
	switch l.Action {
	case setup.PlanReuse, setup.PlanSkip:
		return false
	case setup.PlanWait:
		return !l.Ready || slices.ContainsFunc(r.Needs, func(id setup.StepID) bool { return o.lines[id].Action == setup.PlanChange })
	}
	return true
}

// takes is how long the job usually takes: the sum of times along the longest way
// through the steps that have something to do.
func (o outlook) takes() time.Duration {
	ends := make(map[setup.StepID]time.Duration, len(o.rows))
	var total time.Duration
	for _, r := range o.rows {
		if r.Skip != "" {
			continue
		}
		var end time.Duration
		for _, n := range r.Needs {
			end = max(end, ends[n])
		}
		if st, ok := steps.Find(r.ID); ok && o.does(r) {
			end += st.Wait.Usual
		}
		ends[r.ID] = end
		total = max(total, end)
	}
	return total
}

// sentence says how long the job takes.
func (o outlook) sentence() string {
	if o.change && o.lines == nil {
		return "How long it takes is not known yet."
	}
	text := "About a minute"
	switch d := o.takes().Round(time.Minute); {
	case o.lines != nil && o.takes() < time.Minute:
		text = "Less than a minute"
	case d > 20*time.Minute:
		text = "About " + setup.Count(int(d.Round(5*time.Minute)/time.Minute), "minute")
	case d > time.Minute:
		text = "About " + setup.Count(int(d/time.Minute), "minute")
	}
	switch dns := o.records(); {
	case !dns:
		return text + "."
	case o.turns() > 0:
		return text + ", plus the time until your record is there."
	}
	return text + ", plus the time DNS needs."
}

// records says whether the job waits for DNS.
func (o outlook) records() bool {
	return slices.ContainsFunc(o.rows, func(r steps.Row) bool {
		st, _ := steps.Find(r.ID)
		return o.does(r) && slices.Contains([]setup.StepMark{setup.MarkValidation, setup.MarkTraffic, setup.MarkRegional}, st.Mark)
	})
}

// turns is how often the job needs a person, as the comparison has it.
func (o outlook) turns() (n int) {
	for _, l := range o.lines {
		if l.Action == setup.PlanPerson {
			n++
		}
	}
	return n
}

// you says whether the job needs a person; "" while that is not known.
func (o outlook) you() string {
	switch n := o.turns(); {
	case o.lines == nil:
		return ""
	case n == 0:
		return "Nothing to do for you meanwhile."
	case n == 1:
		return "You are needed once, for a DNS record."
	case n == 2:
		return "You are needed twice, for DNS records."
	default:
		return "You are needed " + setup.Count(n, "time") + ", for DNS records."
	}
}

// writes counts the steps that change something.
func (o outlook) writes() string {
	n := 0
	for _, r := range o.rows {
		if changes(r.ID) && o.does(r) && o.lines[r.ID].Action != setup.PlanPerson {
			n++
		}
	}
	switch {
	case o.lines == nil && o.change:
		return ""
	case o.lines == nil:
		return setup.Count(n, "step") + " may change something. All others only look."
	case n == 0:
		return "No step changes anything."
	case n == 1:
		return "1 step changes something. All others only look."
	}
	return setup.Count(n, "step") + " change something. All others only look."
}

// order lists the steps that run, with what each has to do.
func (o outlook) order() (list []webwizard.OrderLine) {
	for _, r := range o.rows {
		if r.Skip == "" {
			list = append(list, webwizard.OrderLine{Number: len(list) + 1, Title: r.Title, Text: o.text(r), Idle: !o.does(r)})
		}
	}
	return list
}

// text is what a step has to do, and how long AWS usually takes for it.
func (o outlook) text(r steps.Row) string {
	l := o.lines[r.ID]
	switch {
	case o.change && o.lines == nil:
		return "" // not known yet
	case l.Action == setup.PlanPerson:
		return "Needs a DNS record from you"
	case l.Action == setup.PlanStop:
		return "In the way"
	case o.does(r):
		return orderText(r, o.spec)
	case l.Action == setup.PlanReuse && !reusesNothing(l):
		return "There already"
	}
	return "Nothing to do"
}

// made counts the certificates that the job requests, as far as that is known.
func (o outlook) made() (n int) {
	if o.lines == nil && o.change {
		return 0 // the setup may have them
	}
	if o.lines == nil {
		return len(o.spec.NewCertificates())
	}
	for id, l := range o.lines {
		if st, _ := steps.Find(id); l.Action == setup.PlanCreate && (slices.Contains(st.Keys, setup.KeyCertificateEdge) || slices.Contains(st.Keys, setup.KeyCertificateRegional)) {
			n++
		}
	}
	return n
}

// A standing is what of the answers is in place already, and so is neither made nor
// asked for. The zero value is that of a first job.
type standing struct {
	edge, regional bool // the certificates
	records        bool // those that a person adds
	unknown        bool // a setup is changed, and AWS was not compared
}

// standing is what is in place already.
func (o outlook) standing() (s standing) {
	s.unknown = o.change && o.lines == nil
	for id, l := range o.lines {
		there := l.Action == setup.PlanReuse
		st, _ := steps.Find(id)
		s.edge = s.edge || there && slices.Contains(st.Keys, setup.KeyCertificateEdge)
		s.regional = s.regional || there && slices.Contains(st.Keys, setup.KeyCertificateRegional)
		s.records = s.records || there && st.Mark == setup.MarkTraffic
	}
	s.records = s.records && o.turns() == 0
	return s
}
