//go:build browser

package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/chromedp/chromedp"

	"apifront/cloud/sim"
	"apifront/setup"
)

// A failure is one that people meet: the program meets it on the simulator.
type failure struct {
	name, title string
	state       string                  // what in the world makes it; "": an ordered answer
	cause       func(*testing.T, *demo) // before the job starts
	button      string                  // that helps
	mend        func(*testing.T, *demo) // takes the cause away; nil: the answer that the button asks for does

	pace  string                         // of the simulator; "": it does everything at once
	start func(*testing.T, *demo) int64  // starts the job that meets it; nil: a first job
	then  func(*testing.T, *demo, int64) // what happens while the job works; nil: nothing
	end   setup.JobState                 // in which the job waits for a person; "": it has failed
	early bool                           // the job looks for minutes first, so it is started before all others
}

// begun starts the job that meets the failure.
func (f failure) begun(t *testing.T) (*demo, int64) {
	t.Helper()
	d := startDemo(t, cmp.Or(f.pace, "instant"))
	f.cause(t, d)
	start := f.start
	if start == nil {
		start = func(t *testing.T, d *demo) int64 { return startJob(t, d, 1) }
	}
	id := start(t, d)
	if f.then != nil {
		f.then(t, d, id)
	}
	return d, id
}

// order is a cause that is there for so many calls.
func order(f sim.Fault) func(*testing.T, *demo) {
	return func(_ *testing.T, d *demo) { d.sim.Order(f) }
}

func orderDemo(id string) func(*testing.T, *demo) {
	return func(t *testing.T, d *demo) {
		if err := d.sim.OrderDemoFault(id); err != nil {
			t.Fatal(err)
		}
	}
}

func nothing(*testing.T, *demo) {}

func caaAt(values ...string) func(*testing.T, *demo) {
	return func(_ *testing.T, d *demo) {
		d.sim.AddRecord(d.world.Zones["harborview.example"], "harborview.example", "CAA", 1, values...)
	}
}

// failures are those that docs/failures.md lists, by how often people meet them.
var failures = slices.Concat(ordered, arisen)

// ordered are those that a call is answered with, but for the CAA records and the API.
var ordered = []failure{
	{name: "caa", title: "CAA records forbid Amazon", state: "the CAA records of the domain", cause: caaAt(`0 issue "letsencrypt.org"`), button: "Request new certificates", mend: caaAt(`0 issue "letsencrypt.org"`, `0 issue "amazon.com"`)},
	{name: "permission", title: "A permission is missing", cause: orderDemo("mapping-refused"), button: "Try again", mend: nothing},
	{name: "alias", title: "A distribution of another account has the name", cause: order(sim.Fault{
		Service: "cloudfront", Operation: "CreateDistributionWithTags", Status: 409, Code: "CNAMEAlreadyExists",
		Message: "One or more of the CNAMEs you provided are already associated with a different resource.",
	}), button: "Try again", mend: nothing},
	{name: "domain", title: "Another account has the custom domain name", cause: order(sim.Fault{
		Service: "apigateway", Operation: "CreateDomainName", Status: 400, Code: "BadRequestException", Message: "The domain name you provided already exists.",
	}), button: "Try again", mend: nothing},
	{name: "api", title: "The API was deleted", state: "an API that is gone", cause: deleteAPI, button: "Choose another API"},
	{name: "zone", title: "The hosted zone is gone", cause: order(sim.Fault{
		Service: "route53", Operation: "ChangeResourceRecordSets", Status: 404, Code: "NoSuchHostedZone", Message: "No hosted zone found with ID: Z0482713",
	}), button: "Change domain and DNS"},
	{name: "proxy", title: "A proxy does not let a call through", cause: order(sim.Fault{
		Service: "apigateway", Operation: "CreateDomainName", Kind: sim.FaultInstead, Status: 403, Body: "<html><title>Blocked</title></html>",
	}), button: "Try again", mend: nothing},
	{name: "quota", title: "The quota of certificates is used up", cause: order(sim.Fault{
		Service: "acm", Operation: "RequestCertificate", Status: 400, Code: "LimitExceededException",
		Message: "Error: you have reached your limit of 2500 certificates in the last year.",
	}), button: "Try again", mend: nothing},
	{name: "unverified", title: "AWS has not verified the account for CloudFront", cause: orderDemo("distribution-refused"), button: "Try again", mend: nothing},
	{name: "distributions", title: "The quota of distributions is used up", cause: order(sim.Fault{
		Service: "cloudfront", Operation: "CreateDistributionWithTags", Status: 400, Code: "TooManyDistributions",
		Message: "You have exceeded the number of distributions allowed for your account.",
	}), button: "Try again", mend: nothing},
}

