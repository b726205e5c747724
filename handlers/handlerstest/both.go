package handlerstest

import (
	"testing"

	"apifront/store/storetest"
)

// OnBoth runs a test on a site with SQLite, and on one with PostgreSQL where there is one.
func OnBoth(t *testing.T, do func(*testing.T, *JobSite)) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		do(t, NewJobSite(t))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		storetest.Need(t)
		s := OpenJobSite(t, storetest.Schema(t))
		s.URL = Serve(t, s.Handler)
		do(t, s)
	})
}
