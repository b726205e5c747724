package probe_test

import (
	"strings"
	"testing"
	"testing/synctest"

	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/google/go-cmp/cmp"

	"apifront/probe"
	"apifront/setup"
)

// Where all is well, every rung of every path shows the API, and what is kept
// of it tells so.
func TestClimb(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFront(t)
		defer f.sim.Close()
		looks := probe.New(f.settings, f.calls.record).Climb(t.Context(), f.target())
		if len(looks) != 10 || len(looks.Evidence()) != 10 {
			t.Fatalf("%d looks", len(looks))
		}
		var urls []string
		for _, l := range looks {
			urls = append(urls, l.Evidence.URL+" "+l.Evidence.Dialed)
		}
		if diff := cmp.Diff([]string{
			"https://" + f.rest + hostOfRegion + "/prod/ ",
			"https://api.example.com/shop " + f.regional,
			"https://api.example.com/shop " + f.distribution,
			"https://api.example.com/shop ",
			"http://api.example.com/shop ",
			"https://" + f.http + hostOfRegion + "/ ",
			"https://api.example.com/orders " + f.regional,
			"https://api.example.com/orders " + f.distribution,
			"https://api.example.com/orders ",
			"http://api.example.com/orders ",
		}, urls); diff != "" {
			t.Error(diff)
		}
		for path, own := range map[string]string{"/shop": "X-Amz-Apigw-Id", "/orders": "Apigw-Requestid"} {
			for _, r := range encrypted() {
				l := at(t, looks, r, path)
				e := l.Evidence
				if l.Symptom != probe.NoSymptom || l.Proof != probe.ProofByHeader || l.Err != nil || e.Failed != "" || e.Error != "" {
					t.Errorf("%s by %s: %q, %v", path, r, l.Symptom, l.Err)
				}
				if e.Status != 200 || e.Header[own] == "" || e.Header["Content-Type"] == "" || e.Excerpt != "" || e.Message != "" || e.Method != "GET" {
					t.Errorf("%s by %s: kept %+v", path, r, e)
				}
				through := r == setup.RungDistribution || r == setup.RungName
				if l.Edge != through || (e.Header["X-Amz-Cf-Pop"] != "") != through || (e.Header["X-Cache"] == "Miss from cloudfront") != through {
					t.Errorf("%s by %s: through CloudFront %t, %v", path, r, l.Edge, e.Header)
				}
				if len(e.Names) != 1 || e.Expires.IsZero() || e.At.IsZero() || !strings.HasSuffix(e.Address, ":443") {
					t.Errorf("%s by %s: certificate %v until %v, at %v from %s", path, r, e.Names, e.Expires, e.At, e.Address)
				}
				if proof, d := looks.Reached(r, path); proof != probe.ProofByHeader || d != probe.Alike {
					t.Errorf("%s by %s: reached by %q, %q", path, r, proof, d)
				}
			}
			l := at(t, looks, setup.RungPlain, path)
			if l.Symptom != probe.NoSymptom || l.Proof != probe.NoProof || l.Evidence.Status != 301 || l.Evidence.Header["Location"] != "https://api.example.com"+path {
				t.Errorf("%s in clear: %q, %+v", path, l.Symptom, l.Evidence)
			}
			if proof, _ := looks.Reached(setup.RungPlain, path); proof != probe.NoProof {
				t.Error("plain HTTP counts as proof")
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
		symptom probe.Symptom
		differs probe.Difference // of the name from the custom domain
		excerpt string
		failed  string
		in      plainly
	}{
		"Host is not passed on": {
			change: func(_ *front, c *cftypes.DistributionConfig) {
				*c.DefaultCacheBehavior.OriginRequestPolicyId = exceptHost
			},
			rung:    setup.RungDistribution,
			symptom: probe.RefusedByAPI, differs: probe.StatusDiffers, in: redirected,
		},
		"HTTP to the origin": {
			change: func(_ *front, c *cftypes.DistributionConfig) {
				c.Origins.Items[0].CustomOriginConfig.OriginProtocolPolicy = cftypes.OriginProtocolPolicyHttpOnly
			},
			rung: setup.RungDistribution, symptom: probe.OriginUnreachable, differs: probe.StatusDiffers, excerpt: "wasn&#39;t able to connect to the origin", in: redirected,
		},
		"the name is no alias": {
			change: func(_ *front, c *cftypes.DistributionConfig) { c.Aliases = nil },
			rung:   setup.RungDistribution, symptom: probe.NoAnswer, differs: probe.NoAnswerThere, failed: probe.PhaseTLS, in: nowhere,
		},
		"HTTPS alone": {
			change: func(_ *front, c *cftypes.DistributionConfig) {
				c.DefaultCacheBehavior.ViewerProtocolPolicy = cftypes.ViewerProtocolPolicyHttpsOnly
			},
			in: refused,
		},
		"HTTP for visitors": {
			change: func(_ *front, c *cftypes.DistributionConfig) {
				c.DefaultCacheBehavior.ViewerProtocolPolicy = cftypes.ViewerProtocolPolicyAllowAll
			},
			in: answered,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFront(t, c.change)
				defer f.sim.Close()
				looks := probe.New(f.settings, nil).Climb(t.Context(), f.target())
				well := true
				for _, r := range encrypted() {
					well = well && r != c.rung
					l := at(t, looks, r, "/shop")
					if well != (l.Symptom == probe.NoSymptom) || !well && l.Symptom != c.symptom {
						t.Errorf("by %s: %q, %d %v", r, l.Symptom, l.Evidence.Status, l.Err)
					}
					proof, d := looks.Reached(r, "/shop")
					if well != (proof != probe.NoProof) || !well && d != c.differs {
						t.Errorf("by %s: proof %q, differs in %q", r, proof, d)
					}
					if !well && (!strings.Contains(l.Evidence.Excerpt, c.excerpt) || l.Evidence.Failed != c.failed || (l.Evidence.Error != "") != (c.failed != "")) {
						t.Errorf("by %s: kept %+v", r, l.Evidence)
					}
					if _, asked := looks.Below(r, "/shop"); asked != (l.Symptom == probe.RefusedByAPI) {
						t.Errorf("by %s: a path below was asked for: %t", r, asked)
					}
				}
				if l := at(t, looks, setup.RungPlain, "/shop"); l.Symptom != c.in.symptom || l.Evidence.Status != c.in.status {
					t.Errorf("in clear: %q, %+v", l.Symptom, l.Evidence)
				}
			})
		})
	}
}

