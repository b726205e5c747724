//go:build outside

package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/setup"
)

// A scriptWorld is the real program on a simulator of its own.
type scriptWorld struct {
	*judged
	demo *demo
	v    *visitor
}

func newScriptWorld(t *testing.T) *scriptWorld {
	t.Helper()
	d := startDemo(t, "instant")
	w := &scriptWorld{judged: &judged{t: t, sim: d.sim, world: d.world, net: d.net}, demo: d, v: newVisitor(t, d.app.url)}
	w.v.signIn()
	return w
}

// script is the script of the job that the visitor looks at, as it is downloaded.
func (w *scriptWorld) script() string {
	w.t.Helper()
	job := regexp.MustCompile(`^/jobs/[0-9]+`).FindString(w.v.at.Path)
	w.v.open(job + "/script")
	if got := w.v.page.Find("main pre").Text(); w.v.status != http.StatusOK || !strings.HasPrefix(got, "#!/bin/sh\n") {
		w.t.Fatalf("status %d at %s: %s", w.v.status, w.v.at, w.v.text())
	}
	return w.v.page.Find("main pre").Text()
}

// scriptPace is a world in which what scripts wait for takes its time.
var scriptPace = sim.Pace{
	RecordDelay: time.Second, IssueDelay: 2 * time.Second, IssuedLag: 2 * time.Second, GatewayLag: 2 * time.Second, DomainUpdate: 2 * time.Second,
	Deploy: 4 * time.Second, Insync: 2 * time.Second, Invalidate: 2 * time.Second, Release: 4 * time.Second,
}

// hasty makes waits of the AWS CLI short: its waiters ask once a minute.
const hasty = `import time
_sleep = time.sleep
time.sleep = lambda seconds: _sleep(min(seconds, 0.3))
`

// carryOut runs a script with the real AWS CLI on a world, in which sleep is short.
func (j *judged) carryOut(script string, more ...string) {
	j.t.Helper()
	if said, err := j.scriptIn(j.t.TempDir(), script, more...); err != nil {
		j.t.Fatalf("%v\n%s", err, said)
	}
}

// scriptIn runs a script in a directory.
func (j *judged) scriptIn(dir, script string, more ...string) (said string, err error) {
	j.t.Helper()
	cli := outside(j.t, "aws")
	for name, text := range map[string]string{
		"script.sh": script, "python/sitecustomize.py": hasty, "bin/sleep": "#!/bin/sh\nexec /bin/sleep 0.2\n", "bin/aws": "#!/bin/sh\nexec " + setup.ShellWord(cli) + " \"$@\"\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			j.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			j.t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(j.t.Context(), "sh", "script.sh")
	cmd.Dir = dir
	cmd.Env = j.env(append(more, "PYTHONPATH="+filepath.Join(dir, "python"), "PATH="+filepath.Join(dir, "bin")+string(filepath.ListSeparator)+os.Getenv("PATH"))...)
	began := time.Now()
	out, err := cmd.CombinedOutput()
	j.t.Logf("%v: a script of %d octets", time.Since(began).Round(100*time.Millisecond), len(script))
	return string(out), err
}

// otherWorld is a fresh one in which AWS chooses other names.
func otherWorld(t *testing.T, like *scriptWorld) *judged {
	t.Helper()
	j := newPaced(t, scriptPace)
	j.sim.ChooseOthers()
	for name, id := range like.world.APIs {
		if j.world.APIs[name] != id {
			t.Fatalf("the worlds have other APIs: %s", name)
		}
	}
	return j
}

// TestOutsideScript runs the script of the main job on another world with the real AWS
// CLI, and compares what is there then.
func TestOutsideScript(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*scriptWorld){
		"main": func(*scriptWorld) {},
		"lost answer": func(w *scriptWorld) {
			w.sim.Order(sim.Fault{Service: "cloudfront", Operation: "CreateDistributionWithTags", Kind: sim.FaultLost})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := newScriptWorld(t)
			second := otherWorld(t, first)
			prepare(first)
			first.v.walk(answers{"api": {"api-0": "kind:REST"}, "domain": {"domain": versusName}})
			first.v.press("Start job", nil)
			if title := first.v.finish(5 * time.Minute); !strings.HasPrefix(title, "Succeeded") {
				t.Fatalf("the job ended as %q: %s", title, first.v.text())
			}
			script := first.script()
			second.carryOut(script)
			second.answers(versusName)
			a, b := first.sim.State().Distributions, second.sim.State().Distributions
			if len(a) != 1 || len(b) != 1 || a[0] == b[0] {
				t.Errorf("the distributions are %v and %v, want one each, of other IDs", a, b)
			}
			was, is := first.frontDoor(versusName), second.frontDoor(versusName)
			if diff := cmp.Diff(was, is); diff != "" {
				t.Errorf("the worlds differ (-job +script):\n%s\n%s", diff, script)
			}
		})
	}
}
