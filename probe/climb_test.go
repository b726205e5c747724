package probe_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/google/go-cmp/cmp"

	"apifront/probe"
	"apifront/setup"
)

// Where all is well, every rung of every path shows the API, what is kept of it
// tells so, and nothing is asked in clear.
func TestClimb(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFront(t)
		defer f.sim.Close()
		seen := probe.New(f.settings, f.calls.record).Climb(t.Context(), f.target())
		var urls []string
		for _, e := range seen {
			urls = append(urls, e.URL+" "+e.Dialed)
		}
		if diff := cmp.Diff([]string{
			"https://" + f.rest + hostOfRegion + "/prod/ ",
			"https://api.example.com/shop " + f.regional,
			"https://api.example.com/shop " + f.distribution,
			"https://api.example.com/shop ",
			"https://" + f.http + hostOfRegion + "/ ",
			"https://api.example.com/orders " + f.regional,
			"https://api.example.com/orders " + f.distribution,
			"https://api.example.com/orders ",
		}, urls); diff != "" {
			t.Error(diff)
		}
		for path, own := range map[string]string{"/shop": "X-Amz-Apigw-Id", "/orders": "Apigw-Requestid"} {
			for _, r := range rungs() {
				e := at(t, seen, r, path)
				if e.Status != 200 || e.Header[own] == "" || e.Header["Content-Type"] == "" || e.Excerpt != "" || e.Message != "" || e.Method != "GET" || e.Failed+e.Error != "" {
					t.Errorf("%s by %s: kept %+v", path, r, e)
				}
				through := r == setup.RungDistribution || r == setup.RungName
				if probe.ThroughEdge(&e) != through || (e.Header["X-Amz-Cf-Pop"] != "") != through || (e.Header["X-Cache"] == "Miss from cloudfront") != through {
					t.Errorf("%s by %s: through CloudFront: %v", path, r, e.Header)
				}
				if len(e.Names) != 1 || e.Expires.IsZero() || e.At.IsZero() || !strings.HasSuffix(e.Address, ":443") {
					t.Errorf("%s by %s: certificate %v until %v, at %v from %s", path, r, e.Names, e.Expires, e.At, e.Address)
				}
				if proof, row := reached(seen, r, probe.WantedPath{Path: path}); proof != probe.ProofByHeader || row != "" {
					t.Errorf("%s by %s: reached by %q, %q", path, r, proof, row)
				}
			}
		}
	})
}

// Each of the tutorial's mistakes shows on the rung where it is, and the rungs
// below it stay well.
func TestClimbFindsTheRung(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  func(*front, *cftypes.DistributionConfig)
		rung    setup.Rung // the lowest that fails
		row     string     // that says why
		excerpt string
		failed  string
	}{
		"Host is not passed on": {
			change: func(_ *front, c *cftypes.DistributionConfig) {
				*c.DefaultCacheBehavior.OriginRequestPolicyId = exceptHost
			},
			rung: setup.RungDistribution, row: "host-not-forwarded",
		},
		"HTTP to the origin": {
			change: func(_ *front, c *cftypes.DistributionConfig) {
				c.Origins.Items[0].CustomOriginConfig.OriginProtocolPolicy = cftypes.OriginProtocolPolicyHttpOnly
			},
			rung: setup.RungDistribution, row: "origin-unreachable", excerpt: "wasn&#39;t able to connect to the origin",
		},
		"the name is no alias": {
			change: func(_ *front, c *cftypes.DistributionConfig) { c.Aliases = nil },
			rung:   setup.RungDistribution, row: "alias-missing", failed: probe.PhaseTLS,
		},
		"HTTPS alone": {
			change: func(_ *front, c *cftypes.DistributionConfig) {
				c.DefaultCacheBehavior.ViewerProtocolPolicy = cftypes.ViewerProtocolPolicyHttpsOnly
			},
		},
		"HTTP for visitors": {
			change: func(_ *front, c *cftypes.DistributionConfig) {
				c.DefaultCacheBehavior.ViewerProtocolPolicy = cftypes.ViewerProtocolPolicyAllowAll
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFront(t, c.change)
				defer f.sim.Close()
				seen := probe.New(f.settings, nil).Climb(t.Context(), f.target())
				well := true
				for _, r := range rungs() {
					well = well && r != c.rung
					e := at(t, seen, r, "/shop")
					proof, row := reached(seen, r, probe.WantedPath{Path: "/shop"})
					if well != (proof == probe.ProofByHeader) || well != (row == "") || !well && row != c.row {
						t.Errorf("by %s: proof %q, row %q: %d %s", r, proof, row, e.Status, e.Error)
					}
					if !well && (!strings.Contains(e.Excerpt, c.excerpt) || e.Failed != c.failed || (e.Error != "") != (c.failed != "")) {
						t.Errorf("by %s: kept %+v", r, e)
					}
					if _, asked := below(seen, r, "/shop"); asked != (e.Message == forbiddenWords) {
						t.Errorf("by %s: a path below was asked for: %t", r, asked)
					}
				}
			})
		})
	}
}

// A refusal that can be that of a method with an API key is told from a path
// that is not mapped by a path below: where that is mapped, the API answers.
func TestClimbAsksBelow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFront(t)
		defer f.sim.Close()
		target := f.target()
		target.Paths[0].Below = "/items?sim-require=X-Api-Key"
		target.Paths[1].Mapping, target.Paths[1].APIHost = "nothing", ""
		p := probe.New(f.settings, nil)
		seen := p.Climb(t.Context(), target)
		alone := slices.DeleteFunc(slices.Clone(seen), func(e setup.Evidence) bool { return e.Below })
		for _, r := range rungs() {
			guarded := at(t, seen, r, "/shop")
			b, _ := below(seen, r, "/shop")
			if guarded.Message != forbiddenWords || b.Message != missingToken || strings.Contains(guarded.URL, "?") || b.Path != "/shop" {
				t.Errorf("%s: %+v, below it %q", r, guarded, b.Message)
			}
			if proof, _ := reached(seen, r, probe.WantedPath{Path: "/shop"}); proof != probe.ProofByRefusal {
				t.Errorf("%s: refused, and known below: proof %q", r, proof)
			}
			if proof, _ := reached(alone, r, probe.WantedPath{Path: "/shop"}); proof != probe.NoProof {
				t.Errorf("%s: a refusal alone is proof %q", r, proof)
			}
			if r == setup.RungAPI {
				continue
			}
			if b, _ = below(seen, r, "/nothing"); b.Message != forbiddenWords {
				t.Errorf("%s: not mapped: %+v", r, b)
			}
			if proof, row := reached(seen, r, probe.WantedPath{Path: "/nothing"}); proof != probe.NoProof || row != "unmapped-or-guarded" {
				t.Errorf("%s: not mapped: proof %q, row %q", r, proof, row)
			}
		}

		// Who said that the API answers so goes by that, and no path below is asked for.
		target.Paths[0].Status = 403
		target.Paths[1] = f.target().Paths[1]
		target.Paths[1].Status = 204
		seen = p.Climb(t.Context(), target)
		if len(seen) != 8 {
			t.Errorf("%d requests", len(seen))
		}
		for _, r := range rungs() {
			if proof, row := reached(seen, r, probe.WantedPath{Path: "/shop", Status: 403}); proof != probe.ProofByStatus || row != "" {
				t.Errorf("%s: proof %q, row %q", r, proof, row)
			}
			if proof, row := reached(seen, r, probe.WantedPath{Path: "/orders", Status: 204}); proof != probe.NoProof || row != "other-status" {
				t.Errorf("%s: proof %q, row %q", r, proof, row)
			}
		}
	})
}
