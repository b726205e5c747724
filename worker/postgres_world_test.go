package worker_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// worldDatabase is an empty database for a world: an SQLite file, or under
// TestWorldOnPostgres a schema of the test's own, without a connection that
// listens, which would keep the bubble's time from going on.
func worldDatabase(t *testing.T) string {
	t.Helper()
	if !strings.HasPrefix(t.Name(), "TestWorldOnPostgres/") {
		empty, err := emptyDatabase()
		must(t, err)
		path := filepath.Join(t.TempDir(), "test.db")
		must(t, os.WriteFile(path, empty, 0o600))
		return path
	}
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
	q.Set("apifront_listen", "off")
	q.Set("pool_max_conns", "10")
	u.RawQuery = q.Encode()
	return u.String()
}

// TestWorldOnPostgres runs laws of whole jobs on PostgreSQL; by themselves they
// run on SQLite.
func TestWorldOnPostgres(t *testing.T) {
	if os.Getenv("TEST_POSTGRES") == "" {
		t.Skip("TEST_POSTGRES names no database")
	}
	for name, test := range map[string]func(*testing.T){
		"WholeJob":            TestWholeJob,
		"StopAnywhere":        TestStopAnywhere,
		"FailAnywhere":        TestFailAnywhere,
		"CancelAnywhere":      TestCancelAnywhere,
		"StopAgainAndAgain":   TestStopAgainAndAgain,
		"ThreeOfTenCallsFail": TestThreeOfTenCallsFail,
		"Changes":             TestChangesEndAsAFreshSetup,
		"ChangesStopped":      TestChangesAreStoppedAnywhere,
	} {
		t.Run(name, test)
	}
}
