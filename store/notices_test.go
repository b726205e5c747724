package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// A bellringer is a store with a clock that stands, and one place that is told of
// everything.
type bellringer struct {
	*Store
	t     *testing.T
	now   time.Time
	place setup.NoticePlace
}

func newBellringer(t *testing.T) *bellringer {
	t.Helper()
	b := &bellringer{Store: open(t), t: t, now: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)}
	b.SetClock(func() time.Time { return b.now })
	b.SetBell(&board{rung: map[int64]int64{}})
	b.add("#all", setup.NoticeTopics())
	b.answer(setup.NoticeAnswer{Taken: true, Status: 200})
	list, err := b.NoticePlaces(t.Context())
	must(t, err)
	b.place = list[0]
	return b
}

func (b *bellringer) add(name string, topics []setup.NoticeTopic) string {
	b.t.Helper()
	id, err := NewNoticePlaceID()
	must(b.t, err)
	must(b.t, b.AddNoticePlace(b.t.Context(), setup.NoticePlace{ID: id, Kind: setup.NoticeHook, Name: name, Topics: topics}, "Ada"))
	return id
}

// answer answers all deliveries that are due, and returns what they told.
func (b *bellringer) answer(a setup.NoticeAnswer) (told []setup.Notice) {
	b.t.Helper()
	for {
		p, found, err := b.NextDelivery(b.t.Context(), "w")
		must(b.t, err)
		if !found {
			return told
		}
		told = append(told, p.Delivery.Notice)
		must(b.t, b.FinishDelivery(b.t.Context(), "w", p, a))
	}
}

// titles are what is told now.
func (b *bellringer) titles() (list []string) {
	b.t.Helper()
	for _, n := range b.answer(setup.NoticeAnswer{Taken: true}) {
		list = append(list, string(n.Event)+" "+n.Title)
	}
	slices.Sort(list)
	return list
}

// check orders and ends a check.
func (b *bellringer) check(id string, o CheckOutcome) {
	b.t.Helper()
	b.now = b.now.Add(20 * time.Minute)
	must(b.t, b.AskCheck(b.t.Context(), id, "Ada"))
	p, found, err := b.NextCheck(b.t.Context(), "w", 0)
	must(b.t, err)
	if !found {
		b.t.Fatal("no check is due")
	}
	must(b.t, b.FinishCheck(b.t.Context(), "w", p, o))
}

// made is a setup whose first job has succeeded and told so.
func (b *bellringer) made() (id string) {
	b.t.Helper()
	id = draft(b.t, b.Store, "api.example.com").ID
	job := start(b.t, b.Store, id)
	for _, step := range []string{"a", "b", "c", "d"} {
		end(b.t, b.Store, job, step, setup.StepDone)
	}
	if got := b.titles(); !slices.Equal(got, []string{fmt.Sprintf("job.succeeded Job %d succeeded: api.example.com", job)}) {
		b.t.Fatal(got)
	}
	return id
}

