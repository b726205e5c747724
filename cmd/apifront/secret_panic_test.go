package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"testing"

	"apifront/probe"
)

// panicked is what a process prints that dies with its settings in its hands.
func (l *secretLaw) panicked() []byte {
	l.t.Helper()
	c := exec.CommandContext(l.t.Context(), os.Args[0], "-test.run=^TestPanicWithKeys$")
	c.Env = append(os.Environ(), "APIFRONT_TEST_PANIC=1", "GOTRACEBACK=all", "APIFRONT_PROBE_KEY_WORKS="+plantedKey)
	out, err := c.CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("panic: ")) {
		l.t.Fatalf("the process has not died: %s", out)
	}
	return out
}

// TestPanicWithKeys is the process of panicked.
func TestPanicWithKeys(t *testing.T) {
	if os.Getenv("APIFRONT_TEST_PANIC") == "" {
		t.Skip("only as a process of TestKeysStandNowhere")
	}
	keys, err := probeKeys()
	if err != nil || len(keys) != 1 {
		t.Fatal(keys, err)
	}
	p := probe.New(probe.Settings{Keys: keys}, nil)
	fmt.Printf("%v %+v %#v %s\n", keys, p, p, os.Environ())
	panic(fmt.Sprintf("%v %#v %+v %#v", slices.Collect(maps.Values(keys)), keys, p, p))
}
