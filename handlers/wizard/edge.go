package wizard

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/a-h/templ"

	"apifront/setup"
	"apifront/web"
	webwizard "apifront/web/wizard"
)

type edge struct{}

func (edge) id() setup.PageID { return setup.PageEdge }

func (edge) words() (title, intro, next string) {
	return "Edge settings", "Say what CloudFront does with answers on their way back. The first choice is right for most APIs.", "Next: review"
}

// The choices of the page, each with its value first. The values are AWS's if
// AWS has one.
func cachingChoices() []web.Option {
	return []web.Option{
		{Value: setup.CachingOff, ID: "caching-off", Text: "No, ask the API every time", Tag: "Recommended", Detail: "Answers are never out of date, and nobody gets an answer made for someone else. Your API sees every request."},
		{Value: setup.CachingAPI, Text: "Yes, for as long as the API says", Detail: "Only answers with a Cache-Control header are kept, for the time it names. Requests that differ in the query string or in a header chosen below never share one. Not for APIs that tell people apart by cookie."},
		{Value: setup.CachingFixed, Text: "Yes, for a fixed time", Detail: "Every answer is kept, even if the API says not to keep it. A change in your data stays unseen until the time is over or you clear the cache. Requests are told apart as above."},
	}
}

// keyTicks are the checkboxes for the headers that most APIs know, each with
// what it tells apart.
func keyTicks(e setup.Edge) []webwizard.KeyTick {
	list := []webwizard.KeyTick{
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

// sharedTicks are the checkboxes for what callers may share, each with what that
// means.
func sharedTicks(e setup.Edge) (list []webwizard.SharedTick) {
	details := map[string]string{
		setup.SharedCredentials: "Somebody without a key or token reads what a holder was answered.",
		setup.SharedSites:       "A browser may get a CORS answer that names another site, and refuse it.",
		setup.SharedCookies:     "One gets the answer to another’s cookie, or the cookie itself.",
		setup.SharedHeaders:     "Such as Accept or a language: one gets XML where JSON was asked for.",
		setup.SharedQueries:     "/items?page=2 gets the answer to /items?page=1.",
	}
	for _, kind := range setup.SharedKinds() {
		list = append(list, webwizard.SharedTick{Kind: kind, Text: setup.SharedWords(kind), Detail: details[kind], On: slices.Contains(e.Accepts, kind)})
	}
	return list
}

// sharedText says what a person accepts, for the review.
func sharedText(e setup.Edge) string {
	if len(e.Accepts) == 0 {
		return "Not accepted. The job stops if its test finds any"
	}
	var words []string
	for _, kind := range e.Accepts {
		words = append(words, strings.Replace(setup.SharedWords(kind), "Callers", "callers", 1))
	}
	words[0] = setup.SharedWords(e.Accepts[0])
	return "Accepted: " + strings.Join(words, "; ")
}

// keyMore are the headers of the key without a checkbox, as a person types
// them.
func keyMore(e setup.Edge) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(e.KeyHeaders), func(name string) bool {
		return slices.Contains(setup.KeyHeaders(), name)
	}), " ")
}

// typedKey are the headers in a form. ok is false if the form has no such
// field, as in the page of an older version.
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

func logsChoices() []web.Option {
	return []web.Option{{Value: setup.LogsNowhere, Text: "Nowhere"}, {Value: setup.LogsBucket, Text: "A bucket (S3)"}, {Value: setup.LogsGroup, Text: "A log group (CloudWatch Logs)"}}
}

func choose(options []web.Option, value string) []web.Option {
	for i := range options {
		options[i].Chosen = options[i].Value == value
	}
	return options
}

func optionText(options []web.Option, value string) string {
	for _, o := range options {
		if o.Value == value {
			return o.Text
		}
	}
	return value
}

func (edge) read(c *visit) error {
	e := &c.spec().Edge
	e.Caching, e.Methods, e.ViewerProtocol = c.form.Get("caching"), c.form.Get("methods"), c.form.Get("viewer")
	e.MinimumTLS, e.HTTPVersion, e.PriceClass = c.form.Get("tls"), c.form.Get("http_version"), c.form.Get("where")
	e.IPv6, e.Compress = c.form.Has("ipv6"), c.form.Has("compress")
	if c.form.Has("endpoints") { // the page of an older version does not ask
		e.CloseEndpoints = c.form.Has("close_endpoints")
	}
	if c.form.Has("secrets") {
		e.OriginHeader = ""
		if name, ok := setup.ReadOriginHeader(c.form.Get("origin_header")); c.form.Has("origin_secret") && ok {
			e.OriginHeader = name
		}
	}
	if c.form.Has("logs_to") { // nor for this
		e.AccessLogs = readLogs(c, e.AccessLogs.Wanted())
	}
	e.Accepts = nil
	if e.Keeps() {
		e.Accepts = setup.ReadShared(c.form["accept"])
	}
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
	if tags, err := setup.ReadTags(c.form.Get("tags")); err == nil {
		e.Tags = tags
	}
	return nil
}

// readLogs reads where access logs go. Who turns them off need not empty the fields; who
// fills them in and forgets to choose the kind is told.
func readLogs(c *visit, wanted bool) setup.AccessLogs {
	to, name, prefix := c.form.Get("logs_to"), c.form.Get("logs_name"), c.form.Get("logs_prefix")
	if to == setup.LogsNowhere && !wanted {
		return setup.AccessLogs{Name: strings.TrimSpace(name), Prefix: strings.TrimSpace(prefix)}
	}
	return setup.ReadAccessLogs(to, name, prefix, c.spec().Account.AccountID)
}

