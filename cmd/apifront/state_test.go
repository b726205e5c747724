package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/google/go-cmp/cmp"
)

// A killable is the real binary in a process of its own.
type killable struct {
	cmd   *exec.Cmd
	first map[string]any // the line it began with
}

// runBinary starts the program and reads its first line.
func runBinary(t *testing.T, binary string, args ...string) *killable {
	t.Helper()
	k := &killable{cmd: exec.CommandContext(t.Context(), binary, append(args, "--json")...)}
	var problems bytes.Buffer
	k.cmd.Stderr = &problems
	out, err := k.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := k.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		_ = k.cmd.Wait() // it ended without a word
		t.Fatalf("%v: %s", err, problems.String())
	}
	if err := json.Unmarshal(line, &k.first); err != nil {
		t.Fatal(err)
	}
	return k
}

// kill ends it as a power cut does: no signal handler runs.
func (k *killable) kill(t *testing.T) {
	t.Helper()
	if err := k.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = k.cmd.Wait() // "signal: killed", as asked
}

func (k *killable) get(t *testing.T, url string) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // read to its end
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (k *killable) state(t *testing.T) string {
	t.Helper()
	return string(k.get(t, k.first["aws_endpoint"].(string)+"/_sim/state"))
}

func (k *killable) acm() *acm.Client {
	return acm.NewFromConfig(aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(k.first["aws_endpoint"].(string)),
		Credentials: credentials.NewStaticCredentialsProvider("AKIADEMOAPIFRONTDEMO", "x", ""),
	})
}

// TestKilledSimulatorKeepsItsWorld kills the program while calls run, and
// starts it again: every answered change is there.
func TestKilledSimulatorKeepsItsWorld(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	binary, state := filepath.Join(dir, "apifront"), filepath.Join(dir, "state.json")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	k := runBinary(t, binary, "simulate", "--pace", "instant", "--state", state)
	ca, err := os.ReadFile(k.first["ca_file"].(string))
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan string, 10_000)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ctx.Err() == nil; i++ {
			out, err := k.acm().RequestCertificate(ctx, &acm.RequestCertificateInput{
				DomainName: aws.String("a.example.com"), SubjectAlternativeNames: []string{"b" + string(rune('a'+i%26)) + ".example.com"}, ValidationMethod: acmtypes.ValidationMethodDns,
			})
			if err != nil {
				return // killed
			}
			answered <- *out.CertificateArn
		}
	}()
	for len(answered) < 20 {
		time.Sleep(5 * time.Millisecond)
	}
	k.kill(t)
	stop()
	<-done
	close(answered)

	again := runBinary(t, binary, "simulate", "--pace", "instant", "--state", state)
	got, err := os.ReadFile(again.first["ca_file"].(string))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(ca, got) {
		t.Error("another certificate authority: clients that trusted the first do not trust it")
	}
	n := 0
	for arn := range answered {
		n++
		if _, err := again.acm().DescribeCertificate(t.Context(), &acm.DescribeCertificateInput{CertificateArn: &arn}); err != nil {
			t.Errorf("answered before the kill, gone after it: %v", err)
		}
	}
	before := again.state(t)
	again.kill(t)
	third := runBinary(t, binary, "simulate", "--pace", "instant", "--state", state)
	if d := cmp.Diff(before, third.state(t)); d != "" {
		t.Errorf("after %d certificates and a second kill: %s", n, d)
	}
	third.kill(t)
}

// TestDemoThatLasts does a job, ends the demo and starts it again from its
// files: the user, the job and the simulated AWS are there.
func TestDemoThatLasts(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "demo.json")
	open := func() (*demo, func()) {
		ctx, stop := context.WithCancel(context.Background())
		d, err := openDemo(ctx, &program{stdout: io.Discard, stderr: testWriter{t}, getenv: func(string) string { return "" }}, at("127.0.0.1:0"), "instant", state)
		if err != nil {
			stop()
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- d.app.run(ctx) }()
		return d, func() {
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
			if err := d.close(); err != nil {
				t.Error(err)
			}
		}
	}
	d, end := open()
	v := newVisitor(t, d.app.url)
	v.signIn()
	v.walk(answers{"domain": {"domain": "api.harborview.example"}})
	v.press("Start job", nil)
	job := v.at.Path
	if title := v.finish(60 * time.Second); !strings.HasPrefix(title, "Succeeded") {
		t.Fatalf("the job ended as %q\n%s", title, v.text())
	}
	before := d.sim.State()
	end()

	d, end = open()
	defer end()
	if got := d.sim.State(); cmp.Diff(before, got) != "" || len(got.Distributions) != 1 {
		t.Errorf("the simulated AWS is another one: %s", cmp.Diff(before, got))
	}
	v = newVisitor(t, d.app.url)
	v.signIn()
	v.open(job)
	if v.status != 200 || !strings.Contains(v.text(), "api.harborview.example") {
		t.Errorf("the job is gone: status %d\n%s", v.status, v.text())
	}
}

func TestBrokenStateIsOneSentence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	broken, newer := filepath.Join(dir, "broken.json"), filepath.Join(dir, "newer.json")
	for path, content := range map[string]string{broken: `{"format":`, newer: `{"format":"apifront simulated AWS","version":99}`} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct{ command, file, want string }{
		{"simulate", broken, "the state file " + broken + " is broken"},
		{"demo", broken, "the state file " + broken + " is broken"},
		{"simulate", newer, "was written by a newer apifront"},
		{"demo", filepath.Join(dir, "no", "such", "folder"), "cannot save the state"},
	} {
		var said bytes.Buffer
		args := []string{tc.command, "--state", tc.file}
		if tc.command == "demo" {
			args = append(args, "--listen", "127.0.0.1:0")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		code := start(ctx, &program{stdout: io.Discard, stderr: &said, getenv: func(string) string { return "" }}, args)
		cancel()
		if text := said.String(); code != 1 || !strings.Contains(text, tc.want) || strings.Count(text, "\n") != 1 {
			t.Errorf("%v: exit code %d, said %q", args, code, text)
		}
	}
	if b, err := os.ReadFile(newer); err != nil || !strings.Contains(string(b), `"version":99`) {
		t.Errorf("a newer file was overwritten: %s %v", b, err)
	}
}
