package steps

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// How long the first look of a broken world takes at most, at AWS's pace. The
// longest wait for an API or an integration that does not answer.
const (
	halfWithin     = 2 * time.Second
	mostWithin     = 10 * time.Second // 95 %
	allWithin      = time.Minute
	answeredWithin = 5 * time.Second // all in which everything answers at once
)

// A matrix collects what was said of each world, for docs/diagnosis.md.
type matrix struct {
	broken, healthy, pairs int
	rows                   []string
	well                   []string
	settings               map[string]*tally
	took                   []time.Duration
	answered               []time.Duration // of them, where nothing hangs
}

// A tally is how often a setting was broken, and what was said then.
type tally struct {
	broken, alone, among, missed, wrongly int
}

func (m *matrix) of(setting string) *tally {
	if m.settings == nil {
		m.settings = map[string]*tally{}
	}
	if m.settings[setting] == nil {
		m.settings[setting] = &tally{}
	}
	return m.settings[setting]
}

func (m *matrix) add(c condition, preview, live finding) {
	if c.want == "" {
		m.healthy++
		m.well = append(m.well, fmt.Sprintf("| %s | %s | %s | %s |\n", c.what, verdict(preview), verdict(live), live.words))
		return
	}
	m.broken++
	want := strings.Fields(c.want)
	if c.live != "" {
		want = strings.Fields(c.live)
	}
	if len(want) > 1 {
		m.pairs++
	}
	m.rows = append(m.rows, fmt.Sprintf("| %s | %s | %s | %s | %s | %s |\n", c.what, c.guide, words(want), verdict(preview), verdict(live), strings.Join(live.rows, ", ")))
	m.took = append(m.took, live.took)
	if !c.hangs {
		m.answered = append(m.answered, live.took)
	}
	for _, w := range want {
		t := m.of(bare(w))
		t.broken++
		switch {
		case !slices.Contains(live.named, w):
			t.missed++
		case len(want) == 1:
			t.alone++
		default:
			t.among++
		}
	}
	for _, n := range live.named {
		if !slices.Contains(want, n) {
			m.of(bare(n)).wrongly++
		}
	}
}

// bare is a word of condition.want without what is said of its passing.
func bare(word string) string { return strings.TrimPrefix(word, "~") }

// words are settings as people read them.
func words(list []string) string {
	var out []string
	for _, w := range list {
		text := "`" + strings.ReplaceAll(bare(w), "|", "` or `") + "`"
		if strings.HasPrefix(w, "~") {
			text += " (passing)"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func verdict(f finding) string {
	text := "nothing"
	if len(f.named) > 0 {
		text = words(f.named)
	}
	if f.proved {
		text += "; every path is proved"
	}
	return text
}

func (m *matrix) text() string {
	var b strings.Builder
	all := tally{}
	for _, t := range m.settings {
		all.broken, all.alone, all.among, all.missed, all.wrongly = all.broken+t.broken, all.alone+t.alone, all.among+t.among, all.missed+t.missed, all.wrongly+t.wrongly
	}
	fmt.Fprintf(&b, "%d worlds: %d broken ones, of which %d have two things broken, and %d healthy ones.\n", m.broken+m.healthy, m.broken, m.pairs, m.healthy)
	fmt.Fprintf(&b, "Of %d broken things, %d were named at the first look and %d missed; %d were named that were not broken.\n", all.broken, all.alone+all.among, all.missed, all.wrongly)
	fmt.Fprintf(&b, "\nFrom the beginning of the first look to the sentence, at AWS's pace: half of the broken worlds within %s, 95 %% within %s, all within %s. In %d of them an API, an integration or a name server takes seconds, or never answers; where all answer, it is said within %s.\n",
		halfWithin, mostWithin, allWithin, len(m.took)-len(m.answered), answeredWithin)
	b.WriteString("\n### By setting\n\n| broken | worlds | named alone | named beside another | missed | named, but not broken |\n|---|---|---|---|---|---|\n")
	for _, s := range slices.Sorted(maps.Keys(m.settings)) {
		t := m.settings[s]
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d |\n", words([]string{s}), t.broken, t.alone, t.among, t.missed, t.wrongly)
	}
	b.WriteString("\n### Broken worlds\n\n| what is broken | notes F.2 | setting | through CloudFront it says | by the name it says | rows |\n|---|---|---|---|---|---|\n")
	for _, r := range m.rows {
		b.WriteString(r)
	}
	b.WriteString("\n### Healthy worlds\n\n| what is there | through CloudFront it says | by the name it says | proof |\n|---|---|---|---|\n")
	for _, r := range m.well {
		b.WriteString(r)
	}
	return b.String()
}

// compare holds the generated part of the document against the matrix.
func (m *matrix) compare(t *testing.T, file string) {
	t.Helper()
	slices.Sort(m.took)
	at := func(share float64) time.Duration { return m.took[int(share*float64(len(m.took)-1))] }
	answered := slices.Max(m.answered)
	t.Logf("first look: half in %s, 95 %% in %s, all in %s; %s where all answer", at(0.5), at(0.95), at(1), answered)
	if at(0.5) > halfWithin || at(0.95) > mostWithin || at(1) > allWithin || answered > answeredWithin {
		t.Errorf("the first look takes too long: %s, %s, %s; %s where all answer", at(0.5), at(0.95), at(1), answered)
	}
	holds(t, file, "matrix", m.text())
}

// holds compares the generated part of the document between two marks with what
// it should be; with -update it writes it.
func holds(t *testing.T, file, mark, text string) {
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

// slipText is what was said of each world in which ACM waits.
func slipText(list []condition, found []slipped) string {
	var rows strings.Builder
	broken := 0
	var took []time.Duration
	for i, c := range list {
		f := found[i]
		person := "–"
		if f.person.step != "" {
			person = named(f.person)
		}
		if c.want != "" {
			broken++
		}
		if took = append(took, f.regional.took); c.hangs {
			took = took[:len(took)-1]
		}
		fmt.Fprintf(&rows, "| %s | %s | %s | %s | %s | %s | %s |\n", c.what, c.guide, cmp.Or(words(strings.Fields(c.want)), "nothing"), person, named(f.regional), named(f.edge), strings.Join(f.regional.rows, ", "))
	}
	return fmt.Sprintf("%d worlds: %d in which the record is not found, and %d in which it is. All that is wrong was named at the first look, and nothing else; where all servers answer, within %s.\n\n", len(list), broken, len(list)-broken, slipWithin) +
		"| what is there | notes F.2 | setting | \"Add validation record\" says | \"Wait for certificate\" says | the same, us-east-1 | rows |\n|---|---|---|---|---|---|---|\n" + rows.String()
}

// slipWithin is how long the look of a world takes at most in which all answer.
const slipWithin = 2 * time.Second

// named is what was named, in words.
func named(f finding) string { return cmp.Or(words(f.named), "nothing") }
