package setups

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"apifront/setup"
	"apifront/web"
)

// A NamedView is what DNS says of the name now, and what stood there before, with the
// way back.
type NamedView struct {
	Asked   string           // when the servers were asked; or that none was
	Lines   []NamedLine      // what the servers say, those that say the same as one
	Until   string           // until when old answers live; "" where there are none
	Low     string           // since when the TTL is low, and how it is raised; "" where it is not
	Cause   *web.ProblemView // what went wrong when somebody moved the traffic
	Records web.RecordTable  // now and before
	Check   bool             // a check can be ordered
}

// A NamedLine is what some servers say.
type NamedLine struct{ State, Who, Text string }

// named decides what the page says of the name in DNS.
func (v *View) named(f Facts) {
	d := f.Setup.Spec.Domain
	written := f.Resources.Records(setup.KeyRecordTraffic)
	old := f.Resources.OldRecords(d.Name)
	if v.Gone || f.Look.SeenAt.IsZero() && len(written) == 0 && len(old) == 0 {
		return
	}
	n := &NamedView{Records: web.RecordTable{Caption: "DNS record now and before", When: true}, Asked: "No check has asked the name servers yet.", Check: v.CanCheck && !v.Checking}
	if !f.Look.SeenAt.IsZero() {
		n.Asked = "Name servers and resolvers were asked " + f.Times.Past(f.Look.SeenAt) + "."
		if f.Look.SeenAt.Before(f.Last.FinishedAt) {
			n.Asked += " A job has ended since."
		}
		n.Lines = slices.Concat(sayings(f.Look.Own(), false), sayings(resolversOf(f.Look), true))
	}
	if f.Look.Cause != nil {
		p := web.ShowProblem(f.Look.Cause)
		n.Cause = &p
	}
	n.Until = oldAnswers(f)
	raised := lowTTL(f, n)
	add := func(when string, list []setup.Record, what string) {
		for _, r := range list {
			row := web.NewRecordRow(d, asEntered(f, r), what)
			row.When = when
			n.Records.Rows = append(n.Records.Rows, row)
		}
	}
	switch now := standsNow(f); {
	case now == nowHere && len(written) > 0:
		add("Now", written, "record")
		add("Before", orElse(old, seenRecords(d.Name, f.Look.Before)), "old record")
	case now == nowHere:
		add("Now", seenRecords(d.Name, f.Look.Own()), "record")
		add("Before", orElse(old, seenRecords(d.Name, f.Look.Before)), "old record")
	case now == nowBack:
		add("Now", old, "record")
		add("To CloudFront", orElse(written, toCloudFront(f)), "record of CloudFront")
	default:
		add("Now", seenRecords(d.Name, f.Look.Own()), "record")
		add("Before", old, "old record")
		if v.Move != nil && d.DNS == setup.DNSElsewhere {
			add("To CloudFront", toCloudFront(f), "record of CloudFront")
		}
	}
	add("To raise the TTL", raised, "record with its TTL")
	v.Named = n
}

// ownServers are the name servers that the last check asked, where a person enters the
// records; none where apifront does.
func ownServers(f Facts) (servers []string) {
	if f.Setup.Spec.Domain.DNS != setup.DNSElsewhere {
		return nil
	}
	for _, v := range f.Look.Views {
		if !v.Resolver {
			servers = append(servers, v.Server)
		}
	}
	return servers
}

// asEntered is a record with what tells how its provider's form wants it.
func asEntered(f Facts, r setup.Record) setup.Record {
	if servers := ownServers(f); len(servers) > 0 {
		r.Servers, r.Apex = servers, f.Look.Zone
	}
	return r
}

