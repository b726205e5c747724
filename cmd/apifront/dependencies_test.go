package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

//go:generate go test -run TestDependenciesDocument -update .

var update = flag.Bool("update", false, "write docs/dependencies.md")

// why says for each direct dependency what it is there for. Who adds one to
// go.mod adds its line here; the test asks for it.
var why = map[string]string{
	"github.com/PuerkitoBio/goquery":                           "tests: read pages as a browser does",
	"github.com/a-h/templ":                                     "pages: templates that are checked by the compiler and escape everything",
	"github.com/andybalholm/brotli":                            "static files: compressed once at the start",
	"github.com/aws/aws-sdk-go-v2":                             "AWS: signing, retries, errors",
	"github.com/aws/aws-sdk-go-v2/config":                      "AWS: the default chain and named profiles, as every AWS tool reads them",
	"github.com/aws/aws-sdk-go-v2/credentials":                 "AWS: credentials of a role, and those of the demo's simulator",
	"github.com/aws/aws-sdk-go-v2/service/acm":                 "AWS: certificates",
	"github.com/aws/aws-sdk-go-v2/service/apigateway":          "AWS: REST APIs and custom domain names",
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2":        "AWS: HTTP APIs and mappings",
	"github.com/aws/aws-sdk-go-v2/service/cloudfront":          "AWS: distributions and invalidations",
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail":          "AWS: who changed something",
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch":          "AWS: how many requests still come before a teardown",
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs":      "AWS: access logs of distributions, which CloudWatch Logs delivers",
	"github.com/aws/aws-sdk-go-v2/service/iam":                 "AWS: which permissions a connection has",
	"github.com/aws/aws-sdk-go-v2/service/route53":             "AWS: hosted zones and records",
	"github.com/aws/aws-sdk-go-v2/service/sts":                 "AWS: whose credentials these are, and roles",
	"github.com/aws/smithy-go":                                 "AWS: errors and middleware of the SDK, for the ledger of calls",
	"github.com/chromedp/cdproto":                              "tests: the protocol of Chromium, for chromedp",
	"github.com/chromedp/chromedp":                             "tests: pages in a real browser",
	"github.com/coreos/go-oidc/v3":                             "sign-in with OIDC: discovery and checks of ID tokens",
	"github.com/go-chi/chi/v5":                                 "HTTP: the router, compression and timeouts",
	"github.com/emersion/go-sasl":                              "tests: what the mail server of the tests asks for a password",
	"github.com/emersion/go-smtp":                              "tests: a real mail server",
	"github.com/wneessen/go-mail":                              "notices by e-mail: MIME, STARTTLS and the ways to sign in of mail servers",
	"github.com/google/go-cmp":                                 "tests: differences that can be read",
	"github.com/google/uuid":                                   "IDs that sort by time (version 7)",
	"github.com/gorilla/sessions":                              "sessions: signed and encrypted cookies",
	"github.com/jackc/pgx/v5":                                  "PostgreSQL",
	"github.com/miekg/dns":                                     "DNS: questions to authoritative servers in probes, and the simulator's server",
	"github.com/pressly/goose/v3":                              "database: migrations, on both databases",
	"github.com/prometheus/client_golang":                      "metrics: the format of Prometheus, and what Go and the process say",
	"github.com/riverqueue/river":                              "worker: the queue of bells, in the same transaction as the data",
	"github.com/riverqueue/river/riverdriver":                  "worker: the queue's interface to a database",
	"github.com/riverqueue/river/riverdriver/riverpgxv5":       "worker: the queue on PostgreSQL",
	"github.com/riverqueue/river/riverdriver/riversqlite":      "worker: the queue on SQLite",
	"github.com/riverqueue/river/rivertype":                    "worker: the queue's types",
	"github.com/standard-webhooks/standard-webhooks/libraries": "tests: signatures of notices, verified as their receivers do",
	"golang.org/x/crypto":                                      "passwords: argon2id",
	"golang.org/x/net":                                         "names: IDNA and the public suffix list; HTTP: a limit of open connections",
	"golang.org/x/oauth2":                                      "sign-in with OIDC: the exchange of codes, with PKCE",
	"golang.org/x/sync":                                        "start and stop of the parts as one group",
	"modernc.org/sqlite":                                       "SQLite, in Go alone: one static binary",
}

