package worker_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"apifront/setup"
)

// lowered is a setup, its job that lowers the TTL of the record in its way, and the
// move back after that. The zone is as it was found, wherever the process ends.
func (w *world) lowered(p stop) (calls int) {
	w.t.Helper()
	w.sim.AddRecord(w.demo.Zones[theZone], theName, "A", 600, theOldServer)
	found := w.standing()
	s := w.draft(variant{})
	w.done(w.begin(setup.JobApply, s))
	v, err := w.store.Setup(w.t.Context(), s.ID)
	must(w.t, err)
	back := func() {
		v.Spec.Domain.Switch = setup.SwitchLater
		w.done(w.begin(setup.JobRestore, v))
	}
	back()
	before := w.wire.count()
	if p.call > 0 {
		w.wire.endAt(stop{p.call + before, p.how})
	}
	v.Spec.Domain.Switch = setup.SwitchAtEnd
	began := time.Now()
	w.done(w.beginLowered(v))
	if took := time.Since(began); took < 10*time.Minute {
		w.t.Errorf("%s: the job took %s, and the old TTL is 10 minutes", p, took)
	}
	calls = w.wire.count() - before
	back()
	if diff := cmp.Diff(found, w.standing(), cmpopts.IgnoreUnexported(types.ResourceRecordSet{}, types.ResourceRecord{}, types.AliasTarget{})); diff != "" {
		w.t.Errorf("%s: the records are not as they were found (want -, got +):\n%s", p, diff)
	}
	return calls
}

// The process ends at any call of a job that lowers the TTL first, before it, with its
// answer lost or in good order: the TTL is waited out, and the record comes back as it
// was found.
func TestLoweredTTLIsStoppedAnywhere(t *testing.T) {
	t.Parallel()
	withoutRace(t)
	var calls int
	inPacedWorld(t, quickPace(), func(w *world) { calls = w.lowered(stop{}) })
	every := sampleEvery(t)
	if every > 1 { // each point has two more jobs around it
		every *= 3
	}
	n := 0
	for i := 0; i < calls*int(stopWays); i += every {
		n++
		inPacedWorld(t, quickPace(), func(w *world) {
			p := stop{1 + i/int(stopWays), howToStop(i % int(stopWays))}
			w.lowered(p)
			if w.died != 1 {
				w.t.Errorf("%s: the process died %d times", p, w.died)
			}
		})
	}
	t.Logf("%d calls, stopped at %d points", calls, n)
}

// A check keeps what every server says of the name: that it leads here, then, when the
// old record was put back, that it does not, and what stood there.
func TestChecksKeepWhatDNSSays(t *testing.T) {
	t.Parallel()
	inPacedWorld(t, quickPace(), func(w *world) {
		w.sim.AddRecord(w.demo.Zones[theZone], theName, "A", 600, theOldServer)
		s := w.draft(variant{})
		w.done(w.begin(setup.JobApply, s))
		look := func() setup.DNSLook {
			time.Sleep(10 * time.Minute) // the check after the job
			l, err := w.store.DNSLook(w.t.Context(), s.ID)
			must(w.t, err)
			return l
		}
		if l := look(); !l.Here() || len(l.Own()) == 0 || len(l.Resolvers()) == 0 || l.OldTTL != 0 || l.HereSince.IsZero() {
			w.t.Errorf("after the move: %+v", l)
		}
		v, err := w.store.Setup(w.t.Context(), s.ID)
		must(w.t, err)
		v.Spec.Domain.Switch = setup.SwitchLater
		w.done(w.begin(setup.JobRestore, v))
		l := look()
		if l.Here() || l.OldTTL != 600 || l.Back || l.Cause != nil || len(l.Before) == 0 || l.Before[0].Values[0] != theOldServer {
			w.t.Errorf("after the move back: %+v", l)
		}
	})
}

// standing are the record sets of the setup's name, as AWS's API says them.
func (w *world) standing() any {
	w.t.Helper()
	out, err := w.outside(setup.EdgeRegion).Route53().ListResourceRecordSets(w.t.Context(), &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(w.demo.Zones[theZone])})
	must(w.t, err)
	return slices.DeleteFunc(out.ResourceRecordSets, func(s types.ResourceRecordSet) bool { return aws.ToString(s.Name) != theName+"." })
}

// The TTL of the record in the way was lowered by hand, and nobody moves traffic: the
// setup knows since when, and people are reminded once, after a week. With its old TTL
// all that is over.
func TestLowTTLIsRemindedOf(t *testing.T) {
	withoutRace(t)
	t.Parallel()
	inPacedWorld(t, quickPace(), func(w *world) {
		w.sim.AddRecord(w.demo.Zones[theZone], theName, "A", 600, theOldServer)
		s := w.draft(variant{change: func(s *setup.Spec) { s.Domain.Switch = setup.SwitchLater }})
		w.done(w.begin(setup.JobApply, s))
		must(w.t, w.store.AddNoticePlace(w.t.Context(), setup.NoticePlace{Kind: setup.NoticeChat, Name: "us", Host: "chat.example", Sealed: "x", Topics: []setup.NoticeTopic{setup.TopicTurn}}, "Ada"))
		look := func(after time.Duration) setup.DNSLook {
			time.Sleep(after)
			l, err := w.store.DNSLook(w.t.Context(), s.ID)
			must(w.t, err)
			return l
		}
		told := func() (n int) {
			must(w.t, w.store.Writer().QueryRowContext(w.t.Context(), `SELECT COALESCE(SUM(count), 0) FROM notices WHERE about = 'ttl'`).Scan(&n))
			return n
		}
		if l := look(4 * time.Hour); l.OldTTL != 600 || l.Low != nil {
			w.t.Fatalf("before: %+v", l)
		}
		lowered := time.Now()
		w.sim.AddRecord(w.demo.Zones[theZone], theName, "A", setup.LowTTL, theOldServer)
		l := look(4 * time.Hour)
		if l.Low == nil || l.Low.Was != 600 || l.Low.Since.Before(lowered) || l.Low.Since.Sub(lowered) > 4*time.Hour || told() != 0 {
			w.t.Fatalf("lowered: %+v, told %d times", l.Low, told())
		}
		since := l.Low.Since
		for day := 1; day < 12; day++ {
			w.stop() // a server with nothing to do for days costs the test minutes
			time.Sleep(20 * time.Hour)
			w.start()
			l = look(4 * time.Hour)
			want := 0
			if time.Since(since) >= setup.RemindLow+4*time.Hour {
				want = 1
			} else if time.Since(since) > setup.RemindLow {
				continue // by the next check
			}
			if l.Low == nil || !l.Low.Since.Equal(since) || told() != want {
				w.t.Errorf("day %d: %+v, told %d times, want %d", day, l.Low, told(), want)
			}
		}
		w.sim.AddRecord(w.demo.Zones[theZone], theName, "A", 600, theOldServer)
		if l = look(4 * time.Hour); l.Low != nil || told() != 1 {
			w.t.Errorf("raised again: %+v, told %d times", l.Low, told())
		}
	})
}
