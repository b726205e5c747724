package cloud

import (
	"testing"
	"time"
)

// A clock that is right is not said to be 0 s off.
func TestRightClock(t *testing.T) {
	for ahead, want := range map[time.Duration]string{
		0: "It says the same as AWS's.", -999 * time.Millisecond: "It says the same as AWS's.",
		time.Second: "It is 1 s ahead of AWS's.", -90 * time.Second: "It is 1 min 30 s behind AWS's.",
	} {
		if got := rightText(ahead); got != want {
			t.Errorf("%s: %q, want %q", ahead, got, want)
		}
	}
}
