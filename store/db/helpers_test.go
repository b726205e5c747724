package db

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
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

// postgres is the URL of a schema of the test's own in the database that
// TEST_POSTGRES names.
func postgres(t *testing.T) string {
	t.Helper()
	base := os.Getenv("TEST_POSTGRES")
	schema := "test_" + strings.ToLower(rand.Text())
	do := func(sql string) {
		t.Helper()
		conn, err := pgx.Connect(context.Background(), base)
		must(t, err)
		_, err = conn.Exec(context.Background(), sql)
		must(t, errors.Join(err, conn.Close(context.Background())))
	}
	do("CREATE SCHEMA " + schema)
	t.Cleanup(func() { do("DROP SCHEMA " + schema + " CASCADE") })
	u, err := url.Parse(base)
	must(t, err)
	q := u.Query()
	q.Set("search_path", schema)
	q.Set("pool_max_conns", "8")
	u.RawQuery = q.Encode()
	return u.String()
}

// onPostgres is the URL of a new database, or skips the test.
func onPostgres(t *testing.T) string {
	t.Helper()
	if os.Getenv("TEST_POSTGRES") == "" {
		t.Skip("TEST_POSTGRES names no database")
	}
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
