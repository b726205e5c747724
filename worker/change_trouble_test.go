package worker_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/setup"
)

// A change that AWS does not carry out is told with what to do, and takes
// nothing away: all that was answered before is answered still. Going back ends
// as it was.
func TestAChangeThatCannotBeMadeLosesNothing(t *testing.T) {
	withoutRace(t)
	for name, change := range map[string]wish{
		"the API is gone": func(w *world, s *setup.Spec) {
			s.API.Mappings = append(slices.Clone(s.API.Mappings), setup.Mapping{Path: "gone", Kind: setup.APIKindREST, APIID: "gone123456", APIName: "gone", Stage: "prod"})
		},
		"the API behind a path is gone": func(_ *world, s *setup.Spec) {
			s.API.Mappings = slices.Clone(s.API.Mappings)
			s.API.Mappings[0].APIID = "gone123456"
		},
		"the stage is gone": func(_ *world, s *setup.Spec) {
			s.API.Mappings = slices.Clone(s.API.Mappings)
			s.API.Mappings[0].Stage = "gone"
		},
		"a path is another's": func(w *world, s *setup.Spec) {
			w.mapByHand("eu-west-1", theName, "byhand", "orders-api-eu", "prod")
			w.toMap(s, 0, "byhand", setup.APIKindREST, 2, "beta")
		},
		// https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-mappings.html
		// (documented): a name has WebSocket APIs or others.
		"a WebSocket API beside others": func(w *world, s *setup.Spec) {
			s.API.Mappings = nil
			w.toMap(s, 0, "socket", setup.APIKindWebSocket, 1, "prod")
		},
		"the certificate is gone": func(w *world, s *setup.Spec) {
			s.Certificates = w.reusable(s)
			s.Certificates.Edge = strings.TrimSuffix(s.Certificates.Edge, s.Certificates.Edge[len(s.Certificates.Edge)-4:]) + "0000"
			s.API.Mappings = slices.Clone(s.API.Mappings[:1])
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inPacedWorld(t, quickPace(), func(w *world) {
				s := w.settled(several, cached(setup.CachingAPI))
				a, b := copied(w.t, s.Spec), copied(w.t, s.Spec)
				b.Edge.Caching = setup.CachingFixed
				change(w, &b)
				h := history{specs: []setup.Spec{a, b, a}}
				want := canonical(w.state(), h)
				_, job := w.revise(s, b)
				if j := w.end(job); j.State != setup.JobFailed {
					w.t.Fatalf("the job is %s:\n%s", j.State, w.story(job))
				}
				w.checkTold(job)
				w.checkAnswers(a, a)
				for _, c := range w.sim.Writes() {
					if strings.HasPrefix(c.Operation, "Delete") {
						w.t.Errorf("%s was called", c.Operation)
					}
				}
				_, job = w.revise(s, a)
				w.done(job)
				if diff := want.differ(canonical(w.state(), h)); diff != "" {
					w.t.Errorf("back, and not as it was (want -, got +):\n%s", diff)
				}
			})
		})
	}
}

// checkTold: what failed is a full problem.
func (w *world) checkTold(job int64) {
	w.t.Helper()
	list, err := w.store.Steps(w.t.Context(), job)
	must(w.t, err)
	told := false
	for _, p := range list {
		if p.State == setup.StepFailed {
			told = true
			if p.Problem == nil || p.Problem.What == "" || p.Problem.Why == "" || p.Problem.Fix == "" {
				w.t.Errorf("step %s failed with an incomplete problem: %+v", p.ID, p.Problem)
			}
		}
	}
	if !told {
		w.t.Error("no step failed")
	}
}

// What a person added by hand to things of ours stays: tags, and a firewall
// where the setup never named one.
func TestAChangeKeepsWhatAPersonAdded(t *testing.T) {
	withoutRace(t)
	inPacedWorld(t, quickPace(), func(w *world) {
		tags := func(list ...setup.Tag) wish { return func(_ *world, s *setup.Spec) { s.Edge.Tags = list } }
		s := w.settled(tags(setup.Tag{Key: "team", Value: "shop"}))
		w.tagByHand(s, "owner", "ops")
		for _, change := range []wish{tags(setup.Tag{Key: "team", Value: "food"}), tags(), cached(setup.CachingAPI)} {
			s = w.changed(s, change)
			for kind, is := range w.tagsOf(s) {
				if is["owner"] != "ops" {
					w.t.Errorf("the %s has lost its tag: %v", kind, is)
				}
				for k := range is {
					if k != "owner" && !strings.HasPrefix(k, "apifront:") && !slices.ContainsFunc(s.Spec.Edge.Tags, func(t setup.Tag) bool { return t.Key == k }) {
						w.t.Errorf("the %s still has the tag %s", kind, k)
					}
				}
			}
		}
	})
}

// tagByHand tags all that the setup made.
func (w *world) tagByHand(s setup.Setup, key, value string) {
	w.t.Helper()
	ctx, a := w.t.Context(), w.outside(s.Spec.Account.Region)
	res, err := w.store.Resources(ctx, s.ID)
	must(w.t, err)
	for k, region := range map[string]string{setup.KeyCertificateEdge: setup.EdgeRegion, setup.KeyCertificateRegional: s.Spec.Account.Region} {
		_, err := a.ACM(region).AddTagsToCertificate(ctx, &acm.AddTagsToCertificateInput{CertificateArn: aws.String(res.ID(k)), Tags: []acmtypes.Tag{{Key: &key, Value: &value}}})
		must(w.t, err)
	}
	_, err = a.CloudFront().TagResource(ctx, &cloudfront.TagResourceInput{Resource: aws.String(res[setup.KeyDistribution].ARN), Tags: &cftypes.Tags{Items: []cftypes.Tag{{Key: &key, Value: &value}}}})
	must(w.t, err)
	_, err = a.APIGateway().TagResource(ctx, &apigateway.TagResourceInput{ResourceArn: aws.String(res[setup.KeyDomain].ARN), Tags: map[string]string{key: value}})
	must(w.t, err)
}

// tagsOf are the tags of all that the setup made.
func (w *world) tagsOf(s setup.Setup) map[string]map[string]string {
	all := map[string]map[string]string{}
	visit("", "", w.state(), func(at, key string, v any) bool {
		t, _ := v.(map[string]any)
		tags, _ := t["Tags"].(map[string]any)
		if tags["apifront:setup"] == s.ID {
			all[at+" "+key] = map[string]string{}
			for k, v := range tags {
				all[at+" "+key][k], _ = v.(string)
			}
		}
		return true
	})
	return all
}
