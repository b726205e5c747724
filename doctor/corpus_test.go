package doctor_test

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/steps"
)

var update = flag.Bool("update", false, "write the generated parts of documents")

//go:generate go test -run TestDoctorCorpus -update .

// A ward is a world of the doctor's corpus: what people made of a name without apifront,
// and what somebody did to it.
type ward struct {
	what   string // for people
	source string // rows F.2 and F.3 of the project's AWS notes, or the page of AWS that says so
	part   string // of the document's table; "": that of the ward before

	made func(*clinic) // what there is; nil: all that there should be
	done func(*clinic) // what somebody did to it; nil: nothing
	name string        // that is asked about; "": the usual one
	path string        // likewise

	// What the doctor names with an account: what is wrong, and what is worth a remark.
	// "a|b" is one of several that nobody can tell apart. "" is nothing.
	wrong, remarks string
	verdict        setup.Verdict // where the settings do not say it; "": they do
	says           []string      // in the findings with their fixes, or in the verdict
	asked          string        // in the evidence: what was asked
	doors          string        // ways past CloudFront that are open; "": the usual ones, where callers are served; "-": none
	moves          string        // what a setup would take the name over from: "edge" with its Region, or "distribution"; "": nothing

	// What can be told from outside alone.
	bare     string // for certain
	open     string // causes that look alike; the truth is among them
	bareSays string // in the verdict
	outside  setup.Verdict

	// heals is what makes it healthy: a job of its setup, adopting it with what differs
	// put right, or the cure by hand.
	heals healing
	hand  func(*clinic) // the cure as the fix says, by AWS's own API
	left  string        // remarks that stay after the cure
	stuck string        // why the job that the page offers does not heal it; "": none is offered
}

// healing is how a world becomes healthy.
type healing string

const (
	byNothing healing = ""      // it is healthy, or nobody here can heal it
	byFix     healing = "fix"   // the name was adopted before: "Fix it" starts the job
	byAdopt   healing = "adopt" // it is adopted as it is, with what differs put right
	byHand    healing = "hand"  // a person does what the fix says
)

// What looks alike from outside: a refusal of API Gateway, an origin to which CloudFront
// cannot talk, and a name that CloudFront does not know.
const (
	refusedOpen  = "api-access api-policy deployed host-header mapping origin-domain origin-path routing-mode traffic-record"
	brokenOpen   = "domain-mtls domain-tls origin-domain origin-protocol origin-tls regional-certificate"
	namelessOpen = "alias deployed enabled traffic-record"
)

// wards are all worlds.
func wards() (list []ward) {
	list = slices.Concat(holderWards(), nameWards(), edgeWards(), originWards(), gatewayWards(), refusalWards(), healthyWards())
	for i := range list {
		if list[i].part == "" {
			list[i].part = list[i-1].part
		}
	}
	return list
}

// complete makes all that there should be, with alias records at Route 53.
func (c *clinic) complete() {
	c.custom("eu-west-1")
	c.front(c.account, c.edge)
	c.aliases(bothKinds...)
}

// A chartOf is what was said of a world.
type chartOf struct {
	wrong, remarks, bare, open []string
	doors                      string
	verdict, outside           setup.Verdict
	heals                      healing
	fix                        string
}

// TestDoctorCorpus: in each world the doctor names all that is broken and nothing else,
// by evidence that can be repeated, with a cure after which nothing is wrong. Without an
// account it tells what can be told from outside alone. It writes nothing.
// docs/diagnosis.md has what was said of each.
func TestDoctorCorpus(t *testing.T) {
	list := wards()
	found := make([]chartOf, len(list))
	t.Run("worlds", func(t *testing.T) {
		for i, w := range list {
			t.Run(w.what, func(t *testing.T) {
				t.Parallel()
				inClinic(t, func(c *clinic) { found[i] = w.visit(c) })
			})
		}
	})
	if !t.Failed() {
		holdsDocument(t, "../docs/diagnosis.md", "doctor", doctorMatrix(list, found))
	}
}

// visit makes the world, has it diagnosed and healed, and says what was said.
func (w ward) visit(c *clinic) (seen chartOf) {
	c.t.Helper()
	made := w.made
	if made == nil {
		made = (*clinic).complete
	}
	name := w.name
	if name == "" {
		name = hostName
	}
	made(c)
	var ours *owned
	if w.done != nil {
		ours = c.adopted(name)
		w.done(c)
	}
	before, writes := c.state(), len(c.sim.Writes())
	b, looks := c.ask(name, w.path, true)
	out, outLooks := c.ask(name, w.path, false)
	if made := c.sim.Writes()[writes:]; len(made) > 0 || !bytes.Equal(before, c.state()) {
		c.t.Errorf("the doctor wrote: %v", made)
	}
	told(c.t, b, looks)
	told(c.t, out, outLooks)
	seen = chartOf{verdict: b.Verdict, outside: out.Verdict}
	seen.wrong, seen.remarks, _ = named(b)
	seen.doors = opened(c.t, b)
	if len(seen.wrong) == 0 && len(b.Either) > 0 {
		_, _, open := named(b)
		seen.wrong = []string{strings.Join(open, "|")}
	}
	seen.bare, _, seen.open = named(out)
	w.compare(c.t, b, out, seen)
	c.t.Logf("%s: %s, wrong %v, remarks %v; from outside %s, %v, one of %v: %s", w.what, b.Verdict, seen.wrong, seen.remarks, out.Verdict, seen.bare, seen.open, b.Text)
	if len(seen.wrong)+len(seen.remarks) > 0 {
		seen.heals, seen.fix = w.heal(c, name, b, ours), fixOf(b)
		if seen.heals != w.heals {
			c.t.Errorf("it is healed by %q, want %q", seen.heals, w.heals)
		}
	}
	return seen
}

