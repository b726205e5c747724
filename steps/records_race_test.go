package steps

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/setup"
)

// somebodies are changes that somebody makes in the console: a record set that
// is put at the name.
var somebodies = []struct {
	name string
	set  types.ResourceRecordSet
}{
	{"an address", types.ResourceRecordSet{Type: types.RRTypeA, TTL: aws.Int64(60), ResourceRecords: values53("198.51.100.7", "198.51.100.8")}},
	{"an IPv6 address", types.ResourceRecordSet{Type: types.RRTypeAaaa, TTL: aws.Int64(60), ResourceRecords: values53("2001:db8::7")}},
	{"a CNAME", types.ResourceRecordSet{Type: types.RRTypeCname, TTL: aws.Int64(60), ResourceRecords: values53("theirs.hosting.example.")}},
	{"a weighted record", types.ResourceRecordSet{Type: types.RRTypeA, TTL: aws.Int64(60), SetIdentifier: aws.String("blue"), Weight: aws.Int64(1), ResourceRecords: values53("198.51.100.9")}},
	{"a text", types.ResourceRecordSet{Type: types.RRTypeTxt, TTL: aws.Int64(60), ResourceRecords: values53(`"theirs"`)}},
	{"nothing", types.ResourceRecordSet{}},
}

func values53(values ...string) []types.ResourceRecord {
	var list []types.ResourceRecord
	for _, v := range values {
		list = append(list, types.ResourceRecord{Value: aws.String(v)})
	}
	return list
}

// replace puts a set at the name in one batch, as somebody in the console does,
// and deletes the sets that cannot exist beside it. It returns whether Route 53
// accepted the batch.
func (w *world) replace(name string, set types.ResourceRecordSet) bool {
	e := &Env{Setup: w.setup, DNSAccount: w.outside()}
	sets, err := listRecordSets(w.t.Context(), e, name)
	if err != nil {
		w.t.Fatal(err)
	}
	var changes []types.Change
	for _, s := range sets {
		cname := s.Type == types.RRTypeCname || set.Type == types.RRTypeCname
		if s.Type == set.Type || cname || set.Type == "" {
			changes = append(changes, types.Change{Action: types.ChangeActionDelete, ResourceRecordSet: &s})
		}
	}
	if set.Type != "" {
		set.Name = aws.String(name)
		changes = append(changes, types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &set})
	}
	if len(changes) == 0 {
		return false
	}
	_, err = e.DNSAccount.Route53().ChangeResourceRecordSets(w.t.Context(), &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: &w.setup.Spec.Domain.ZoneID, ChangeBatch: &types.ChangeBatch{Changes: changes},
	})
	return err == nil
}

// spoilValidation gives the validation record of the setup another value.
func (p *Story) spoilValidation() {
	p.t.Helper()
	records, _ := validationRecords(p.env("validation"))
	if len(records) == 0 {
		return
	}
	theirs := types.ResourceRecordSet{Type: types.RRTypeCname, TTL: aws.Int64(60), ResourceRecords: values53("theirs.acm-validations.aws.")}
	p.freely(func() error {
		if !p.replace(records[0].Name, theirs) {
			return errors.New("the validation record could not be changed")
		}
		return nil
	})
}

// Whatever somebody puts at the name, and at whatever moment of the step:
// afterwards it is still there, or it is stored as replaced and was shown.
func TestWhatSomebodyPutsThereIsNeverLost(t *testing.T) {
	every := 4
	if UnderRace {
		every = 16
	}
	if os.Getenv("APIFRONT_LAWS") == "all" {
		every = 1
	}
	n := 0
	for _, start := range []struct {
		name string
		set  types.ResourceRecordSet
	}{
		{"where nothing was", types.ResourceRecordSet{}},
		{"in the place of a CNAME", types.ResourceRecordSet{Type: types.RRTypeCname, TTL: aws.Int64(300), ResourceRecords: values53("old.hosting.example.")}},
		{"in the place of an address", types.ResourceRecordSet{Type: types.RRTypeA, TTL: aws.Int64(300), ResourceRecords: values53("203.0.113.1", "203.0.113.2")}},
	} {
		for _, step := range []string{"dns", "validation"} {
			if step == "validation" && start.set.Type == types.RRTypeA {
				continue // DNS allows no CNAME beside an address
			}
			for _, s := range somebodies {
				t.Run(step+"/"+start.name+"/"+s.name, func(t *testing.T) {
					for _, lost := range []bool{false, true} {
						calls := 1
						for at := 0; at < calls; at++ {
							if n++; at > 0 && n%every != 0 {
								continue
							}
							synctest.Test(t, func(t *testing.T) {
								calls = max(calls, somebodyAt(t, step, start.set, s.set, at, lost))
							})
						}
						if calls < 2 {
							t.Errorf("the step made %d calls", calls)
						}
					}
				})
			}
		}
	}
}

