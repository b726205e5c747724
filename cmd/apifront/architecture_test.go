package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport says which of our packages each of our packages may import, and
// test files beyond that. cmd may import everything and is imported by
// nothing. Nothing but cmd and tests imports the simulator: it is reached
// over the network, as AWS is.
func mayImport() map[string][]string {
	return map[string][]string{
		"setup":        {},
		"migrations":   {},
		"cloud":        {"setup"},
		"cloud/sim":    {"setup"},
		"flow":         {"setup"},
		"store":        {"setup", "flow", "migrations"},
		"probe":        {"setup"},
		"doctor":       {"setup", "cloud", "probe"},
		"steps":        {"setup", "cloud", "probe"},
		"worker":       {"setup", "steps", "cloud", "probe", "doctor", "store"},
		"web":          {"setup"},
		"handlers":     {"setup", "steps", "cloud", "store", "web"},
		"cmd/apifront": {"setup", "steps", "cloud", "cloud/sim", "probe", "store", "migrations", "worker", "web", "handlers"},
	}
}

func TestArchitecture(t *testing.T) {
	const module = "apifront/"
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, module)
		allowed, known := mayImport()[name]
		if !known {
			t.Errorf("package %s is not in the plan: say in mayImport (and in the README's folder map) what it is for", name)
			continue
		}
		seen++
		for _, i := range p.Imports {
			ours, is := strings.CutPrefix(i, module)
			if is && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s, and may not", name, ours)
			}
			if i == "database/sql" && name != "store" && name != "worker" {
				t.Errorf("%s imports database/sql: only store knows SQL", name)
			}
		}
	}
	if seen != len(mayImport()) {
		t.Errorf("go list shows %d of the %d packages in the plan", seen, len(mayImport()))
	}
}
