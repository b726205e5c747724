package setup

import (
	"strings"
	"testing"
	"time"
)

// What is said of a trail names whom CloudTrail named, and nobody else; a name cannot
// turn the rest of the sentence.
func TestTrailWords(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 27, 14, 2, 31, 0, time.UTC)
	moment := func(t time.Time) string { return t.Format("2 Jan at 15:04") }
	known := func(change func(*Trail)) Trail {
		v := Trail{State: TrailKnown, From: at.Add(-time.Hour), Until: at.Add(time.Hour), TrailBody: TrailBody{Last: &TrailCall{Event: "UpdateDistribution", At: at, Who: "alice", Kind: "IAM user", How: "in the console"}}}
		change(&v)
		return v
	}
	for _, c := range []struct {
		trail Trail
		want  string
	}{
		{known(func(*Trail) {}), "Changed by alice (IAM user) on 27 Nov at 14:02 in the console (UpdateDistribution)."},
		{known(func(t *Trail) { t.Last.How, t.Last.Kind = "", "" }), "Changed by alice on 27 Nov at 14:02 (UpdateDistribution)."},
		{known(func(t *Trail) { t.Others = 1 }), "Last changed by alice (IAM user) on 27 Nov at 14:02 in the console (UpdateDistribution). 1 other call before it, since it was last right, may have done it as well."},
		{known(func(t *Trail) { t.Others, t.More = 149, true }), "Last changed by alice (IAM user) on 27 Nov at 14:02 in the console (UpdateDistribution). At least 149 other calls before it, since it was last right, may have done it as well."},
		{known(func(t *Trail) { t.Last.Who = "al\u202ei\x00ce\u200b" }), "Changed by alice (IAM user) on 27 Nov at 14:02 in the console (UpdateDistribution)."},
		{known(func(t *Trail) { t.Last = nil }), "Not known: CloudTrail lists no such call between 27 Nov at 13:02 and 27 Nov at 15:02."},
		{known(func(t *Trail) { t.State = TrailNone }), "Not known: CloudTrail lists no such call between 27 Nov at 13:02 and 27 Nov at 15:02."},
		{known(func(t *Trail) { t.State = TrailWaiting }), "Not known yet: CloudTrail lists calls some minutes late. apifront asks again by itself."},
		{known(func(t *Trail) { t.State = TrailMany }), "Not known: CloudTrail lists more calls of that kind than apifront looks through."},
		{known(func(t *Trail) { t.State = TrailRefused }), "Not known. apifront may not read CloudTrail: the permission cloudtrail:LookupEvents would tell."},
		{known(func(t *Trail) { t.State = TrailSilent }), "Not known: CloudTrail did not say."},
		{known(func(t *Trail) { t.State = TrailUnread }), "Not known: an entry of CloudTrail that may tell could not be read."},
	} {
		got := c.trail.Words(moment)
		if got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
		if c.trail.State != TrailKnown && strings.Contains(got, "alice") {
			t.Errorf("%s names somebody", c.trail.State)
		}
	}
	long := known(func(t *Trail) {
		t.Last.Who, t.Last.Kind, t.Last.How = strings.Repeat("W", 999), strings.Repeat("W", 999), strings.Repeat("W", 999)
	}).Words(moment)
	if len(long) > 600 {
		t.Errorf("%d octets", len(long))
	}
}
