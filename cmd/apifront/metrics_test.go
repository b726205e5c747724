package main

import (
	"bytes"
	"strings"
	"testing"
)

// A token that can be guessed keeps the server from starting, and is not printed.
func TestMetricsTokenIsLong(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	p := &program{stdout: &said, stderr: &said, getenv: func(name string) string {
		return map[string]string{"APIFRONT_METRICS_TOKEN": "fifteen-letters"}[name]
	}}
	code := start(t.Context(), p, []string{"serve", "--listen", "127.0.0.1:0", "--database", t.TempDir() + "/a.db"})
	if code != 1 || !strings.Contains(said.String(), "APIFRONT_METRICS_TOKEN is too short") || strings.Contains(said.String(), "fifteen") {
		t.Errorf("code %d: %s", code, said.String())
	}
}