// fixOf is what the doctor says is to be done first.
func fixOf(b setup.DiagnosisBody) string {
	if len(b.Findings) == 0 {
		return ""
	}
	return b.Findings[0].Fix
}

// named are the settings that a diagnosis names: as wrong, as remarks, and as one of
// several. A finding that has no setting goes by its key.
func named(b setup.DiagnosisBody) (wrong, remarks, open []string) {
	for _, f := range b.Findings {
		word := string(f.Setting)
		if word == "" {
			word = strings.Split(f.Key, "/")[1]
		}
		if f.Passes {
			word = "~" + word
		}
		if f.Beside {
			remarks = append(remarks, word)
		} else {
			wrong = append(wrong, word)
		}
	}
	for _, a := range b.Either {
		open = append(open, string(a.Setting))
	}
	for _, l := range []*[]string{&wrong, &remarks, &open} {
		slices.Sort(*l)
		*l = slices.Compact(*l)
	}
	return wrong, remarks, open
}

// opened are the ways past CloudFront that are said to be open, in order.
func opened(t *testing.T, b setup.DiagnosisBody) string {
	t.Helper()
	var kinds []string
	for _, d := range b.Doors {
		if !slices.Contains(kinds, string(d.Kind)) {
			kinds = append(kinds, string(d.Kind))
		}
		if !strings.Contains(d.Title, d.Host) || d.Fix == "" || strings.HasSuffix(d.Title, ".") || (d.Kind == setup.DoorEndpoint) != strings.Contains(d.Line, "update-") ||
			!slices.ContainsFunc(d.Asked, func(a setup.Asked) bool { return strings.Contains(a.Line, "curl") && strings.Contains(a.Line, d.Host) }) {
			t.Errorf("a way past CloudFront is not told in full: %+v", d)
		}
	}
	slices.Sort(kinds)
	return strings.Join(kinds, " ")
}

// moved is what the doctor says that a setup would take the name over from.
func moved(b setup.DiagnosisBody) string {
	switch t := b.Takeover; {
	case t == nil:
		return ""
	case !strings.Contains(strings.ToLower(t.Text), "start a setup for the name") || !strings.Contains(t.Text, "on the page Domain and DNS"):
		return "words that lead nowhere: " + t.Text
	case t.Region != "" && strings.Contains(t.Text, "choose the region "+t.Region+" "):
		return "edge " + t.Region
	case t.From != "" && strings.Contains(t.Text, "moves from "+t.From+","):
		return "distribution"
	}
	return "words that do not say it: " + b.Takeover.Text
}

func sorted(words string) []string {
	list := strings.Fields(words)
	slices.Sort(list)
	return list
}

