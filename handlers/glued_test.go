package handlers_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"apifront/handlers/handlerstest"
)

// The finder finds what it is for, and nothing in a page that is right.
func TestGlued(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]int{
		`<p>It works once, until<time>1 Dec</time>, and</p>`:     1,
		`<p>It works once, until <time>1 Dec</time>, and</p>`:    0,
		`<p>Job <a href="/jobs/1">1</a>is over</p>`:              1,
		`<p>It uses<code>x</code> and <code>y</code>.</p>`:       1,
		`<p>See (<a href="/x">there</a>).</p>`:                   0,
		`<p>Open <a href="/x">this</a><a href="/y">that</a></p>`: 1,
		`<p>since<span class="num">1</span> min</p>`:             1,
		`<pre>a<b>b</b></pre>`:                                   0,
		"<p>on\n<b>one</b>\nline</p>":                            0,
	} {
		doc, err := goquery.NewDocumentFromReader(strings.NewReader("<main>" + body + "</main>"))
		if err != nil {
			t.Fatal(err)
		}
		if got := handlerstest.Glued(doc); len(got) != want {
			t.Errorf("%s: %q, want %d", body, got, want)
		}
	}
}
