package worker_test

import (
	"path/filepath"
	"strings"
	"testing"

	"apifront/store/storetest"
	"apifront/worker"
)

// worldDatabase is an empty database for a world: an SQLite file, or under
// TestWorldOnPostgres a database of the test's own, without a connection that
// listens, which would keep the bubble's time from going on.
func worldDatabase(t *testing.T) string {
	t.Helper()
	if strings.HasPrefix(t.Name(), "TestWorldOnPostgres/") {
		return storetest.Database(t, worker.Migrate, "apifront_listen", "off", "pool_max_conns", "10")
	}
	return storetest.File(t, filepath.Join(t.TempDir(), "test.db"), worker.Migrate)
}

// TestWorldOnPostgres runs laws of whole jobs on PostgreSQL; by themselves they
// run on SQLite.
func TestWorldOnPostgres(t *testing.T) {
	storetest.Need(t)
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
