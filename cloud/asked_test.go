package cloud_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"apifront/cloud"
)

// Who asks for a long wait is named with what was asked for, and with when the
// next call is made; the pace that AWS always has is not blamed for it.
func TestAskedToWaitForLong(t *testing.T) {
	for asked, want := range map[string][2]string{
		"86400": {"Route 53 asked to wait 24 h. apifront asks again in 5 min.", "5m0s"},
		"60":    {"Route 53 asked to wait 1 min; apifront asks again then.", "1m0s"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var keys []string
			refuse := answer(400, map[string]string{"Content-Type": "text/xml", "Retry-After": asked},
				"<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>")
			a, calls := wired(t, refuse, func(s *cloud.Settings) { s.Turn = turns(map[string]time.Time{}, &keys) })
			before := time.Now()
			err := changeRecords(t.Context(), a)
			later, ok := errors.AsType[*cloud.NotYet](err)
			if !ok {
				t.Fatalf("%s: %v", asked, err)
			}
			if later.Why != want[0] || strings.Contains(later.Why, "five calls") {
				t.Errorf("%s: %q, want %q", asked, later.Why, want[0])
			}
			if in := later.At.Sub(before).Round(time.Second); in.String() != want[1] {
				t.Errorf("%s: asked again after %s, want %s", asked, in, want[1])
			}
			if n := len(calls.all()); n != 1 {
				t.Errorf("%s: asked %d times on the spot, want once", asked, n)
			}
		})
	}
}
