package jobs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"apifront/setup"
	"apifront/web"
)

// recordCards puts the records of a job into cards: what a person is to add
// now, and what is for later or found already.
func (v *View) recordCards(f Facts) {
	if f.Job.Kind == setup.JobInvalidate {
		return
	}
	byHand := f.Setup.Spec.Domain.DNS == setup.DNSElsewhere
	for _, s := range f.Steps {
		if len(s.Records) == 0 || !byHand && s.State != setup.StepNeedsYou {
			continue
		}
		if v.Over && f.Job.State == setup.JobSucceeded && allFound(s.Records) {
			continue // the change card and the list of what was made say it
		}
		c := v.recordCard(f, s)
		if s.State == setup.StepNeedsYou {
			v.Asks = append(v.Asks, c)
		} else {
			v.Records = append(v.Records, c)
		}
	}
	if c, ok := v.trafficLater(f); ok {
		v.Records = append(v.Records, c)
	}
	if c, ok := v.beforeDNSMoves(f); ok {
		v.Records = append(v.Records, c)
	}
}

// aliased says whether a step at another DNS provider has found aliases, which
// only Route 53 has.
func aliased(s *setup.Step) bool {
	return s != nil && slices.ContainsFunc(s.Records, func(r setup.Record) bool { return r.Alias })
}

// beforeDNSMoves shows the record that a person needs once DNS has left Route 53,
// while the records there lead the name to the distribution still.
func (v *View) beforeDNSMoves(f Facts) (RecordCard, bool) {
	d, s := f.Setup.Spec.Domain, f.marked(setup.MarkTraffic)
	target := f.Resources.Attr(setup.KeyDistribution, setup.AttrDomainName)
	if d.DNS != setup.DNSElsewhere || !aliased(s) || target == "" || f.remade() {
		return RecordCard{}, false
	}
	c := v.recordCard(f, withRecords(*s, trafficByHand(f, target)))
	c.State, c.Title = iconWait, "Before DNS leaves Route 53"
	c.Text = "There is nothing to do now: the records that apifront added in Route 53 lead " + d.Name + " to CloudFront, and they stay. Before you change the name servers of the domain, add this record at the other provider, and the validation record with it."
	c.Check, c.Advice = "", nil
	return c, true
}

// trafficByHand is the record that a person adds at another DNS provider.
func trafficByHand(f Facts, target string) setup.Record {
	r := setup.Record{Type: "CNAME", Name: f.Setup.Spec.Domain.Name, Value: target, Hold: true}
	if f.Apex {
		r.Type = "ALIAS"
		r.Why = "A CNAME cannot stand at the top of a domain: use what your provider calls ALIAS, ANAME or CNAME flattening."
	}
	return r
}

func allFound(records []setup.Record) bool {
	for _, r := range records {
		if !r.Found {
			return false
		}
	}
	return true
}

func held(records []setup.Record) bool {
	for _, r := range records {
		if r.Hold {
			return true
		}
	}
	return false
}

