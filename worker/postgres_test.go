package worker

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"apifront/store"
	"apifront/store/storetest"
)

// databaseName is a database that is not there yet: on PostgreSQL, under
// TestPostgres and in benchmarks that say so, a schema of the test's own.
func databaseName(t testing.TB) string {
	t.Helper()
	if onPostgres(t) {
		return storetest.Schema(t, "pool_max_conns", "10")
	}
	return filepath.Join(t.TempDir(), "test.db")
}

// onPostgres says whether the test or benchmark is to use PostgreSQL.
func onPostgres(t testing.TB) bool {
	return strings.HasPrefix(t.Name(), "TestPostgres/") || strings.HasSuffix(t.Name(), "/postgres")
}

func TestMain(m *testing.M) { storetest.Main(m) }

// bubbleName is a database for a bubble, with the tables of today: one without a
// connection that listens, which would keep the bubble's time from going on.
func bubbleName(t *testing.T) string {
	t.Helper()
	if onPostgres(t) {
		return storetest.Database(t, migrate, "pool_max_conns", "10", "apifront_listen", "off")
	}
	return storetest.File(t, filepath.Join(t.TempDir(), "test.db"), migrate)
}

// migrate makes the tables of a database, River's too.
func migrate(name string) (err error) {
	s, err := store.Open(context.Background(), name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	bell, err := newRiverBell(s, nil, slog.New(slog.DiscardHandler), time.Second)
	if err != nil {
		return err
	}
	return bell.(interface{ Prepare(context.Context) error }).Prepare(context.Background())
}

// TestPostgres runs the tests of the engine on PostgreSQL; by themselves they
// run on SQLite. Waiting for days is left out: asking a server every 5 s of
// three days of the bubble's time takes a minute of real time.
func TestPostgres(t *testing.T) {
	storetest.Need(t)
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
		"TwoWorkersDeliverOnce":                  TestTwoWorkersDeliverOnce,
	} {
		t.Run(name, test)
	}
}
