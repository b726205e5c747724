package probe_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/google/go-cmp/cmp"

	"apifront/probe"
	"apifront/setup"
)

// keeping is a front whose distribution keeps answers by a key.
func keeping(t *testing.T, query bool, headers ...string) *front {
	t.Helper()
	return newFront(t, func(f *front, d *cftypes.DistributionConfig) {
		d.DefaultCacheBehavior.CachePolicyId = aws.String(f.cachePolicy(t, query, headers...))
	})
}

// contract is the test of /shop with what is asked below it.
func (f *front) contract(t *testing.T, below string, u probe.Unique) probe.Contract {
	t.Helper()
	target := f.target()
	target.Unique = u
	target.Paths = target.Paths[:1]
	target.Paths[0].Below = below
	list := probe.New(f.settings, f.calls.record).Contract(t.Context(), target)
	if len(list) != 1 || list[0].Path != "/shop" {
		t.Fatalf("%+v", list)
	}
	for _, l := range slices.Concat(list[0].Leaks, list[0].Doubts) {
		p := l.Problem
		if p.What == "" || p.Why == "" || p.Fix == "" || p.Code != l.Symptom || strings.ContainsAny(p.Why+p.Fix, "{}") ||
			l.Setting == "" || len(l.Shares) == 0 || !slices.Equal(l.Shares, setup.ReadShared(l.Shares)) || !slices.Equal(l.Paths, []string{"/shop"}) {
			t.Errorf("incomplete: %+v, %+v", l, p)
		}
	}
	return list[0]
}

// symptomsOf are the leaks, then the doubts, each of these with "may " before it.
func symptomsOf(c probe.Contract) []string {
	var list []string
	for _, l := range c.Leaks {
		list = append(list, l.Symptom)
	}
	for _, d := range c.Doubts {
		list = append(list, "may "+d.Symptom)
	}
	return list
}

// visitor asks as a caller does, through the distribution, with two values of
// each header that the test differs in and without.
func (f *front) visitor(t *testing.T, path string, header http.Header) http.Header {
	t.Helper()
	edge := f.edge(t) + ":443"
	client := http.Client{Transport: &http.Transport{
		DialTLSContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			conn, err := f.settings.Dial(ctx, network, edge)
			if err != nil {
				return nil, err
			}
			return tls.Client(conn, &tls.Config{ServerName: theName, RootCAs: f.settings.CA, MinVersion: tls.VersionTLS12}), nil
		},
		DisableKeepAlives: true,
	}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+theName+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if closing := resp.Body.Close(); err != nil || closing != nil {
		t.Fatal(err, closing)
	}
	return resp.Header
}

// edge is the address at which the tests are answered.
func (f *front) edge(t *testing.T) string {
	t.Helper()
	addresses, err := probe.New(f.settings, nil).Addresses(t.Context(), f.distribution)
	if err != nil || len(addresses) == 0 {
		t.Fatal(addresses, err)
	}
	return addresses[0].String()
}

