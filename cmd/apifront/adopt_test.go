package main

import (
	"strings"
	"testing"
	"time"

	"apifront/setup"
)

// A name is served by things of which this server knows nothing any more: the doctor
// finds them in the account's stand-in, they are adopted without a call that writes, the
// first check sees that callers are served, and they are given back.
func TestWhatTheDoctorFindsIsAdopted(t *testing.T) {
	t.Parallel()
	const name = "api.harborview.example"
	d := startDemo(t, "instant")
	v, st := newVisitor(t, d.app.url), d.app.store
	v.signIn()
	v.walk(answers{"domain": {"domain": name}})
	v.press("Start job", nil)
	if title := v.finish(90 * time.Second); !strings.HasPrefix(title, "Succeeded") {
		t.Fatalf("the job ended as %q", title)
	}
	named, err := st.SetupsNamed(t.Context(), name)
	if err != nil || len(named) != 1 {
		t.Fatal(named, err)
	}
	made := named[0]
	// Only what the store knows goes; AWS stays.
	for _, forget := range []string{
		`DELETE FROM resources WHERE setup_id = $1`, `DELETE FROM checks WHERE setup_id = $1 AND done_at = 0`,
		`UPDATE setups SET name = 'forgotten.harborview.example', hidden_at = 1 WHERE id = $1`, `UPDATE schedules SET next_at = 0 WHERE setup_id = $1`,
	} {
		if _, err := st.Writer().ExecContext(t.Context(), forget, made.ID); err != nil {
			t.Fatal(err)
		}
	}
	v.open("/doctor?name=" + name)
	v.press("Look", map[string]string{"domain": name, "connection": setup.DefaultConnection})
	at := v.at.Path
	v.until(at, time.Minute, "the doctor has looked", func() bool { return v.settled() && !strings.Contains(v.text(), "Looking for") })
	v.open(at + "/adopt")
	if v.status != 200 || !strings.Contains(v.text(), "Nothing.apifront writes down") {
		t.Fatalf("status %d: %s", v.status, v.text())
	}
	calls := len(d.sim.Writes())
	v.press("Adopt "+name, nil)
	if v.status != 200 || !strings.HasPrefix(v.at.Path, "/setups/") || !strings.Contains(v.text(), "Revision 1: Adopted") {
		t.Fatalf("after adopting: status %d at %s: %s", v.status, v.at, v.text())
	}
	page := v.at.Path
	if strings.HasSuffix(page, made.ID) {
		t.Error("it is the setup of before")
	}
	v.until(page, time.Minute, "the first check has looked", func() bool { return strings.HasPrefix(squeeze(v.page.Find("title").Text()), "Serving") })
	if n := v.page.Find("#found, .fnd").Length(); n > 0 {
		t.Errorf("the check finds something of what was adopted as it is: %s", v.text())
	}
	v.press("Give it back", nil)
	if v.status != 200 || !strings.Contains(v.text(), "Given back") {
		t.Errorf("given back: status %d at %s: %s", v.status, v.at, v.text())
	}
	if now := len(d.sim.Writes()); now != calls {
		t.Errorf("%d calls wrote to AWS meanwhile", now-calls)
	}
}
