package store

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestTurnsAreFairAndKeepTheirDistance(t *testing.T) {
	path := databaseName(t)
	if isPostgres(path) {
		path += "&apifront_listen=off" // a connection that listens would keep the bubble's time from going on
	}
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(t.Context(), path)
		must(t, err)
		defer func() { must(t, s.Close()) }()
		take := func(holder string) time.Duration {
			t.Helper()
			d, err := s.TakeTurn(t.Context(), "k", holder, 30*time.Second)
			must(t, err)
			return d
		}
		expect := func(holder string, want time.Duration) {
			t.Helper()
			if got := take(holder); got != want {
				t.Errorf("%s waits %s, want %s", holder, got, want)
			}
		}
		expect("a", 0)
		expect("b", 30*time.Second)
		expect("c", 60*time.Second)
		expect("b", 30*time.Second)
		time.Sleep(10 * time.Second)
		expect("c", 50*time.Second)
		time.Sleep(20 * time.Second)
		expect("d", 60*time.Second)
		expect("b", 0)
		time.Sleep(45 * time.Second) // c comes late; d keeps its distance all the same
		expect("c", 0)
		time.Sleep(15 * time.Second)
		expect("d", 15*time.Second)
		time.Sleep(15 * time.Second)
		expect("d", 0)
		if d, err := s.TakeTurn(t.Context(), "other", "a", 30*time.Second); err != nil || d != 0 {
			t.Errorf("another action waits %s (%v)", d, err)
		}
		// A holder that never comes back holds nobody up for ever.
		take("gone")
		time.Sleep(time.Hour)
		expect("e", 0)
	})
}