// Whatever header is taken out of the key is found, if the API answers by it,
// and none that it does not; and no caller gets anything that the test left in
// the cache.
func TestContractFindsWhatIsShared(t *testing.T) {
	t.Parallel()
	without := func(header string) []string {
		return slices.DeleteFunc(setup.KeyHeaders(), func(h string) bool { return h == header })
	}
	for name, c := range map[string]struct {
		below string
		key   []string
		want  []string
		says  string // in the reason of the first
	}{
		"a new setup's key":                       {key: setup.KeyHeaders()},
		"its key, the API asks for a key":         {below: "?sim-require=X-Api-Key", key: setup.KeyHeaders()},
		"its key, the API answers by Accept":      {below: "?sim-tell=Accept", key: setup.KeyHeaders(), want: []string{"answers-shared-accept"}, says: "differ in Accept"},
		"Accept in the key":                       {below: "?sim-tell=Accept", key: append(setup.KeyHeaders(), "Accept")},
		"its key, the API answers by cookie":      {below: "?sim-tell=Cookie", key: setup.KeyHeaders(), want: []string{"answers-shared-cookie"}, says: "differ in Cookie"},
		"no Authorization, the API asks for one":  {below: "?sim-require=Authorization", key: without("Authorization"), want: []string{"credentials-shared-authorization"}, says: "A caller without Authorization gets the answer that a caller with it was given,"},
		"no Authorization, the API answers by it": {key: without("Authorization"), want: []string{"credentials-shared-authorization"}, says: "and the API answers them differently"},
		"no X-Api-Key, the API ignores it":        {key: without("X-Api-Key"), want: []string{"may credentials-ignored-x-api-key"}, says: "The API answers a made-up one and none alike; a real one it may answer differently."},
		"no X-Api-Key, the API asks for one":      {below: "?sim-require=X-Api-Key", key: without("X-Api-Key"), want: []string{"credentials-shared-x-api-key"}, says: "A caller without X-Api-Key gets the answer that a caller with it was given,"},
		"no Origin, the API answers by it":        {below: "?sim-tell=Origin", key: without("Origin"), want: []string{"answers-shared-origin"}, says: "differ in Origin"},
		"no Origin, the API ignores it":           {key: without("Origin")},
		"no Host, which is the same for all":      {key: without("Host")},
		"Vary names what is always tested":        {below: "?sim-vary=accept", key: setup.KeyHeaders(), want: []string{"varied-shared-accept"}, says: "(Vary)"},
		"Vary names another header":               {below: "?sim-vary=X-Tenant-Id", key: setup.KeyHeaders(), want: []string{"varied-shared-x-tenant-id"}, says: "(Vary)"},
		"Vary names what is in the key":           {below: "?sim-vary=X-Tenant-Id,Origin,Accept-Encoding", key: append(setup.KeyHeaders(), "X-Tenant-Id")},
		"Vary names what must not be sent":        {below: "?sim-vary=X-Http-Method-Override,Host,Transfer-Encoding,*", key: setup.KeyHeaders()},
		"a cookie is kept":                        {below: "?sim-set-cookie=id=1", key: setup.KeyHeaders(), want: []string{"kept-cookie"}, says: "other callers get the cookie"},
		"nothing is kept, no X-Api-Key":           {below: "?sim-status=405", key: without("X-Api-Key")},
		"errors are kept, and answer by Accept":   {below: "?sim-status=404&sim-tell=Accept", key: setup.KeyHeaders(), want: []string{"answers-shared-accept"}},
		"no headers, the API asks for one":        {below: "?sim-require=X-Api-Key", want: []string{"credentials-shared-x-api-key"}},
		"no headers, the API answers by a header": {below: "?sim-tell=Origin", want: []string{"answers-shared-origin", "credentials-shared-authorization", "may credentials-ignored-x-api-key"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := keeping(t, true, c.key...)
				defer f.sim.Close()
				began := time.Now()
				got := f.contract(t, c.below, probe.Unique{Query: true, Headers: c.key})
				if took := time.Since(began); took > probe.ContractTime {
					t.Errorf("took %s", took)
				}
				if diff := cmp.Diff(c.want, symptomsOf(got)); diff != "" || got.Untested != "" {
					t.Errorf("%s%+v", diff, got)
				}
				if all := slices.Concat(got.Leaks, got.Doubts); len(c.want) > 0 && len(all) > 0 && !strings.Contains(all[0].Problem.Why, c.says) {
					t.Errorf("said: %s", all[0].Problem.Why)
				}
				f.untouched(t, "/shop"+c.below)
			})
		})
	}
}

// untouched checks that callers get none of the answers that the test left in
// the cache, whatever they send.
func (f *front) untouched(t *testing.T, path string) {
	t.Helper()
	tested := map[string]bool{}
	for _, call := range f.calls.all() {
		if call.RequestID != "" {
			tested[call.RequestID] = true
		}
	}
	if len(tested) == 0 {
		t.Error("the test has asked nothing")
	}
	query := "?"
	if strings.Contains(path, "?") {
		query = "&"
	}
	for _, at := range []string{path, path + query + "apifront=", "/shop", "/shop/apifront-test"} {
		for _, h := range []http.Header{
			{}, {"Authorization": {"Bearer a"}}, {"X-Api-Key": {"a"}}, {"Origin": {"https://example.com"}}, {"Accept": {"application/json"}},
			{"Cookie": {"a=b"}}, {"User-Agent": {"apifront"}}, {"User-Agent": {"curl"}},
		} {
			if got := f.visitor(t, at, h); tested[got.Get("X-Amzn-Requestid")] {
				t.Errorf("%s with %v: a caller is given an answer of the test", at, h)
			}
		}
	}
}

