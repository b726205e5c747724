package web

import "testing"

// Script and stylesheet are small enough for a phone on a slow line, as they
// are sent: with brotli.
func TestBudgetOfScriptAndStylesheet(t *testing.T) {
	t.Parallel()
	all, err := assets()
	if err != nil {
		t.Fatal(err)
	}
	script, style := len(all["app.js"].Brotli), len(all["apifront.css"].Brotli)
	if script < 1000 || style < 1000 {
		t.Fatalf("script %d, stylesheet %d bytes: not what is meant", script, style)
	}
	if sum := script + style; sum >= 30_000 {
		t.Errorf("script %d + stylesheet %d = %d bytes, want fewer than 30,000", script, style, sum)
	}
}