// What jobs tell: that a person is needed, once for each turn, that they failed and
// how, and that they succeeded. What is cancelled is not told.
func TestJobsTell(t *testing.T) {
	t.Parallel()
	b := newBellringer(t)
	id := draft(t, b.Store, "api.example.com").ID
	job := start(t, b.Store, id)
	end(t, b.Store, job, "a", setup.StepDone)
	turn := Outcome{State: setup.StepNeedsYou, Summary: "Not there yet", After: time.Minute, Records: []setup.Record{{Type: "CNAME", Name: "_x.api.example.com", Value: "_y.acm-validations.aws"}}}
	settle := func(step string, o Outcome) {
		t.Helper()
		must(t, b.Settle(t.Context(), claim(t, b.Store, job, step), o))
	}
	settle("b", turn)
	told := b.answer(setup.NoticeAnswer{Taken: true})
	if len(told) != 1 || told[0].Event != setup.NoticeTurn || told[0].Job != job || told[0].Setup != "api.example.com" {
		t.Fatalf("%+v", told)
	}
	if want := `Job 1 waits for you at "B". Add 1 record at your DNS provider: CNAME _x.api.example.com → _y.acm-validations.aws. The job looks for them by itself and goes on.`; told[0].Text != want {
		t.Errorf("%s", told[0].Text)
	}
	b.now = b.now.Add(20 * time.Minute)
	settle("b", turn) // another look
	settle("c", Outcome{State: setup.StepNeedsYou, Summary: "Change the record", After: time.Minute})
	if got := b.titles(); !slices.Equal(got, []string{"job.turn Your turn: api.example.com"}) {
		t.Errorf("of another turn it tells %q", got)
	}
	settle("b", Outcome{State: setup.StepDone, Summary: "ACM, issued", Tells: setup.NoticeIssued})
	if got := b.titles(); !slices.Equal(got, []string{"certificate.issued Certificate issued: api.example.com"}) {
		t.Errorf("after a wait it tells %q", got)
	}
	settle("c", Outcome{State: setup.StepFailed, Problem: &setup.Problem{What: "AWS refused it.", Why: "It may not.", Fix: "Allow it.", Said: "AccessDenied: secret words"}})
	told = b.answer(setup.NoticeAnswer{Taken: true})
	if len(told) != 1 || told[0].Event != setup.NoticeFailed || told[0].Problem.Said != "" || told[0].Text != `It stopped at "C". AWS refused it. It may not. Allow it.` {
		t.Errorf("%+v", told)
	}
	other := start(t, b.Store, draft(t, b.Store, "b.example.com").ID)
	must(t, b.CancelJob(t.Context(), other, "Ada"))
	if got := b.titles(); len(got) > 0 {
		t.Errorf("of a cancelled job it tells %q", got)
	}
}

// What checks tell: each thing that somebody changed, once; a name that does not
// answer, and that it does again; and that all is as wanted again, once a check has
// seen it.
func TestChecksTell(t *testing.T) {
	t.Parallel()
	b := newBellringer(t)
	id := b.made()
	finding := func(key string) setup.FindingBody {
		return setup.FindingBody{Key: key, StepID: "a", Title: key + " differs", Is: "x", Want: "y", Repair: true}
	}
	good := setup.Sight{Here: setup.Yes, Answers: setup.Yes}
	found := func(keys ...string) CheckOutcome {
		o := CheckOutcome{Result: setup.CheckFindings, Sight: good, Looked: []setup.StepID{"a"}}
		for _, k := range keys {
			o.Findings = append(o.Findings, finding(k))
		}
		return o
	}
	healthy := CheckOutcome{Result: setup.CheckHealthy, Sight: good, Looked: []setup.StepID{"a"}}
	deaf := CheckOutcome{Result: setup.CheckFindings, Sight: setup.Sight{Here: setup.Yes, Answers: setup.No}, Looked: []setup.StepID{"a"}, Problem: &setup.Problem{What: "Callers get 502.", Fix: "Put it back."}}
	for i, c := range []struct {
		o    CheckOutcome
		want []string
	}{
		{healthy, nil},
		{found("one"), []string{"setup.drifted Changed outside apifront: api.example.com"}},
		{found("one"), nil},
		{found("one", "two"), []string{"setup.drifted Changed outside apifront: api.example.com"}},
		{CheckOutcome{Result: setup.CheckCouldNot}, nil},
		{CheckOutcome{Result: setup.CheckCouldNot}, nil},
		{healthy, []string{"setup.repaired As wanted again: api.example.com"}},
		{healthy, nil},
		{deaf, nil},
		{deaf, []string{"setup.not_answering Not answering: api.example.com"}},
		{deaf, nil},
		{healthy, []string{"setup.answering Answering again: api.example.com"}},
		{found("one"), []string{"setup.drifted Changed outside apifront: api.example.com"}},
	} {
		b.check(id, c.o)
		if diff := cmp.Diff(c.want, b.titles()); diff != "" {
			t.Errorf("check %d (want -, told +): %s", i, diff)
		}
	}
	// A job that puts it back tells of itself; that all is right is told by the check
	// after it.
	job := start2(t, b.Store, id)
	b.titles()
	b.now = b.now.Add(time.Minute)
	for _, step := range []string{"a", "b", "c", "d"} {
		end(t, b.Store, job, step, setup.StepDone)
	}
	if diff := cmp.Diff([]string{"job.succeeded Job 2 succeeded: api.example.com"}, b.titles()); diff != "" {
		t.Error(diff)
	}
	b.check(id, healthy)
	if diff := cmp.Diff([]string{"setup.repaired As wanted again: api.example.com"}, b.titles()); diff != "" {
		t.Error(diff)
	}
}

