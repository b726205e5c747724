//go:build outside

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// outside is the path of an outside program. Where it is missing the test is
// skipped; with CI=true it fails.
func outside(t testing.TB, name string) string {
	t.Helper()
	if path := findOutside(name); path != "" {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing, and CI=true", name)
	}
	t.Skipf("SKIPPED: %s is missing; .ci/run installs it", name)
	return ""
}

// findOutside looks where .ci/run installs the tools; "" if there is no such one.
func findOutside(name string) string {
	if dir := os.Getenv("APIFRONT_OUTSIDE_BIN"); dir != "" {
		if path := filepath.Join(dir, name); exists(path) {
			return path
		}
	}
	path, err := filepath.Abs(filepath.Join("..", "..", ".ci", "out", "venv", "bin", name))
	if err != nil || !exists(path) {
		return ""
	}
	return path
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestOutsideReadback runs the full system in two processes, walks through
// the wizard without JavaScript, and lets boto3 read back what the job made.
func TestOutsideReadback(t *testing.T) {
	python := outside(t, "python")
	for _, tc := range []struct{ region, kind, domain string }{
		{"us-east-1", "REST", "api.harborview.example"},
		{"eu-west-1", "HTTP", "shop.harborview.example"},
	} {
		t.Run(tc.region+" "+tc.kind, func(t *testing.T) {
			t.Parallel()
			aws := startProcess(t, nil, "simulate", "--pace", "instant")
			env := simulated(aws)
			server := startProcess(t, env, "serve", "--listen", "127.0.0.1:0", "--database", filepath.Join(t.TempDir(), "apifront.db"))
			v := newVisitor(t, server.first["url"].(string))
			v.open("/")
			if !strings.HasPrefix(v.at.Path, "/welcome") {
				t.Fatalf("a first start leads to %s, want /welcome", v.at)
			}
			v.press("Create administrator", map[string]string{
				"code": server.welcomeCode(), "name": "Mira Okafor", "email": demoEmail, "password": demoPassword,
			})
			v.walk(answers{
				"account": {"region": tc.region},
				"api":     {"api-0": "kind:" + tc.kind},
				"domain":  {"domain": tc.domain},
			})
			v.press("Start job", nil)
			if title := v.finish(2 * time.Minute); !strings.HasPrefix(title, "Succeeded") {
				t.Fatalf("the job ended as %q\n%s", title, v.text())
			}
			cmd := exec.Command(python, filepath.Join("testdata", "readback.py"), tc.domain, tc.region, tc.kind)
			cmd.Env = append(quietEnv(), env...)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("boto3 reads back what should not be: %v\n%s", err, out)
			}
			t.Logf("%s", out)
		})
	}
}
