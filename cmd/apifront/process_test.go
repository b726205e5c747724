//go:build outside || browser

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the program as a newcomer builds it, built once for all tests.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "apifront-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "apifront")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", &exec.Error{Name: string(out), Err: err}
	}
	return path, nil
})

// quietEnv is this machine's environment without what it says of AWS.
func quietEnv() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "AWS_") || strings.HasPrefix(v, "REQUESTS_CA_BUNDLE=") || strings.HasPrefix(v, "APIFRONT_PROBE")
	})
}

// A process is a running apifront: what it printed as its first line, and its
// log so far.
type process struct {
	cmd   *exec.Cmd
	first map[string]any

	mu  sync.Mutex
	log bytes.Buffer
}

// startProcess runs the real binary with --json and waits for its first line.
// It is stopped with the test.
func startProcess(t testing.TB, env []string, args ...string) *process {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.Command(path, append(args, "--json")...)}
	p.cmd.Env = append(quietEnv(), env...)
	p.cmd.Stderr = p
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended already
		done := make(chan error, 1)
		go func() { done <- p.cmd.Wait() }()
		select {
		case <-done:
		case <-time.After(15 * time.Second):
			t.Errorf("apifront %v did not stop within 15 s of SIGTERM", args)
			_ = p.cmd.Process.Kill() // last resort
		}
		if t.Failed() {
			t.Logf("log of apifront %v:\n%s", args, p.said())
		}
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("apifront %v printed no first line: %v\n%s", args, err, p.said())
	}
	if err := json.Unmarshal(line, &p.first); err != nil {
		t.Fatalf("the first line of apifront %v is not JSON: %v: %s", args, err, line)
	}
	return p
}

// Write takes the process's log.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// welcomeCode is the one-time code that a first start writes into its log.
func (p *process) welcomeCode() string {
	m := regexp.MustCompile(`"code":"([^"]+)"`).FindStringSubmatch(p.said())
	if m == nil {
		return ""
	}
	return m[1]
}

// simulated is the environment that leads AWS tools and apifront's probes to
// a simulator.
func simulated(p *process) []string {
	return []string{
		"AWS_ENDPOINT_URL=" + p.first["aws_endpoint"].(string),
		"AWS_ACCESS_KEY_ID=dummy", "AWS_SECRET_ACCESS_KEY=dummy",
		"AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
		"APIFRONT_PROBE_DNS=" + p.first["dns"].(string),
		"APIFRONT_PROBE_PORT=" + fmt.Sprint(p.first["probe_port"]),
		"APIFRONT_PROBE_CA=" + p.first["ca_file"].(string),
	}
}
