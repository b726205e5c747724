//go:build outside

package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"apifront/policy"
	"apifront/setup"
	"apifront/steps"
)

// cacheSaid is what an answer says of the cache.
var cacheSaid = regexp.MustCompile(`(?im)^x-cache: (\w+) from cloudfront\r?$`)

// tryIt runs the lines of the green card of a job, and judges them by what the card says
// to look for.
func (w *lineWorld) tryIt(job int64) {
	w.t.Helper()
	w.v.open(fmt.Sprintf("/jobs/%d", job))
	card := w.v.page.Find("section.todo.ok")
	lines := card.Find(".cmd code")
	if lines.Length() != 2 {
		w.t.Errorf("job %d: the card of its end has %d lines", job, lines.Length())
	}
	says := squeeze(card.Text())
	lines.Each(func(_ int, e *goquery.Selection) {
		line := e.Text()
		var said []string
		for range 2 {
			out, code := w.paste(line)
			m := cacheSaid.FindStringSubmatch(out)
			if code != 0 || m == nil {
				w.t.Errorf("job %d: %s\nends with %d and says no word of the cache:\n%s", job, line, code, out)
				return
			}
			said = append(said, m[1])
		}
		switch {
		case strings.Contains(says, "It says Error") && said[0] != "Error":
			w.t.Errorf("job %d: %s\nsays %v, not Error", job, line, said)
		case strings.Contains(says, "It says Miss every time") && slices.ContainsFunc(said, func(s string) bool { return s != "Miss" }):
			w.t.Errorf("job %d: %s\nsays %v, not Miss every time", job, line, said)
		case strings.Contains(says, "Hit from then on") && said[1] != "Hit":
			w.t.Errorf("job %d: %s\nsays %v, not Hit from then on", job, line, said)
		}
	})
}

// help runs the lines of outside tools that help pages print, with the name of a setup
// in the place of their example. Lines of the program itself are tested with it.
func (w *lineWorld) help(name string) {
	w.t.Helper()
	w.v.open("/help")
	var topics []string
	w.v.page.Find(`main a[href^="/help/"]`).Each(func(_ int, a *goquery.Selection) { topics = append(topics, a.AttrOr("href", "")) })
	ran := 0
	for _, topic := range topics {
		w.v.open(topic)
		w.v.page.Find("main code, main pre").Each(func(_ int, e *goquery.Selection) {
			line := e.Text()
			tool, _, _ := strings.Cut(line, " ")
			if !slices.Contains([]string{"curl", "dig", "openssl", "aws"}, tool) || tool == line || strings.Contains(line, "\n") && e.Is("pre") && e.Find("code").Length() > 0 {
				return
			}
			ran++
			out, code := w.paste(strings.ReplaceAll(line, "api.example.com", name))
			if said := cacheSaid.FindStringSubmatch(out); code != 0 || tool == "curl" && said == nil {
				w.t.Errorf("%s: %s\nends with %d and says\n%s", topic, line, code, out)
			}
		})
	}
	if ran == 0 {
		w.t.Errorf("none of the %d help pages prints a line", len(topics))
	}
	w.t.Logf("%d lines of %d help pages", ran, len(topics))
}

// TestOutsideIAMLines: the AWS CLI takes the lines of the IAM pages as they are printed,
// and moto's IAM has the role and the policies afterwards, with the very documents.
func TestOutsideIAMLines(t *testing.T) {
	t.Parallel()
	cli := outside(t, "aws")
	const account = "123456789012" // moto's own
	spec := setup.DefaultSpec()
	spec.Account.AccountID, spec.Account.Region = account, "eu-west-1"
	spec.Domain.Name, spec.Domain.ZoneID = "*.harborview.example", "Z0123456789"
	spec.API.Mappings = []setup.Mapping{{APIID: "a1b2c3", Kind: setup.APIKindHTTP, Stage: "$default"}}
	scope := steps.Scope{Spec: spec, Install: "K7Q29XWM4TZB6HFD"}
	trust := &policy.Trust{Principal: "arn:aws:iam::" + account + ":root", ExternalID: "ext-0123456789abcdef"}
	for _, role := range []*policy.Trust{nil, trust} {
		moto := startMoto(t)
		for _, kind := range policy.Kinds() {
			dir := t.TempDir()
			run := func(line string) string {
				t.Helper()
				cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
				cmd.Dir = dir
				cmd.Env = append(quietEnv(), "PATH="+filepath.Dir(cli)+string(filepath.ListSeparator)+os.Getenv("PATH"), "HOME="+dir,
					"AWS_ENDPOINT_URL="+moto, "AWS_ACCESS_KEY_ID=dummy", "AWS_SECRET_ACCESS_KEY=dummy", "AWS_DEFAULT_REGION=us-east-1", "AWS_PAGER=")
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%s, role %v: %s\n%v\n%s", kind, role != nil, line, err, out)
				}
				return string(out)
			}
			write := func(name, text string) {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			list, p := policy.Documents(kind, scope)
			if p != nil {
				t.Fatal(p)
			}
			want := map[string]any{}
			for i, d := range list {
				write(policy.Name(kind, scope, i)+".json", d.JSON())
				want[policy.Name(kind, scope, i)] = decoded(t, d.JSON())
			}
			if role != nil {
				text, p := role.Document()
				if p != nil {
					t.Fatal(p)
				}
				write(policy.TrustFile, text)
			}
			lines, p := policy.Commands(kind, scope, role)
			if p != nil {
				t.Fatal(p)
			}
			for line := range strings.Lines(lines) {
				run(strings.TrimSuffix(line, "\n"))
			}
			got := map[string]any{}
			for name := range want {
				got[name] = decoded(t, run("aws iam get-policy-version --version-id v1 --policy-arn arn:aws:iam::"+account+":policy/"+name+" --query PolicyVersion.Document"))
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s: the policies are not as printed: %s", kind, d)
			}
			if role != nil {
				attached := strings.Fields(run("aws iam list-attached-role-policies --role-name apifront-" + string(kind) + " --query 'AttachedPolicies[].PolicyName' --output text"))
				if len(attached) != len(want) {
					t.Errorf("%s: the role has %v", kind, attached)
				}
			}
			t.Logf("%s, role %v: %d lines", kind, role != nil, strings.Count(lines, "\n"))
		}
	}
}

// decoded is a document. IAM answers with one that is encoded for addresses, which the AWS
// CLI takes back, and moto with one that is not; so what is written so in a policy is read
// alike in both.
func decoded(t *testing.T, text string) (v any) {
	t.Helper()
	text, err := url.PathUnescape(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}
