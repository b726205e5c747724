package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// A visitor uses the pages as a person without JavaScript does: reads a page,
// follows links and meta refreshes by hand, fills in forms and presses
// buttons by their text.
type visitor struct {
	t      testing.TB
	client *http.Client
	at     *url.URL
	status int
	page   *goquery.Document
}

func newVisitor(t testing.TB, base string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, client: &http.Client{Jar: jar, Timeout: 20 * time.Second}, at: at}
}

func (v *visitor) do(req *http.Request, err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	res, err := v.client.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	if v.page, err = goquery.NewDocumentFromReader(strings.NewReader(string(body))); err != nil {
		v.t.Fatal(err)
	}
	v.at, v.status = res.Request.URL, res.StatusCode
}

// open reads the page at a path.
func (v *visitor) open(path string) {
	v.t.Helper()
	ref, err := v.at.Parse(path)
	if err != nil {
		v.t.Fatal(err)
	}
	v.do(http.NewRequest(http.MethodGet, ref.String(), nil))
}

// press submits the form of the button that says text, with the form's
// values as they stand but for those given.
//
// Where the button waits for a comparison with AWS, the page is read again, as by the link
// for people without scripts.
func (v *visitor) press(text string, values map[string]string) {
	v.t.Helper()
	for range 600 {
		if v.page.Find("#comparing").Length() == 0 || !strings.Contains(squeeze(v.page.Find("button[disabled]").Text()), text) {
			break
		}
		time.Sleep(50 * time.Millisecond)
		v.open(v.at.Path)
	}
	var button *goquery.Selection
	v.page.Find("button, input[type=submit]").EachWithBreak(func(_ int, b *goquery.Selection) bool {
		if strings.Contains(squeeze(b.Text()), text) {
			button = b
			return false
		}
		return true
	})
	if button != nil && button.Is("[disabled]") {
		v.t.Fatalf("%s: the button %q is disabled: %s", v.at.Path, text, v.text())
	}
	if button == nil {
		v.t.Fatalf("%s has no button %q; it has %q", v.at.Path, text, v.buttons())
	}
	form := button.Closest("form")
	if id, ok := button.Attr("form"); ok {
		form = v.page.Find("form#" + id)
	}
	data := url.Values{}
	form.Find("input, select, textarea").Each(func(_ int, f *goquery.Selection) {
		name, _ := f.Attr("name")
		if _, disabled := f.Attr("disabled"); name == "" || disabled {
			return
		}
		switch {
		case goquery.NodeName(f) == "select":
			o := f.Find("option[selected]")
			if o.Length() == 0 {
				o = f.Find("option").First()
			}
			if val, ok := o.Attr("value"); ok {
				data.Add(name, val)
			} else {
				data.Add(name, squeeze(o.Text()))
			}
		case goquery.NodeName(f) == "textarea":
			data.Add(name, f.Text())
		case f.AttrOr("type", "") == "radio" || f.AttrOr("type", "") == "checkbox":
			if _, on := f.Attr("checked"); on {
				data.Add(name, f.AttrOr("value", "on"))
			}
		case f.AttrOr("type", "") != "submit":
			data.Add(name, f.AttrOr("value", ""))
		}
	})
	for k, val := range values {
		if kind, ok := strings.CutPrefix(val, "kind:"); ok {
			val = v.option(form, k, kind)
		}
		data.Set(k, val)
	}
	if name, ok := button.Attr("name"); ok {
		data.Set(name, button.AttrOr("value", ""))
	}
	action := form.AttrOr("action", "")
	if a, ok := button.Attr("formaction"); ok {
		action = a
	}
	target, err := v.at.Parse(action)
	if err != nil {
		v.t.Fatal(err)
	}
	if strings.EqualFold(form.AttrOr("method", "get"), "get") {
		target.RawQuery = data.Encode()
		v.do(http.NewRequest(http.MethodGet, target.String(), nil))
		return
	}
	req, err := http.NewRequest(http.MethodPost, target.String(), strings.NewReader(data.Encode()))
	if err == nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	v.do(req, err)
}

// option is the value of the first option of a select whose text has what.
func (v *visitor) option(form *goquery.Selection, name, what string) string {
	v.t.Helper()
	o := form.Find("select[name='" + name + "'] option").FilterFunction(func(_ int, o *goquery.Selection) bool {
		return strings.Contains(o.Text(), what)
	}).First()
	if o.Length() == 0 {
		v.t.Fatalf("%s offers no %s in %s: %s", v.at.Path, what, name, v.text())
	}
	return o.AttrOr("value", "")
}

func (v *visitor) buttons() (all []string) {
	v.page.Find("button").Each(func(_ int, b *goquery.Selection) { all = append(all, squeeze(b.Text())) })
	return all
}

// until reads the page at path again and again until ready says so.
func (v *visitor) until(path string, limit time.Duration, what string, ready func() bool) {
	v.t.Helper()
	for end := time.Now().Add(limit); ; time.Sleep(150 * time.Millisecond) {
		v.open(path)
		if ready() {
			return
		}
		if time.Now().After(end) {
			v.t.Fatalf("%s: after %v still not: %s\n%s", v.at.Path, limit, what, squeeze(v.page.Find("main").Text()))
		}
	}
}

// settled says whether the page waits for no answer from AWS any more.
func (v *visitor) settled() bool {
	return v.page.Find("meta[http-equiv=refresh]").Length() == 0 && v.page.Find("noscript").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.Contains(s.Text(), "http-equiv")
	}).Length() == 0
}

// text is what the page's main part says.
func (v *visitor) text() string { return squeeze(v.page.Find("main").Text()) }

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