// start2 starts another job on a setup that exists.
func start2(t *testing.T, s *Store, id string) int64 {
	t.Helper()
	n, err := s.StartJob(t.Context(), NewJob{SetupID: id, Kind: setup.JobApply, By: "Ada", Steps: diamond()})
	must(t, err)
	return n
}

// A muted finding is no news when it counts again, and muting is no repair.
func TestMutingTellsNothing(t *testing.T) {
	t.Parallel()
	b := newBellringer(t)
	id := b.made()
	o := CheckOutcome{Result: setup.CheckFindings, Sight: setup.Sight{Here: setup.Yes, Answers: setup.Yes}, Looked: []setup.StepID{"a"}, Findings: []setup.FindingBody{{Key: "k", StepID: "a", Title: "It differs"}}}
	b.check(id, o)
	b.titles()
	list, err := openFindings(t.Context(), b.reader, id)
	must(t, err)
	for _, mute := range []bool{true, false} {
		must(t, b.MuteFinding(t.Context(), id, list[0].ID, mute, "Ada"))
		b.check(id, o)
		if got := b.titles(); len(got) > 0 {
			t.Errorf("mute %t tells %q", mute, got)
		}
	}
}

// A place is told of what it wants and of nothing else, from when it is added on.
func TestPlacesAreToldWhatTheyWant(t *testing.T) {
	t.Parallel()
	b := newBellringer(t)
	turns := b.add("#turns", []setup.NoticeTopic{setup.TopicTurn})
	b.add("#nothing", []setup.NoticeTopic{})
	b.answer(setup.NoticeAnswer{Taken: true})
	id := draft(t, b.Store, "api.example.com").ID
	job := start(t, b.Store, id)
	end(t, b.Store, job, "a", setup.StepDone)
	must(t, b.Settle(t.Context(), claim(t, b.Store, job, "b"), Outcome{State: setup.StepNeedsYou, Summary: "s", After: time.Minute}))
	must(t, b.SetNoticeTopics(t.Context(), map[string][]setup.NoticeTopic{turns: {}, "gone": {setup.TopicTurn}}, "Ada"))
	must(t, b.Settle(t.Context(), claim(t, b.Store, job, "c"), Outcome{State: setup.StepNeedsYou, Summary: "s", After: time.Minute}))
	list, err := b.Deliveries(t.Context(), "", 100)
	must(t, err)
	to := map[string]int{}
	for _, d := range list {
		if d.Notice.Event != setup.NoticeTest {
			to[d.PlaceID]++
		}
	}
	if diff := cmp.Diff(map[string]int{b.place.ID: 2, turns: 1}, to); diff != "" {
		t.Error(diff)
	}
}

