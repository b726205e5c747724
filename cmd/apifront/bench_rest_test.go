//go:build linux

package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// BenchmarkAtRest is the program as a process: its size, the time from its
// start with a new database to its first page, and, of the last one started,
// memory and processor time over a minute of rest. With TEST_POSTGRES also on
// PostgreSQL.
//
//	go test -run '^$' -bench AtRest -benchtime 10x ./cmd/apifront
func BenchmarkAtRest(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		restOn(b, func(b *testing.B) string { return filepath.Join(b.TempDir(), "a.db") })
	})
	if os.Getenv("TEST_POSTGRES") != "" {
		b.Run("postgres", func(b *testing.B) { restOn(b, newSchema) })
	}
}

// newSchema is the URL of a schema of its own in the database that TEST_POSTGRES
// names.
func newSchema(b *testing.B) string {
	b.Helper()
	base, schema := os.Getenv("TEST_POSTGRES"), "rest_"+strings.ToLower(rand.Text())
	do := func(sql string) {
		conn, err := pgx.Connect(context.Background(), base)
		if err != nil {
			b.Fatal(err)
		}
		_, err = conn.Exec(context.Background(), sql)
		if err := errors.Join(err, conn.Close(context.Background())); err != nil {
			b.Fatal(err)
		}
	}
	do("CREATE SCHEMA " + schema)
	b.Cleanup(func() { do("DROP SCHEMA " + schema + " CASCADE") })
	u, err := url.Parse(base)
	if err != nil {
		b.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

// restOn starts the program on new databases.
func restOn(b *testing.B, database func(*testing.B) string) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "apifront")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for i := range b.N {
		began := time.Now()
		p := exec.CommandContext(b.Context(), path, "serve", "--json", "--listen", "127.0.0.1:0", "--database", database(b))
		p.Cancel = func() error { return p.Process.Signal(syscall.SIGTERM) }
		firstPage(b, p)
		took = append(took, time.Since(began))
		if i == b.N-1 {
			atRest(b, p.Process.Pid)
		}
		if err := p.Process.Signal(syscall.SIGTERM); err != nil {
			b.Fatal(err)
		}
		if err := p.Wait(); err != nil {
			b.Errorf("the server ended with %v", err)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "ms-to-page-p50")
	b.ReportMetric(float64(took[len(took)*95/100].Milliseconds()), "ms-to-page-p95")
	b.ReportMetric(float64(info.Size())/(1<<20), "MiB-binary")
	b.ReportMetric(0, "ns/op")
}

// firstPage starts the server and reads its first page.
func firstPage(b *testing.B, p *exec.Cmd) {
	b.Helper()
	out, err := p.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := p.Start(); err != nil {
		b.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		b.Fatal(err)
	}
	var first struct{ URL string }
	if err := json.Unmarshal(line, &first); err != nil {
		b.Fatal(err)
	}
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, first.URL+"/welcome", nil)
	if err != nil {
		b.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b.Fatalf("the first page: status %d", resp.StatusCode)
	}
}

// atRest reports what a process holds and uses while nothing happens.
func atRest(b *testing.B, pid int) {
	b.Helper()
	const rest = time.Minute
	time.Sleep(15 * time.Second)
	before := ticks(b, pid)
	time.Sleep(rest)
	// A tick of /proc is a hundredth of a second.
	b.ReportMetric(float64(ticks(b, pid)-before)/rest.Seconds(), "%core")
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if text, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.Atoi(strings.Fields(text)[0])
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(kib)/1024, "MiB-resident")
		}
	}
}

// ticks is the processor time of a process.
func ticks(b *testing.B, pid int) int {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	f := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	sum := 0
	for _, text := range f[11:13] { // utime and stime
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		sum += n
	}
	return sum
}
