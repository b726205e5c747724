package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

func rootFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("../../" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// goVersion is what a go.mod asks for, and why that is more than any Go of a
// minor version has; "" if it is not.
func goVersion(mod string) (minor, wrong string) {
	for line := range strings.Lines(mod) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "toolchain":
			return minor, "it names a toolchain: " + rest
		case "go":
			m := regexp.MustCompile(`^([0-9]+\.[0-9]+)(\.0)?( *//.*)?$`).FindStringSubmatch(rest)
			if m == nil {
				return minor, "it asks for Go " + rest
			}
			minor = m[1]
		}
	}
	if minor == "" {
		return minor, "it has no line for Go"
	}
	return minor, ""
}

// TestGoVersion: go.mod asks for no patch of Go and for no toolchain, so that
// nobody's go has to load another one; the image is built with an exact patch
// of the same Go.
func TestGoVersion(t *testing.T) {
	t.Parallel()
	for mod, want := range map[string]string{
		"module a\n\ngo 1.26.0\n": "", "module a\n\ngo 1.26\n": "", "go 1.26.0 // any\n": "",
		"go 1.26.4\n": "1.26.4", "go 1.26rc1\n": "1.26rc1", "go 1.26.0\n\ntoolchain go1.26.4\n": "go1.26.4", "\ttoolchain default\n": "default", "module a\n": "no line",
	} {
		if _, wrong := goVersion(mod); (wrong == "") != (want == "") || !strings.Contains(wrong, want) {
			t.Errorf("%q: %q, want %q", mod, wrong, want)
		}
	}
	minor := ""
	for _, name := range []string{"go.mod", ".ci/tools.mod"} {
		found, wrong := goVersion(rootFile(t, name))
		if wrong != "" {
			t.Errorf("%s must build with any Go of its minor version: %s", name, wrong)
		}
		if minor == "" {
			minor = found
		}
	}
	if want := regexp.MustCompile(`(?m)^FROM golang:` + regexp.QuoteMeta(minor) + `\.[1-9][0-9]*(@sha256:[0-9a-f]{64})? AS `); !want.MatchString(rootFile(t, "Dockerfile")) {
		t.Errorf("the image is not built with an exact patch of Go %s", minor)
	}
	if readme := rootFile(t, "README.md"); !strings.Contains(readme, "Go "+minor+" is all you need") {
		t.Errorf("README.md does not ask for Go %s", minor)
	}
}

var (
	pinned  = regexp.MustCompile(`^[a-z0-9./-]+:[0-9]+\.[0-9]+(\.[0-9]+)?(@sha256:[0-9a-f]{64})?$`)
	service = regexp.MustCompile(`(?m)^  ([a-z]+):.*\n((?:    .*\n|\n)+)`)
)

// TestImagesArePinned: each image that is not made here has an exact version,
// and each service of docker-compose.yml runs with as little as it needs.
func TestImagesArePinned(t *testing.T) {
	t.Parallel()
	for _, m := range regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(rootFile(t, "Dockerfile"), -1) {
		if m[1] != "scratch" && !pinned.MatchString(m[1]) {
			t.Errorf("Dockerfile: %s is no exact version", m[1])
		}
	}
	compose := rootFile(t, "docker-compose.yml")
	for _, m := range regexp.MustCompile(`(?m)^ +image: (\S+)`).FindAllStringSubmatch(compose, -1) {
		if m[1] != "apifront" && !pinned.MatchString(m[1]) {
			t.Errorf("docker-compose.yml: %s is no exact version", m[1])
		}
	}
	_, hardened, _ := strings.Cut(compose, "x-hardened: &hardened\n")
	hardened, services, _ := strings.Cut(hardened, "\nservices:\n")
	for _, want := range []string{"read_only: true", "cap_drop: [ALL]", `security_opt: ["no-new-privileges:true"]`} {
		if !strings.Contains(hardened, "  "+want+"\n") {
			t.Errorf("x-hardened has no %s", want)
		}
	}
	services, _, _ = strings.Cut(services, "\nsecrets:\n")
	all := service.FindAllStringSubmatch(services+"\n", -1)
	if len(all) != 3 {
		t.Fatalf("%d services", len(all))
	}
	for _, m := range all {
		if name, body := m[1], m[2]; !strings.Contains(body, "<<: *replica\n") { // which has the rest
			for _, want := range []string{"    <<: *hardened\n", "\n    user: \"", "\n    tmpfs: [", "\n    healthcheck:\n", "\n    secrets: [", "\n    networks: ["} {
				if !strings.Contains(body, want) {
					t.Errorf("the service %s has no %s", name, strings.TrimSpace(want))
				}
			}
		}
		if regexp.MustCompile(`privileged|cap_add|network_mode|docker\.sock|pid: host|user: "0`).MatchString(m[2]) {
			t.Errorf("the service %s asks for more than it needs", m[1])
		}
		for _, p := range regexp.MustCompile(`ports: \["([^"]*)"`).FindAllStringSubmatch(m[2], -1) {
			if !strings.HasPrefix(p[1], "127.0.0.1:") {
				t.Errorf("the service %s is open to others: %s", m[1], p[1])
			}
		}
	}
	if m := regexp.MustCompile(`(?i)(POSTGRES_PASSWORD|PGPASSWORD)\s*:|postgres://[^@\s]*:[^@\s]*@`).FindString(compose); m != "" {
		t.Errorf("docker-compose.yml has a password in the environment: %s", m)
	}
}
