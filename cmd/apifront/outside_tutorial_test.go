//go:build outside

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestOutsideCLI does what the tutorial says with the AWS CLI, visits the
// result, and takes it away again.
func TestOutsideCLI(t *testing.T) {
	t.Parallel()
	cli := outside(t, "aws")
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatalf("the tutorial is a shell script: %v", err)
	}
	j := newJudged(t)
	path := "PATH=" + filepath.Dir(cli) + string(filepath.ListSeparator) + os.Getenv("PATH")
	j.tutorial("cli.lakeside.example", "orders-api-eu", "prod", func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), bash, append([]string{filepath.Join("testdata", "tutorial.sh")}, args...)...)
		cmd.Env = j.env(path)
		return cmd
	})
}

// TestOutsideBoto3 does the same for an HTTP API with boto3.
func TestOutsideBoto3(t *testing.T) {
	t.Parallel()
	python := outside(t, "python")
	j := newJudged(t)
	j.tutorial("boto3.lakeside.example", "catalog-http-eu", "$default", func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), python, append([]string{filepath.Join("testdata", "tutorial.py")}, args...)...)
		cmd.Env = j.env()
		return cmd
	})
}

// tutorial runs a script's set-up and teardown.
func (j *judged) tutorial(name, api, stage string, script func(args ...string) *exec.Cmd) {
	j.t.Helper()
	zone := j.world.Zones[strings.SplitN(name, ".", 2)[1]]
	before := j.account()
	j.run(script("up", name, zone, j.api(api), stage))
	j.answers(name)
	j.run(script("down", name, zone, j.api(api), stage))
	j.asFound(before)
	j.allModelled()
}
