package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"apifront/setup"
)

// asking is the context of a person with an ID, as handlers give it.
func asking(ctx context.Context, name string) context.Context {
	return WithActor(ctx, Actor{UserID: "id of " + name, Name: name})
}

func askDiagnosis(ctx context.Context, t *testing.T, s *Store, name, by string) setup.Diagnosis {
	t.Helper()
	d, err := s.AskDiagnosis(asking(ctx, by), NewDiagnosis{Name: name, By: by})
	must(t, err)
	return d
}

func readDiagnosis(t *testing.T, s *Store, id string) setup.Diagnosis {
	t.Helper()
	d, err := s.Diagnosis(t.Context(), id)
	must(t, err)
	return d
}

// nextDiagnosis is the ID of the diagnosis that the worker gets; "" for none.
func nextDiagnosis(ctx context.Context, t *testing.T, s *Store, by string) string {
	t.Helper()
	d, found, err := s.NextDiagnosis(ctx, by)
	must(t, err)
	if !found {
		return ""
	}
	return d.ID
}

var (
	delegated = setup.DoctorLook{ID: setup.DoctorDelegation, Part: setup.PartName, Title: "The domain is delegated", State: setup.DoctorRight}
	twoWrong  = setup.DiagnosisBody{Verdict: setup.VerdictWrong, Head: "2 wrong", Text: "Callers get 502.", Took: 7 * time.Second, Looks: []setup.DoctorLook{delegated}}
)

// A diagnosis from the question to the end: one worker has it, what it sees is read
// meanwhile, whoever watches is woken, and afterwards nobody can change it.
func TestADiagnosisFromStartToEnd(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	asked, stop := s.WatchDiagnoses()
	defer stop()
	changed, end := s.WatchDiagnosed()
	defer end()
	woken := func(c <-chan struct{}, by string) {
		t.Helper()
		select {
		case <-c:
		case <-time.After(10 * time.Second):
			t.Errorf("nobody was woken by %s", by)
		}
	}
	d, err := s.AskDiagnosis(asking(ctx, "Ada"), NewDiagnosis{Name: "api.example.com", Path: "/health", Connection: "default", Region: "eu-west-1", By: "Ada"})
	must(t, err)
	woken(asked, "the question")
	if is := readDiagnosis(t, s, d.ID); !is.Open() || !is.BegunAt.IsZero() || is.Name != "api.example.com" || is.Path != "/health" || is.Connection != "default" || is.Region != "eu-west-1" ||
		is.By != (setup.Person{ID: "id of Ada", Name: "Ada"}) || !is.AskedAt.Equal(d.AskedAt) {
		t.Errorf("asked for: %+v", is)
	}
	if got := nextDiagnosis(ctx, t, s, "w"); got != d.ID {
		t.Fatalf("the worker gets %q", got)
	}
	if got := nextDiagnosis(ctx, t, s, "other"); got != "" {
		t.Errorf("a second worker gets %q too", got)
	}
	b := setup.DiagnosisBody{}.Seen(delegated)
	wants(t, s.SaveDiagnosis(ctx, "other", d.ID, b), ErrFenced)
	wants(t, s.FinishDiagnosis(ctx, "other", d.ID, twoWrong), ErrFenced)
	must(t, s.SaveDiagnosis(ctx, "w", d.ID, b))
	woken(changed, "what was seen")
	if is := readDiagnosis(t, s, d.ID); !is.Open() || is.BegunAt.IsZero() || len(is.Looks) != len(setup.DoctorLooks()) || is.Looks[0].State != setup.DoctorRight || is.Verdict != "" {
		t.Errorf("under way: %+v", is)
	}
	must(t, s.FinishDiagnosis(ctx, "w", d.ID, twoWrong))
	woken(changed, "the end")
	is := readDiagnosis(t, s, d.ID)
	if is.Open() || is.Verdict != setup.VerdictWrong || is.Head != "2 wrong" || is.Text != "Callers get 502." || is.Took != 7*time.Second || len(is.Looks) != 1 {
		t.Errorf("ended: %+v", is)
	}
	wants(t, s.RenewDiagnosis(ctx, "w", d.ID), ErrFenced)
	wants(t, s.SaveDiagnosis(ctx, "w", d.ID, b), ErrFenced)
	wants(t, s.FinishDiagnosis(ctx, "w", d.ID, setup.DiagnosisBody{Verdict: setup.VerdictHealthy}), ErrFenced)
	must(t, s.StopDiagnosis(ctx, d.ID, "Grace"))
	if after := readDiagnosis(t, s, d.ID); after.Verdict != is.Verdict || after.StoppedBy.Name != "" {
		t.Errorf("what has ended was stopped: %+v", after)
	}
	_, err = s.Diagnosis(ctx, "nobody")
	wants(t, err, ErrNotFound)
	wants(t, s.StopDiagnosis(ctx, "nobody", "Ada"), ErrNotFound)
	list, err := s.Diagnoses(ctx, "", 10)
	must(t, err)
	if len(list) != 1 || list[0].Head != "2 wrong" || list[0].Text == "" || len(list[0].Looks) > 0 {
		t.Errorf("the list has %+v", list)
	}
}

