package worker

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"apifront/store"
	"apifront/store/storetest"
)

// databaseName is a database that is not there yet: on PostgreSQL, under
// TestPostgres and in benchmarks that say so, a schema of the test's own.
func databaseName(t testing.TB) string {
	t.Helper()
	if !strings.HasPrefix(t.Name(), "TestPostgres/") && !strings.HasSuffix(t.Name(), "/postgres") {
		return filepath.Join(t.TempDir(), "test.db")
	}
	return storetest.Schema(t, "pool_max_conns", "10")
}

// bubbleName is a database for a bubble: one without a connection that
// listens, which would keep the bubble's time from going on.
func bubbleName(t *testing.T) string {
	t.Helper()
	name := databaseName(t)
	if strings.HasPrefix(name, "postgres") {
		return name + "&apifront_listen=off"
	}
	return storetest.File(t, name, func(name string) error {
		s, err := store.Open(context.Background(), name)
		if err != nil {
			return err
		}
		return s.Close()
	})
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
	} {
		t.Run(name, test)
	}
}
