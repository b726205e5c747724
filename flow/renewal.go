package flow

import (
	"slices"
	"time"

	"apifront/setup"
)

// remindAfter is how long people are left alone after they were told that a
// certificate will not renew.
const remindAfter = 7 * 24 * time.Hour

// RenewalReminder is the notice that a certificate still will not renew; ok is false
// if people are to be left alone. It is told again a week after the last one, and
// when the first certificate comes to its last 45 and 30 days. list are the open
// findings of the setup, and last is when people were last told; zero: they were not.
func RenewalReminder(name, id string, state setup.StateID, list []setup.Finding, ends, last, now time.Time) (n setup.NoticeBody, ok bool) {
	list = slices.DeleteFunc(slices.Clone(list), func(f setup.Finding) bool {
		return f.Passes || f.Muted() || f.Setting.NoticeTopic() != setup.TopicRenewal
	})
	if len(list) == 0 {
		return n, false
	}
	crossed := func(left time.Duration) bool {
		at := ends.Add(-left)
		return !ends.IsZero() && last.Before(at) && !now.Before(at)
	}
	if !last.IsZero() && now.Sub(last) < remindAfter && !crossed(setup.TermRenews) && !crossed(setup.TermShort) {
		return n, false
	}
	text := found(bodies(list))
	if since := now.Sub(list[0].Since); since >= 24*time.Hour {
		text = append(text, "It has been so for "+setup.Count(int(since/(24*time.Hour)), "day")+".")
	}
	return setup.NoticeBody{
		Event: setup.NoticeNoRenewal, SetupID: id, Setup: name, State: string(state),
		Title: "A certificate will not renew: " + name, Text: sentences(text),
	}, true
}

// LowNotice reminds people of a TTL that was lowered, while traffic has not moved.
func LowNotice(v setup.Setup, state setup.StateID, low setup.LowSeen, now time.Time) setup.NoticeBody {
	was := setup.Span(time.Duration(low.Was) * time.Second)
	return setup.NoticeBody{
		Event: setup.NoticeTTLLow, SetupID: v.ID, Setup: v.Name(), State: string(state), About: "ttl",
		Title: "The TTL is still low: " + v.Name(),
		Text: sentences([]string{
			"Resolvers ask for this name every minute: the TTL of its record was lowered from " + was + " " + setup.Count(int(now.Sub(low.Since)/(24*time.Hour)), "day") + " ago, and traffic has not moved.",
			"Move traffic, or give the record its TTL of " + was + " back. The page of the setup shows the record, under DNS.",
		}),
	}
}