// Of a worker that died another one takes the diagnosis, and the first can write no
// more. One that ends every worker is given up.
func TestADiagnosisOutlivesItsWorker(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	now := s.Now()
	s.SetClock(func() time.Time { return now })
	d := askDiagnosis(ctx, t, s, "api.example.com", "Ada")
	begun := nextDiagnosis(ctx, t, s, "w1")
	now = now.Add(diagnosisLease - time.Second)
	must(t, s.RenewDiagnosis(ctx, "w1", d.ID))
	now = now.Add(diagnosisLease - time.Second)
	must(t, s.SaveDiagnosis(ctx, "w1", d.ID, setup.DiagnosisBody{}.Seen(delegated)))
	now = now.Add(diagnosisLease - time.Second)
	if got := nextDiagnosis(ctx, t, s, "w2"); begun != d.ID || got != "" {
		t.Fatalf("w1 has %q, and within its lease w2 gets %q", begun, got)
	}
	for i := 2; i <= mostTakes; i++ {
		now = now.Add(diagnosisLease + time.Second)
		if got := nextDiagnosis(ctx, t, s, fmt.Sprint("w", i)); got != d.ID {
			t.Fatalf("after the lease w%d gets %q", i, got)
		}
		wants(t, s.RenewDiagnosis(ctx, fmt.Sprint("w", i-1), d.ID), ErrFenced)
		wants(t, s.FinishDiagnosis(ctx, fmt.Sprint("w", i-1), d.ID, twoWrong), ErrFenced)
		if i == 2 { // one that was told to end has not died
			must(t, s.FreeDiagnoses(ctx, "w2"))
			if got := nextDiagnosis(ctx, t, s, "w2"); got != d.ID {
				t.Fatalf("given back, and then it gets %q", got)
			}
		}
	}
	now = now.Add(diagnosisLease + time.Second)
	if got := nextDiagnosis(ctx, t, s, "last"); got != "" {
		t.Errorf("it is begun once more by %q", got)
	}
	if is := readDiagnosis(t, s, d.ID); is.Open() || is.Verdict != setup.VerdictCouldNot || is.Text == "" || is.Looks[0].State != setup.DoctorRight {
		t.Errorf("given up: %+v", is)
	}
	// A lease of a clock that was ahead is nobody's.
	other := askDiagnosis(ctx, t, s, "other.example.com", "Ada")
	now = now.Add(24 * time.Hour)
	nextDiagnosis(ctx, t, s, "ahead")
	now = now.Add(-24 * time.Hour)
	if got := nextDiagnosis(ctx, t, s, "w"); got != other.ID {
		t.Errorf("the clock was put back, and a worker gets %q", got)
	}
}

