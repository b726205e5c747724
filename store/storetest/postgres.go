// Package storetest gives tests a database of their own.
package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
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

// Schema is the URL of an empty schema of the test's own in the database that
// TEST_POSTGRES names, with parameters as pairs of name and value. The schema is
// dropped after the test.
func Schema(t testing.TB, parameters ...string) string {
	t.Helper()
	schema := "test_" + strings.ToLower(rand.Text())
	do(t, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { do(t, "DROP SCHEMA "+schema+" CASCADE") })
	return named(t, os.Getenv("TEST_POSTGRES"), append(parameters, "search_path", schema)...)
}

// template is the name of a database with the tables of today and nothing else.
// The first test of the process that wants one makes it.
var template struct {
	sync.Mutex
	name string
}

// Database is the URL of a database of the test's own, on the server that
// TEST_POSTGRES names, with parameters as pairs of name and value. It is a copy of
// one that migrate made by opening and closing the database at the URL that it is
// given: the migrations run once in a process, not for each test. The copy is
// dropped after the test; Main drops the one that was copied.
func Database(t testing.TB, migrate func(name string) error, parameters ...string) string {
	t.Helper()
	from := migrated(t, migrate)
	name := "test_" + strings.ToLower(rand.Text())
	do(t, "CREATE DATABASE "+name+" TEMPLATE "+from)
	t.Cleanup(func() { do(t, "DROP DATABASE "+name+" WITH (FORCE)") })
	return named(t, inside(t, name), parameters...)
}

// migrated is the name of the template.
func migrated(t testing.TB, migrate func(name string) error) string {
	t.Helper()
	template.Lock()
	defer template.Unlock()
	if template.name != "" {
		return template.name
	}
	name := "test_template_" + strings.ToLower(rand.Text())
	do(t, "CREATE DATABASE "+name)
	if err := migrate(inside(t, name)); err != nil {
		do(t, "DROP DATABASE "+name+" WITH (FORCE)")
		t.Fatal(err)
	}
	template.name = name
	return name
}

// Main runs the tests of a package that uses Database, and drops what was copied.
func Main(m *testing.M) {
	code := m.Run()
	if template.name != "" {
		if err := exec("DROP DATABASE " + template.name + " WITH (FORCE)"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// inside is the URL of another database of the server.
func inside(t testing.TB, name string) string {
	t.Helper()
	u, err := url.Parse(os.Getenv("TEST_POSTGRES"))
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// named is a URL with further parameters.
func named(t testing.TB, base string, parameters ...string) string {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for i := 0; i+1 < len(parameters); i += 2 {
		q.Set(parameters[i], parameters[i+1])
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// do carries out a statement.
func do(t testing.TB, sql string) {
	t.Helper()
	if err := exec(sql); err != nil {
		t.Fatal(err)
	}
}

func exec(sql string) error {
	conn, err := pgx.Connect(context.Background(), os.Getenv("TEST_POSTGRES"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(context.Background(), sql)
	return errors.Join(err, conn.Close(context.Background()))
}
