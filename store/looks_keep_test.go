package store

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"apifront/setup"
)

func nameLook(connection, name string) setup.LookKey {
	return setup.LookKey{Kind: setup.LookName, Connection: connection, Subject: name}
}

// answerAll answers all questions with the text.
func answerAll(t *testing.T, s *Store, text string) {
	t.Helper()
	for {
		k, found, err := s.NextLook(t.Context(), "w")
		must(t, err)
		if !found {
			return
		}
		must(t, s.FinishLook(t.Context(), "w", k, []byte(text), nil))
	}
}

// kept is how many looks of a connection there are, and the octets of their
// answers.
func kept(t *testing.T, s *Store, connection string) (n, octets int) {
	t.Helper()
	must(t, s.reader.QueryRowContext(t.Context(), `
		SELECT COUNT(*), COALESCE(SUM(octet_length(result) + octet_length(problem)), 0) FROM looks WHERE connection = $1`, connection).Scan(&n, &octets))
	return n, octets
}

// Whoever asks about very many names leaves only the newest: in what an
// earlier version stored, and in what is asked now, answered or not. What others
// asked stays, and so does a question that a worker is at.
func TestLooksAreBounded(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	now := time.Now()
	fixed(s, now) // a slow machine does not end the lease
	quiet, held := nameLook("quiet", "api.example.com"), nameLook("busy", "held.example.com")
	_, err := s.AskLook(ctx, quiet, 0)
	must(t, err)
	answerAll(t, s, `"kept"`)
	_, err = s.AskLook(ctx, held, 0)
	must(t, err)
	if k, found, err := s.NextLook(ctx, "w"); err != nil || !found || k != held {
		t.Fatal(k, found, err)
	}
	must(t, s.write(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `
			INSERT INTO looks (kind, connection, region, subject, result, problem, asked_at, done_at, pending, again, lease_by, lease_until)
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
			SELECT 'name', 'busy', '', 'n' || i || '.example.com', '"x"', '', CAST($1 AS BIGINT) + i, 1, i % 2, 0, '', 0 FROM n`, ms(t.now))
		return err
	}))
	fixed(s, now.Add(21*time.Second))
	for i := range 3 * pruneLooksEvery {
		k := nameLook("busy", fmt.Sprintf("new%d.example.com", i))
		if l, err := s.AskLook(ctx, k, 0); err != nil || !l.Pending {
			t.Fatal(l, err)
		}
		if n, _ := kept(t, s, "busy"); n > keepLooks.questions+1+pruneLooksEvery && i >= pruneLooksEvery {
			t.Fatalf("%d questions of one connection are kept", n)
		}
	}
	for _, k := range []setup.LookKey{quiet, held, nameLook("busy", "new59.example.com"), nameLook("busy", "n19999.example.com")} {
		if _, err := s.Look(ctx, k); err != nil {
			t.Errorf("%s is gone: %v", k.Subject, err)
		}
	}
	must(t, s.FinishLook(ctx, "w", held, []byte(`"held"`), nil))
}

// Long answers are bounded by their octets: those of a connection, and those of
// all. The newest stays.
func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	long := `"` + strings.Repeat("ä", 499) + `"` // 1,000 octets
	for c := range 12 {
		for i := range 10 {
			fixed(s, s.Now().Add(time.Second))
			_, err := s.AskLook(ctx, nameLook(fmt.Sprint(c), fmt.Sprint(i)), 0)
			must(t, err)
			answerAll(t, s, long)
		}
	}
	for _, want := range []struct {
		keep             lookBounds
		one, all, newest int // questions that are left: of a connection, of all (one of each stays), of the last one
	}{
		{lookBounds{questions: 100, octets: 8_500, questionsInAll: 1000, octetsInAll: 1e6}, 8, 96, 8},
		{lookBounds{questions: 6, octets: 8_500, questionsInAll: 1000, octetsInAll: 1e6}, 6, 72, 6},
		{lookBounds{questions: 6, octets: 8_500, questionsInAll: 60, octetsInAll: 1e6}, 6, 60 + 2, 6},
		{lookBounds{questions: 6, octets: 8_500, questionsInAll: 60, octetsInAll: 15_999}, 6, 15 + 9, 6},
		{lookBounds{questions: 6, octets: 10, questionsInAll: 60, octetsInAll: 10}, 1, 12, 1},
	} {
		must(t, s.write(ctx, func(t *tx) error { return t.pruneLooks(ctx, want.keep) }))
		most, all := 0, 0
		for c := range 12 {
			n, _ := kept(t, s, fmt.Sprint(c))
			most, all = max(most, n), all+n
		}
		newest, _ := kept(t, s, "11")
		if most != want.one || all != want.all || newest != want.newest {
			t.Errorf("%+v left %d of a connection, %d of all, %d of the newest; want %d, %d, %d", want.keep, most, all, newest, want.one, want.all, want.newest)
		}
		if _, err := s.Look(ctx, nameLook("11", "9")); err != nil {
			t.Errorf("the newest answer is gone: %v", err)
		}
	}
}