// licences are those that may be in the program, by words that stand in no
// other one's text.
var licences = []struct {
	name  string
	words []string
}{
	{"Apache-2.0", []string{"Apache License", "Version 2.0"}},
	{"MPL-2.0", []string{"Mozilla Public License", "2.0"}},
	{"BSD-3-Clause", []string{"Redistribution and use in source and binary forms", "may be used to endorse or promote"}},
	{"BSD-2-Clause", []string{"Redistribution and use in source and binary forms"}},
	{"MIT", []string{"Permission is hereby granted, free of charge", "The above copyright notice and this permission notice shall be included"}},
	{"ISC", []string{"Permission to use, copy, modify, and/or distribute this software"}},
}

type goModule struct {
	Path, Version, Dir string
	Main, Indirect     bool
}

var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying)([-.].*)?$`)

// licence reads the licence of a module from its own files.
func (m goModule) licence() (string, error) {
	files, err := os.ReadDir(m.Dir)
	if err != nil {
		return "", err
	}
	for _, f := range files {
		if f.IsDir() || !licenceFile.MatchString(f.Name()) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(m.Dir, f.Name()))
		if err != nil {
			return "", err
		}
		text := strings.Join(strings.Fields(string(b)), " ")
		for _, l := range licences {
			if !slices.ContainsFunc(l.words, func(w string) bool { return !strings.Contains(text, w) }) {
				return l.name, nil
			}
		}
	}
	return "", fmt.Errorf("%s has no licence that is known to fit: read it, and add it to licences if it does", m.Path)
}

// modules are those that go.mod names. Their files are fetched if they are not there.
func modules(t *testing.T) (all []goModule) {
	t.Helper()
	file, err := exec.Command("go", "mod", "edit", "-json", "../../go.mod").Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(file, &mod); err != nil {
		t.Fatal(err)
	}
	args, indirect := []string{"mod", "download", "-json"}, map[string]bool{}
	for _, r := range mod.Require {
		args = append(args, r.Path)
		indirect[r.Path] = r.Indirect
	}
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		t.Fatalf("go mod download: %v", err)
	}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var m goModule
		if err := dec.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		m.Indirect = indirect[m.Path]
		all = append(all, m)
	}
	if len(all) != len(mod.Require) || len(all) < 20 {
		t.Fatalf("%d modules for %d lines of go.mod", len(all), len(mod.Require))
	}
	slices.SortFunc(all, func(a, b goModule) int { return cmp.Compare(a.Path, b.Path) })
	return all
}

// needers says which direct dependencies lead to each module.
func needers(t *testing.T, all []goModule) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "mod", "graph").Output()
	if err != nil {
		t.Fatal(err)
	}
	edges, chosen := map[string][]string{}, map[string]bool{}
	for _, m := range all {
		chosen[m.Path+"@"+m.Version] = true
	}
	for line := range strings.Lines(string(out)) {
		from, to, _ := strings.Cut(strings.TrimSpace(line), " ")
		to, _, _ = strings.Cut(to, "@")
		if chosen[from] { // the graph names older versions too
			from, _, _ = strings.Cut(from, "@")
			edges[from] = append(edges[from], to)
		}
	}
	by := map[string][]string{}
	for _, m := range all {
		if m.Indirect {
			continue
		}
		seen, next := map[string]bool{}, []string{m.Path}
		for len(next) > 0 {
			at := next[0]
			next = next[1:]
			for _, to := range edges[at] {
				if !seen[to] {
					seen[to] = true
					next = append(next, to)
				}
			}
		}
		for to := range seen {
			by[to] = append(by[to], m.Path)
		}
	}
	return by
}

const dependenciesPath = "../../docs/dependencies.md"

// TestDependenciesDocument compares docs/dependencies.md with go.mod and the
// licences in the modules' own files. With -update it writes it. A direct
// dependency needs its reason in why.
func TestDependenciesDocument(t *testing.T) {
	t.Parallel()
	all := modules(t)
	by := needers(t, all)
	var direct, indirect strings.Builder
	count := map[string]int{}
	unused := maps.Clone(why)
	for _, m := range all {
		licence, err := m.licence()
		if err != nil {
			t.Error(err)
		}
		count[licence]++
		if !m.Indirect {
			if why[m.Path] == "" {
				t.Errorf("%s is in go.mod and nobody says why: add its line to why in dependencies_test.go", m.Path)
			}
			delete(unused, m.Path)
			fmt.Fprintf(&direct, "| `%s` | %s | %s | %s |\n", m.Path, m.Version, licence, why[m.Path])
			continue
		}
		needs := by[m.Path]
		slices.SortFunc(needs, func(a, b string) int { return cmp.Or(len(a)-len(b), cmp.Compare(a, b)) })
		text := "none by the graph"
		if len(needs) > 0 {
			text = "`" + needs[0] + "`"
		}
		if len(needs) > 1 {
			text += fmt.Sprintf(" and %d more", len(needs)-1)
		}
		fmt.Fprintf(&indirect, "| `%s` | %s | %s | %s |\n", m.Path, m.Version, licence, text)
	}
	for path := range unused {
		t.Errorf("%s is not in go.mod any more: take its line out of why", path)
	}
	var sum []string
	for _, name := range slices.Sorted(maps.Keys(count)) {
		sum = append(sum, fmt.Sprintf("%s %d", name, count[name]))
	}
	want := "# Dependencies\n\nWritten by `go generate ./cmd/apifront` from go.mod, the licences in the modules' own files and the reasons in `cmd/apifront/dependencies_test.go`, which fails when a module has no reason or a licence that nobody has looked at.\n\n" +
		fmt.Sprintf("%d modules: %s. Those of tests are not in the program.\n", len(all), strings.Join(sum, ", ")) +
		"\n## Direct\n\n| Module | Version | Licence | What for |\n|---|---|---|---|\n" + direct.String() +
		"\n## Indirect\n\nThey are there because a direct one needs them.\n\n| Module | Version | Licence | Needed by |\n|---|---|---|---|\n" + indirect.String() +
		"\n## Known vulnerabilities\n\n" +
		"`go tool -modfile=.ci/tools.mod govulncheck ./...` says which known vulnerabilities of these modules and of Go's standard library the program calls, where <https://vuln.go.dev> can be reached. Elsewhere give it a copy of that database: `-db file:///DIRECTORY`. `.ci/run` does so beside the slow tests (`GOVULNDB` names a copy): a vulnerability that is called fails it, and where no database can be reached it says loudly that nothing was scanned.\n\n" +
		"The standard library in a binary is that of the Go which built it, so the scan counts for the Go it is run with. The image is built with the exact patch that `Dockerfile` names, the newest of Go 1.26; `go.mod` asks for no patch and no toolchain, so that any Go 1.26 builds the program without loading another one. The image holds the binary and the certificates of authorities, and no operating system to scan.\n" +
		"\n## Files of others\n\n| File | From | Licence |\n|---|---|---|\n" +
		"| `web/static/app.js`, its first two parts | htmx and its hx-sse extension, see `web/static/README.md` | Zero-Clause BSD |\n" +
		"| `handlers/passwords.txt` | zxcvbn's list of common passwords, see its head | MIT |\n" +
		"| `handlers/zones.txt` | names of the tz database's `zone.tab` | public domain |\n" +
		"\nThe programs that check the project (`.ci`) are not part of it: Go tools in `.ci/tools.mod`, Python programs in `.ci/requirements.txt`, and what those files and `.ci/run` name beside them.\n"
	if *update {
		if err := os.WriteFile(dependenciesPath, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(dependenciesPath)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != want {
		t.Error("docs/dependencies.md is not what go.mod says: run go generate ./cmd/apifront")
	}
}