func (v *View) recordCard(f Facts, s setup.Step) RecordCard {
	s.Records = slices.Clone(s.Records)
	for i, r := range s.Records {
		s.Records[i] = f.asEntered(r)
	}
	c := RecordCard{
		ID: "records-" + string(s.ID), Number: s.Number, StepURL: "#step-" + string(s.ID),
		Rows: recordRows(f.Setup.Spec.Domain, s.Records, recordWhat(f.About[s.ID].Mark)),
	}
	p := providerOf(s.Records)
	if f.Job.State.Active() && (s.State == setup.StepNeedsYou || s.State == setup.StepRunning) {
		c.Check = v.Base + "/records/check"
		c.Checked, c.Next = web.Millis(s.CheckedAt), web.Millis(s.NextAt)
		c.CheckedText, c.NextText = web.LongTime(f.Times.Now.Sub(s.CheckedAt)), web.LongTime(s.NextAt.Sub(f.Times.Now))
	}
	if f.Demo && c.Check != "" && s.State == setup.StepNeedsYou && !allFound(s.Records) && !held(s.Records) {
		c.Enter = string(s.ID)
	}
	n := len(s.Records)
	switch {
	case allFound(s.Records):
		c.State, c.Title = iconDone, setup.Count(n, "record")+" found"
		c.Text = "Step " + strconv.Itoa(s.Number) + ", " + s.Title + ": seen in DNS with the right value."
	case held(s.Records):
		c.State, c.Title = iconWait, "Do not change the traffic record yet"
		c.Text = "Clients move as soon as you save it, and " + openBefore(f, s) + ". This card says when it is time."
		if s.Records[0].Type == "ALIAS" {
			c.Advice = []string{s.Records[0].Why}
		}
	case s.State == setup.StepNeedsYou && f.About[s.ID].Mark == setup.MarkTTL:
		was := setup.OldFor(s.Records[0].Was)
		c.State, c.Title = iconYou, "Lower the TTL to "+strconv.Itoa(setup.LowTTL)+" s"
		c.Text = "Change the TTL of " + thisOrThese(n) + " " + where(f, p) + ", and nothing else. Where the name leads stays as it is. The job sees it at all name servers, and then waits " + setup.Span(was) + " until nobody remembers the old TTL."
	case s.State == setup.StepNeedsYou && (f.Job.Kind == setup.JobRestore || f.Job.Kind == setup.JobTeardown):
		c.State, c.Title = iconYou, "Put the old record back"
		c.Text = "Change the record " + where(f, p) + ": delete the one that leads to CloudFront, and add " + thisOrThese(n) + ". The job looks for " + itOrThem(n) + " and ends by itself."
	case s.State == setup.StepNeedsYou:
		c.State, c.Title = iconYou, "Add "+setup.Count(n, "DNS record")
		c.Text = "Add " + thisOrThese(n) + " " + where(f, p) + ". The job goes on by itself once " + itOrThey(n) + " seen there." + turns(f, s)
		c.Advice = recordAdvice(s, p)
		if f.About[s.ID].Mark == setup.MarkTraffic {
			c.Advice, c.Lower = append(followAdvice(f, s), c.Advice...), lowerFirst(f, s)
			c.Try, c.Back = tryFirst(f), wayBack(s)
			if s.Records[0].Was > 0 {
				c.Title = "Change the DNS record"
				c.Text = whereFirst(f, p) + ", put " + thisOrThese(n) + " in the place of what the name has now. The job goes on by itself once " + itOrThey(n) + " seen there." + turns(f, s)
			}
		}
	default:
		c.State, c.Title = iconWait, setup.Count(n, "DNS record")
		c.Text = "Step " + strconv.Itoa(s.Number) + ", " + s.Title + "."
	}
	return c
}

// turns says how often a job needs a person for its records: " 1 of 2: …"; "" where it
// is this once.
func turns(f Facts, s setup.Step) string {
	validation, traffic := f.marked(setup.MarkValidation), f.marked(setup.MarkTraffic)
	if f.Job.Kind != setup.JobApply || f.Setup.Spec.Domain.DNS != setup.DNSElsewhere || f.Setup.Spec.Domain.Switch != setup.SwitchAtEnd || validation == nil || traffic == nil {
		return ""
	}
	mark := f.About[s.ID].Mark
	if mark == setup.MarkValidation && traffic.State == setup.StepWaiting && !f.Led {
		return " 1 of 2: you are needed once more" + later(f, traffic.ID) + ", for the traffic record, after the tests."
	}
	if mark == setup.MarkTraffic && len(validation.Records) > 0 && validation.State == setup.StepDone {
		return " 2 of 2: you are not needed again."
	}
	return ""
}

// later says how long after this turn a step needs a person: ", about 8 min later"; "" where
// nobody knows.
func later(f Facts, id setup.StepID) string {
	fc := f.Forecast
	if fc.Again != id || fc.Unknown || fc.Stopped || fc.Longer != "" || fc.Between < time.Minute {
		return ""
	}
	return ", about " + minutes(fc.Between) + " later"
}

// tryFirst is the command that asks CloudFront for the name past DNS, before the record is
// changed.
func tryFirst(f Facts) string {
	target := f.Resources.Attr(setup.KeyDistribution, setup.AttrDomainName)
	if target == "" || f.Job.Kind != setup.JobApply {
		return ""
	}
	return f.Setup.Spec.TryFirst(target)
}

// wayBack says how a person undoes a change of the traffic record.
func wayBack(s setup.Step) string {
	if s.Records[0].Was == 0 {
		return ""
	}
	return "To go back, give the name its present record again. That record stays on this page and on the page of the setup, and nothing else has to be undone."
}