// A person stops a diagnosis: what was seen stays, and the worker is fenced at once.
func TestADiagnosisIsStopped(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	d, waiting := askDiagnosis(ctx, t, s, "api.example.com", "Ada"), askDiagnosis(ctx, t, s, "waits.example.com", "Ada")
	if got := nextDiagnosis(ctx, t, s, "w"); got != d.ID {
		t.Fatalf("the worker gets %q, and not what waits longest", got)
	}
	must(t, s.SaveDiagnosis(ctx, "w", d.ID, setup.DiagnosisBody{}.Seen(delegated)))
	for _, id := range []string{d.ID, waiting.ID} {
		must(t, s.StopDiagnosis(asking(ctx, "Grace"), id, "Grace"))
	}
	wants(t, s.RenewDiagnosis(ctx, "w", d.ID), ErrFenced)
	wants(t, s.SaveDiagnosis(ctx, "w", d.ID, twoWrong), ErrFenced)
	wants(t, s.FinishDiagnosis(ctx, "w", d.ID, twoWrong), ErrFenced)
	is := readDiagnosis(t, s, d.ID)
	if is.Open() || is.Verdict != setup.VerdictStopped || is.StoppedBy != (setup.Person{ID: "id of Grace", Name: "Grace"}) || is.Looks[0].State != setup.DoctorRight || is.Looks[1].State != setup.DoctorUnasked {
		t.Errorf("stopped: %+v", is)
	}
	if is := readDiagnosis(t, s, waiting.ID); is.Verdict != setup.VerdictStopped || is.Took != 0 {
		t.Errorf("stopped before it began: %+v", is)
	}
	if got := nextDiagnosis(ctx, t, s, "w"); got != "" {
		t.Errorf("a worker gets %q, which was stopped", got)
	}
	if again := askDiagnosis(ctx, t, s, "api.example.com", "Ada"); again.ID == d.ID {
		t.Error("asked again, it leads to the one that was stopped")
	}
}

// The same question within ten seconds is the same diagnosis, whoever asks. Each person
// may ask so often in a minute, and all together so much at a time.
func TestDiagnosesAreLimited(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	now := s.Now()
	s.SetClock(func() time.Time { return now })
	d := askDiagnosis(ctx, t, s, "api.example.com", "Ada")
	if again := askDiagnosis(ctx, t, s, "api.example.com", "Grace"); again.ID != d.ID {
		t.Error("two people who ask the same get two diagnoses")
	}
	other, err := s.AskDiagnosis(asking(t.Context(), "Ada"), NewDiagnosis{Name: "api.example.com", Path: "/health", By: "Ada"})
	must(t, err)
	if other.ID == d.ID {
		t.Error("another path is the same diagnosis")
	}
	now = now.Add(2 * sameDiagnosis)
	if again := askDiagnosis(ctx, t, s, "api.example.com", "Ada"); again.ID != d.ID {
		t.Error("it has not ended, and a second one was ordered")
	}
	nextDiagnosis(ctx, t, s, "w")
	must(t, s.FinishDiagnosis(t.Context(), "w", d.ID, twoWrong))
	if again := askDiagnosis(ctx, t, s, "api.example.com", "Ada"); again.ID == d.ID {
		t.Error("it has ended long ago, and is not asked anew")
	}
	asks := func(who string, n int) error {
		_, err := s.AskDiagnosis(asking(t.Context(), who), NewDiagnosis{Name: fmt.Sprintf("n%d.%s.example.com", n, strings.ToLower(who)), By: who})
		return err
	}
	now = now.Add(time.Hour)
	for i := range diagnosesAMinute {
		must(t, asks("Ada", i))
		now = now.Add(time.Second)
	}
	var many *TooManyDiagnosesError
	if err := asks("Ada", 99); !errors.As(err, &many) || many.Wait <= 0 || many.Wait > time.Minute || many.All {
		t.Errorf("one more within the minute: %v", err)
	}
	must(t, asks("Grace", 0))
	now = now.Add(many.Wait)
	must(t, asks("Ada", 99))
	if err := asks("Ada", 100); !errors.As(err, &many) {
		t.Errorf("a minute is not over: %v", err)
	}
	now = now.Add(-time.Hour) // what was asked in a time to come is no reason to wait
	must(t, asks("Ada", 101))
	for i := 0; ; i++ {
		if err := asks(fmt.Sprintf("P%d", i), i); err != nil {
			if !errors.As(err, &many) || !many.All {
				t.Fatal(err)
			}
			break
		}
		if i > mostOpenDiagnoses {
			t.Fatal("there is no end of open diagnoses")
		}
	}
}

