package sim

import (
	"strconv"
	"strings"
	"testing"
)

// The fault names both the limit of real accounts and the one of the demo, which is what
// its steps say.
func TestTheFaultNamesTheDemosPace(t *testing.T) {
	t.Parallel()
	demo, actual := strconv.Itoa(int(DemoPace().DomainQuota.Seconds())), strconv.Itoa(int(RealPace().DomainQuota.Seconds()))
	if what := demoFaults[0].What; !strings.Contains(what, "one in "+actual+" seconds") || !strings.Contains(what, "of the demo one in "+demo+",") {
		t.Errorf("with %s and %s seconds it says %s", actual, demo, what)
	}
}
