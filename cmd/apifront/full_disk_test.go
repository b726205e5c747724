//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A server that has announced its address goes on, however little room its disk
// has; without enough it says so in one sentence, and announces nothing.
func TestStartsOnASmallDisk(t *testing.T) {
	refused, started := 0, 0
	for kib := 64; kib <= 4096; kib += kib / 4 &^ 3 {
		t.Run(fmt.Sprint(kib, " KiB"), func(t *testing.T) {
			dir := t.TempDir()
			if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dk", kib), "tmpfs", dir).CombinedOutput(); err != nil {
				t.Skipf("SKIPPED: a small disk needs the right to mount one: %v: %s", err, out)
			}
			t.Cleanup(func() {
				// A process that another test starts holds this one's open files for a moment.
				err := syscall.Unmount(dir, 0)
				for end := time.Now().Add(10 * time.Second); errors.Is(err, syscall.EBUSY) && time.Now().Before(end); {
					time.Sleep(10 * time.Millisecond)
					err = syscall.Unmount(dir, 0)
				}
				if err != nil {
					t.Error(err)
				}
			})
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			out := &announced{told: func() { time.AfterFunc(300*time.Millisecond, cancel) }}
			var said bytes.Buffer
			env := map[string]string{"APIFRONT_COOKIE_KEYS_FILE": filepath.Join(t.TempDir(), "keys")}
			code := start(ctx, &program{stdout: out, stderr: &said, getenv: func(k string) string { return env[k] }},
				[]string{"serve", "--listen", "127.0.0.1:0", "--database", filepath.Join(dir, "a.db")})
			text := strings.TrimSpace(said.String())
			switch {
			case out.String() != "" && code != 0:
				t.Errorf("it announced %q, and then ended with %d: %s", out, code, text)
			case out.String() == "" && code == 0:
				t.Error("it neither started nor refused")
			case code != 0:
				refused++
				last := text[strings.LastIndex(text, "\n")+1:]
				if !strings.Contains(last, filepath.Join(dir, "a.db")+" takes nothing: its disk is full; make room there, then start again") {
					t.Errorf("it refuses with %q", text)
				}
			default:
				started++
			}
		})
	}
	if !t.Failed() && refused+started > 0 && (refused < 3 || started < 2) {
		t.Errorf("%d were refused and %d started: the sizes do not show it", refused, started)
	}
}

// An announced is a standard output that tells when something was written.
type announced struct {
	bytes.Buffer
	told func()
}

func (a *announced) Write(p []byte) (int, error) {
	a.told()
	return a.Buffer.Write(p)
}
