package handlers

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"apifront/setup"
	"apifront/web"
)

type pageEdge struct{}

func (pageEdge) id() setup.PageID { return setup.PageEdge }

func (pageEdge) words() (title, intro, next string) {
	return "Edge settings", "Say what CloudFront does with answers on their way back. The first choice is right for most APIs.", "Next: review"
}

// The choices of the page, the value first. The values are AWS's where AWS
// has one.
func cachingChoices() []web.Option {
	return []web.Option{
		{Value: setup.CachingOff, ID: "caching-off", Text: "No, ask the API every time", Tag: "Recommended", Detail: "Answers are never out of date, and nobody gets an answer made for someone else. Your API sees every request."},
		{Value: setup.CachingAPI, Text: "Yes, for as long as the API says", Detail: "Only answers with a Cache-Control header are kept, for the time it names. Requests that differ in the query string or in a header chosen below never share one. Not for APIs that tell people apart by cookie."},
		{Value: setup.CachingFixed, Text: "Yes, for a fixed time", Detail: "Every answer is kept, even if the API says not to keep it. A change in your data stays unseen until the time is over or you clear the cache. Requests are told apart as above."},
	}
}

// keyTicks are the headers that most APIs know, each with what it tells apart.
func keyTicks(e setup.Edge) []web.KeyTick {
	list := []web.KeyTick{
		{Header: "Authorization", Detail: "Tokens and signatures: who is signed in."},
		{Header: "X-Api-Key", Detail: "API keys: who may use an API that asks for one."},
		{Header: "Origin", Detail: "The site that a browser asks for: CORS answers name it."},
		{Header: "Host", Detail: "The name that was asked for, if the distribution has several."},
	}
	for i := range list {
		list[i].On = slices.Contains(e.KeyHeaders, list[i].Header)
	}
	return list
}

// keyMore are the headers of the key without a tick, as they are typed.
func keyMore(e setup.Edge) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(e.KeyHeaders), func(name string) bool {
		return slices.Contains(setup.KeyHeaders(), name)
	}), " ")
}

// typedKey are the headers of a form; ok is false where it did not ask, as the
// page of an older version.
func typedKey(form url.Values) (names []string, ok bool) {
	more := strings.FieldsFunc(form.Get("key_more"), func(c rune) bool { return unicode.IsSpace(c) || c == ',' || c == ';' })
	return slices.Concat(form["key"], more), form.Has("keys")
}

func methodChoices() []web.Option {
	return []web.Option{{Value: setup.MethodsAll, Text: "All seven"}, {Value: setup.MethodsOptions, Text: "GET, HEAD and OPTIONS"}, {Value: setup.MethodsRead, Text: "GET and HEAD"}}
}

func viewerChoices() []web.Option {
	return []web.Option{{Value: setup.ViewerRedirect, Text: "Redirect to HTTPS"}, {Value: setup.ViewerHTTPSOnly, Text: "Refuse with 403"}}
}

func tlsChoices() []web.Option {
	return []web.Option{{Value: "TLSv1.2_2021", Text: "TLS 1.2 (TLSv1.2_2021)"}, {Value: "TLSv1.2_2025", Text: "TLS 1.2 with newer ciphers (TLSv1.2_2025)"}, {Value: "TLSv1.3_2025", Text: "TLS 1.3 (TLSv1.3_2025)"}}
}

func versionChoices() []web.Option {
	return []web.Option{{Value: "http2and3", Text: "HTTP/1.1, HTTP/2 and HTTP/3"}, {Value: "http2", Text: "HTTP/1.1 and HTTP/2"}}
}

func whereChoices() []web.Option {
	return []web.Option{{Value: "PriceClass_All", Text: "Everywhere"}, {Value: "PriceClass_200", Text: "Without South America, Australia and New Zealand"}, {Value: "PriceClass_100", Text: "North America, Europe and Israel only"}}
}

func choose(options []web.Option, value string) []web.Option {
	for i := range options {
		options[i].Chosen = options[i].Value == value
	}
	return options
}

func offered(options []web.Option, value string) bool {
	return slices.ContainsFunc(options, func(o web.Option) bool { return o.Value == value })
}

func optionText(options []web.Option, value string) string {
	for _, o := range options {
		if o.Value == value {
			return o.Text
		}
	}
	return value
}

func (pageEdge) read(c *visit) error {
	e := &c.spec().Edge
	e.Caching, e.Methods, e.ViewerProtocol = c.form.Get("caching"), c.form.Get("methods"), c.form.Get("viewer")
	e.MinimumTLS, e.HTTPVersion, e.PriceClass = c.form.Get("tls"), c.form.Get("http_version"), c.form.Get("where")
	e.IPv6, e.Compress = c.form.Has("ipv6"), c.form.Has("compress")
	e.WebACL = strings.TrimSpace(c.form.Get("acl"))
	e.Comment = strings.TrimSpace(c.form.Get("comment"))
	if n, ok := number(c.form.Get("ttl")); ok {
		e.TTL = n
	}
	if n, ok := number(c.form.Get("wait")); ok {
		e.ReadTimeout = n
	}
	if names, ok := typedKey(c.form); ok {
		if list, err := setup.ReadKeyHeaders(names); err == nil {
			e.KeyHeaders = list
		}
	}
	if tags, err := readTags(c.form.Get("tags")); err == "" {
		e.Tags = tags
	}
	return nil
}

