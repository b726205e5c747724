package db

import (
	"context"
	"errors"
	"testing"
	"time"

	"apifront/store/storetest"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wants fails the test unless err is target.
func wants(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("the error is %v, want %v", err, target)
	}
}

// put stores a text under a name, in the one table that needs no other.
func (d *DB) put(ctx context.Context, name, text string, wake ...int64) error {
	return d.write(ctx, func(t *Tx) error {
		for _, key := range wake {
			t.Wake(key)
		}
		_, err := t.Exec(ctx, `
			INSERT INTO secrets (name, value, created_at) VALUES ($1, $2, $3)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, text, t.Now.UnixMilli())
		return err
	})
}

// kept is the text that was put.
func (d *DB) kept(ctx context.Context, name string) (string, error) {
	var text string
	err := d.reader.QueryRowContext(ctx, `SELECT value FROM secrets WHERE name = $1`, name).Scan(&text)
	return text, Translate(err)
}

// postgres is the URL of a database of the test's own.
func postgres(t *testing.T) string {
	t.Helper()
	return storetest.Schema(t, "pool_max_conns", "8")
}

// onPostgres is the URL of a new database, or skips the test.
func onPostgres(t *testing.T) string {
	t.Helper()
	storetest.Need(t)
	t.Parallel()
	return postgres(t)
}

// replica opens the database as one more process does.
func replica(t *testing.T, name string) *DB {
	t.Helper()
	d, err := Open(t.Context(), name)
	must(t, err)
	t.Cleanup(func() { must(t, d.Close()) })
	return d
}

// listening waits until commits are heard.
func (d *DB) listening(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !d.ear.hears.Load(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing listens")
		}
	}
}

// woken says whether a watcher is woken within the time.
func woken(c <-chan struct{}, within time.Duration) bool {
	select {
	case <-c:
		return true
	case <-time.After(within):
		return false
	}
}