// somebodyAt runs the step, with somebody's change before its n-th call, and
// returns how many calls the step made. lost says that the answer to the step's
// own write is lost.
func somebodyAt(t *testing.T, step string, start, theirs types.ResourceRecordSet, at int, lost bool) int {
	w := newWorldOf(t, sim.Config{PageSize: 1, Log: func(string, ...any) {}}, nil)
	w.upTo(setup.StepID(step))
	name := w.setup.Spec.Domain.Name
	if step == "validation" {
		records, _ := validationRecords(w.env(setup.StepID(step)))
		name = records[0].Name
	}
	w.replace(name, start)
	n, busy, put, wrote := 0, false, false, false
	w.sending = func(r *http.Request) {
		if busy || !strings.Contains(r.URL.Host, "route53") {
			return
		}
		if n++; n == at+1 {
			busy = true
			put = w.replace(name, theirs)
			busy = false
		}
		if lost && !wrote && r.Method == http.MethodPost {
			wrote = true
			w.lose(1)
		}
	}
	_, p := w.run(w.step(setup.StepID(step)))
	w.sending = nil
	e := w.env(setup.StepID(step))
	sets, err := listRecordSets(t.Context(), e, name)
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprint(w.changes, w.observed[setup.StepID(step)], p)
	r := w.resources[map[string]string{"dns": setup.KeyRecordTraffic, "validation": setup.KeyRecordValidation}[step]]
	kept := readRecordsJSON(r.Attributes[setup.AttrPrevious])
	for _, older := range w.resources.OlderRecords() {
		kept = append(kept, older...)
	}
	for _, first := range []struct {
		set  types.ResourceRecordSet
		here bool
		went bool // somebody may have deleted it
	}{{start, at > 0, put && theirsWent(start, theirs)}, {theirs, put, false}} {
		if first.set.Type == "" || !first.here {
			continue
		}
		first.set.Name = &name
		for _, v := range asRecords(first.set) {
			there, replaced := false, false
			for _, s := range sets {
				for _, r := range asRecords(s) {
					there = there || r.Type == v.Type && r.Value == v.Value && r.TTL == v.TTL && aws.ToString(s.SetIdentifier) == aws.ToString(first.set.SetIdentifier)
				}
			}
			for _, r := range kept {
				replaced = replaced || r.Type == v.Type && r.Value == v.Value && r.TTL == v.TTL
			}
			switch {
			case there:
			case first.went && !replaced:
			case !replaced:
				t.Errorf("before call %d: %s %s is lost; there: %v, kept: %v, problem: %v", at, v.Type, v.Value, sets, kept, p)
			case !strings.Contains(shown, v.Value):
				t.Errorf("before call %d: %s %s was replaced and never shown: %s", at, v.Type, v.Value, shown)
			}
		}
	}
	if p != nil {
		complete(t, p)
		if theirs.SetIdentifier == nil && (step != "validation" || theirs.Type == types.RRTypeCname) {
			t.Errorf("before call %d the step stopped: %v", at, p)
		}
	}
	return n
}

// theirsWent says whether somebody's change deletes the first records.
func theirsWent(start, theirs types.ResourceRecordSet) bool {
	return theirs.Type == "" || theirs.Type == start.Type || theirs.Type == types.RRTypeCname || start.Type == types.RRTypeCname
}

// Each of the records that jobs replaced one after the other is stored. The
// last one is put back. None of them is a record of ours.
func TestEveryReplacedRecordIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), lakeside)
		name := w.setup.Spec.Domain.Name
		w.apply()
		for _, a := range []string{"198.51.100.7", "198.51.100.8", "198.51.100.7"} {
			w.put(types.ChangeActionUpsert, types.RRTypeA, a)
			w.apply()
		}
		w.setup.Spec.Edge.IPv6 = false // deletes our AAAA alias
		w.apply()
		var kept []string
		for _, records := range append([][]setup.Record{w.resources.OldRecords(name)}, w.resources.OlderRecords()...) {
			kept = append(kept, replaced(records))
		}
		if d := cmp.Diff([]string{"A 198.51.100.7", "A 198.51.100.8", "CNAME shops.hosting.example"}, kept); d != "" {
			t.Errorf("kept:\n%s", d)
		}
		if id, p := w.restore(); id != "" {
			t.Fatalf("step %s: %v", id, p)
		}
		w.apply()
		if n := len(w.resources.OlderRecords()); n != 2 || replaced(w.resources.OldRecords(name)) != "A 198.51.100.7" {
			t.Errorf("after a restore and a new job: %v and %d older", w.resources.OldRecords(name), n)
		}
	})
}

// A record with a routing policy must not be replaced, and the problem names
// it.
func TestRoutedRecordsAreNamed(t *testing.T) {
	t.Parallel()
	for want, set := range map[string]types.ResourceRecordSet{
		"":                             {},
		"set blue":                     {SetIdentifier: aws.String("blue")},
		"traffic policy instance 1-2a": {TrafficPolicyInstanceId: aws.String("1-2a")},
	} {
		if got := routing(set); got != want {
			t.Errorf("%+v is %q, want %q", set, got, want)
		}
	}
}
