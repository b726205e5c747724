package setup

import (
	"slices"
	"time"
)

// Where the answer of a server leads.
const (
	LeadsHere      = "here"      // to the setup's distribution
	LeadsElsewhere = "elsewhere" // to something else
	LeadsNowhere   = "nowhere"   // there is no record
	LeadsSilent    = "silent"    // the server gave no answer
)

// A DNSView is what one server says of a setup's name.
type DNSView struct {
	Server   string   `json:"server"` // name of a name server, "address:port" of a resolver
	Resolver bool     `json:"resolver,omitempty"`
	Leads    string   `json:"leads"`
	Values   []string `json:"values,omitempty"` // addresses and CNAMEs
	TTL      int      `json:"ttl,omitempty"`    // in seconds; a resolver's counts down
}

// A DNSLook is what a check saw of a setup's name in DNS, at every server.
type DNSLook struct {
	Zone  string    `json:"zone,omitempty"`
	Views []DNSView `json:"views,omitempty"` // name servers first; none: nothing was seen

	// Cause is why the name does not lead to the distribution everywhere; nil: it
	// does, or nobody has led it there yet.
	Cause *Problem `json:"cause,omitempty"`
	// OldTTL is the TTL in seconds of what leads callers elsewhere, if it can be
	// lowered before they are moved; 0: nothing to lower.
	OldTTL int `json:"old_ttl,omitempty"`
	// Back says that the records which traffic was moved away from stand again.
	Back bool `json:"back,omitempty"`

	// Before is what the name's own servers said when they last led elsewhere, and
	// HereSince when a check first saw them lead here after that.
	Before    []DNSView `json:"before,omitempty"`
	HereSince time.Time `json:"here_since,omitzero"`

	Low *LowSeen `json:"low,omitempty"` // the TTL was lowered, and traffic has not moved; nil: not so

	SeenAt time.Time `json:"-"` // zero: no check has looked yet
}

// Own are the views of the name's own servers, or those of resolvers if none of
// them was asked.
func (l DNSLook) Own() []DNSView {
	own := slices.DeleteFunc(slices.Clone(l.Views), func(v DNSView) bool { return v.Resolver })
	if len(own) == 0 {
		return l.Views
	}
	return own
}

// Resolvers are the views of resolvers.
func (l DNSLook) Resolvers() []DNSView {
	return slices.DeleteFunc(slices.Clone(l.Views), func(v DNSView) bool { return !v.Resolver })
}

// Here says whether all of the name's own servers that answered lead to the
// distribution.
func (l DNSLook) Here() bool {
	heard := slices.DeleteFunc(l.Own(), func(v DNSView) bool { return v.Leads == LeadsSilent })
	return len(heard) > 0 && !slices.ContainsFunc(heard, func(v DNSView) bool { return v.Leads != LeadsHere })
}

// Now is the look with what is still known of the one before: the newest look, as
// seen at a time.
func (l DNSLook) Now(last DNSLook, at time.Time) DNSLook {
	l.SeenAt, l.Before, l.HereSince, l.Low = at, last.Before, last.HereSince, l.low(last, at)
	switch {
	case !l.Here():
		l.HereSince = time.Time{}
		if elsewhere := slices.DeleteFunc(l.Own(), func(v DNSView) bool { return v.Leads != LeadsElsewhere }); len(elsewhere) > 0 {
			l.Before = elsewhere
		}
	case l.HereSince.IsZero():
		l.HereSince = at
	}
	return l
}

// A LowSeen is a TTL that was lowered and is low since.
type LowSeen struct {
	Since  time.Time `json:"since"`
	Was    int       `json:"was"`           // seconds
	Values []string  `json:"values"`        // of the record
	ToldAt time.Time `json:"told,omitzero"` // when people were reminded; zero: they were not
}

// RemindLow is for how long a TTL is low before people are reminded of it.
const RemindLow = 7 * 24 * time.Hour

// low says whether the TTL is low that was higher in the look before, or is still low.
// It goes by what can be lowered, since the TTL in answers counts down where a name leads
// on, and only where the same records stand there: others have a TTL of their own.
func (l DNSLook) low(last DNSLook, at time.Time) *LowSeen {
	now := l.standing()
	switch {
	case len(now) == 0:
		return last.Low // nobody was heard
	case last.Low != nil && slices.Equal(now, last.Low.Values) && l.OldTTL <= LowTTL && !l.Here():
		return last.Low
	case l.OldTTL > 0 && l.OldTTL <= LowTTL && last.OldTTL > LowTTL && slices.Equal(now, last.standing()) && !l.Here():
		return &LowSeen{Since: at, Was: last.OldTTL, Values: now}
	}
	return nil
}

// standing are the values of what leads callers, as the name's own servers say.
func (l DNSLook) standing() (values []string) {
	for _, v := range l.Own() {
		values = append(values, v.Values...)
	}
	slices.Sort(values)
	return slices.Compact(values)
}
