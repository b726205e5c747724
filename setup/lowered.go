package setup

import (
	"encoding/json"
	"slices"
	"time"
)

// LowTTL is the TTL in seconds that a record gets before traffic moves.
const LowTTL = 60

// LongestTTL is the longest time that is waited for old answers: resolvers are
// to keep none for longer than a week, whatever its TTL says.
// https://www.rfc-editor.org/rfc/rfc8767#section-4
const LongestTTL = 7 * 24 * time.Hour

// OldFor is for how long resolvers may keep an answer with the TTL.
func OldFor(ttl int) time.Duration {
	return min(time.Duration(ttl)*time.Second, LongestTTL)
}

// A Lowered is the TTL of the records at a name, lowered before traffic moves.
type Lowered struct {
	Job    int64     `json:"job"`              // that lowered it
	Was    []Record  `json:"was"`              // as they were found
	Is     []Record  `json:"is,omitempty"`     // as apifront wrote them; empty where a person changes them
	Change string    `json:"change,omitempty"` // Route 53 change ID; "": not known
	Until  time.Time `json:"until,omitzero"`   // from then on no resolver has the old TTL; zero: it is not lowered yet
}

// TTL is the highest TTL of the records as they were found.
func (l Lowered) TTL() int { return HighestTTL(l.Was) }

// HighestTTL is the highest TTL of records, in seconds. Aliases have none.
func HighestTTL(records []Record) int {
	n := 0
	for _, r := range records {
		if !r.Alias {
			n = max(n, r.TTL)
		}
	}
	return n
}

// Lowered is the lowered TTL of the records that stood at the name before the
// traffic record; nil if none was lowered.
func (r Resources) Lowered() *Lowered { return ReadLowered(r.Attr(KeyRecordTraffic, AttrLowered)) }

// ReadLowered reads the attribute AttrLowered; nil if it has none.
func ReadLowered(text string) *Lowered {
	var l Lowered
	if text == "" || json.Unmarshal([]byte(text), &l) != nil {
		return nil
	}
	return &l
}

// LowSeen is the TTL that a job has lowered, where a look finds it low and traffic has
// not moved; nil if it does not.
func (r Resources) LowSeen(l DNSLook) *LowSeen {
	k := r.Lowered()
	if k == nil || k.Until.IsZero() || len(r.Records(KeyRecordTraffic)) > 0 || l.OldTTL == 0 || l.OldTTL > LowTTL {
		return nil
	}
	if !slices.ContainsFunc(k.Was, func(r Record) bool { return slices.Contains(l.standing(), r.Value) }) {
		return nil // another record
	}
	return &LowSeen{Since: k.Until.Add(-OldFor(k.TTL())), Was: k.TTL(), Values: l.standing()}
}
