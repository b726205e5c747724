package probe

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/sync/errgroup"

	"apifront/setup"
)

// A Slip is what went wrong with a CNAME record that a person or a job added.
type Slip string

// The slips. All but the first three were seen with records that people typed
// into the pages of DNS providers {usr}.
// https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
// https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-DNS-validation.html
const (
	NoSlip          Slip = ""            // it is there, at every server that answered
	SlipMissing     Slip = "missing"     // no server has it
	SlipPartly      Slip = "partly"      // some of the zone's own servers have it
	SlipUnread      Slip = "unread"      // no server answered
	SlipOtherValue  Slip = "other value" // Seen has it
	SlipValueZone   Slip = "value zone"  // the provider added the zone to the value
	SlipText        Slip = "text"        // it is a TXT record
	SlipFlattened   Slip = "flattened"   // the name has addresses in place of a CNAME: proxied, or flattened
	SlipDoubled     Slip = "doubled"     // the provider added the zone to the name a second time
	SlipShortened   Slip = "shortened"   // it stands at the top of the zone, without the labels between
	SlipUnderscored Slip = "underscore"  // the leading underscore of the name is missing
)

// A RecordLook is what servers say of a CNAME record that should be there.
type RecordLook struct {
	Name, Value string   // as wanted, without trailing dots
	Zone        string   // that DNS leads to for the name; "": not known
	Servers     []string // that the parent names for Zone
	Slip        Slip
	At          string   // the name at which it was found in place of Name, for slips of the name
	Seen        []string // values in place of Value, or addresses
	With        []string // name servers of the zone that have it
	Without     []string // those that have not
	Views       []View
	// Until is for how long resolvers may remember that it was not there; 0: all
	// of them know it, or nobody remembers.
	Until time.Duration
}

// There says whether the record is where those who ask the zone's own servers
// find it: at all that answered.
func (l RecordLook) There() bool { return l.Slip == NoSlip }

// CNAME looks a CNAME record up at every server of its zone and at resolvers.
// If it is not there as wanted, it looks for the slips.
func (p *Prober) CNAME(ctx context.Context, w Walk, name, value string) RecordLook {
	l := RecordLook{Name: setup.FoldName(name), Value: setup.FoldName(value)}
	if last := w.Last(); last != nil {
		l.Zone, l.Servers = last.Zone, last.Parent
	}
	l.Views = p.Views(ctx, w, l.Name, dns.TypeCNAME)
	l.read()
	if l.Slip != SlipMissing && l.Slip != SlipOtherValue {
		return l
	}
	wild := p.wildcard(ctx, w, l.Name)
	if l.Slip == SlipOtherValue && covers(wild, l.Seen) {
		l.Slip, l.Seen = SlipMissing, nil // the record is not there; a wildcard answers in its place
	}
	if l.Slip == SlipMissing {
		p.findSlip(ctx, w, &l, wild)
	}
	return l
}

// wildcard are the values that the zone's servers give for a name beside this
// one that nobody made: those of a wildcard record, if there are any.
func (p *Prober) wildcard(ctx context.Context, w Walk, name string) []string {
	var list []string
	for _, qtype := range []uint16{dns.TypeCNAME, dns.TypeA} {
		for _, v := range p.Views(ctx, w, "_apifront-no-such-name."+parent(name), qtype) {
			if v.Err == nil {
				list = append(list, v.Answer.Records...)
			}
		}
	}
	return list
}

// covers says whether all of the values are among others.
func covers(all, values []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(all, v) })
}

// read judges the answers to the question for the record itself.
func (l *RecordLook) read() {
	answered, direct := 0, slices.ContainsFunc(l.Views, func(v View) bool { return !v.Resolver && v.Err == nil })
	for _, v := range l.Views {
		if v.Err != nil {
			continue
		}
		if v.Resolver && direct { // what resolvers remember decides nothing
			if !slices.Contains(v.Answer.Records, l.Value) {
				l.Until = max(l.Until, v.Answer.TTL, v.Answer.Negative)
			}
			continue
		}
		answered++
		if slices.Contains(v.Answer.Records, l.Value) {
			l.With = append(l.With, v.Server)
			continue
		}
		l.Without = append(l.Without, v.Server)
		l.Seen = append(l.Seen, v.Answer.Records...)
	}
	slices.Sort(l.Seen)
	l.Seen = slices.Compact(l.Seen)
	switch {
	case answered == 0:
		l.Slip = SlipUnread
	case len(l.Without) == 0:
		l.Slip = NoSlip
	case len(l.With) > 0:
		l.Slip = SlipPartly
	case l.Zone != "" && slices.Contains(l.Seen, l.Value+"."+l.Zone):
		l.Slip = SlipValueZone
	case len(l.Seen) > 0:
		l.Slip = SlipOtherValue
	default:
		l.Slip = SlipMissing
	}
}

// findSlip looks for the record where providers and people put it by mistake.
// Wild are the values of a wildcard record.
func (p *Prober) findSlip(ctx context.Context, w Walk, l *RecordLook, wild []string) {
	type place struct {
		slip  Slip
		name  string
		qtype uint16
	}
	places := []place{
		{SlipText, l.Name, dns.TypeTXT},
		{SlipFlattened, l.Name, dns.TypeA},
		{SlipUnderscored, strings.TrimPrefix(l.Name, "_"), dns.TypeCNAME},
	}
	if label, rest, _ := strings.Cut(l.Name, "."); l.Zone != "" {
		places = append(places, place{SlipDoubled, l.Name + "." + l.Zone, dns.TypeCNAME})
		if rest != l.Zone {
			places = append(places, place{SlipShortened, label + "." + l.Zone, dns.TypeCNAME})
		}
	}
	seen := make([][]string, len(places))
	var each errgroup.Group
	for i, at := range places {
		each.Go(func() error {
			for _, v := range p.Views(ctx, w, at.name, at.qtype) {
				if v.Err == nil {
					seen[i] = append(seen[i], v.Answer.Records...)
				}
			}
			return nil
		})
	}
	_ = each.Wait() // none of them fails: a place that is not answered for has nothing
	for i, at := range places {
		found := slices.Contains(seen[i], l.Value) || slices.Contains(seen[i], l.Value+".")
		if at.slip == SlipFlattened {
			found = !covers(wild, seen[i])
		}
		if found {
			slices.Sort(seen[i])
			l.Slip, l.At, l.Seen = at.slip, at.name, slices.Compact(seen[i])
			return
		}
	}
}