// number reads a whole number as people type it: "31,536,000", " 60 s".
func number(typed string) (int, bool) {
	typed = strings.NewReplacer(",", "", " ", "", "\u00a0", "", "'", "").Replace(strings.TrimSuffix(strings.TrimSpace(typed), "s"))
	n, err := strconv.Atoi(typed)
	return n, err == nil
}

const (
	longestTTL     = 31_536_000
	longestWait120 = 120
	longestComment = 128
	mostTags       = 40 // AWS takes 50 on a resource; some are ours
)

// readTags reads one tag a line. The sentence says what is wrong, "" if
// nothing is.
func readTags(text string) (tags []setup.Tag, wrong string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch {
		case !ok || key == "":
			return nil, "Write each tag as name=value, one a line"
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			return nil, "Choose another tag name than " + key + ": names that begin with aws: belong to AWS"
		case utf8.RuneCountInString(key) > 128 || utf8.RuneCountInString(value) > 256:
			return nil, "Shorten the tag " + key[:min(len(key), 40)] + ": a name has at most 128 and a value at most 256 characters"
		case slices.ContainsFunc(tags, func(t setup.Tag) bool { return t.Key == key }):
			return nil, "Take out one of the two tags named " + key
		case len(tags) == mostTags: // no line after it is looked at
			return nil, "Use at most 40 tags"
		}
		tags = append(tags, setup.Tag{Key: key, Value: value})
	}
	return tags, ""
}

func writeTags(tags []setup.Tag) string {
	lines := make([]string, 0, len(tags))
	for _, t := range tags {
		lines = append(lines, t.Key+"="+t.Value)
	}
	return strings.Join(lines, "\n")
}

// webACL is what the ARN of a web ACL for CloudFront looks like.
var webACL = regexp.MustCompile(`^arn:aws[a-z-]*:wafv2:us-east-1:[0-9]{12}:global/webacl/[^/\s]+/[^/\s]+$`)

func (pageEdge) check(c *visit) (web.FieldErrors, error) {
	var errs web.FieldErrors
	add := func(id, text string) { errs = append(errs, web.FieldError{ID: id, Text: text}) }
	e := c.spec().Edge
	typed := func(name string, stored int) (int, bool) {
		if c.form.Has(name) {
			return number(c.form.Get(name))
		}
		return stored, true
	}
	if !offered(cachingChoices(), e.Caching) {
		add("caching-off", "Choose whether CloudFront keeps answers")
	}
	if e.Caching == setup.CachingFixed {
		if n, ok := typed("ttl", e.TTL); !ok || n < 1 || n > longestTTL {
			add("ttl", "Enter a whole number of seconds from 1 to 31,536,000, which is a year")
		}
	}
	if e.Caching != setup.CachingOff {
		names, ok := typedKey(c.form)
		if !ok {
			names = e.KeyHeaders
		}
		if _, err := setup.ReadKeyHeaders(names); err != nil {
			add("key_more", err.Error())
		}
	}
	for _, x := range []struct {
		id, value string
		options   []web.Option
	}{
		{"methods", e.Methods, methodChoices()}, {"viewer", e.ViewerProtocol, viewerChoices()}, {"tls", e.MinimumTLS, tlsChoices()},
		{"http_version", e.HTTPVersion, versionChoices()}, {"where", e.PriceClass, whereChoices()},
	} {
		if !offered(x.options, x.value) {
			add(x.id, "Choose one of the values in this list")
		}
	}
	if n, ok := typed("wait", e.ReadTimeout); !ok || n < 1 || n > longestWait120 {
		add("wait", "Enter a whole number of seconds from 1 to 120")
	}
	if e.WebACL != "" && !webACL.MatchString(e.WebACL) {
		add("acl", "Enter the ARN of a web ACL for CloudFront, like arn:aws:wafv2:us-east-1:111122223333:global/webacl/name/id")
	}
	if utf8.RuneCountInString(e.Comment) > longestComment {
		add("comment", "Shorten the comment to 128 characters")
	}
	if c.form.Has("tags") {
		if _, wrong := readTags(c.form.Get("tags")); wrong != "" {
			add("tags", wrong)
		}
	}
	return errs, nil
}

func (pageEdge) refresh(*visit) error { return nil }

func (pageEdge) show(c *visit, w web.WizardView) (func(web.Frame) templ.Component, error) {
	e := c.spec().Edge
	v := web.EdgeView{
		Caching: choose(cachingChoices(), e.Caching), Methods: choose(methodChoices(), e.Methods), Viewer: choose(viewerChoices(), e.ViewerProtocol),
		TLS: choose(tlsChoices(), e.MinimumTLS), Version: choose(versionChoices(), e.HTTPVersion), Where: choose(whereChoices(), e.PriceClass),
		TTL: strconv.Itoa(e.TTL), Wait: strconv.Itoa(e.ReadTimeout), ACL: e.WebACL, Comment: e.Comment, Tags: writeTags(e.Tags),
		IPv6: e.IPv6, Compress: e.Compress, Keys: keyTicks(e), KeyMore: keyMore(e),
	}
	if c.form != nil {
		v.TTL, v.Wait, v.Tags = c.form.Get("ttl"), c.form.Get("wait"), c.form.Get("tags")
		if c.form.Has("keys") {
			v.Keys, v.KeyMore = keyTicks(setup.Edge{KeyHeaders: c.form["key"]}), c.form.Get("key_more")
		}
	}
	for _, x := range c.errors {
		v.Open = v.Open || !slices.Contains([]string{"ttl", "caching-off", "key_more"}, x.ID)
	}
	return func(f web.Frame) templ.Component { return web.PageEdge(f, w, v) }, nil
}
