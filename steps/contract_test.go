package steps

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud/sim"
	"apifront/setup"
)

// The preview of a setup whose kept answers would reach the wrong callers stops
// at once, with what to do, unless a person has accepted that; then it says what
// is shared. A new setup's key passes.
func TestPreviewStopsWhereAnswersLeak(t *testing.T) {
	without := func(headers ...string) []string {
		return slices.DeleteFunc(setup.KeyHeaders(), func(h string) bool { return slices.Contains(headers, h) })
	}
	key, both := setup.KeyHeaders(), []string{setup.SharedCredentials}
	const wants = "wants a key" // the API answers nobody without one
	for name, c := range map[string]struct {
		key    []string
		how    string
		asks   string // below the first path
		accept []string
		stops  string // in the reason
		not    string // not in the reason
		box    string // in the fix
		code   string
		says   string // in the summary
	}{
		"a new setup's key":    {key: key, how: setup.CachingFixed, says: "at the distribution itself. No caller gets a kept answer that was made for another"},
		"as the API says":      {key: key, how: setup.CachingAPI, says: "CloudFront kept none of the answers to the test"},
		"no keys told apart":   {key: without("X-Api-Key"), how: setup.CachingFixed, asks: wants, stops: "The API refuses callers without credentials, and X-Api-Key is not in the cache key", not: "earlier version", box: "tick “Callers with and without a token or key” under", code: "Shared-credentials"},
		"the former key":       {key: []string{"Authorization", "Host"}, how: setup.CachingFixed, asks: wants, stops: "This setup has the cache key of an earlier version, Authorization and Host alone", box: "tick “Callers with and without a token or key” under “What callers may share” on the page Edge settings", code: "Shared-credentials"},
		"answers by Accept":    {key: key, how: setup.CachingFixed, asks: "?sim-tell=Accept", stops: "differ in Accept", box: "tick “Callers who differ in another header” under", code: "Shared-headers"},
		"answers by Origin":    {key: without("Origin"), how: setup.CachingFixed, asks: "?sim-tell=Origin", stops: "differ in Origin", box: "tick “Browsers of different sites (Origin)” under", code: "Shared-sites"},
		"answers by cookie":    {key: key, how: setup.CachingFixed, asks: "?sim-tell=Cookie", stops: "differ in Cookie", box: "tick “Callers with different cookies” under", code: "Shared-cookies"},
		"two kinds":            {key: without("Authorization"), how: setup.CachingFixed, asks: "?sim-tell=Accept", stops: "Besides: ", box: "tick “Callers with and without a token or key” and “Callers who differ in another header” under", code: "Shared-credentials"},
		"one of two accepted":  {key: without("Authorization"), how: setup.CachingFixed, asks: "?sim-tell=Accept", accept: both, stops: "differ in Accept", not: "Authorization", box: "tick “Callers who differ in another header” under", code: "Shared-headers"},
		"another accepted":     {key: key, how: setup.CachingFixed, asks: "?sim-tell=Accept", accept: []string{setup.SharedCredentials, setup.SharedSites, setup.SharedCookies, setup.SharedQueries}, stops: "differ in Accept", box: "tick “Callers who", code: "Shared-headers"},
		"accepted":             {key: without("X-Api-Key"), how: setup.CachingFixed, asks: wants, accept: both, says: "Shared, as was accepted: "},
		"all accepted":         {key: without("Authorization"), how: setup.CachingFixed, asks: "?sim-tell=Accept", accept: setup.SharedKinds(), says: "Shared, as was accepted: "},
		"accepted, nothing to": {key: key, how: setup.CachingFixed, accept: setup.SharedKinds(), says: "No caller gets a kept answer"},
		"no Authorization":     {key: without("Authorization"), how: setup.CachingFixed, stops: "A caller without Authorization gets the answer that a caller with it was given", box: "tick “Callers with and", code: "Shared-credentials"},
		"not seen":             {key: without("X-Api-Key"), how: setup.CachingFixed, says: "No caller was seen to get an answer made for another. It may be so all the same: Callers with and without X-Api-Key get the same kept answer"},
		"not seen, accepted":   {key: without("X-Api-Key"), how: setup.CachingFixed, accept: both, says: "at the distribution itself. No caller gets a kept answer that was made for another"},
		"no Origin, all alike": {key: without("Origin"), how: setup.CachingFixed, says: "No caller gets a kept answer"},
		"not kept":             {key: without("X-Api-Key"), how: setup.CachingAPI, asks: "?sim-tell=Accept", says: "CloudFront kept none"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.DemoPace(), func(s *setup.Spec, _ sim.DemoWorld) {
					s.Edge.Caching, s.Edge.TTL, s.Edge.KeyHeaders, s.Edge.Accepts = c.how, 3600, c.key, c.accept
					s.API.Mappings[0].Test.Path = strings.TrimPrefix(c.asks, wants)
				})
				if m := &w.setup.Spec.API.Mappings[0]; c.asks == wants {
					m.APIID = w.sim.AddAPI(w.demo.AccountID, w.setup.Spec.Account.Region, sim.API{
						Name: "keyed", Kind: "REST", Stages: []string{m.Stage}, Keys: []string{"a-key"}, Methods: []sim.Method{{Key: "GET /", APIKey: true}},
					})
				}
				w.upTo("preview")
				before := len(w.calls)
				o, p := w.run(w.step("preview"))
				credentials := 0
				for _, call := range w.calls[before:] {
					if call.Service == "https" {
						credentials++
					}
				}
				if c.stops == "" {
					if p != nil || o.State != Ready || !strings.Contains(o.Summary, c.says) {
						t.Errorf("%s: %s, %v", o.State, o.Summary, p)
					}
					return
				}
				if o.State != Foreign || p == nil {
					t.Fatalf("%s: %s", o.State, o.Summary)
				}
				complete(t, p)
				if !strings.Contains(p.Why, c.stops) || c.not != "" && strings.Contains(p.Why, c.not) || !strings.Contains(p.Fix, c.box) || p.Code != c.code {
					t.Errorf("%+v", p)
				}
				if len(w.observed["preview"]) > 3 || credentials > 150 {
					t.Errorf("%d looks with %d requests", len(w.observed["preview"]), credentials)
				}
			})
		})
	}
}