// An API that wants a real key refuses the made-up one: nothing is kept, which
// is said; and where the cache key lacks the header that it asks for, that is a
// leak all the same. A REST API that says "Forbidden" asks for a key, and an HTTP
// API, which has none, for what its authorizer reads.
func TestContractOfAnAPIThatRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		key  []string
		http bool
		want []string
	}{
		"the key tells them apart":       {key: setup.KeyHeaders()},
		"no X-Api-Key":                   {key: []string{"Authorization", "Host"}, want: []string{"credentials-not-in-key-x-api-key"}},
		"no Authorization":               {key: []string{"Host", "X-Api-Key"}, want: []string{"may credentials-unsure-authorization"}},
		"no credentials at all":          {key: []string{"Host"}, want: []string{"credentials-not-in-key-x-api-key", "may credentials-unsure-authorization"}},
		"HTTP, the key tells them apart": {http: true, key: setup.KeyHeaders()},
		"HTTP, no X-Api-Key":             {http: true, key: []string{"Authorization", "Host"}, want: []string{"may credentials-unsure-x-api-key"}},
		"HTTP, no Authorization":         {http: true, key: []string{"Host", "X-Api-Key"}, want: []string{"credentials-not-in-key-authorization"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := keeping(t, true, c.key...)
				defer f.sim.Close()
				target := f.target()
				target.Unique, target.Paths = probe.Unique{Query: true, Headers: c.key}, target.Paths[:1]
				if c.http {
					target.Paths = f.target().Paths[1:2]
				}
				target.Paths[0].Below = "?sim-require=X-Never-Sent"
				got := probe.New(f.settings, f.calls.record).Contract(t.Context(), target)[0]
				if diff := cmp.Diff(c.want, symptomsOf(got)); diff != "" || got.Kept {
					t.Errorf("%s%+v", diff, got)
				}
				if !slices.ContainsFunc(got.Unknown, func(s string) bool { return strings.Contains(s, "made-up ones, so nothing was kept") }) {
					t.Errorf("not said: %q", got.Unknown)
				}
			})
		})
	}
}

// Each leak says which kinds of sharing a person has to accept for it.
func TestLeaksNameWhatToAccept(t *testing.T) {
	t.Parallel()
	for below, want := range map[string]string{
		"?sim-tell=Accept": setup.SharedHeaders, "?sim-tell=Cookie": setup.SharedCookies, "?sim-tell=Origin": setup.SharedSites,
		"?sim-vary=X-Tenant-Id": setup.SharedHeaders, "?sim-set-cookie=id=1": setup.SharedCookies, "?sim-require=X-Api-Key": setup.SharedCredentials,
	} {
		t.Run(want+" "+below, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := keeping(t, true, "Authorization", "Host")
				defer f.sim.Close()
				got := f.contract(t, below, probe.Unique{Query: true, Headers: []string{"Authorization", "Host"}})
				if len(got.Leaks) != 1 || !slices.Equal(got.Leaks[0].Shares, []string{want}) {
					t.Errorf("%+v", got.Leaks)
				}
			})
		})
	}
}

// What would be out of date is said, and is no leak.
func TestContractSaysWhatIsStale(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		below  string
		errors int64 // ErrorCachingMinTTL of 404
		stale  string
	}{
		"as the API wants":   {below: "?sim-cache-control=max-age=60"},
		"no-store":           {below: "?sim-cache-control=no-store", stale: "The API says no-store"},
		"private":            {below: "?sim-cache-control=private,max-age=5", stale: "The API says private"},
		"errors for a while": {errors: 10},
		"errors for longer":  {errors: 300, stale: "errors of the API for longer than 10 s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFront(t, func(f *front, d *cftypes.DistributionConfig) {
					d.DefaultCacheBehavior.CachePolicyId = aws.String(f.cachePolicy(t, true, setup.KeyHeaders()...))
					if c.errors > 0 {
						d.CustomErrorResponses = &cftypes.CustomErrorResponses{Quantity: aws.Int32(1), Items: []cftypes.CustomErrorResponse{
							{ErrorCode: aws.Int32(404), ErrorCachingMinTTL: aws.Int64(c.errors)},
						}}
					}
				})
				defer f.sim.Close()
				target := f.target()
				target.Unique = probe.Unique{Query: true, Headers: setup.KeyHeaders()}
				target.Paths = target.Paths[1:] // the HTTP API, which answers 404 to what it does not have
				target.Paths[0].Below = c.below
				got := probe.New(f.settings, nil).Contract(t.Context(), target)[0]
				if len(got.Leaks) > 0 || !got.Kept || len(got.Unknown) > 0 {
					t.Errorf("%+v", got)
				}
				if (c.stale == "") != (len(got.Stale) == 0) || c.stale != "" && !strings.Contains(got.Stale[0], c.stale) {
					t.Errorf("stale: %q", got.Stale)
				}
			})
		})
	}
}

