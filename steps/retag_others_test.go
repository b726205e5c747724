package steps

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud/sim"
	"apifront/setup"
)

// tagsNow are the present tags of each resource of the setup that has tags, by
// key.
func (w *world) tagsNow() map[string]map[string]string {
	w.t.Helper()
	all := map[string]map[string]string{}
	e := w.env("outside")
	e.Account = w.outside()
	for _, key := range []string{setup.KeyCertificateEdge, setup.KeyCertificateRegional} {
		r := w.resources[key]
		if r.ID == "" {
			continue
		}
		tags, err := certificateTags(w.t.Context(), e, r.Region, r.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		all[key] = tags
	}
	d, err := describeDomain(w.t.Context(), e)
	if err != nil {
		w.t.Fatal(err)
	}
	all[setup.KeyDomain] = d.Tags
	if all[setup.KeyDistribution], err = distributionTags(w.t.Context(), e, w.resources[setup.KeyDistribution].ARN); err != nil {
		w.t.Fatal(err)
	}
	return all
}

// tagOutside gives a tag to all resources of the setup, as somebody in the
// console does.
func (w *world) tagOutside(key, value string) {
	w.t.Helper()
	a, ctx := w.outside(), w.t.Context()
	for _, k := range []string{setup.KeyCertificateEdge, setup.KeyCertificateRegional} {
		r := w.resources[k]
		if _, err := a.ACM(r.Region).AddTagsToCertificate(ctx, &acm.AddTagsToCertificateInput{CertificateArn: &r.ID, Tags: []acmtypes.Tag{{Key: &key, Value: &value}}}); err != nil {
			w.t.Fatal(err)
		}
	}
	arn := "arn:aws:apigateway:" + w.setup.Spec.Account.Region + "::/domainnames/" + w.setup.Spec.Domain.Name
	if _, err := a.APIGateway().TagResource(ctx, &apigateway.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{key: value}}); err != nil {
		w.t.Fatal(err)
	}
	if _, err := a.CloudFront().TagResource(ctx, &cloudfront.TagResourceInput{
		Resource: aws.String(w.resources[setup.KeyDistribution].ARN), Tags: &types.Tags{Items: []types.Tag{{Key: &key, Value: &value}}},
	}); err != nil {
		w.t.Fatal(err)
	}
}

// If the spec drops a tag, the job does not remove it from a resource where
// somebody has given it another value since, or where it existed before.
func TestTagsOfOthersStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		w.applyJob()
		w.tagOutside("team", "theirs")
		w.setup.Spec.Edge.Tags = nil
		w.applyJob()
		for key, tags := range w.tagsNow() {
			if tags["team"] != "theirs" || tags[tagInstall] != "install-1" {
				t.Errorf("%s has the tags %v", key, tags)
			}
		}
	})
}

// If an earlier version made a resource, or if its tags alone show that it is
// ours, it is not known which tags were given. The job adds the missing tags,
// removes none, and writes nothing if none is missing.
func TestTagsOfAnEarlierVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		w.applyJob()
		forget := func() {
			for key, r := range w.resources {
				r.Attributes = maps.Clone(r.Attributes)
				delete(r.Attributes, attrTags)
				w.resources[key] = r
			}
		}
		forget()
		n := len(w.writes())
		w.applyJob()
		if again := w.writes()[n:]; len(again) > 0 {
			t.Errorf("written: %v", again)
		}
		forget()
		w.setup.Spec.Edge.Tags = []setup.Tag{{Key: "stage", Value: "test"}}
		w.applyJob()
		for key, tags := range w.tagsNow() {
			if tags["stage"] != "test" || tags["team"] != "orders" {
				t.Errorf("%s has the tags %v", key, tags)
			}
		}
	})
}

// A reused certificate is not tagged, whoever made it.
func TestReusedCertificatesAreNotTagged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), nil)
		w.reuse(&w.setup.Spec)
		w.applyJob()
		w.setup.Spec.Edge.Tags = []setup.Tag{{Key: "stage", Value: "test"}}
		n := len(w.writes())
		w.applyJob()
		for _, made := range w.writes()[n:] {
			if strings.Contains(made, "acm:") {
				t.Errorf("written: %s", made)
			}
		}
		if got := w.writes()[n:]; !slices.Contains(got, "domain apigateway:TagResource") || !slices.Contains(got, "distribution cloudfront:TagResource") {
			t.Errorf("written: %v", got)
		}
	})
}
