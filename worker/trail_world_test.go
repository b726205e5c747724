package worker_test

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
)

// browser is the user agent of somebody at the console.
const browser = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

// A person calls AWS with keys and a program of their own.
type person struct {
	key   sim.Key
	agent string // "": the SDK's
	mark  string // of an installation of apifront
	notes setup.Recorder
}

// as makes what happens outside of apifront the acts of a user of the account.
func (w *world) as(user, agent string) {
	w.person = &person{key: w.sim.AddAccount(w.demo.AccountID, user), agent: agent}
}

// asOurs makes it calls of this installation whose answers were lost.
func (w *world) asOurs() {
	w.person = &person{key: sim.Key{ID: w.demo.KeyID, Secret: w.demo.Secret}, mark: "install-1"}
}

// asRecorded makes it calls that stand in the ledger, by a user agent that says nothing.
func (w *world) asRecorded(s setup.Setup) {
	w.t.Helper()
	now, err := w.store.Situation(w.t.Context(), s)
	must(w.t, err)
	w.as("nobody", "")
	w.person.notes = func(ctx context.Context, c setup.Call) {
		c.JobID, c.StepID, c.Attempt = now.Last.ID, "distribution", 1
		must(w.t, w.store.RecordCall(ctx, c))
	}
}

// personal are the settings of whoever acts outside.
func (w *world) personal(s cloud.Settings) cloud.Settings {
	if w.person == nil {
		return s
	}
	s.Credentials = credentials.NewStaticCredentialsProvider(w.person.key.ID, w.person.key.Secret, "")
	s.Install = w.person.mark
	if agent := w.person.agent; agent != "" {
		wire := s.HTTPClient
		s.HTTPClient = doer(func(r *http.Request) (*http.Response, error) {
			r.Header.Set("User-Agent", agent)
			return wire.Do(r)
		})
	}
	return s
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// rewrites sends everything of the setup as it is to AWS once more: calls that
// succeed and change nothing.
func (w *world) rewrites(s setup.Setup) {
	w.t.Helper()
	ctx := w.t.Context()
	res, err := w.store.Resources(ctx, s.ID)
	must(w.t, err)
	edge, id := w.outside(setup.EdgeRegion), aws.String(res.ID(setup.KeyDistribution))
	d, err := edge.CloudFront().GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: id})
	if err == nil {
		_, err = edge.CloudFront().UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: id, IfMatch: d.ETag, DistributionConfig: d.Distribution.DistributionConfig})
	}
	if err != nil && cloud.Code(err) != "NoSuchDistribution" {
		w.t.Error(err)
	}
	c, name := w.outside(s.Spec.Account.Region).APIGatewayV2(), aws.String(s.Name())
	list, err := c.GetApiMappings(ctx, &apigatewayv2.GetApiMappingsInput{DomainName: name})
	must(w.t, err)
	for _, m := range list.Items {
		_, err = c.UpdateApiMapping(ctx, &apigatewayv2.UpdateApiMappingInput{DomainName: name, ApiMappingId: m.ApiMappingId, ApiId: m.ApiId, Stage: m.Stage})
		must(w.t, err)
	}
	tags, err := edge.ACM(setup.EdgeRegion).ListTagsForCertificate(ctx, &acm.ListTagsForCertificateInput{CertificateArn: aws.String(res[setup.KeyCertificateEdge].ARN)})
	must(w.t, err)
	if len(tags.Tags) > 0 {
		_, err = edge.ACM(setup.EdgeRegion).AddTagsToCertificate(ctx, &acm.AddTagsToCertificateInput{CertificateArn: aws.String(res[setup.KeyCertificateEdge].ARN), Tags: tags.Tags})
		must(w.t, err)
	}
	w.rewriteRecords(s, func(name string) bool { return strings.Contains(name, s.Name()) })
	time.Sleep(time.Minute)
}