// plainly is what plain HTTP shows.
type plainly struct {
	symptom probe.Symptom
	status  int
}

var (
	redirected = plainly{probe.NoSymptom, 301}
	refused    = plainly{probe.NoSymptom, 403}
	answered   = plainly{probe.InClear, 200}
	nowhere    = plainly{probe.NoSymptom, 403}
)

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
		looks := p.Climb(t.Context(), target)
		for _, r := range encrypted() {
			guarded := at(t, looks, r, "/shop")
			below, _ := looks.Below(r, "/shop")
			if guarded.Symptom != probe.RefusedByAPI || below.Symptom != probe.NoSymptom || below.Evidence.Message != missingToken {
				t.Errorf("%s: %q, below it %q %q", r, guarded.Symptom, below.Symptom, below.Evidence.Message)
			}
			if guarded.Evidence.Message != forbiddenWords || strings.Contains(guarded.Evidence.URL+guarded.Request.URL, "?") || below.Evidence.Path != "/shop" || !below.Evidence.Below {
				t.Errorf("%s: %+v", r, guarded.Evidence)
			}
			if proof, _ := looks.Reached(r, "/shop"); proof != probe.NoProof {
				t.Errorf("%s: a refusal alone is proof %q", r, proof)
			}
			if r == setup.RungAPI {
				continue
			}
			if below, _ = looks.Below(r, "/nothing"); below.Symptom != probe.RefusedByAPI {
				t.Errorf("%s: not mapped: %q", r, below.Symptom)
			}
		}

		// Who said that the API answers so goes by that.
		target.Paths[0].Status = 403
		target.Paths[1] = f.target().Paths[1]
		target.Paths[1].Status = 204
		target.Pairs, target.Methods = true, true
		looks = p.Climb(t.Context(), target)
		for _, r := range encrypted() {
			if l := at(t, looks, r, "/shop"); l.Symptom != probe.NoSymptom || l.Proof != probe.ProofByStatus {
				t.Errorf("%s: %q, proof %q", r, l.Symptom, l.Proof)
			}
			if l := at(t, looks, r, "/orders"); l.Symptom != probe.OtherStatus || l.Proof != probe.NoProof {
				t.Errorf("%s: %q, proof %q", r, l.Symptom, l.Proof)
			}
			if l, ok := looks.Below(r, "/orders"); !ok || l.Symptom != probe.NoSymptom || l.Evidence.Status != 404 {
				t.Errorf("%s: below: %+v", r, l.Evidence)
			}
		}
		methods := 0
		for _, e := range looks.Evidence() {
			if e.Method == "OPTIONS" {
				methods++
			}
			if e.Method != "OPTIONS" && e.Method != "GET" {
				t.Errorf("sent %s", e.Method)
			}
		}
		if methods != 2*httpsRungs {
			t.Errorf("%d looks at methods", methods)
		}
	})
}
