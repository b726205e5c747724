package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"apifront/setup"
	"apifront/store/storetest"
)

// onPostgres is the URL of a new database, or skips the test.
func onPostgres(t *testing.T) string {
	t.Helper()
	storetest.Need(t)
	t.Parallel()
	return storetest.Database(t, migrate, "pool_max_conns", "8")
}

// replica opens the database as one more process does.
func replica(t *testing.T, name string) *Store {
	t.Helper()
	s, err := Open(t.Context(), name)
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

func TestOneStepHasOneClaim(t *testing.T) {
	name := onPostgres(t)
	a, b := replica(t, name), replica(t, name)
	for i := range 10 {
		job := start(t, a, draft(t, a, fmt.Sprintf("n%d.example.com", i)).ID)
		r := row(t, a, job, "a")
		var mu sync.Mutex
		claims := 0
		var group sync.WaitGroup
		for n := range 8 {
			group.Go(func() {
				s := a
				if n%2 == 0 {
					s = b
				}
				p, _, err := s.Claim(context.Background(), r.id, r.bell, time.Minute)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if p != nil {
					claims++
				}
			})
		}
		group.Wait()
		if claims != 1 {
			t.Errorf("a step was claimed %d times at once", claims)
		}
	}
}

func TestTwoStartsOfOneNameAtOnce(t *testing.T) {
	name := onPostgres(t)
	a, b := replica(t, name), replica(t, name)
	for i := range 10 {
		domain := fmt.Sprintf("n%d.example.com", i)
		errs := make(chan error, 2)
		for _, s := range []*Store{a, b} {
			d := draft(t, s, domain)
			go func() {
				_, err := s.StartJob(context.Background(), NewJob{DraftID: d.ID, Kind: setup.JobApply, By: "Ada", Steps: diamond()})
				errs <- err
			}()
		}
		one, two := <-errs, <-errs
		if one == nil {
			one, two = two, one
		}
		if e, ok := errors.AsType[*SetupExistsError](one); two != nil || !ok || e.Setup == "" {
			t.Errorf("two starts at once end with %v and %v, want one that names the other's setup", one, two)
		}
	}
}

func TestTwoLookersTakeTwoLooks(t *testing.T) {
	name := onPostgres(t)
	a, b := replica(t, name), replica(t, name)
	for i := range 20 {
		for _, region := range []string{"eu-west-1", "us-east-1"} {
			_, err := a.AskLook(t.Context(), setup.LookKey{Kind: setup.LookAPIs, Connection: fmt.Sprint(i), Region: region}, 0)
			must(t, err)
		}
		got := make(chan setup.LookKey, 2)
		for _, s := range []*Store{a, b} {
			go func() {
				k, found, err := s.NextLook(context.Background(), "w")
				if err != nil || !found {
					t.Errorf("a looker got none of two questions: %v", err)
				}
				got <- k
			}()
		}
		if one, two := <-got, <-got; one == two {
			t.Errorf("both lookers took %v", one)
		}
	}
}

func TestTextsFromOutsideAreStorable(t *testing.T) {
	s := replica(t, onPostgres(t))
	must(t, s.CreateUser(t.Context(), User{ID: "u", Email: "a@example.com", Role: RoleAdmin}))
	now := time.Now()
	must(t, s.CreateSession(t.Context(), Session{TokenHash: "t", UserID: "u", CreatedAt: now, SeenAt: now, Idle: time.Hour, ExpiresAt: now.Add(time.Hour), Agent: "a\x00b\xff"}))
	n, err := s.Session(t.Context(), "t")
	must(t, err)
	if n.Agent != "ab\uFFFD" {
		t.Errorf("it is stored as %q", n.Agent)
	}
	if _, err := s.Jobs(t.Context(), JobFilter{Query: "x\x00\xff"}); err != nil {
		t.Errorf("a search for what cannot be stored: %v", err)
	}
}