// toCloudFront are the records that lead the name to the distribution; none if it is
// not known.
func toCloudFront(f Facts) []setup.Record {
	d, target := f.Setup.Spec.Domain, f.Resources.Attr(setup.KeyDistribution, setup.AttrDomainName)
	switch {
	case target == "":
		return nil
	case d.DNS == setup.DNSElsewhere:
		kind := "CNAME"
		if d.Name == f.Look.Zone { // no CNAME stands at the top of a zone
			kind = "ALIAS"
		}
		return []setup.Record{{Type: kind, Name: d.Name, Value: target, TTL: 300}}
	}
	list := []setup.Record{{Type: "A", Name: d.Name, Value: target, Alias: true}}
	if f.Setup.Spec.Edge.IPv6 {
		list = append(list, setup.Record{Type: "AAAA", Name: d.Name, Value: target, Alias: true})
	}
	return list
}

// orElse is the first of two lists that has records.
func orElse(a, b []setup.Record) []setup.Record {
	if len(a) > 0 {
		return a
	}
	return b
}

// Where the name leads now.
type nowLeads int

const (
	nowElsewhere nowLeads = iota
	nowHere
	nowBack // to where it led before
)

// standsNow says where the name leads, by the newest that is known: a look, or a job
// that has ended since.
func standsNow(f Facts) nowLeads {
	written := len(f.Resources.Records(setup.KeyRecordTraffic)) > 0
	if f.Look.SeenAt.IsZero() || f.Look.SeenAt.Before(f.Last.FinishedAt) {
		switch {
		case written:
			return nowHere
		case len(f.Resources.OldRecords(f.Setup.Name())) > 0:
			return nowBack
		}
		return nowElsewhere
	}
	old := f.Resources.OldRecords(f.Setup.Name())
	switch {
	case f.Look.Here():
		return nowHere
	case len(old) > 0 && (f.Look.Back || f.Last.Kind == setup.JobRestore && f.Last.State == setup.JobSucceeded || allSeen(f.Look.Own(), old)):
		return nowBack
	}
	return nowElsewhere
}

// allSeen says whether servers say the values of all records.
func allSeen(views []setup.DNSView, records []setup.Record) bool {
	return !slices.ContainsFunc(records, func(r setup.Record) bool {
		return !slices.ContainsFunc(views, func(v setup.DNSView) bool { return slices.Contains(v.Values, r.Value) })
	})
}

func resolversOf(l setup.DNSLook) []setup.DNSView {
	if list := l.Resolvers(); len(list) < len(l.Views) {
		return list
	}
	return nil // they stand for the name servers, which nobody could ask
}

// seenRecords are records as servers say them: the values of DNS, without what only
// the zone knows.
func seenRecords(name string, views []setup.DNSView) []setup.Record {
	var list []setup.Record
	for _, v := range views {
		for _, value := range v.Values {
			kind := "CNAME"
			switch {
			case strings.Contains(value, ":"):
				kind = "AAAA"
			case strings.Trim(value, "0123456789.") == "":
				kind = "A"
			}
			if !slices.ContainsFunc(list, func(r setup.Record) bool { return r.Value == value }) {
				list = append(list, setup.Record{Type: kind, Name: name, Value: value, TTL: v.TTL})
			}
		}
	}
	if i := slices.IndexFunc(list, func(r setup.Record) bool { return r.Type == "CNAME" }); i >= 0 {
		return list[i : i+1] // the rest is where it leads
	}
	return list
}

// sayings are what servers say, those that say the same as one line.
func sayings(views []setup.DNSView, resolvers bool) []NamedLine {
	type saying struct {
		v       setup.DNSView
		servers []string
	}
	var list []saying
	for _, v := range views {
		slices.Sort(v.Values)
		i := slices.IndexFunc(list, func(s saying) bool {
			return s.v.Leads == v.Leads && (v.Leads == setup.LeadsHere || slices.Equal(s.v.Values, v.Values))
		})
		if i < 0 {
			list = append(list, saying{v: v})
			i = len(list) - 1
		}
		list[i].servers = append(list[i].servers, v.Server)
		list[i].v.TTL = max(list[i].v.TTL, v.TTL)
	}
	var lines []NamedLine
	kind := "name server"
	if resolvers {
		kind = "public resolver"
	}
	for _, s := range list {
		l := NamedLine{State: "done", Who: fmt.Sprintf("%d of %s", len(s.servers), setup.Count(len(views), kind))}
		if len(s.servers) < len(views) {
			l.Who += " (" + setup.And(s.servers[:min(3, len(s.servers))]) + ")"
		}
		ttl := setup.Span(time.Duration(s.v.TTL) * time.Second)
		switch s.v.Leads {
		case setup.LeadsHere:
			l.Text = "CloudFront, " + setup.And(s.v.Values[:min(2, len(s.v.Values))])
		case setup.LeadsElsewhere:
			l.State, l.Text = "wait", setup.And(s.v.Values[:min(4, len(s.v.Values))])
			if resolvers {
				l.Text += ", for up to " + ttl + " more"
			} else if s.v.TTL > 0 {
				l.Text += ", TTL " + ttl
			}
		case setup.LeadsNowhere:
			l.State, l.Text = "you", "No record"
		default:
			l.State, l.Text = "you", "No answer"
		}
		lines = append(lines, l)
	}
	return lines
}