// followAdvice says how long callers take to follow when a person changes the traffic
// record, and how that is made shorter.
func followAdvice(f Facts, s setup.Step) []string {
	was := s.Records[0].Was
	if was == 0 {
		return nil
	}
	span := setup.Span(setup.OldFor(was))
	k := f.Resources.Lowered()
	if was <= setup.LowTTL && k != nil && k.Job == f.Job.ID && k.Until.IsZero() {
		return []string{"Not all name servers have the low TTL yet. The job looks again, and then this card says how long to wait."}
	}
	if was <= setup.LowTTL && k != nil && k.Until.After(f.Times.Now) {
		return []string{fmt.Sprintf("The TTL is low, and it was %s. Wait until %s: until then resolvers may keep the old record. Then change it, and all callers follow within a minute.",
			setup.Span(setup.OldFor(k.TTL())), f.Times.Minute(k.Until.Add(time.Minute-1)).Text)}
	}
	if was <= setup.LowTTL {
		return []string{"Callers follow within " + span + ", the TTL of the record that is there now."}
	}
	return []string{fmt.Sprintf("Callers follow over up to %s, the TTL of the record that is there now: some at the old server, some at CloudFront.", span)}
}

// lowerFirst is what a person does to lower the TTL before they change the traffic
// record; nil where that gains nothing.
func lowerFirst(f Facts, s setup.Step) *LowerCard {
	was := s.Records[0].Was
	if was <= setup.LowTTL {
		return nil
	}
	span := setup.Span(setup.OldFor(was))
	c := &LowerCard{
		Title: fmt.Sprintf("Lower its TTL to %d s first", setup.LowTTL),
		Text: fmt.Sprintf("Change only the TTL, where you manage DNS. The job sees it, and this card says from when on you can change the record: %s after that, around %s if you do it now. All callers follow within a minute then.",
			span, f.Times.Minute(f.Times.Now.Add(setup.OldFor(was)+time.Minute)).Text),
	}
	if k := f.Resources.Lowered(); k != nil && k.Job == f.Job.ID && k.Until.IsZero() {
		for _, r := range k.Was {
			r.TTL = setup.LowTTL
			c.Rows = append(c.Rows, web.NewRecordRow(f.Setup.Spec.Domain, f.asEntered(r), "old record"))
		}
	}
	return c
}

func thisOrThese(n int) string {
	if n == 1 {
		return "this record"
	}
	return "these records"
}

func itOrThey(n int) string {
	if n == 1 {
		return "it is"
	}
	return "they are"
}