// A place that takes nothing for three days is paused: nothing is written for it any
// more, and what waits is given up. A test that is taken ends that, one that is not
// changes nothing. A place that says that it is gone is paused at once.
func TestAPlaceIsPaused(t *testing.T) {
	t.Parallel()
	b := newBellringer(t)
	refused := setup.NoticeAnswer{Status: 503, Text: "no"}
	names := 0
	tell := func() {
		t.Helper()
		names++
		job := start(t, b.Store, draft(t, b.Store, fmt.Sprintf("n%d.example.com", names)).ID)
		for _, step := range []string{"a", "b", "c", "d"} {
			end(t, b.Store, job, step, setup.StepDone)
		}
	}
	place := func() setup.NoticePlace {
		t.Helper()
		p, err := b.NoticePlace(t.Context(), b.place.ID)
		must(t, err)
		return p
	}
	began := b.now
	tell()
	b.answer(refused)
	for range 20 {
		b.now = b.now.Add(4 * time.Hour) // 80 hours; from the 25th on there is nothing to try
		if b.now.Sub(began) > 60*time.Hour && names == 1 {
			tell()
		}
		b.answer(refused)
		if p := place(); !p.FailingSince.Equal(began) || p.PausedAt.IsZero() != (b.now.Sub(began) < 72*time.Hour) {
			t.Fatalf("after %s: %+v", b.now.Sub(began), p)
		}
	}
	tell()
	b.now = b.now.Add(time.Hour)
	if told := b.answer(refused); len(told) > 0 {
		t.Errorf("the paused place was told %d times", len(told))
	}
	must(t, b.TestNoticePlace(t.Context(), b.place.ID, "Ada"))
	b.answer(refused)
	if place().PausedAt.IsZero() {
		t.Error("a test that failed ended the pause")
	}
	must(t, b.TestNoticePlace(t.Context(), b.place.ID, "Ada"))
	must(t, b.TestNoticePlace(t.Context(), b.place.ID, "Ada"))
	if told := b.answer(setup.NoticeAnswer{Taken: true}); len(told) != 1 {
		t.Errorf("two tests at once are %d messages", len(told))
	}
	if p := place(); !p.PausedAt.IsZero() || !p.FailingSince.IsZero() {
		t.Errorf("%+v", p)
	}
	tell()
	b.answer(setup.NoticeAnswer{Status: 410, Gone: true})
	if place().PausedAt.IsZero() {
		t.Error("a place that is gone is not paused")
	}
}

