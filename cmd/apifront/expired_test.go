package main

import (
	"strings"
	"testing"
	"time"
)

// TestExpiredCredentials lets the credentials end between two looks: the page
// of the account says so in AWS's own words, with a fix and a way to ask again.
func TestExpiredCredentials(t *testing.T) {
	t.Parallel()
	d := startDemo(t, "instant")
	d.sim.ExpireKey(d.world.KeyID, time.Now().Add(-time.Minute))
	v := newVisitor(t, d.app.url)
	v.signIn()
	v.press("New setup", nil)
	path := v.at.Path
	v.until(path, 15*time.Second, "settled", v.settled)
	for _, want := range []string{"expired", "STS said: ", "ExpiredToken", "Ask AWS again"} {
		if !strings.Contains(v.text(), want) {
			t.Errorf("the page does not say %q: %s", want, v.text())
		}
	}
	d.sim.ExpireKey(d.world.KeyID, time.Time{})
	v.press("Ask AWS again", nil)
	v.until(path, 15*time.Second, "settled", v.settled)
	if !strings.Contains(v.text(), "AWS says: account 4821-7730-1954") {
		t.Errorf("still not known after new credentials: %s", v.text())
	}
}
