package probe

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"apifront/setup"
)

// Bounds of the test of what is kept.
const (
	ContractTime    = time.Minute // all of it
	contractRequest = 15 * time.Second
	contractPaths   = 10 // that are tested
	madeUpPaths     = 3  // of them that are sent made-up credentials, one of each kind
	contractVary    = 3  // headers that an API names in Vary, beside those that are always tested
)

// errorKept is how long CloudFront keeps an error of which nobody says how long.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
const errorKept = 10 * time.Second

// A Contract is what is known of the answers that CloudFront keeps for a path:
// who would get an answer that was made for another, and what would be out of
// date.
type Contract struct {
	Path     string        // of the mapping, as people see it
	Untested string        // why the test was not made, as a sentence; "": it was
	Kept     bool          // the answer to a plain request is kept
	Leaks    []setup.Cause // who gets an answer that was made for another, as was seen
	Doubts   []setup.Cause // who may get one: they share answers, and the API was not seen to answer them differently
	Stale    []string      // what would be out of date, as sentences
	Unknown  []string      // what could not be seen, as sentences
}

// Contract tests what CloudFront keeps, by pairs of requests that differ in one
// thing: a query, credentials, a header. A second request that gets the answer
// to the first is a leak, if what they differ in decides what the API answers:
// as it was seen to, past CloudFront, or says so itself. It is a doubt where
// that cannot be seen: made-up credentials that the API answers like none.
//
// Each pair has a random part of its own inside the cache key, so that no caller
// ever gets an answer that the test leaves there. Where the key has no room for
// one, nothing is asked. Credentials are made up; what people gave to reach an
// API is not sent.
func (p *Prober) Contract(ctx context.Context, t Target) []Contract {
	ctx, cancel := context.WithTimeout(ctx, ContractTime)
	defer cancel()
	if t.Patience == 0 || t.Patience > contractRequest {
		t.Patience = contractRequest
	}
	c := &climb{prober: p, target: t, book: newBook(ctx, p), turns: map[string]chan struct{}{}}
	var paths []TargetPath
	for _, path := range t.Paths {
		if path.Kind != setup.APIKindWebSocket && len(paths) < contractPaths {
			paths = append(paths, path)
		}
	}
	list := make([]Contract, len(paths))
	var all sync.WaitGroup
	for i, path := range paths {
		all.Go(func() {
			k := &contract{climb: c, path: path, made: i < madeUpPaths, Contract: Contract{Path: path.path()}}
			k.test(ctx)
			slices.Sort(k.Unknown) // pairs come to their ends in any order
			list[i] = k.Contract
		})
	}
	all.Wait()
	return list
}

// A contract is the test of one path under way.
type contract struct {
	*climb
	Contract

	path TargetPath
	made bool     // made-up credentials are sent
	vary []string // what the API says that it answers by, in canonical form

	writing sync.Mutex // of Contract, by pairs side by side
}

// A variant is one request of a pair.
type variant struct {
	method string // "": GET
	below  string // in place of the path's own
	query  string // one more parameter
	header http.Header
}

// A pair is two requests that differ in one thing.
type pair struct {
	thing       string // the header; "": the query string
	one, other  variant
	preflight   bool
	credentials bool // the other has some, made up
}

// A reply is an answer, with what is kept of it, or none.
type reply struct {
	Response
	seen setup.Evidence
	err  error
}

func (k *contract) test(ctx context.Context) {
	if k.target.Distribution == "" {
		k.Untested = "There is no distribution to ask."
		return
	}
	if _, room := k.target.Unique.mark("https://"+k.target.Name, http.Header{}, "x", ""); !room {
		k.Untested = "Nothing that a test request could differ in is in the cache key, so what it leaves there would be given to callers."
		return
	}
	first, sound := k.control(ctx)
	if !sound {
		return
	}
	if direct := k.send(ctx, setup.RungRegional, random(), "", variant{}); direct.err == nil {
		k.vary = namesIn(direct.Header.Values("Vary"))
	}
	var all sync.WaitGroup
	for _, p := range k.pairs() {
		all.Go(func() { k.compare(ctx, p) })
	}
	all.Go(func() { k.failure(ctx) })
	all.Wait()
	k.refused(first)
}

// control asks the same twice, and once with another random part: that one must
// not be answered from the cache, or the key is not what it is said to be, and
// nothing more is asked.
func (k *contract) control(ctx context.Context) (first reply, sound bool) {
	mark := random()
	first = k.send(ctx, setup.RungDistribution, mark, "", variant{})
	again := k.send(ctx, setup.RungDistribution, mark, "", variant{})
	apart := k.send(ctx, setup.RungDistribution, random(), "", variant{})
	if first.err != nil || again.err != nil || apart.err != nil {
		k.Untested = "A test request got no answer."
		return first, false
	}
	k.Kept = copies(first, again)
	if copies(first, apart) || copies(again, apart) || KeptCopy(&apart.seen) {
		k.leak("key-has-no-room", "")
		return first, false
	}
	if k.Kept {
		if said := keptFor(first.Header); said != "" {
			k.Stale = append(k.Stale, "The API says "+said+" of its answers, and CloudFront keeps them all the same.")
		}
		if again.Header.Get("Set-Cookie") != "" {
			k.leak("kept-cookie", "Set-Cookie")
		}
	}
	return first, true
}

