package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"apifront/probe"
)

// bare takes the keys of tests out of the environment for one test.
func bare(t *testing.T) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, value, _ := strings.Cut(entry, "="); strings.HasPrefix(name, probe.KeyPrefix) {
			t.Setenv(name, value) // which puts it back
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// sendable says whether a key can be sent, which shows something of its value.
func sendable(key probe.Key) bool {
	p := probe.New(probe.Settings{Keys: map[string]probe.Key{"K": key}}, nil)
	return p.Locked(probe.Target{Keys: []probe.KeyHeader{{Host: "api.example.com", Header: "X-Api-Key", Variable: "K"}}}) == nil
}

// The variables with keys are taken out of the environment, and nothing else is.
func TestProbeKeys(t *testing.T) {
	long := probe.KeyPrefix + strings.Repeat("A", 60)
	for name, c := range map[string]struct {
		env  map[string]string
		want []string
		left []string // in the environment
	}{
		"none":            {},
		"one":             {env: map[string]string{"APIFRONT_PROBE_KEY_ORDERS": "12345678"}, want: []string{"APIFRONT_PROBE_KEY_ORDERS"}},
		"several":         {env: map[string]string{"APIFRONT_PROBE_KEY_B": "12345678", "APIFRONT_PROBE_KEY_A_2": "87654321", long: "12345678"}, want: []string{long, "APIFRONT_PROBE_KEY_A_2", "APIFRONT_PROBE_KEY_B"}},
		"a value with =":  {env: map[string]string{"APIFRONT_PROBE_KEY_A": "1=2345678="}, want: []string{"APIFRONT_PROBE_KEY_A"}},
		"empty":           {env: map[string]string{"APIFRONT_PROBE_KEY_A": ""}, left: []string{"APIFRONT_PROBE_KEY_A"}},
		"empty, bad name": {env: map[string]string{"APIFRONT_PROBE_KEY_a": ""}, left: []string{"APIFRONT_PROBE_KEY_a"}},
		"others": {
			env:  map[string]string{"APIFRONT_PROBE_PORT": "8443", "APIFRONT_PROBE_KEYS": "12345678", "apifront_probe_key_a": "12345678", "X_APIFRONT_PROBE_KEY_A": "12345678"},
			left: []string{"APIFRONT_PROBE_KEYS", "APIFRONT_PROBE_PORT", "X_APIFRONT_PROBE_KEY_A", "apifront_probe_key_a"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			bare(t)
			for k, v := range c.env {
				t.Setenv(k, v)
			}
			keys, err := probeKeys()
			if got := slices.Sorted(maps.Keys(keys)); err != nil || !slices.Equal(got, slices.Sorted(slices.Values(c.want))) {
				t.Fatalf("%v, %v", got, err)
			}
			for k, key := range keys {
				if !sendable(key) {
					t.Errorf("%s is not whole", k)
				}
			}
			for k := range c.env {
				if _, there := os.LookupEnv(k); there != slices.Contains(c.left, k) {
					t.Errorf("%s is left: %t", k, there)
				}
			}
			if again, err := probeKeys(); len(again) > 0 || err != nil {
				t.Errorf("found again: %v, %v", again, err)
			}
		})
	}
}

// A variable whose name no page could show ends the program, with its name and
// without its value.
func TestProbeKeysOfBadNames(t *testing.T) {
	for _, name := range []string{"", "orders", "Orders", "A-B", "A B", "A.B", "Ä", strings.Repeat("A", 61)} {
		t.Run(name, func(t *testing.T) {
			bare(t)
			t.Setenv(probe.KeyPrefix+name, "the-value-of-it")
			keys, err := probeKeys()
			if err == nil || keys != nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", probe.KeyPrefix+name)) || strings.Contains(err.Error(), "the-value") {
				t.Errorf("%v, %v", keys, err)
			}
		})
	}
}

// Of a variable that is there twice the first counts, as everywhere in Go, and
// none is left.
func TestProbeKeysOfDuplicates(t *testing.T) {
	const child, variable = "APIFRONT_TEST_CHILD", "APIFRONT_PROBE_KEY_TWICE"
	if os.Getenv(child) != "" {
		keys, err := probeKeys()
		left, there := os.LookupEnv(variable)
		fmt.Printf("%d %t %v %q %t\n", len(keys), sendable(keys[variable]), err, left, there)
		return
	}
	for _, x := range []struct{ first, second, want string }{
		{"12345678", "short", "1 true <nil> \"\" false"},
		{"short", "12345678", "1 false <nil> \"\" false"},
	} {
		out, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		p, err := os.StartProcess(os.Args[0], []string{os.Args[0], "-test.run=^TestProbeKeysOfDuplicates$"}, &os.ProcAttr{
			Env: []string{child + "=1", variable + "=" + x.first, variable + "=" + x.second}, Files: []*os.File{nil, w, w},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		said, err := io.ReadAll(out)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Wait(); err != nil {
			t.Fatal(err)
		}
		if got, _, _ := strings.Cut(string(said), "\n"); got != x.want {
			t.Errorf("%s, then %s: %s", x.first, x.second, said)
		}
	}
}

// A key that cannot stand in a header is taken all the same, so that a page can
// say what is wrong with it.
func TestProbeKeysThatCannotBeSent(t *testing.T) {
	for _, value := range []string{"short", "two\nlines", "two\r\nlines: of a header", " blank-before", "blank-after ", "umläuts-in-it", "tab\tin-the-middle", "bell\ain-it"} {
		bare(t)
		t.Setenv("APIFRONT_PROBE_KEY_A", value)
		keys, err := probeKeys()
		if err != nil || len(keys) != 1 || sendable(keys["APIFRONT_PROBE_KEY_A"]) {
			t.Errorf("%q: %d keys, %v", value, len(keys), err)
		}
		p := probe.New(probe.Settings{Keys: keys}, nil).Locked(probe.Target{Keys: []probe.KeyHeader{{Host: "a.example.com", Header: "X-Api-Key", Variable: "APIFRONT_PROBE_KEY_A"}}})
		if p == nil || p.Code != "KeyUnusable" || strings.Contains(fmt.Sprintf("%+v", *p), value) {
			t.Errorf("%q: %+v", value, p)
		}
	}
}