// People who ask at the same moment are counted one after the other.
func TestDiagnosesAtOnceAreLimited(t *testing.T) {
	t.Parallel()
	s := open(t)
	var group sync.WaitGroup
	ids := make([]string, 4*diagnosesAMinute)
	for i := range ids {
		group.Go(func() {
			d, err := s.AskDiagnosis(asking(t.Context(), "Ada"), NewDiagnosis{Name: fmt.Sprintf("n%d.example.com", i/2), By: "Ada"})
			if err == nil {
				ids[i] = d.ID
			} else if !errors.Is(err, ErrConflict) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	distinct := map[string]bool{}
	for i := range ids {
		if i%2 == 1 && ids[i] != "" && ids[i-1] != "" && ids[i] != ids[i-1] {
			t.Error("the same question at once became two diagnoses")
		}
		if ids[i] != "" {
			distinct[ids[i]] = true
		}
	}
	if len(distinct) != diagnosesAMinute {
		t.Errorf("one person got %d diagnoses within a minute, want %d", len(distinct), diagnosesAMinute)
	}
	took := make([]string, 20)
	for i := range took {
		group.Go(func() {
			d, found, err := s.NextDiagnosis(t.Context(), fmt.Sprint("w", i))
			if err != nil {
				t.Error(err)
			} else if found {
				took[i] = d.ID
			}
		})
	}
	group.Wait()
	for i, a := range took {
		for _, b := range took[:i] {
			if a != "" && a == b {
				t.Error("two workers have the same diagnosis")
			}
		}
	}
}

// Who asks while others have the turn is counted with those that began later.
func TestDiagnosesAreCountedWhateverBeganFirst(t *testing.T) {
	t.Parallel()
	s := open(t)
	now := s.Now()
	s.SetClock(func() time.Time { now = now.Add(-time.Millisecond); return now })
	for i := range diagnosesAMinute + 1 {
		_, err := s.AskDiagnosis(asking(t.Context(), "Ada"), NewDiagnosis{Name: fmt.Sprintf("n%d.example.com", i), By: "Ada"})
		_, many := errors.AsType[*TooManyDiagnosesError](err)
		if many != (i == diagnosesAMinute) || !many && err != nil {
			t.Errorf("question %d: %v", i+1, err)
		}
	}
}

// Diagnoses are kept for 30 days, and only so many of one person, of all, and so much
// of each. What has not ended stays.
func TestDiagnosesAreBounded(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	now := s.Now()
	s.SetClock(func() time.Time { return now })
	ended := func(name, by string, b setup.DiagnosisBody) string {
		t.Helper()
		d := askDiagnosis(ctx, t, s, name, by)
		for {
			id := nextDiagnosis(ctx, t, s, "w")
			if id == "" {
				t.Fatal("no diagnosis waits")
			}
			if id == d.ID {
				break
			}
		}
		must(t, s.FinishDiagnosis(ctx, "w", d.ID, b))
		return d.ID
	}
	left := func(keep diagnosisBounds) (names []string) {
		t.Helper()
		must(t, s.write(ctx, func(t *tx) error { return t.pruneDiagnoses(ctx, keep) }))
		list, err := s.Diagnoses(ctx, "", 100)
		must(t, err)
		for _, d := range list {
			names = append(names, strings.TrimSuffix(d.Name, ".example.com"))
		}
		return names
	}
	is := func(keep diagnosisBounds, want string) {
		t.Helper()
		if got := strings.Join(left(keep), " "); got != want {
			t.Errorf("left are %q, want %q", got, want)
		}
	}
	// No two characters are alike, so that nothing shrinks.
	long := strings.Repeat("é<", 2000)
	huge := setup.DiagnosisBody{Verdict: setup.VerdictWrong, Head: long, Text: long, Took: time.Second}
	for range 40 {
		asks := []setup.Asked{}
		for range 40 {
			asks = append(asks, setup.NewAsked(long, long, "dig"))
		}
		huge.Looks = append(huge.Looks, setup.DoctorLook{ID: setup.DoctorRequest, Title: "A request", State: setup.DoctorWrong, Asked: asks})
		huge.Findings = append(huge.Findings, setup.FindingBody{Title: long, Evidence: asks})
		huge.Things = append(huge.Things, setup.Thing{What: long, ID: long})
	}
	first := ended("huge.example.com", "Ada", huge)
	var size int
	must(t, s.reader.QueryRowContext(ctx, `SELECT octet_length(body) + octet_length(head) + octet_length(text) FROM diagnoses WHERE id = $1`, first).Scan(&size))
	if got := readDiagnosis(t, s, first); size > LongestDiagnosis+8<<10 || got.Verdict != setup.VerdictWrong || len([]rune(got.Head)) > longestHead+1 || len([]rune(got.Text)) > longestText+1 || len(got.Findings) == 0 {
		t.Errorf("a huge diagnosis has %d octets, %d findings", size, len(got.Findings))
	}
	wide := twoWrong
	wide.Text = long
	wide.Looks = []setup.DoctorLook{{Title: strings.Repeat("a", 2*LongestDiagnosis)}}
	if got := readDiagnosis(t, s, ended("wide.example.com", "Ada", wide)); got.Verdict != setup.VerdictWrong || got.Head == "" {
		t.Errorf("one look that is longer than all may be: %+v", got)
	}
	for i := range 4 {
		ended(fmt.Sprintf("a%d.example.com", i), "Ada", twoWrong)
		time.Sleep(2 * time.Millisecond)
	}
	ended("g.example.com", "Grace", twoWrong)
	all := diagnosisBounds{ofOne: 100, inAll: 100, octets: 1 << 30}
	is(all, "g a3 a2 a1 a0 wide huge")
	few := all
	few.octets = 64 << 10
	is(few, "g a3 a2 a1 a0 wide")
	few = all
	few.ofOne = 3
	is(few, "g a3 a2 a1")
	few = all
	few.inAll = 2
	is(few, "g a3")
	open := askDiagnosis(ctx, t, s, "open.example.com", "Ada")
	must(t, s.ForgetDiagnoses(ctx))
	now = now.Add(KeepDiagnoses + time.Hour)
	is(all, "open")
	if d := readDiagnosis(t, s, open.ID); !d.Open() {
		t.Error("the one that is open has ended")
	}
}

// The setups of a name are found in every account, and without those that were removed
// from the list.
func TestSetupsNamed(t *testing.T) {
	t.Parallel()
	s := open(t)
	v := madeSetup(t, s, "a.example.com")
	madeSetup(t, s, "b.example.com")
	list, err := s.SetupsNamed(t.Context(), "a.example.com")
	must(t, err)
	if len(list) != 1 || list[0].ID != v.ID {
		t.Errorf("the setups of the name are %+v", list)
	}
	if list, err := s.SetupsNamed(t.Context(), "example.com"); err != nil || len(list) > 0 {
		t.Errorf("the setups of the zone are %+v, %v", list, err)
	}
}