// pairs are those that are tested, but for the error.
func (k *contract) pairs() []pair {
	here := func(header, value string) variant { return variant{header: http.Header{header: {value}}} }
	site := func(name string) string { return "https://" + name + "-" + random()[:8] + ".invalid" }
	ask := func(site string) variant {
		return variant{method: http.MethodOptions, header: http.Header{"Origin": {site}, "Access-Control-Request-Method": {http.MethodGet}}}
	}
	list := []pair{
		{thing: "Origin", one: here("Origin", site("one")), other: here("Origin", site("two"))},
		{thing: "Accept", one: here("Accept", "application/json"), other: here("Accept", "application/xml")},
		{thing: "Cookie", one: variant{}, other: here("Cookie", "apifront-test="+random())},
		{thing: "Origin", one: ask(site("one")), other: ask(site("two")), preflight: true},
	}
	if k.made {
		list = append(list,
			pair{thing: "Authorization", one: variant{}, other: here("Authorization", "Bearer apifront-test-"+random()), credentials: true},
			pair{thing: "X-Api-Key", one: variant{}, other: here("X-Api-Key", "apifront-test-"+random()), credentials: true})
	}
	if !k.target.Unique.Query {
		list = append(list, pair{one: variant{query: "apifront-test=1"}, other: variant{query: "apifront-test=2"}})
	}
	more := 0
	for _, name := range k.vary {
		known := slices.ContainsFunc(list, func(p pair) bool { return p.thing == name }) || name == "Authorization" || name == "X-Api-Key"
		if known || more == contractVary || strings.Contains(name, "*") || name == "Host" || !sendable(name, random()) {
			continue
		}
		more++
		values := [2]string{random(), random()}
		switch name {
		case "Accept-Encoding":
			values = [2]string{"gzip", "identity"}
		case "Accept-Language":
			values = [2]string{"en", "fr"}
		}
		list = append(list, pair{thing: name, one: here(name, values[0]), other: here(name, values[1])})
	}
	return list
}

// compare asks a pair, and the first of it once more: it may get the answer to
// the second.
func (k *contract) compare(ctx context.Context, p pair) {
	mark := random()
	if _, room := k.target.Unique.mark("https://"+k.target.Name, cloned(p.one.header), mark, p.thing); !room {
		k.unsee("Whether " + p.words() + " tells answers apart was not tested: nothing else that a test request could differ in is in the cache key.")
		return
	}
	one := k.send(ctx, setup.RungDistribution, mark, p.thing, p.one)
	other := k.send(ctx, setup.RungDistribution, mark, p.thing, p.other)
	shared := copies(one, other)
	if one.err == nil && other.err == nil && !shared {
		again := k.send(ctx, setup.RungDistribution, mark, p.thing, p.one)
		shared = copies(other, again) && !copies(one, again)
	}
	switch {
	case one.err != nil || other.err != nil:
		k.unsee("The test with " + p.words() + " got no answer.")
	case !shared:
	case p.preflight:
		if one.Header.Get("Access-Control-Allow-Origin") != "*" {
			k.leak("preflight-shared", p.thing)
		}
	case slices.Contains(k.vary, p.thing):
		k.leak("varied-shared", p.thing)
	default:
		k.decides(ctx, p, mark)
	}
}

// decides finds out past CloudFront whether the API answers a pair differently.
func (k *contract) decides(ctx context.Context, p pair, mark string) {
	one := k.send(ctx, setup.RungRegional, mark, p.thing, p.one)
	other := k.send(ctx, setup.RungRegional, mark, p.thing, p.other)
	again := k.send(ctx, setup.RungRegional, mark, p.thing, p.one)
	differs, known := false, false
	if one.err == nil && other.err == nil && again.err == nil {
		differs, known = differ(one.Response, again.Response, other.Response)
	}
	switch {
	case !known:
		k.unsee("Callers who differ in " + p.words() + " share kept answers. Whether the API answers them alike could not be seen.")
	case p.credentials && differs:
		k.leak("credentials-shared", p.thing)
	case p.credentials: // made-up ones show nothing of real ones
		k.doubt("credentials-ignored", p.thing)
	case !differs:
	case p.thing == "":
		k.leak("query-shared", "")
	default:
		k.leak("answers-shared", p.thing)
	}
}

