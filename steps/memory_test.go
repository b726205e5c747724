package steps

import (
	"context"
	"errors"
	"testing"
)

// A pass does not read anything twice before it writes, even if the first
// answer was that there is nothing. It does not remember errors.
func TestMemory(t *testing.T) {
	e := &Env{}
	asked, failing := 0, errors.New("throttled")
	var found *int
	look := func() (*int, error) {
		return remembered(t.Context(), e, readDomain, func(context.Context, *Env) (*int, error) {
			asked++
			return found, failing
		})
	}
	want := func(asks int, v *int) {
		t.Helper()
		if got, err := look(); !errors.Is(err, failing) || got != v || asked != asks {
			t.Errorf("got %v, %v after asking %d times, want %v after %d", got, err, asked, v, asks)
		}
	}
	want(1, nil)
	want(2, nil)
	failing = nil
	want(3, nil) // there is none
	one, two := 1, 2
	found = &one
	want(3, nil)
	e.forget(readDomain)
	want(4, &one)
	e.remember(readDomain, &two)
	want(4, &two)
}