// onScreen is where what is wrong and the solid button end, in px from the top.
type onScreen struct {
	Solid, What, Button, Does string
	Wrong, Press, Scroll      int
	Count                     int
}

const measure = `JSON.stringify((() => {
	const said = e => [...e.childNodes].filter(n => !(n.classList && n.classList.contains("vh"))).map(n => n.textContent).join(" ").replace(/\s+/g, " ").trim();
	const solid = [...document.querySelectorAll("main .btn.solid")], a = solid[0];
	if (!a) return {Count: 0};
	const card = a.closest(".todo"), h = card && card.querySelector("h2, h3"), does = a.closest(".opt");
	if (!h) return {Count: solid.length, Button: said(a)};
	return {Count: solid.length, What: said(h), Button: said(a), Does: does ? said(does.querySelector("p")) : "",
		Wrong: Math.ceil(h.getBoundingClientRect().bottom), Press: Math.ceil(a.getBoundingClientRect().bottom), Scroll: scrollY};
})())`

// TestBrowserFailures: of each failure, the page of the job says on its first
// screen what is wrong and shows the one solid button, at a desk and on a phone. Once the
// cause is gone, that button leads to a job that succeeds.
func TestBrowserFailures(t *testing.T) {
	t.Parallel()
	s := newScreen(t, "", 1280, 900)
	seen := map[string]onScreen{}
	type job struct {
		d  *demo
		id int64
	}
	early := map[string]job{}
	for _, f := range failures {
		if asked := flag.Lookup("test.run").Value.String(); f.early && (!strings.Contains(asked, "/") || strings.Contains(asked, f.name)) {
			d, id := f.begun(t)
			early[f.name] = job{d, id}
		}
	}
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			at, is := early[f.name]
			if !is {
				at.d, at.id = f.begun(t)
			}
			d, id := at.d, at.id
			ended(t, d, id, cmp.Or(f.end, setup.JobFailed))
			s.t, s.base = t, d.app.url
			s.leave()
			st := &stage{t: t, url: d.app.url, v: newVisitor(t, d.app.url)}
			st.v.signIn()
			path := fmt.Sprintf("/jobs/%d", id)
			for _, size := range [][2]int64{{1280, 900}, {390, 844}} {
				s.visit(state{on: st, path: path})
				s.run("emulate", chromedp.EmulateViewport(size[0], size[1]))
				s.open(path)
				s.settle()
				var got onScreen
				if err := json.Unmarshal([]byte(s.eval(measure)), &got); err != nil {
					t.Fatal(err)
				}
				t.Logf("%d×%d: “%s” ends at %d px, “%s” at %d", size[0], size[1], got.What, got.Wrong, got.Button, got.Press)
				if got.Count != 1 || got.Scroll != 0 || got.Button != f.button {
					t.Errorf("%d×%d: %d solid buttons, the first is %q, scrolled by %d", size[0], size[1], got.Count, got.Button, got.Scroll)
				}
				if got.What == "" || got.Wrong > int(size[1]) || got.Press > int(size[1]) {
					t.Errorf("%d×%d: not on the first screen: what is wrong ends at %d px, the button at %d", size[0], size[1], got.Wrong, got.Press)
				}
				if size[0] == 1280 {
					seen[f.name] = got
					s.shot("1280")
				} else {
					s.shot("390")
				}
			}
			s.clean()
			st.v.open(path)
			if f.mend != nil {
				f.mend(t, d)
				st.v.press(f.button, nil)
				ended(t, d, id, setup.JobSucceeded)
				return
			}
			st.v.press(f.button, nil)
			another(t, d, st.v, f.name)
		})
	}
	if len(seen) == len(failures) { // not when only some are asked for
		failuresDocument(t, seen)
	}
}

