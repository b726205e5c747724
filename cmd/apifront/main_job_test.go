package main

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"
)

// startDemo runs a demo of the given pace in this process until the test ends.
func startDemo(t testing.TB, pace string) *demo {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	d, err := openDemo(ctx, &program{stdout: io.Discard, stderr: testWriter{t}, getenv: func(string) string { return "" }}, at("127.0.0.1:0"), pace, "")
	if err != nil {
		stop()
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- d.app.run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("the server ended with %v", err)
		}
		if err := d.close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return d
}

// testWriter shows a server's log where it belongs.
type testWriter struct{ t testing.TB }

func (w testWriter) Write(b []byte) (int, error) {
	if strings.Contains(string(b), `"level":"INFO"`) {
		return len(b), nil
	}
	w.t.Logf("%s", b)
	return len(b), nil
}

// signIn signs the demo's user in.
func (v *visitor) signIn() {
	v.t.Helper()
	v.open("/sign-in")
	v.press("Sign in", map[string]string{"email": demoEmail, "password": demoPassword})
	if v.status != 200 || v.at.Path != "/" {
		v.t.Fatalf("after signing in: status %d at %s\n%s", v.status, v.at, squeeze(v.page.Text()))
	}
}

// answers are what a walk through the wizard types, by page. A page that is
// not in it is left as it is proposed, but for the API: that is the first that is
// offered.
type answers map[string]map[string]string

// walk goes through the wizard from New setup to the review page with Next.
func (v *visitor) walk(a answers) {
	v.t.Helper()
	v.open("/")
	v.press("New setup", nil)
	for _, page := range []string{"account", "api", "domain", "certificates", "edge"} {
		if !strings.HasSuffix(v.at.Path, "/"+page) {
			v.t.Fatalf("status %d at %s, want the page %s\n%s", v.status, v.at, page, v.text())
		}
		path := v.at.Path
		v.until(path, 15*time.Second, "settled", v.settled)
		typed := a[page]
		if page == "api" && typed == nil {
			typed = v.firstAPI()
		}
		v.press("Next", typed)
		if v.status != 200 {
			v.t.Fatalf("Next on %s: status %d\n%s", page, v.status, v.text())
		}
	}
	if !strings.HasSuffix(v.at.Path, "/review") {
		v.t.Fatalf("at %s, want the review page\n%s", v.at, v.text())
	}
	v.until(v.at.Path, 15*time.Second, "plan is there", v.settled)
}

// firstAPI chooses the API that is offered first, in its stage prod if it has one;
// nil where one is chosen already.
func (v *visitor) firstAPI() map[string]string {
	list := v.page.Find("#api-0 option")
	if list.Filter("[selected]").AttrOr("value", "") != "" {
		return nil
	}
	first := list.Filter(":not([value=''])").First().AttrOr("value", "")
	api, _, _ := strings.Cut(first, "/")
	if prod := api + "/prod"; list.Filter("[value='"+prod+"']").Length() > 0 {
		first = prod
	}
	return map[string]string{"api-0": first}
}

// finish waits until the job the visitor stands on is over, and says how.
func (v *visitor) finish(limit time.Duration) string {
	v.t.Helper()
	path := v.at.Path
	var title string
	v.until(path, limit, "job is over", func() bool {
		title = squeeze(v.page.Find("title").Text())
		return strings.HasPrefix(title, "Succeeded") || strings.HasPrefix(title, "Failed") || strings.HasPrefix(title, "Cancelled") || strings.Contains(title, "eeds you") || strings.Contains(title, "your turn")
	})
	return title
}

func TestMainJobWithoutScript(t *testing.T) {
	for _, tc := range []struct {
		name string
		answers
	}{
		{"defaults", answers{"domain": {"domain": "api.harborview.example"}}},
		{"a wildcard", answers{"domain": {"domain": "https://*.Shops.harborview.example/"}}},
		{"us-east-1", answers{"account": {"region": "us-east-1"}, "domain": {"domain": "https://API.Lakeside.example/v1"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := startDemo(t, "instant")
			v := newVisitor(t, d.app.url)
			v.signIn()
			v.walk(tc.answers)
			v.press("Start job", nil)
			if !strings.HasPrefix(v.at.Path, "/jobs/") {
				t.Fatalf("after Start job: status %d at %s\n%s", v.status, v.at, v.text())
			}
			if title := v.finish(60 * time.Second); !strings.HasPrefix(title, "Succeeded") {
				t.Fatalf("the job ended as %q\n%s", title, v.text())
			}
		})
	}
}