func itOrThem(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

func recordWhat(m setup.StepMark) string {
	if m == setup.MarkValidation {
		return "validation record"
	}
	return "record"
}

// openBefore says which steps before this one are still open.
func openBefore(f Facts, s setup.Step) string {
	var open []int
	for _, o := range f.Steps {
		if o.Number < s.Number && !o.State.Finished() {
			open = append(open, o.Number)
		}
	}
	switch len(open) {
	case 0:
		return "the tests are not over"
	case 1:
		return stepsOf(open) + " is still open"
	default:
		return stepsOf(open) + " are still open"
	}
}

// trafficLater shows the traffic record as soon as its value is known. The step
// that asks for it comes later, so the card says that the record must not be
// changed yet.
func (v *View) trafficLater(f Facts) (RecordCard, bool) {
	d := f.Setup.Spec.Domain
	target := f.Resources.Attr(setup.KeyDistribution, setup.AttrDomainName)
	if d.DNS != setup.DNSElsewhere || d.Switch != setup.SwitchAtEnd || target == "" || !f.Job.State.Active() {
		return RecordCard{}, false
	}
	for _, s := range f.Steps {
		if f.About[s.ID].Mark != setup.MarkTraffic || s.State != setup.StepWaiting || len(s.Records) > 0 {
			continue
		}
		r := trafficByHand(f, target)
		r.Found = f.Led
		c := v.recordCard(f, withRecords(s, r))
		if f.Led {
			c.Title = "The traffic record is in place"
			c.Text = "There is nothing to do: " + d.Name + " led to CloudFront before this job. Step " + strconv.Itoa(s.Number) + " looks at the record once more."
		}
		return c, true
	}
	return RecordCard{}, false
}

func withRecords(s setup.Step, r ...setup.Record) setup.Step {
	s.Records = r
	return s
}

func recordRows(d setup.Domain, records []setup.Record, what string) []web.RecordRow {
	rows := make([]web.RecordRow, 0, len(records))
	for _, r := range records {
		row := web.NewRecordRow(d, r, what)
		switch {
		case r.Found:
			row.State, row.Word = iconDone, "Found"
		case r.Hold:
			row.State, row.Word = iconWait, "Not yet"
		case r.Was > r.TTL && len(r.Seen) == 1 && r.Seen[0] == r.Value: // only its TTL is to change
			row.State, row.Word = iconYou, "TTL "+strconv.Itoa(r.Was)
			r.Seen = nil
		case len(r.Seen) > 0:
			row.State, row.Word = iconYou, "Another value"
		default:
			row.State, row.Word = iconWait, "Not seen"
		}
		if !r.Found {
			row.Seen = strings.Join(r.Seen, ", ")
		}
		rows = append(rows, row)
	}
	return rows
}

// recordChange shows the traffic record before and after the job; nil if the
// job did not change it.
func recordChange(f Facts) *RecordChange {
	s := f.marked(setup.MarkTraffic)
	if f.Job.Kind == setup.JobInvalidate || s == nil || s.State != setup.StepDone || f.foundMoved(s) {
		return nil
	}
	d := f.Setup.Spec.Domain
	before, after := f.Resources.OldRecords(d.Name), s.Records
	switch {
	case f.remade():
		before = nil
	case f.Job.Kind == setup.JobRestore:
		before = trafficRecords(f)
	case d.Switch == setup.SwitchLater:
		return nil
	case len(after) == 0:
		if after = f.Resources.Records(setup.KeyRecordTraffic); len(after) == 0 && len(before) > 0 {
			after = trafficRecords(f)
		}
	}
	if len(after) == 0 {
		return nil
	}
	if f.Led && len(before) == 0 {
		return nil
	}
	c := &RecordChange{Table: web.RecordTable{Caption: "DNS record before and after this job", When: true}}
	add := func(when string, r setup.Record, what string) {
		row := web.NewRecordRow(d, f.asEntered(r), what)
		row.When = when
		c.Table.Rows = append(c.Table.Rows, row)
	}
	if len(before) == 0 && !f.remade() { // with a later change, what stood there is not known any more
		c.Table.Rows = []web.RecordRow{{When: "Before", None: true}}
	}
	for _, b := range before {
		add("Before", b, "old record")
	}
	for _, a := range after {
		add("After", a, "new record")
	}
	by := "by apifront in Route 53"
	if d.DNS == setup.DNSElsewhere {
		by = "by hand"
	}
	c.Note = "Changed " + by + "."
	switch {
	case f.Led:
		c.Note = "Changed " + by + ", before this job."
	case !s.FinishedAt.IsZero():
		c.Note = fmt.Sprintf("Changed %s, seen at %s.", by, f.Times.Second(s.FinishedAt).Text)
	}
	if f.Job.Kind == setup.JobApply {
		c.undo(f, len(before) > 0)
	}
	return c
}

// foundMoved says that a job found the records to lead to the distribution
// before, so that neither it nor a person had anything to change.
func (f Facts) foundMoved(s *setup.Step) bool {
	switch seen := f.Resources[setup.KeyRecordTraffic].SavedAt; {
	case f.Job.Kind != setup.JobApply:
		return false
	case f.Setup.Spec.Domain.DNS == setup.DNSElsewhere: // what is seen for the first time is stored
		return aliased(s) || !f.remade() && !seen.IsZero() && seen.Before(f.Job.CreatedAt)
	}
	return !f.Job.State.Active() && !slices.ContainsFunc(f.Writes, func(c setup.Call) bool { return c.StepID == s.ID })
}

// trafficRecords are the records that lead to the setup's distribution.
func trafficRecords(f Facts) []setup.Record {
	d, target := f.Setup.Spec.Domain, f.Resources.Attr(setup.KeyDistribution, setup.AttrDomainName)
	if d.DNS == setup.DNSElsewhere {
		return []setup.Record{{Type: "CNAME", Name: d.Name, Value: target}}
	}
	list := []setup.Record{{Type: "A", Name: d.Name, Value: target, Alias: true}}
	if f.Setup.Spec.Edge.IPv6 {
		list = append(list, setup.Record{Type: "AAAA", Name: d.Name, Value: target, Alias: true})
	}
	return list
}

// undo says what the way back is, and offers it.
func (c *RecordChange) undo(f Facts, had bool) {
	d := f.Setup.Spec.Domain
	old := f.Resources.OldRecords(d.Name)
	switch {
	case f.remade():
		c.Undo = "What stood there before, and the way back, are on the page of the setup."
		return
	case !had:
		c.Undo = "There was no record before this job."
	case !f.Resources.CanRestore(d.Name):
		c.Undo = "The old record is back. A new job of this setup moves the traffic again."
	default:
		c.Put = "/jobs/" + strconv.FormatInt(f.Job.ID, 10) + "/records/restore"
		c.Undo = "Something wrong? " + web.OldRecordText(d, old)
	}
	for _, older := range f.Resources.OlderRecords() {
		c.Undo += " An earlier job replaced " + web.RecordWords(older) + "."
	}
}
