package steps

import (
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/probe"
	"apifront/setup"
)

// hostileValues are such as a shell, or a tool, would take for something else.
var hostileValues = []string{
	"plain", "it's", `"quoted"`, `'"`, "a b", "$HOME", "$(touch pasted)", "`touch pasted`", "'$(touch pasted)'", `"; touch pasted; "`, "'; touch pasted; '",
	"a;touch pasted", "a&touch pasted", "a|touch pasted", ">pasted", "<pasted", `\`, `a\'b`, `\$(touch pasted)`, "*", "?", "[a]", "{a,b}", "~", "#x", "!x", "=x", "é", "%24x", "()",
}

// A shell in which a line is pasted takes each value as it is, and carries out nothing
// else. The tools are stand-ins that write their words down.
func TestLinesArePasted(t *testing.T) {
	bin := t.TempDir()
	for _, tool := range []string{"aws", "dig", "curl", "openssl"} {
		text := "#!/bin/sh\n[ \"$1\" = x509 ] || printf '%s\\0' " + tool + " \"$@\" >>\"$WORDS\"\n"
		if err := os.WriteFile(filepath.Join(bin, tool), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	words := filepath.Join(t.TempDir(), "words")
	// paste is the words that the first tool of a line was given.
	known := map[string][]string{}
	paste := func(line string) (first []string) {
		t.Helper()
		if known[line] != nil {
			return known[line]
		}
		defer func() { known[line] = first }()
		if err := os.WriteFile(words, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
		cmd.Dir = t.TempDir()
		cmd.Env = []string{"PATH=" + bin + ":/usr/bin:/bin", "WORDS=" + words, "HOME=/nowhere", `APIFRONT_PROBE_KEY_X=k "$(touch pasted)"`}
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Fatalf("%s: %v %s", line, err, out)
		}
		left, err := os.ReadDir(cmd.Dir)
		said, failed := os.ReadFile(words)
		if err = errors.Join(err, failed); err != nil || len(left) > 0 {
			t.Fatalf("%s left %v (%v)", line, left, err)
		}
		return strings.Split(strings.TrimSuffix(string(said), "\x00"), "\x00")
	}
	for _, v := range hostileValues {
		e := &Env{Setup: setup.Setup{Spec: setup.DefaultSpec()}, Resources: setup.Resources{}}
		e.Setup.Spec.Domain.Name, e.Setup.Spec.Domain.ZoneID, e.Setup.Spec.Account.Region = v, v, v
		for _, key := range []string{setup.KeyDistribution, setup.KeyCertificateEdge, setup.KeyCertificateRegional, setup.KeyCachePolicy} {
			e.Resources[key] = setup.Resource{Key: key, ID: v, ARN: v, Attributes: map[string]string{setup.AttrRecordName: v}}
		}
		for _, dns := range []string{setup.DNSRoute53, setup.DNSElsewhere} {
			e.Setup.Spec.Domain.DNS = dns
			for _, s := range For(setup.JobApply) {
				if s.Reads == nil {
					continue
				}
				for _, field := range []string{"", "Comment", v, tagField + v, mappingField + "/" + v, "ErrorCachingMinTTL " + v} {
					want := s.Reads(e, field).line
					line := askedAgain(e, s, field, "").Line
					if got := paste(line); line == "" || !slices.Equal(got, want) {
						t.Errorf("%s, %q: %s is taken as %q, want %q", s.ID, field, line, got, want)
					}
				}
			}
		}
		for _, a := range []setup.DNSAnswer{
			{Name: v, Type: "A", Server: v}, {Name: v, Type: "A", Server: v + ":5353", Resolver: true}, {Name: v, Type: "NS"}, {Name: v, Type: "NS", Address: v},
		} {
			line := probe.AskedDNS(a).Line
			if got := paste(line); !slices.Contains(got, v) || (a.Server != "" || a.Address != "") && !slices.Contains(got, "@"+v) && v != "[a]" {
				t.Errorf("%s is taken as %q", line, got)
			}
		}
		at := (&url.URL{Scheme: "https", Host: "api.example.com", Path: "/" + v + "/./x"}).String()
		out := Outside{keys: []setup.ProbeKey{{Variable: "APIFRONT_PROBE_KEY_X", Header: "X-Api-Key"}}}
		out.tried = &trial{mappings: []setup.Mapping{{Path: "orders", Test: setup.Test{Path: "/x?q=" + v}}}}
		for _, r := range []setup.Evidence{
			{Method: "GET", URL: at, Path: "/"}, {Method: "HEAD", URL: at, Dialed: v}, {Method: "GET", URL: at, Upgrade: true, Key: "APIFRONT_PROBE_KEY_X"},
			{Method: "GET", URL: at, Path: "/orders", Marked: true}, {Method: "OPTIONS", URL: at, Path: "/orders"},
		} {
			line := probe.Curl(r, out.queryOf(r), out.keys)
			got := paste(line)
			want := at
			if r.Path == "/orders" {
				want += "?q=" + v
			}
			last := got[len(got)-1]
			if r.Marked {
				want += "&apifront="
				last = strings.TrimRight(last, "0123456789")
			}
			if last != want || !slices.Contains(got, "--path-as-is") || strings.ContainsAny(want, "[]{}") != slices.Contains(got, "--globoff") {
				t.Errorf("%s is taken as %q, want %s", line, got, want)
			}
			if r.Key != "" && !slices.Contains(got, `X-Api-Key: k "$(touch pasted)"`) {
				t.Errorf("%s is taken as %q, without the key", line, got)
			}
			if r.Dialed != "" && !slices.Contains(got, "api.example.com:443:"+v+":443") {
				t.Errorf("%s is taken as %q", line, got)
			}
		}
		line := probe.AskedTLS(setup.Evidence{URL: "https://api.example.com/", Dialed: v, Expires: time.Unix(1, 0)}).Line
		if got := paste(line); !slices.Contains(got, v+":443") {
			t.Errorf("%s is taken as %q", line, got)
		}
	}
	t.Logf("%d lines", len(known))
}