// failure asks for what the API does not have, and once more after CloudFront
// should have forgotten the answer.
func (k *contract) failure(ctx context.Context) {
	mark, missing := random(), variant{below: "apifront-" + random()}
	first := k.send(ctx, setup.RungDistribution, mark, "", missing)
	soon := k.send(ctx, setup.RungDistribution, mark, "", missing)
	if first.Status < http.StatusBadRequest || !copies(first, soon) {
		return
	}
	wait := time.NewTimer(errorKept + time.Second)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
		return
	}
	if copies(first, k.send(ctx, setup.RungDistribution, mark, "", missing)) {
		k.writing.Lock()
		defer k.writing.Unlock()
		k.Stale = append(k.Stale, "CloudFront keeps errors of the API for longer than "+setup.Span(errorKept)+".")
	}
}

// refused judges an API that answers nobody without credentials, so that its
// answers depend on them. Made-up ones show nothing there: the cache key itself
// says whether a caller without credentials gets what one with them was answered.
// "Forbidden" is what a REST API says to a caller without its key; HTTP APIs have
// no keys, so there it is an authorizer's.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
func (k *contract) refused(first reply) {
	var wanted, other string
	switch e := &first.seen; {
	case unauthorized(e), denied(e):
		wanted = "Authorization"
	case forbidden(e) && k.path.Kind == setup.APIKindHTTP:
		wanted, other = "Authorization", "X-Api-Key"
	case forbidden(e):
		wanted, other = "X-Api-Key", "Authorization"
	default:
		return
	}
	shown := func(name string) bool {
		return slices.ContainsFunc(k.Leaks, func(c setup.Cause) bool { return c.Symptom == leakID("credentials-shared", name) })
	}
	if !k.target.Unique.has(wanted) && !shown(wanted) && !shown(other) {
		k.leak("credentials-not-in-key", wanted)
	}
	if other != "" && !k.target.Unique.has(other) && !shown(wanted) && !shown(other) {
		k.doubt("credentials-unsure", other)
	}
	if !slices.ContainsFunc(k.Leaks, func(c setup.Cause) bool { return strings.HasPrefix(c.Symptom, "credentials-shared") }) {
		k.unsee("The API refuses callers without credentials, and made-up ones, so nothing was kept in the test.")
	}
}

// send asks for the path by a rung, with the pair's random part in the cache
// key, outside the header in which the pair differs.
func (k *contract) send(ctx context.Context, rung setup.Rung, mark, thing string, v variant) reply {
	if k.target.dialled(rung) == "" {
		return reply{err: &RequestError{Phase: PhaseResolve, Host: k.target.Name, Err: context.Canceled}}
	}
	below, h := k.path.Below, cloned(v.header)
	if v.below != "" {
		below = v.below
	}
	e := errand{book: k.book}
	e.Request = Request{Method: v.method, URL: k.target.url(rung, k.path, below), ConnectTo: k.target.dialled(rung), Header: h, Patience: k.target.Patience}
	if v.query != "" {
		e.URL = withQuery(e.URL, v.query)
	}
	e.URL, _ = k.target.Unique.mark(e.URL, h, mark, thing)
	if rung == setup.RungRegional {
		secrets, err := k.prober.unlock(h, hostOf(e.URL), k.target.Origin)
		if err != nil {
			return reply{err: err}
		}
		e.secrets = secrets
	}
	if err := k.enter(ctx, e); err != nil {
		return reply{err: err}
	}
	defer k.exit(e)
	start := time.Now()
	resp, err := k.prober.send(ctx, e)
	asked := ask{rung: rung, path: k.path, method: cmp.Or(v.method, http.MethodGet)}
	return reply{resp, asked.evidence(e.Request, resp, err, start), err}
}

// copies says whether an answer is a copy of an earlier one: it has the ID that
// API Gateway gave the request of that one. Where it has none, CloudFront says
// whether it comes from the cache.
func copies(earlier, later reply) bool {
	if earlier.err != nil || later.err != nil {
		return false
	}
	for _, name := range setup.GatewayIDs() {
		if id := earlier.seen.Header[name]; id != "" {
			return later.seen.Header[name] == id
		}
	}
	return KeptCopy(&later.seen)
}

// keptFor is what an answer says against being kept; "": nothing.
func keptFor(h http.Header) string {
	for _, part := range namesIn(h.Values("Cache-Control")) {
		switch name := strings.ToLower(part); name {
		case "no-store", "private", "no-cache":
			return name
		}
	}
	return ""
}

// namesIn are the names in the values of a header that lists some, in canonical
// form, each once.
func namesIn(values []string) []string {
	var names []string
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		name := http.CanonicalHeaderKey(strings.TrimSpace(part))
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// cloned is a copy of headers to which more can be added.
func cloned(h http.Header) http.Header {
	if h == nil {
		return http.Header{}
	}
	return h.Clone()
}

func random() string { return strings.ToLower(rand.Text()) }

func (p pair) words() string {
	if p.thing == "" {
		return "the query string"
	}
	return p.thing
}

func (k *contract) unsee(sentence string) {
	k.writing.Lock()
	defer k.writing.Unlock()
	k.Unknown = append(k.Unknown, sentence)
}