// rewriteRecords writes records of the zone once more as they are.
func (w *world) rewriteRecords(s setup.Setup, which func(name string) bool) {
	w.t.Helper()
	c := w.outside(setup.EdgeRegion).Route53()
	out, err := c.ListResourceRecordSets(w.t.Context(), &route53.ListResourceRecordSetsInput{HostedZoneId: &s.Spec.Domain.ZoneID})
	must(w.t, err)
	var changes []r53types.Change
	for _, set := range out.ResourceRecordSets {
		if which(aws.ToString(set.Name)) && set.Type != r53types.RRTypeNs && set.Type != r53types.RRTypeSoa {
			changes = append(changes, r53types.Change{Action: r53types.ChangeActionUpsert, ResourceRecordSet: &set})
		}
	}
	if len(changes) == 0 {
		return
	}
	_, err = c.ChangeResourceRecordSets(w.t.Context(), &route53.ChangeResourceRecordSetsInput{HostedZoneId: &s.Spec.Domain.ZoneID, ChangeBatch: &r53types.ChangeBatch{Changes: changes}})
	must(w.t, err)
}

// fails tries the same and is refused each time.
func (w *world) fails(s setup.Setup) {
	w.t.Helper()
	ctx := w.t.Context()
	w.sim.Order(sim.Fault{Operation: "UpdateDistribution|DeleteDistribution|DeleteApiMapping|UpdateApiMapping|ChangeResourceRecordSets|UntagResource|RemoveTagsFromCertificate", Kind: sim.FaultDenied, Times: 100})
	defer w.sim.Withdraw("")
	res, err := w.store.Resources(ctx, s.ID)
	must(w.t, err)
	edge, id := w.outside(setup.EdgeRegion), aws.String(res.ID(setup.KeyDistribution))
	refused := func(err error) {
		w.t.Helper()
		if err == nil {
			w.t.Error("it was not refused")
		}
	}
	_, err = edge.CloudFront().DeleteDistribution(ctx, &cloudfront.DeleteDistributionInput{Id: id, IfMatch: aws.String("E1")})
	refused(err)
	if d, err := edge.CloudFront().GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: id}); err == nil {
		_, err = edge.CloudFront().UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: id, IfMatch: d.ETag, DistributionConfig: d.Distribution.DistributionConfig})
		refused(err)
	}
	for _, key := range []string{"mapping:/orders", "mapping:/catalog"} {
		if r, ok := res[key]; ok {
			_, err = w.outside(s.Spec.Account.Region).APIGatewayV2().DeleteApiMapping(ctx, &apigatewayv2.DeleteApiMappingInput{DomainName: aws.String(s.Name()), ApiMappingId: aws.String(r.ID)})
			refused(err)
		}
	}
	_, err = edge.Route53().ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{HostedZoneId: &s.Spec.Domain.ZoneID, ChangeBatch: &r53types.ChangeBatch{Changes: []r53types.Change{{
		Action: r53types.ChangeActionDelete, ResourceRecordSet: &r53types.ResourceRecordSet{Name: aws.String(s.Name()), Type: r53types.RRTypeA, TTL: aws.Int64(60), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String("192.0.2.1")}}},
	}}}})
	refused(err)
}

// elsewhere changes other things by the same operations.
func (w *world) elsewhere(s setup.Setup) {
	w.t.Helper()
	ctx := w.t.Context()
	res, err := w.store.Resources(ctx, s.ID)
	must(w.t, err)
	cf := w.outside(setup.EdgeRegion).CloudFront()
	d, err := cf.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: aws.String(res.ID(setup.KeyDistribution))})
	if err == nil {
		c := d.Distribution.DistributionConfig
		c.CallerReference, c.Aliases, c.ViewerCertificate = aws.String("another"), nil, nil
		made, err := cf.CreateDistribution(ctx, &cloudfront.CreateDistributionInput{DistributionConfig: c})
		must(w.t, err)
		c.Enabled = aws.Bool(false)
		_, err = cf.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: made.Distribution.Id, IfMatch: made.ETag, DistributionConfig: made.Distribution.DistributionConfig})
		must(w.t, err)
	}
	w.rewriteRecords(s, func(name string) bool { return !strings.Contains(name, s.Name()) })
	gw := w.outside(s.Spec.Account.Region).APIGatewayV2()
	m, err := gw.CreateApiMapping(ctx, &apigatewayv2.CreateApiMappingInput{
		DomainName: aws.String(s.Name()), ApiMappingKey: aws.String("others"), Stage: aws.String("beta"),
		ApiId: aws.String(w.demo.APIs[lawAPI(s.Spec.Account.Region, setup.APIKindREST, 2)]),
	})
	must(w.t, err)
	_, err = gw.DeleteApiMapping(ctx, &apigatewayv2.DeleteApiMappingInput{DomainName: aws.String(s.Name()), ApiMappingId: m.ApiMappingId})
	must(w.t, err)
}