// number reads a whole number as people type it: "31,536,000", " 60 s".
func number(typed string) (int, bool) {
	typed = strings.NewReplacer(",", "", " ", "", "\u00a0", "", "'", "").Replace(strings.TrimSuffix(strings.TrimSpace(typed), "s"))
	n, err := strconv.Atoi(typed)
	return n, err == nil
}

func writeTags(tags []setup.Tag) string {
	lines := make([]string, 0, len(tags))
	for _, t := range tags {
		lines = append(lines, t.Key+"="+t.Value)
	}
	return strings.Join(lines, "\n")
}

func (edge) check(c *visit) (web.FieldErrors, error) {
	errs := unreadable(c.form, c.spec().Edge.Caching)
	if c.spec().Edge.OriginHeader != "" && c.s.Seals.Missing() {
		errs = append(errs, web.FieldError{ID: "origin_header", Text: noSealKey})
	}
	of, err := c.pageErrors(setup.PageEdge)
	for _, e := range of {
		if errs.Of(e.ID) == "" { // the field has an error already, so its draft value is not judged
			errs = append(errs, e)
		}
	}
	order := func(e web.FieldError) int { return slices.Index(edgeFields, e.ID) }
	slices.SortStableFunc(errs, func(a, b web.FieldError) int { return cmp.Compare(order(a), order(b)) })
	return errs, err
}

// edgeFields are the fields of the page from top to bottom.
var edgeFields = []string{"caching-off", "ttl", "key_more", "accept-credentials", "methods", "viewer", "tls", "http_version", "where", "wait", "acl", "logs_to", "logs_name", "logs_prefix", "comment", "tags", "origin_header"}

// noSealKey says that the server cannot keep a secret.
const noSealKey = "Leave this out: the server has no key to encrypt a secret with. Whoever runs it sets APIFRONT_NOTICE_KEYS or APIFRONT_NOTICE_KEYS_FILE"

// unreadable are the errors of the fields whose text cannot be read. Such a
// text is not stored as an answer.
func unreadable(form url.Values, caching string) (errs web.FieldErrors) {
	add := func(id, text string) { errs = append(errs, web.FieldError{ID: id, Text: text}) }
	if _, ok := number(form.Get("ttl")); !ok && form.Has("ttl") && caching == setup.CachingFixed {
		add("ttl", setup.TTLText)
	}
	if _, ok := number(form.Get("wait")); !ok && form.Has("wait") {
		add("wait", setup.ReadTimeoutText)
	}
	if names, ok := typedKey(form); ok && caching != setup.CachingOff {
		if _, err := setup.ReadKeyHeaders(names); err != nil {
			add("key_more", err.Error())
		}
	}
	if _, err := setup.ReadTags(form.Get("tags")); err != nil {
		add("tags", err.Error())
	}
	if _, ok := setup.ReadOriginHeader(form.Get("origin_header")); form.Has("origin_secret") && !ok {
		add("origin_header", setup.OriginHeaderText)
	}
	return errs
}

func (edge) refresh(*visit) error { return nil }

func (edge) show(c *visit, w webwizard.View) (func(web.Frame) templ.Component, error) {
	e := c.spec().Edge
	v := webwizard.EdgeView{
		Caching: choose(cachingChoices(), e.Caching), Methods: choose(methodChoices(), e.Methods), Viewer: choose(viewerChoices(), e.ViewerProtocol),
		TLS: choose(tlsChoices(), e.MinimumTLS), Version: choose(versionChoices(), e.HTTPVersion), Where: choose(whereChoices(), e.PriceClass),
		TTL: strconv.Itoa(e.TTL), Wait: strconv.Itoa(e.ReadTimeout), ACL: e.WebACL, Comment: e.Comment, Tags: writeTags(e.Tags),
		LogsTo: choose(logsChoices(), e.AccessLogs.To), LogsName: e.AccessLogs.Name, LogsPrefix: e.AccessLogs.Prefix,
		IPv6: e.IPv6, Compress: e.Compress, CloseEndpoints: e.CloseEndpoints,
		OriginSecret: e.OriginHeader != "", OriginHeader: cmp.Or(e.OriginHeader, setup.OriginHeader), Keys: keyTicks(e), KeyMore: keyMore(e), Shared: sharedTicks(e),
	}
	if c.form != nil {
		if c.form.Has("logs_to") {
			v.LogsName, v.LogsPrefix = c.form.Get("logs_name"), c.form.Get("logs_prefix")
		}
		v.TTL, v.Wait, v.Tags = c.form.Get("ttl"), c.form.Get("wait"), c.form.Get("tags")
		if c.form.Has("secrets") {
			v.OriginSecret, v.OriginHeader = c.form.Has("origin_secret"), c.form.Get("origin_header")
		}
		if c.form.Has("keys") {
			v.Keys, v.KeyMore = keyTicks(setup.Edge{KeyHeaders: c.form["key"]}), c.form.Get("key_more")
		}
	}
	for _, x := range c.errors {
		v.Open = v.Open || !slices.Contains([]string{"ttl", "caching-off", "key_more", "accept-credentials"}, x.ID)
	}
	return func(f web.Frame) templ.Component { return webwizard.Edge(f, w, v) }, nil
}