// another gives the answer that the solid button asked for, and starts the job of the
// change.
func another(t *testing.T, d *demo, v *visitor, name string) {
	t.Helper()
	page := map[string]string{"api": "/api", "zone": "/domain", "own-alias": "/domain"}[name]
	if !strings.HasSuffix(v.at.Path, page) {
		t.Fatalf("the button leads to %s: %s", v.at, v.text())
	}
	path := v.at.Path
	v.until(path, 20*time.Second, "settled", v.settled)
	var typed map[string]string
	if name == "api" {
		v.page.Find("#api-0 option").EachWithBreak(func(_ int, o *goquery.Selection) bool {
			value := o.AttrOr("value", "")
			other := value != "" && !strings.HasPrefix(value, d.world.APIs["catalog-http-eu"])
			if other {
				typed = map[string]string{"api-0": value}
			}
			return !other
		})
	}
	if name == "own-alias" {
		move := v.page.Find("#move")
		if move.Length() != 1 {
			t.Fatalf("the page does not ask whether the name moves: %s", v.text())
		}
		typed = map[string]string{"move": move.AttrOr("value", "")}
	}
	v.press("Next", typed)
	for range 4 { // to the review, if it does not lead there at once
		if strings.HasSuffix(v.at.Path, "/review") || v.status != 200 {
			break
		}
		v.until(v.at.Path, 20*time.Second, "settled", v.settled)
		v.press("Next", nil)
	}
	if !strings.HasSuffix(v.at.Path, "/review") {
		t.Fatalf("status %d at %s: %s", v.status, v.at, v.text())
	}
	v.until(v.at.Path, 20*time.Second, "the plan is there", v.settled)
	v.press("Apply change", nil)
	var id int64
	if _, err := fmt.Sscanf(v.at.Path, "/jobs/%d", &id); err != nil {
		t.Fatalf("at %s: %s", v.at, v.text())
	}
	ended(t, d, id, setup.JobSucceeded)
}

// ended waits for the end of a job.
func ended(t *testing.T, d *demo, id int64, want setup.JobState) {
	t.Helper()
	for end := time.Now().Add(8 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		j, err := d.app.store.Job(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if j.State == want {
			return
		}
		if time.Now().After(end) {
			list, _ := d.app.store.Steps(t.Context(), id)
			for _, s := range list {
				t.Logf("%s: %s, %s %+v", s.ID, s.State, s.Summary, s.Problem)
			}
			t.Fatalf("job %d is %s, want %s", id, j.State, want)
		}
	}
}

// How large a failure is on its sheet, in px.
const (
	failureWide, failureHigh = 620, 436
	failureColumns           = 2
)

// failuresDocument compares docs/failures.md with what the pages say, or writes it and
// its picture.
func failuresDocument(t *testing.T, seen map[string]onScreen) {
	t.Helper()
	var text strings.Builder
	text.WriteString("# Failures\n\nThe failures that people meet most, as the page of the job shows them. What is wrong and the one solid button stand on the first screen, at 1280×900 and at 390×844, and once the cause is gone, the button leads to a job that succeeds. `TestBrowserFailures` makes each failure with the program itself, on the simulator: where it says so, a call is answered with AWS's refusal by order, and everything else arises from the state of the account, of DNS or of the credentials.\n\n" +
		"![The first screen of each failure](failures.jpg)\n\nThe pictures are in the order of the table, two in a row.\n\n| Failure | Made by | What the page says | Button | What it does |\n|---|---|---|---|---|\n")
	for _, f := range failures {
		fmt.Fprintf(&text, "| %s | %s | %s | %s | %s |\n", f.title, cmp.Or(f.state, "an order"), seen[f.name].What, seen[f.name].Button, cmp.Or(seen[f.name].Does, "Looks at once. The job also looks by itself."))
	}
	text.WriteString("\nMade by `go test -tags browser -run '^TestBrowserFailures$' ./cmd/apifront -sheet`.\n")
	if !*sheet {
		if have := rootFile(t, "docs/failures.md"); have != text.String() {
			t.Errorf("docs/failures.md is not what the pages say; -sheet writes it:\n%s", text.String())
		}
		return
	}
	rows := (len(failures) + failureColumns - 1) / failureColumns
	out := image.NewRGBA(image.Rect(0, 0, failureColumns*(failureWide+cellGap)+cellGap, rows*(failureHigh+cellGap)+cellGap))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.Gray{Y: 0x77}), image.Point{}, draw.Src)
	for i, f := range failures {
		at := image.Pt(cellGap+i%failureColumns*(failureWide+cellGap), cellGap+i/failureColumns*(failureHigh+cellGap))
		shrink(out, at, screenOf(t, "TestBrowserFailures-"+f.name+"-1280"), failureWide, failureHigh)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, out, &jpeg.Options{Quality: 78}); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"failures.jpg": b.Bytes(), "failures.md": []byte(text.String())} {
		if err := os.WriteFile(filepath.Join("..", "..", "docs", name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
