//go:build linux

package db

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallDisk is a directory on a disk of its own with so many bytes. Where the
// test may not mount one it is skipped, loudly.
func smallDisk(t *testing.T, bytes string) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size="+bytes, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: a small disk needs the right to mount one: %v: %s", err, out)
	}
	t.Cleanup(func() {
		// A process that another test starts holds every open file of this one,
		// until it is itself: the disk is busy for that moment, but not for long.
		err := syscall.Unmount(dir, 0)
		for end := time.Now().Add(10 * time.Second); errors.Is(err, syscall.EBUSY) && time.Now().Before(end); {
			time.Sleep(10 * time.Millisecond)
			err = syscall.Unmount(dir, 0)
		}
		must(t, err)
	})
	return dir
}

// fill leaves no room on the disk of a directory; free gives it back.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	must(t, err)
	for _, n := range []int{1 << 16, 1 << 12, 1} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, n))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("a full disk says %v", err)
		}
	}
	must(t, f.Close())
	return func() { must(t, os.Remove(path)) }
}

// A disk that is really full: writing says so, reading goes on, nothing is half
// written, a backup leaves nothing, a restore leaves the database as it was,
// and with room all goes on.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t, "3m")
	path := filepath.Join(dir, "a.db")
	s, err := Open(t.Context(), path)
	must(t, err)
	defer func() { must(t, s.Close()) }()
	must(t, s.put(t.Context(), "name", "short"))
	safe := filepath.Join(t.TempDir(), "safe.db")
	must(t, Backup(t.Context(), path, safe))
	free := fill(t, dir)
	long := strings.Repeat("x", 100_000)
	save := func() error { return s.put(t.Context(), "name", long) }
	err = save()
	wants(t, err, ErrFull)
	wants(t, err, ErrStorage)
	wants(t, s.Ready(t.Context()), ErrFull)
	if got, err := s.kept(t.Context(), "name"); err != nil || got != "short" {
		t.Errorf("there is a name of %d characters, %v", len(got), err)
	}
	before := files(t, dir)
	if err := Backup(t.Context(), path, filepath.Join(dir, "copy.db")); err == nil {
		t.Error("a backup to a full disk went well")
	}
	if after := files(t, dir); len(after) != len(before) {
		t.Errorf("a backup that failed left %q, before there was %q", after, before)
	}
	must(t, s.Close())
	if _, err := Restore(t.Context(), path, safe); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("a restore on a full disk: error %v", err)
	}
	free()
	s, err = Open(t.Context(), path)
	must(t, err)
	must(t, save())
	if got, err := s.kept(t.Context(), "name"); err != nil || got != long {
		t.Errorf("with room again there is a name of %d characters, %v", len(got), err)
	}
	if names := files(t, dir); len(names) != 3 {
		t.Errorf("in the end there is %q, want the database and its log only", names)
	}
}

// openHere makes this test binary open a database and end.
const openHere = "APIFRONT_TEST_OPEN"

func TestOpenInAProcess(t *testing.T) {
	path := os.Getenv(openHere)
	if path == "" {
		t.Skip("it is a part of TestWhatMayNotBeWritten")
	}
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	must(t, s.Close())
}

// A file or a directory that may not be written is refused at the start with
// one sentence that names it. Root may write everything, so somebody else
// starts the program.
func TestWhatMayNotBeWritten(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "apifront")
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	path := filepath.Join(dir, "a.db")
	s, err := Open(t.Context(), path)
	must(t, err)
	must(t, s.Close())
	for _, c := range []struct {
		name           string
		dir, file, lck os.FileMode
		want           string
	}{
		{"all is open", 0o777, 0o666, 0o666, ""},
		{"the file is read-only", 0o777, 0o444, 0o666, "cannot be opened for writing: permission denied"},
		{"the directory is read-only", 0o555, 0o666, 0o666, "look at the disk and at the permissions of the file and its directory"},
		{"the lock is read-only", 0o777, 0o666, 0o444, "cannot be opened for writing: its lock"},
		{"nothing may be looked at", 0o000, 0o666, 0o666, "cannot be opened for writing"},
	} {
		must(t, os.Chmod(path+".lock", c.lck))
		must(t, os.Chmod(path, c.file))
		must(t, os.Chmod(dir, c.dir))
		cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^TestOpenInAProcess$")
		cmd.Env = append(os.Environ(), openHere+"="+path)
		cmd.Dir = "/"
		if os.Getuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		out, err := cmd.CombinedOutput()
		must(t, os.Chmod(dir, 0o700))
		text := string(out)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v: %s", c.name, err, text)
		case c.want != "" && (err == nil || !strings.Contains(text, "refused: the d") || !strings.Contains(text, c.want) || !strings.Contains(text, dir)):
			t.Errorf("%s: it says (%v) %s, want %q", c.name, err, text, c.want)
		}
	}
}