// Somebody has changed the cache policy between the steps: the query is no part
// of the key any more. The test goes by what AWS says, or sees it in its first pair,
// and leaves nothing.
func TestPreviewGoesByTheKeyThatIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), func(s *setup.Spec, _ sim.DemoWorld) {
			s.Edge.Caching, s.Edge.TTL, s.Edge.KeyHeaders = setup.CachingFixed, 3600, []string{"Host"}
		})
		w.upTo("preview")
		w.keyWithoutQuery()
		e := w.env("preview")
		configured, err := e.Account.Configured(t.Context(), e.name(), e.Resources.ID(setup.KeyDistribution), nil)
		if err != nil {
			t.Fatal(err)
		}
		for what, known := range map[string]setup.Configured{"read": configured, "not read": {}} {
			list, err := contract(t.Context(), e, known)
			if err != nil || len(list) != 2 {
				t.Fatal(list, err)
			}
			for _, c := range list {
				untested := strings.Contains(c.Untested, "would be given to callers") && len(c.Leaks) == 0
				if what == "not read" { // the first pair shows it, before anything else is sent
					untested = len(c.Leaks) == 1 && c.Leaks[0].Symptom == "key-has-no-room"
				}
				if !untested {
					t.Errorf("%s: %+v", what, c)
				}
			}
		}
	})
}

// keyWithoutQuery takes the query strings out of the cache key, as somebody in
// the console does.
func (w *world) keyWithoutQuery() {
	w.t.Helper()
	id := w.resources.ID(setup.KeyCachePolicy)
	config, tag := w.thePolicy(id)
	config.ParametersInCacheKeyAndForwardedToOrigin.QueryStringsConfig.QueryStringBehavior = types.CachePolicyQueryStringBehaviorNone
	if _, err := w.outside().CloudFront().UpdateCachePolicy(w.t.Context(), &cloudfront.UpdateCachePolicyInput{Id: &id, IfMatch: &tag, CachePolicyConfig: config}); err != nil {
		w.t.Fatal(err)
	}
}

// Where all kinds have to be accepted, those that are not yet are named.
func TestWhatIsLeftToAccept(t *testing.T) {
	t.Parallel()
	leak := setup.Cause{Symptom: "key-has-no-room", Shares: setup.SharedKinds(), Problem: &setup.Problem{What: "What.", Why: "Why.", Fix: "Fix."}}
	edge := setup.Edge{Caching: setup.CachingFixed, Accepts: []string{setup.SharedCredentials, setup.SharedCookies, setup.SharedHeaders}}
	p := leakProblem([]setup.Cause{leak}, edge)
	if p.Code != setup.SharedCode(setup.SharedSites) || p.Why != "Why." ||
		!strings.HasPrefix(p.Fix, "Fix. If it harms nobody, tick “Browsers of different sites (Origin)” and “Callers with different query strings” under “What callers may share” on the page Edge settings.") {
		t.Errorf("%+v, %s", p, p.Fix)
	}
}