// Somebody may have a delivery sent again, whatever became of it: it is tried for a
// day from then on, under the same ID.
func TestResend(t *testing.T) {
	t.Parallel()
	b := newBellringer(t)
	b.made()
	list, err := b.Deliveries(t.Context(), "", 10)
	must(t, err)
	one := list[0]
	b.now = b.now.Add(25 * time.Hour)
	must(t, b.ResendDelivery(t.Context(), one.ID, "Ada"))
	told := b.answer(setup.NoticeAnswer{Status: 500})
	if len(told) != 1 || told[0].ID != one.Notice.ID {
		t.Fatalf("%+v", told)
	}
	list, err = b.Deliveries(t.Context(), "", 10)
	must(t, err)
	if d := list[0]; d.State != setup.DeliveryWaiting || d.Tries != 2 || d.Status != 500 || d.DueAt.Before(b.now.Add(time.Minute)) {
		t.Errorf("%+v", d)
	}
	if err := b.ResendDelivery(t.Context(), "gone", "Ada"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// Of one place a worker is at one delivery at a time, and what another one holds is
// not taken before its lease ends; then it is, and the first one's answer is not
// stored any more.
func TestDeliveriesAreClaimed(t *testing.T) {
	t.Parallel()
	b := newBellringer(t)
	b.made()
	must(t, b.TestNoticePlace(t.Context(), b.place.ID, "Ada"))
	list, err := b.Deliveries(t.Context(), "", 10)
	must(t, err)
	must(t, b.ResendDelivery(t.Context(), list[1].ID, "Ada"))
	first, found, err := b.NextDelivery(t.Context(), "one")
	if err != nil || !found {
		t.Fatal(found, err)
	}
	if _, found, err := b.NextDelivery(t.Context(), "two"); found || err != nil {
		t.Errorf("two workers are at one place: %t, %v", found, err)
	}
	b.now = b.now.Add(deliveryLease + time.Second)
	second, found, err := b.NextDelivery(t.Context(), "two")
	if err != nil || !found {
		t.Fatal(found, err)
	}
	if second.Delivery.ID != first.Delivery.ID || second.Delivery.Tries != first.Delivery.Tries+1 {
		t.Errorf("%+v, then %+v", first.Delivery, second.Delivery)
	}
	if err := b.FinishDelivery(t.Context(), "one", first, setup.NoticeAnswer{Taken: true}); !errors.Is(err, ErrFenced) {
		t.Errorf("who was overtaken stores an answer: %v", err)
	}
	must(t, b.FreeDeliveries(t.Context(), "two"))
	if _, found, err := b.NextDelivery(t.Context(), "three"); !found || err != nil {
		t.Errorf("what was given back is not taken: %v", err)
	}
}

// A notice that somebody is about to deliver stays as it is; what happens then is
// told by the next.
func TestWhatIsDeliveredStaysAsItIs(t *testing.T) {
	t.Parallel()
	b := newBellringer(t)
	id := b.made()
	again := func() {
		t.Helper()
		job := start2(t, b.Store, id)
		for _, step := range []string{"a", "b", "c", "d"} {
			end(t, b.Store, job, step, setup.StepDone)
		}
	}
	again()
	again()
	if told := b.answer(setup.NoticeAnswer{Taken: true}); len(told) > 0 {
		t.Errorf("%+v", told)
	}
	b.now = b.now.Add(noticeRest)
	p, found, err := b.NextDelivery(t.Context(), "w")
	if err != nil || !found || p.Delivery.Notice.Count != 2 || p.Delivery.Notice.Job != 3 {
		t.Fatalf("%+v, %v", p, err)
	}
	b.now = b.now.Add(-time.Second) // the clock of another process
	again()
	must(t, b.FinishDelivery(t.Context(), "w", p, setup.NoticeAnswer{Taken: true}))
	b.now = b.now.Add(noticeRest + time.Second)
	if told := b.answer(setup.NoticeAnswer{Taken: true}); len(told) != 1 || told[0].Count != 1 || told[0].Job != 4 {
		t.Errorf("%+v", told)
	}
}

// Notices are forgotten after 30 days.
func TestNoticesAreForgotten(t *testing.T) {
	t.Parallel()
	b := newBellringer(t)
	b.made()
	b.now = b.now.Add(29 * 24 * time.Hour)
	if n, err := b.ForgetNotices(t.Context()); n != 0 || err != nil {
		t.Error(n, err)
	}
	b.now = b.now.Add(25 * time.Hour)
	if n, err := b.ForgetNotices(t.Context()); n != 2 || err != nil {
		t.Error(n, err)
	}
	if list, err := b.Deliveries(t.Context(), "", 10); len(list) > 0 || err != nil {
		t.Error(list, err)
	}
}

// Pages of setups and jobs name the places with what each is told, in the order in
// which they were added, and never say where they are.
func TestWhoIsToldIsReadWithTheRest(t *testing.T) {
	t.Parallel()
	b := newBellringer(t)
	v := madeSetup(t, b.Store, "a.example.com")
	j, err := b.Jobs(t.Context(), JobFilter{SetupID: v.ID, Limit: 1})
	must(t, err)
	told := func(want ...setup.Listener) {
		t.Helper()
		w, err := b.Watched(t.Context(), v.ID)
		must(t, err)
		since, err := b.Since(t.Context(), j[0])
		must(t, err)
		if d := cmp.Diff(want, w.Told) + cmp.Diff(want, since.Told); d != "" {
			t.Error(d)
		}
	}
	first := setup.Listener{Name: "#all", Topics: setup.NoticeTopics()}
	told(first)
	name := `"'\` + "`" + `é ] } , ` + "\u2028"
	b.add(name, []setup.NoticeTopic{setup.TopicTurn})
	b.add("none", nil)
	told(first, setup.Listener{Name: name, Topics: []setup.NoticeTopic{setup.TopicTurn}}, setup.Listener{Name: "none"})
	b.answer(setup.NoticeAnswer{Status: 410, Gone: true})
	for _, p := range []string{name, "none"} {
		list, err := b.NoticePlaces(t.Context())
		must(t, err)
		i := slices.IndexFunc(list, func(x setup.NoticePlace) bool { return x.Name == p })
		must(t, b.RemoveNoticePlace(t.Context(), list[i].ID, "Ada"))
	}
	b.check(v.ID, CheckOutcome{Result: setup.CheckFindings, Sight: setup.Sight{Here: setup.Yes, Answers: setup.Yes}, Findings: []setup.FindingBody{{Key: "x", StepID: "distribution", Title: "Differs"}}, Looked: []setup.StepID{"distribution"}})
	b.answer(setup.NoticeAnswer{Status: 410, Gone: true})
	first.Paused = true
	told(first)
	must(t, b.RemoveNoticePlace(t.Context(), b.place.ID, "Ada"))
	w, err := b.Watched(t.Context(), v.ID)
	must(t, err)
	if len(w.Told) != 0 {
		t.Errorf("%v", w.Told)
	}
}
