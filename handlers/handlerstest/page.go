package handlerstest

import (
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// CheckPage fails the test for every fault that no page may have.
func CheckPage(t testing.TB, path string, doc *goquery.Document) {
	t.Helper()
	if n := doc.Find("h1").Length(); n != 1 {
		t.Errorf("%s: %d h1 elements, want 1", path, n)
	}
	ids := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, e *goquery.Selection) {
		id, _ := e.Attr("id")
		if ids[id] {
			t.Errorf("%s: id %q is used twice", path, id)
		}
		ids[id] = true
	})
	for _, attr := range []string{"aria-describedby", "aria-labelledby", "for"} {
		doc.Find("[" + attr + "]").Each(func(_ int, e *goquery.Selection) {
			value, _ := e.Attr(attr)
			for _, id := range strings.Fields(value) {
				if !ids[id] {
					t.Errorf("%s: %s=%q leads nowhere", path, attr, value)
				}
			}
		})
	}
	doc.Find(`a[href^="#"]`).Each(func(_ int, e *goquery.Selection) {
		href, _ := e.Attr("href")
		if !ids[strings.TrimPrefix(href, "#")] {
			t.Errorf("%s: link to %s leads nowhere", path, href)
		}
	})
	for _, words := range Glued(doc) {
		t.Errorf("%s: words run into each other: %s", path, words)
	}
	if e := doc.Find("[style], [onclick]"); e.Length() > 0 {
		t.Errorf("%s: inline style or script, which the CSP forbids", path)
	}
}

// Contains fails the test for each part that the text at the selector does not
// contain.
func Contains(t testing.TB, doc *goquery.Document, selector string, parts ...string) {
	t.Helper()
	text := Squash(doc.Find(selector).Text())
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%s: no %q in %q", selector, p, text)
		}
	}
}

// Squash is a text with single blanks.
func Squash(s string) string { return strings.Join(strings.Fields(s), " ") }

// CheckLabels fails the test for inputs without a label and buttons without
// words.
func CheckLabels(t *testing.T, path string, doc *goquery.Document) {
	t.Helper()
	doc.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, e *goquery.Selection) {
		id, _ := e.Attr("id")
		if e.Closest("label").Length() == 0 && doc.Find(`label[for="`+id+`"]`).Length() == 0 {
			t.Errorf("%s: the field %q has no label", path, id+e.AttrOr("name", ""))
		}
	})
	doc.Find("button, a").Each(func(_ int, e *goquery.Selection) {
		if Squash(e.Text()) == "" && e.AttrOr("aria-label", "") == "" {
			html, _ := goquery.OuterHtml(e)
			t.Errorf("%s: no words on %s", path, html)
		}
	})
	if title := Squash(doc.Find("head title").Text()); !strings.HasSuffix(title, "· apifront") || strings.HasPrefix(title, "·") {
		t.Errorf("%s: title %q", path, title)
	}
}

// Fields is what a browser would send with the form at the selector if no
// button is pressed.
func Fields(doc *goquery.Document, selector string) url.Values {
	v := url.Values{}
	doc.Find(selector).First().Find("input, select, textarea").Each(func(_ int, e *goquery.Selection) {
		name, ok := e.Attr("name")
		if !ok {
			return
		}
		switch {
		case e.Is("select"):
			o := e.Find("option[selected]")
			if o.Length() == 0 {
				o = e.Find("option").First()
			}
			v.Add(name, o.AttrOr("value", ""))
		case e.Is("textarea"):
			v.Add(name, e.Text())
		case e.AttrOr("type", "") == "radio" || e.AttrOr("type", "") == "checkbox":
			if _, on := e.Attr("checked"); on {
				v.Add(name, e.AttrOr("value", "on"))
			}
		default:
			v.Add(name, e.AttrOr("value", ""))
		}
	})
	return v
}