// oldAnswers says until when resolvers may have what stood at the name before it was
// last changed; "" where that is over or not known.
func oldAnswers(f Facts) string {
	var moved time.Time
	ttl := 0
	if at, err := time.Parse(time.RFC3339, f.Resources.Attr(setup.KeyRecordTraffic, setup.AttrMoved)); err == nil {
		moved = at
		ttl, _ = strconv.Atoi(f.Resources.Attr(setup.KeyRecordTraffic, setup.AttrMovedFrom)) // 0: it is not known
	} else if f.Look.Here() {
		moved = f.Look.HereSince // by hand, and seen then
		for _, v := range f.Look.Before {
			ttl = max(ttl, v.TTL)
		}
	}
	until := moved.Add(setup.OldFor(ttl))
	if moved.IsZero() || ttl == 0 || !until.After(f.Times.Now) {
		return ""
	}
	return fmt.Sprintf("Old answers may live until %s: %s after the change, the TTL of the record that was replaced. Keep what it leads to running until then.",
		f.Times.Minute(until.Add(time.Minute-1)).Text, setup.Span(setup.OldFor(ttl)))
}

// lowTTL says since when the TTL is low although traffic has not moved, and returns what
// stands there with the TTL that it had.
func lowTTL(f Facts, n *NamedView) (raised []setup.Record) {
	low := f.Look.Low
	if low == nil || f.Look.OldTTL == 0 || f.Look.OldTTL > setup.LowTTL {
		return nil
	}
	how := "where you manage DNS"
	switch {
	case f.Resources.OnlyLowered():
		how = "with the button below"
	case f.Setup.Spec.Domain.DNS == setup.DNSRoute53:
		how = "in Route 53"
	}
	was := setup.Span(time.Duration(low.Was) * time.Second)
	n.Low = fmt.Sprintf("Resolvers ask for this name every minute. The TTL has been %d s since %s, and was %s before. If traffic does not move soon, raise it again %s.",
		f.Look.OldTTL, f.Times.Minute(low.Since).Text, was, how)
	for _, r := range seenRecords(f.Setup.Name(), f.Look.Own()) {
		r.TTL = low.Was
		raised = append(raised, r)
	}
	return raised
}

// stillThere is the line of the card that offers the move: what the servers say now.
func (v *View) stillThere(f Facts) string {
	if f.Look.SeenAt.IsZero() {
		return "No check has asked the name servers yet."
	}
	own := f.Look.Own()
	var words []string
	for _, l := range sayings(own, false) {
		words = append(words, l.Who+": "+l.Text)
	}
	what := "Still the old record"
	switch {
	case len(own) == 0:
		what, words = "Not known", []string{"No server answered"}
	case f.Look.Here():
		what = "It leads to CloudFront"
	case len(words) > 1:
		what = "Not the same everywhere"
	case f.Look.Cause != nil:
		what = "Not right yet"
	case own[0].Leads == setup.LeadsNowhere:
		what = "No record yet"
	case own[0].Leads == setup.LeadsSilent:
		what = "Not known"
	}
	return what + ". " + strings.Join(words, "; ") + ", " + f.Times.Past(f.Look.SeenAt) + "."
}
