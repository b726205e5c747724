//go:build browser

package main

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"apifront/handlers"
)

// TestBrowserFrozenServer stops the process of the server without ending it: its
// connections stay open, and nothing comes. The page says so after two and a half beats,
// is live again once the server goes on, and never says so while the job is only quiet.
func TestBrowserFrozenServer(t *testing.T) {
	t.Parallel()
	d := startProcess(t, nil, "demo", "--listen", "127.0.0.1:0")
	s := newScreen(t, d.first["url"].(string), 1280, 900)
	s.signIn()
	v := newVisitor(t, s.base)
	v.signIn()
	s.open(demoJob(v, answers{"domain": {"domain": "api.lakeside.example", "dns": "elsewhere"}}))
	s.until(60*time.Second, "the job waits for a person", func() bool { return strings.HasPrefix(s.title(), "Needs you") })
	s.until(10*time.Second, "live", func() bool { return s.text("#live") == "Live" })
	s.eval(`(() => {
		window.words = [];
		new MutationObserver(() => { words.push(document.getElementById("live").innerText.trim()); })
			.observe(document.getElementById("live"), {childList: true, characterData: true, subtree: true});
	})()`)
	time.Sleep(4 * handlers.Beat)
	if said := s.eval(`words.join()`); said != "" || s.text("#live") != "Live" {
		t.Errorf("while the job was quiet, the page said %q", said)
	}

	if err := d.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.cmd.Process.Signal(syscall.SIGCONT) })
	frozen := time.Now()
	s.until(60*time.Second, "the page says that nothing comes", func() bool { return s.text("#live") == "Reconnecting" })
	took := time.Since(frozen)
	t.Logf("Reconnecting after %.1f s of silence", took.Seconds())
	if most := handlers.Beat*5/2 + time.Second; took > most {
		t.Errorf("the page said so after %s, want %s at most", took, most)
	}
	time.Sleep(2 * time.Second)
	if got := s.text("#live"); got != "Reconnecting" {
		t.Errorf("a frozen server is %q", got)
	}
	if err := d.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	back := time.Now()
	s.until(15*time.Second, "live again", func() bool { return s.text("#live") == "Live" })
	t.Logf("Live %.1f s after the server went on", time.Since(back).Seconds())
	time.Sleep(2 * time.Second)
	if got := s.text("#live"); got != "Live" {
		t.Errorf("after that it is %q", got)
	}
}