// Whoever asks has the bounds kept.
func TestAskingKeepsAnswersBounded(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	long := `"` + strings.Repeat("x", LongestLook-2) + `"`
	for i := range pruneLooksEvery + 1 {
		_, err := s.AskLook(ctx, nameLook("default", fmt.Sprint(i)), 0)
		must(t, err)
		if i < keepLooks.octets/LongestLook+2 {
			answerAll(t, s, long)
		}
	}
	if _, octets := kept(t, s, "default"); octets > keepLooks.octets || octets < keepLooks.octets/2 {
		t.Errorf("%d MiB of answers are kept", octets>>20)
	}
}

// Plans and preflights go with what they are about.
func TestPlansGoWithTheirDrafts(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	draft := func(name string) string {
		d, err := s.CreateDraft(ctx, "Ada", setup.Spec{Domain: setup.Domain{Name: name}})
		must(t, err)
		return d.ID
	}
	ask := func(kind setup.LookKind, id string) setup.LookKey {
		k := setup.LookKey{Kind: kind, Connection: "default", Subject: id}
		_, err := s.AskLook(ctx, k, 0)
		must(t, err)
		return k
	}
	gone, stays := draft("gone.example.com"), draft("stays.example.com")
	var after, before []setup.LookKey
	for _, kind := range []setup.LookKind{setup.LookPlan, setup.LookPreflight} {
		after, before = append(after, ask(kind, stays)), append(before, ask(kind, gone))
	}
	must(t, s.DeleteDraft(ctx, gone))
	for i := range pruneLooksEvery {
		ask(setup.LookName, fmt.Sprint(i))
	}
	for _, k := range before {
		_, err := s.Look(ctx, k)
		wants(t, err, ErrNotFound)
	}
	for _, k := range after {
		if _, err := s.Look(ctx, k); err != nil {
			t.Errorf("%s of a draft that is there: %v", k.Kind, err)
		}
	}
}

// Connections take turns, however many questions one has and however old they
// are; and a worker is at a few of each only.
func TestLooksAreHandedOutInTurn(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	ask := func(connection string, n int) {
		for i := range n {
			fixed(s, s.Now().Add(time.Millisecond))
			_, err := s.AskLook(ctx, nameLook(connection, fmt.Sprint(i)), 0)
			must(t, err)
		}
	}
	ask("many", 50)
	ask("few", 2)
	ask("one", 1)
	take := func(by string) []string {
		var got []string
		for {
			k, found, err := s.NextLook(ctx, by)
			must(t, err)
			if !found {
				return got
			}
			got = append(got, k.Connection+" "+k.Subject)
		}
	}
	if got, want := fmt.Sprint(take("w")), "[many 0 few 0 one 0 many 1 few 1 many 2 many 3]"; got != want {
		t.Errorf("handed out were %s, want %s", got, want)
	}
	must(t, s.FinishLook(ctx, "w", nameLook("many", "2"), []byte(`1`), nil))
	if got, want := fmt.Sprint(take("w")), "[many 4]"; got != want {
		t.Errorf("after one was answered: %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(take("another")), "[many 5 many 6 many 7 many 8]"; got != want {
		t.Errorf("another worker got %s, want %s", got, want)
	}
	fixed(s, s.Now().Add(lookLease+time.Second)) // both workers died
	if got := take("third"); len(got) != looksOfOne+3 {
		t.Errorf("a third worker got %v", got)
	}
	must(t, s.FreeLooks(context.WithoutCancel(ctx), "third"))
}