// A preflight request that is answered from the cache for another site.
func TestContractOfPreflightRequests(t *testing.T) {
	t.Parallel()
	for name, key := range map[string][]string{"by Origin": {"Host", "Origin", "Authorization", "X-Api-Key"}, "by Host alone": {"Host", "Authorization", "X-Api-Key"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFront(t, func(f *front, d *cftypes.DistributionConfig) {
					d.DefaultCacheBehavior.CachePolicyId = aws.String(f.cachePolicy(t, true, key...))
					d.DefaultCacheBehavior.AllowedMethods.CachedMethods = &cftypes.CachedMethods{Quantity: aws.Int32(3), Items: []cftypes.Method{"GET", "HEAD", "OPTIONS"}}
				})
				defer f.sim.Close()
				got := symptomsOf(f.contract(t, "", probe.Unique{Query: true, Headers: key}))
				if shared := slices.Contains(got, "preflight-shared-origin"); shared == slices.Contains(key, "Origin") {
					t.Errorf("found %q", got)
				}
			})
		})
	}
}

// Where the key has no room for a random part nothing is asked; where it is not
// what it is said to be, nothing odd is.
func TestContractKeepsOutOfTheCache(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		query    bool
		key      []string
		believed probe.Unique
		untested string
		want     []string
		asked    int // requests; -1: any number
	}{
		"no room":             {key: []string{"Host", "X-Api-Key"}, believed: probe.Unique{Headers: []string{"Host", "X-Api-Key"}}, untested: "Nothing that a test request could differ in"},
		"the query is no key": {key: []string{"Host"}, believed: probe.Unique{Query: true, Headers: []string{"Host"}}, want: []string{"key-has-no-room"}, asked: 3},
		"room in a header": {key: setup.KeyHeaders(), believed: probe.Unique{Headers: setup.KeyHeaders()},
			want: []string{"query-shared"}, asked: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := keeping(t, c.query, c.key...)
				defer f.sim.Close()
				got := f.contract(t, "", c.believed)
				if (c.untested == "") != (got.Untested == "") || !strings.HasPrefix(got.Untested, c.untested) {
					t.Errorf("untested: %q", got.Untested)
				}
				if diff := cmp.Diff(c.want, symptomsOf(got)); diff != "" {
					t.Error(diff)
				}
				for _, l := range got.Leaks {
					kinds := map[string][]string{"key-has-no-room": setup.SharedKinds(), "query-shared": {setup.SharedQueries}}[l.Symptom]
					if !slices.Equal(l.Shares, kinds) {
						t.Errorf("%s is accepted by %v", l.Symptom, l.Shares)
					}
				}
				asked := 0
				for _, call := range f.calls.all() {
					if call.Service == "https" {
						asked++
					}
				}
				if c.asked >= 0 && asked != c.asked {
					t.Errorf("%d requests", asked)
				}
				if c.asked < 0 {
					f.untouched(t, "/shop")
				}
			})
		})
	}
}

// Made-up credentials are sent once of each kind, to three APIs at most, and
// what people gave to reach an API is not sent at all.
func TestContractSendsFewCredentials(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []*http.Request
	p, _ := served(t, "198.51.100.7", func(s *probe.Settings) {
		s.Keys = map[string]probe.Key{"APIFRONT_PROBE_KEY_A": probe.NewKey("a-real-secret")}
	}, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r)
		w.WriteHeader(http.StatusUnauthorized)
	})
	target := probe.Target{
		Name: theName, Distribution: "d1.cloudfront.net", Regional: "d-1.execute-api.eu-west-1.amazonaws.com", Unique: probe.Unique{Query: true},
		Keys: []probe.KeyHeader{{Host: theName, Header: "X-Api-Key", Variable: "APIFRONT_PROBE_KEY_A"}},
	}
	for _, path := range strings.Split("abcdefghijkl", "") {
		target.Paths = append(target.Paths, probe.TargetPath{Mapping: path, Header: http.Header{"X-Secret": {"typed by a person"}}})
	}
	target.Paths[11].Kind = setup.APIKindWebSocket
	if got := p.Contract(t.Context(), target); len(got) != 10 {
		t.Errorf("%d paths", len(got))
	}
	sent := map[string]int{}
	for _, r := range seen {
		if r.Method != http.MethodGet && r.Method != http.MethodOptions || r.Header.Get("X-Secret") != "" || r.URL.Query().Get("apifront") == "" {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
		for _, h := range []string{"Authorization", "X-Api-Key"} {
			if v := r.Header.Get(h); v != "" {
				sent[h]++
				if !strings.HasPrefix(strings.TrimPrefix(v, "Bearer "), "apifront-test-") {
					t.Errorf("%s: %s", h, v)
				}
			}
		}
	}
	if sent["Authorization"] != 3 || sent["X-Api-Key"] != 3 {
		t.Errorf("sent %v", sent)
	}
}
