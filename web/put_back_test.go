package web

import "testing"

// A difference names AWS's own policies, and says that nothing is there.
func TestSidesOfADifference(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"658327ea-f89d-4fab-a63d-7e88639e58f6": "CachingOptimized (658327ea-f89d-4fab-a63d-7e88639e58f6)",
		"http-only":                            "http-only",
		"":                                     NoSide,
	} {
		if got := sideWords(value); got != want {
			t.Errorf("%q is %q, want %q", value, got, want)
		}
	}
}