// compare holds what was said against what is broken.
func (w ward) compare(t *testing.T, b, out setup.DiagnosisBody, seen chartOf) {
	t.Helper()
	text := b.Head + ". " + b.Text
	for _, f := range b.Findings {
		text += "\n" + f.Title + " | " + f.Fix + " | " + f.Field + ": " + f.Is + " -> " + f.Want
		if f.Effect != nil {
			text += " | " + f.Effect.Why
		}
		if len(f.Evidence) == 0 || f.Fix == "" || strings.HasSuffix(f.Title, ".") || (f.Field == "") != (f.Want == "") {
			t.Errorf("incomplete: %+v", f)
		}
		if strings.Contains(f.Fix, "on the page") && !strings.Contains(f.Fix, "tart a setup") || strings.Contains(f.Fix, "re-run") {
			t.Errorf("the fix leads to pages of a setup, which there is none of: %s", f.Fix)
		}
		if !slices.ContainsFunc(f.Evidence, func(a setup.Asked) bool { return a.Line != "" && a.Answer != "" }) {
			t.Errorf("nothing of it can be repeated: %+v", f)
		}
	}
	if !slices.Equal(seen.wrong, sorted(w.wrong)) || !slices.Equal(seen.remarks, sorted(w.remarks)) {
		t.Errorf("wrong %v, remarks %v; want %q, %q:\n%s", seen.wrong, seen.remarks, w.wrong, w.remarks, text)
	}
	want := w.verdict
	switch {
	case want != "":
	case strings.Contains(w.wrong, "|"):
		want = setup.VerdictUnsure
	case w.wrong != "":
		want = setup.VerdictWrong
	case w.remarks != "":
		want = setup.VerdictRemarks
	default:
		want = setup.VerdictHealthy
	}
	if b.Verdict != want {
		t.Errorf("the verdict is %s, want %s:\n%s", b.Verdict, want, text)
	}
	for _, s := range w.says {
		if !strings.Contains(text, s) {
			t.Errorf("%q is not said:\n%s", s, text)
		}
	}
	if delegated := slices.Contains(seen.wrong, "delegation"); delegated != (len(b.Servers) == 4 && b.Zone == "example.com") {
		t.Errorf("name servers to enter for %q: %v", b.Zone, b.Servers)
	}
	doors := w.doors
	if doors == "" && (want == setup.VerdictHealthy || want == setup.VerdictRemarks) {
		doors = "default-endpoint regional-name"
	}
	if got := seen.doors; got != strings.Trim(doors, "-") || len(out.Doors) > 0 {
		t.Errorf("open past CloudFront are %q, want %q; from outside %+v", got, doors, out.Doors)
	}
	if got := moved(b); got != w.moves || out.Takeover != nil {
		t.Errorf("a setup takes the name over from %q, want %q; from outside %+v", got, w.moves, out.Takeover)
	}
	if w.asked != "" && !slices.ContainsFunc(b.Findings, func(f setup.FindingBody) bool {
		return slices.ContainsFunc(f.Evidence, func(a setup.Asked) bool { return strings.Contains(a.What, w.asked) && a.Line != "" })
	}) {
		t.Errorf("%q is not among the evidence: %+v", w.asked, b.Findings)
	}
	text = out.Head + ". " + out.Text
	for _, a := range out.Either {
		text += "\n" + a.Title + " | " + a.Text
	}
	for _, n := range out.Needs {
		text += "\nneeds " + n.Title + " | " + n.Text
	}
	if !slices.Equal(seen.bare, sorted(w.bare)) || out.Verdict != w.outside || !strings.Contains(text, w.bareSays) {
		t.Errorf("from outside %v, %s; want %q, %s, %q:\n%s", seen.bare, out.Verdict, w.bare, w.outside, w.bareSays, text)
	}
	for _, s := range strings.Fields(w.open) {
		if !slices.Contains(seen.open, s) {
			t.Errorf("from outside %s is not among %v:\n%s", s, seen.open, text)
		}
	}
	if len(seen.open) > 0 && w.open == "" {
		t.Errorf("from outside it leaves %v open:\n%s", seen.open, text)
	}
	asksAWS := slices.ContainsFunc(out.Needs, func(n setup.Need) bool { return n.Kind == setup.NeedConnection })
	if unneeded := out.Verdict == setup.VerdictPrivate || out.Verdict == setup.VerdictCouldNot; asksAWS == unneeded {
		t.Errorf("from outside it needs %+v", out.Needs)
	}
	for _, l := range out.Looks {
		if l.State == setup.DoctorUnasked && !strings.Contains(l.Text, "needs") && l.Part != setup.PartEdge {
			t.Errorf("a look that was not made says nothing of what it needs: %+v", l)
		}
	}
}

// heal makes the world healthy as the page offers it, and has it diagnosed again.
func (w ward) heal(c *clinic, name string, b setup.DiagnosisBody, ours *owned) (by healing) {
	c.t.Helper()
	fixable := ours != nil && slices.ContainsFunc(b.Findings, func(f setup.FindingBody) bool { return !f.Beside && !f.Passes && steps.Puts(ours.setup.Spec, f) })
	if stays := fixable && w.hand != nil; stays != (w.stuck != "") {
		c.t.Errorf("a job is offered: %t; it does not help: %q", fixable, w.stuck)
	}
	switch {
	case w.heals == byNothing:
		return byNothing
	case w.hand != nil:
		by = byHand
		w.hand(c)
	case fixable:
		by = byFix
		ours.job(c)
	case b.Adoption != nil && len(b.Adoption.Refused) == 0:
		by = byAdopt
		o := own(b.Adoption, true)
		o.job(c)
	default:
		return byNothing
	}
	time.Sleep(72 * time.Hour) // until resolvers and edges have forgotten
	after, _ := c.ask(name, w.path, true)
	wrong, remarks, open := named(after)
	if len(wrong)+len(open) > 0 || !slices.Equal(remarks, sorted(w.left)) {
		c.t.Errorf("after %s: %s, wrong %v, remarks %v, open %v; want remarks %q\n%s\n%+v", by, after.Verdict, wrong, remarks, open, w.left, after.Text, after.Findings)
	}
	return by
}

// holdsDocument compares the generated part of a document between two marks with what it
// should be; with -update it writes it.
func holdsDocument(t *testing.T, file, mark, text string) {
	t.Helper()
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(old), "<!-- "+mark+" -->\n")
	_, after, closed := strings.Cut(rest, "<!-- /"+mark+" -->")
	if !ok || !closed {
		t.Fatalf("%s has no part for the %s", file, mark)
	}
	fresh := before + "<!-- " + mark + " -->\n" + text + "<!-- /" + mark + " -->" + after
	if *update {
		if err := os.WriteFile(file, []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if fresh != string(old) {
		t.Errorf("%s is not up to date: run go generate ./... and commit", file)
	}
}
