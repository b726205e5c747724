package probe_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/probe"
	"apifront/setup"
)

// A request is made unlike all others inside the cache key, by what does no
// harm there, and only there.
func TestUnique(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		unique probe.Unique
		own    http.Header // of the path
		query  string      // what is before the random part
		header string      // that differs
		begins string
	}{
		"nothing":                   {},
		"query":                     {unique: probe.Unique{Query: true, Headers: []string{"Accept"}}, query: "a=1&apifront="},
		"the agent first":           {unique: probe.Unique{Headers: []string{"origin", "accept", "user-agent", "accept-language"}}, header: "User-Agent", begins: "apifront ("},
		"then the language":         {unique: probe.Unique{Headers: []string{"Origin", "Accept", "Accept-Language"}}, header: "Accept-Language", begins: "*, x-"},
		"then the type":             {unique: probe.Unique{Headers: []string{"Origin", "Accept"}}, header: "Accept", begins: "*/*, application/x-"},
		"the origin last":           {unique: probe.Unique{Headers: setup.KeyHeaders()}, header: "Origin", begins: "https://"},
		"what the path says":        {unique: probe.Unique{Headers: []string{"Accept", "Origin"}}, own: http.Header{"accept": {"text/csv"}}, header: "Origin", begins: "https://"},
		"never what would be heard": {unique: probe.Unique{Headers: []string{"Authorization", "Host", "Cookie", "X-Api-Key", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Tenant", "Content-Type", "Range"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var seen []*http.Request
			p, _ := served(t, "198.51.100.7", nil, func(_ http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				seen = append(seen, r)
			})
			target := probe.Target{Name: theName, Distribution: "d1.cloudfront.net", Unique: c.unique, Rungs: []setup.Rung{setup.RungDistribution, setup.RungName},
				Paths: []probe.TargetPath{{Mapping: "a", Below: "?a=1", Header: c.own}}}
			kept := p.Climb(t.Context(), target)
			if len(seen) != 2 {
				t.Fatalf("%d requests", len(seen))
			}
			for _, e := range kept {
				if strings.Contains(e.URL, "?") {
					t.Errorf("kept %q", e.URL)
				}
			}
			if q := seen[0].URL.RawQuery; c.query == "" && q != "a=1" || c.query != "" && (!strings.HasPrefix(q, c.query) || q == seen[1].URL.RawQuery) {
				t.Errorf("queries %q and %q", q, seen[1].URL.RawQuery)
			}
			for _, h := range []string{"User-Agent", "Accept-Language", "Accept", "Origin", "Authorization", "Cookie", "X-Api-Key", "X-Http-Method-Override", "X-Http-Method", "X-Tenant", "Range"} {
				one, other := seen[0].Header.Get(h), seen[1].Header.Get(h)
				if (one != other) != (h == c.header) || h == c.header && !strings.HasPrefix(one, c.begins) {
					t.Errorf("%s: %q and %q", h, one, other)
				}
			}
			if seen[0].Host != theName {
				t.Errorf("Host is %q", seen[0].Host)
			}
		})
	}
}

// What CloudFront keeps is no proof, and no climb is answered by what another
// one was, where the cache key has room for a difference.
func TestClimbPastTheCache(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		query   bool
		headers []string
		unique  probe.Unique
		cached  bool // from the second climb on
	}{
		"by query":     {query: true, unique: probe.Unique{Query: true}},
		"by header":    {headers: setup.KeyHeaders(), unique: probe.Unique{Headers: setup.KeyHeaders()}},
		"no room":      {headers: []string{"Host", "X-Api-Key"}, unique: probe.Unique{Headers: []string{"Host", "X-Api-Key"}}, cached: true},
		"not asked so": {query: true, cached: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFront(t, func(f *front, d *cftypes.DistributionConfig) {
					d.DefaultCacheBehavior.CachePolicyId = aws.String(f.cachePolicy(t, c.query, c.headers...))
				})
				defer f.sim.Close()
				target := f.target()
				target.Unique = c.unique
				target.Rungs = []setup.Rung{setup.RungRegional, setup.RungDistribution}
				p := probe.New(f.settings, nil)
				for n := range 3 {
					time.Sleep(2 * time.Second) // an Age to see
					seen := p.Climb(t.Context(), target)
					cached := c.cached && n > 0
					through := at(t, seen, setup.RungDistribution, "/shop")
					proof, row := reached(seen, setup.RungDistribution, probe.WantedPath{Path: "/shop"})
					if (proof == probe.NoProof) != cached || (row == "kept-answer") != cached {
						t.Errorf("climb %d: proof %q, %q, %v", n, proof, row, through.Header)
					}
					alone, row := reached([]setup.Evidence{through}, setup.RungDistribution, probe.WantedPath{Path: "/shop"})
					if alone != proof || (row == "kept-answer") != cached {
						t.Errorf("climb %d, by CloudFront alone: proof %q, %q", n, alone, row)
					}
					if proof, _ := reached(seen, setup.RungRegional, probe.WantedPath{Path: "/shop"}); proof != probe.ProofByHeader {
						t.Errorf("climb %d: the custom domain: %q", n, proof)
					}
				}
			})
		})
	}
}
