package worker

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

// databaseName is a database that is not there yet: on PostgreSQL, under
// TestPostgres and in benchmarks that say so, a schema of the test's own.
func databaseName(t testing.TB) string {
	t.Helper()
	if !strings.HasPrefix(t.Name(), "TestPostgres/") && !strings.HasSuffix(t.Name(), "/postgres") {
		return filepath.Join(t.TempDir(), "test.db")
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
	q.Set("pool_max_conns", "10")
	u.RawQuery = q.Encode()
	return u.String()
}

// bubbleName is a database for a bubble: one without a connection that
// listens, which would keep the bubble's time from going on.
func bubbleName(t *testing.T) string {
	t.Helper()
	name := databaseName(t)
	if strings.HasPrefix(name, "postgres") {
		name += "&apifront_listen=off"
	}
	return name
}

// TestPostgres runs the tests of the engine on PostgreSQL; by themselves they
// run on SQLite. Waiting for days is left out: asking a server every 5 s of
// three days of the bubble's time takes a minute of real time.
func TestPostgres(t *testing.T) {
	if os.Getenv("TEST_POSTGRES") == "" {
		t.Skip("TEST_POSTGRES names no database")
	}
	for name, test := range map[string]func(*testing.T){
		"ReadyStepsRunSideBySide":                TestReadyStepsRunSideBySide,
		"FailedStepStopsOnlyWhatNeedsIt":         TestFailedStepStopsOnlyWhatNeedsIt,
		"RerunKeepsFinishedStepsAndNumbers":      TestRerunKeepsFinishedStepsAndNumbersAttempts,
		"TemporaryTroubleIsTriedAgainAndBounded": TestTemporaryTroubleIsTriedAgainAndBounded,
		"CancelEndsBetweenCalls":                 TestCancelEndsBetweenCalls,
		"KilledWorkerIsTakenUpAgain":             TestKilledWorkerIsTakenUpAgain,
		"StopHandsBackWithoutSpendingAnAttempt":  TestStopHandsBackWithoutSpendingAnAttempt,
		"PanicBecomesAProblem":                   TestPanicBecomesAProblem,
		"PendingForTooLongFails":                 TestPendingForTooLongFails,
		"LostBellIsRungAgain":                    TestLostBellIsRungAgain,
		"OvertakenPassCannotWrite":               TestOvertakenPassCannotWrite,
		"LooksAreAnsweredAndFailWithAProblem":    TestLooksAreAnsweredAndFailWithAProblem,
		"RiverRings":                             TestRiverRings,
		"CancelReachesTheProcessAtWork":          TestCancelReachesTheProcessAtWork,
		"LostRowsOfRiverAreRungAgain":            TestLostRowsOfRiverAreRungAgain,
	} {
		t.Run(name, test)
	}
}
