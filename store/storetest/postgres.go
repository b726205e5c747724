// Package storetest gives tests a database of their own.
package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Need skips the test where TEST_POSTGRES names no database.
func Need(t testing.TB) {
	t.Helper()
	if os.Getenv("TEST_POSTGRES") == "" {
		t.Skip("TEST_POSTGRES names no database")
	}
}

// Schema is the URL of a schema of the test's own in the database that
// TEST_POSTGRES names, with parameters as pairs of name and value. The schema is
// dropped after the test.
func Schema(t testing.TB, parameters ...string) string {
	t.Helper()
	base, schema := os.Getenv("TEST_POSTGRES"), "test_"+strings.ToLower(rand.Text())
	do := func(sql string) {
		t.Helper()
		conn, err := pgx.Connect(context.Background(), base)
		if err == nil {
			_, err = conn.Exec(context.Background(), sql)
			err = errors.Join(err, conn.Close(context.Background()))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	do("CREATE SCHEMA " + schema)
	t.Cleanup(func() { do("DROP SCHEMA " + schema + " CASCADE") })
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	for i := 0; i+1 < len(parameters); i += 2 {
		q.Set(parameters[i], parameters[i+1])
	}
	u.RawQuery = q.Encode()
	return u.String()
}
