//go:build browser

package main

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
)

// arisen are failures that the state of the world makes: no call is answered by order.
var arisen = []failure{
	{
		name: "expired", title: "The session at AWS has ended", state: "credentials past their time",
		cause:  func(_ *testing.T, d *demo) { d.sim.ExpireKey(d.world.KeyID, time.Now().Add(-time.Minute)) },
		button: "Look again now", end: setup.JobNeedsYou,
		mend: func(_ *testing.T, d *demo) { d.sim.ExpireKey(d.world.KeyID, time.Time{}) },
	},
	{
		name: "timed-out", title: "Nobody proved the domain within 72 hours", state: "a domain that is not delegated, and certificates of 73 hours",
		cause:  func(_ *testing.T, d *demo) { d.sim.Delegate("harborview.example") },
		then:   certificatesAge,
		button: "Request new certificates",
		mend: func(_ *testing.T, d *demo) {
			d.sim.Delegate("harborview.example", d.sim.NameServers(d.world.Zones["harborview.example"])...)
		},
	},
	{
		name: "own-alias", title: "Another distribution of the account has the name", state: "a distribution with the name",
		cause: func(t *testing.T, d *demo) { takeName(t, d, "n001.harborview.example") }, button: "Change domain and DNS",
	},
	{
		name: "changed-meanwhile", title: "Somebody changes the distribution meanwhile", state: "another program that changes it all the time",
		cause: nothing, start: changeBesideAnother, button: "Try again", mend: func(_ *testing.T, d *demo) { d.sim.Withdraw("") },
	},
	{
		name: "trial-502", title: "CloudFront cannot talk to API Gateway", state: "an origin that was set to http-only after it was made", early: true, pace: "demo",
		cause: nothing, then: originOverHTTP, button: "Put it right", mend: nothing,
	},
	{
		name: "trial-403", title: "A firewall before the API refuses the tests", state: "a web ACL at the stage", early: true,
		cause: func(t *testing.T, d *demo) {
			if err := d.sim.AddBlock(sim.Block{Resource: ordersStage(d)}); err != nil {
				t.Fatal(err)
			}
		},
		start:  func(t *testing.T, d *demo) int64 { return startJob(t, d, 2) },
		button: "Try again", mend: func(_ *testing.T, d *demo) { d.sim.RemoveBlocks(ordersStage(d)) },
	},
}

// ordersStage is the stage of the REST API that the second kind of job maps.
func ordersStage(d *demo) string {
	return "arn:aws:apigateway:us-east-1::/restapis/" + d.world.APIs["orders-api"] + "/stages/prod"
}

// elsewhere is the account as somebody else uses it.
func elsewhere(t *testing.T, d *demo, region string) *cloud.Account {
	t.Helper()
	account, err := cloud.New(cloud.Settings{Endpoint: d.net.AWSEndpoint, Credentials: credentials.NewStaticCredentialsProvider(d.world.KeyID, d.world.Secret, "")}).Open(t.Context(), setup.DefaultConnection, region, "outside", nil)
	if err != nil {
		t.Fatal(err)
	}
	return account
}

// deleteAPI deletes the API that the job maps.
func deleteAPI(t *testing.T, d *demo) {
	if _, err := elsewhere(t, d, "eu-west-1").APIGatewayV2().DeleteApi(t.Context(), &apigatewayv2.DeleteApiInput{ApiId: aws.String(d.world.APIs["catalog-http-eu"])}); err != nil {
		t.Fatal(err)
	}
}

// certificatesAge waits until the job has asked for its certificates, and then lets 73 hours
// pass for them.
func certificatesAge(t *testing.T, d *demo, _ int64) {
	end, aged := time.Now().Add(20*time.Second), 0
	for aged < 2 {
		if time.Now().After(end) {
			t.Fatal("the job asked for no two certificates")
		}
		time.Sleep(50 * time.Millisecond)
		aged += d.sim.AgeCertificates(73 * time.Hour) // those that were aged do not wait any more
	}
}

// takeName makes a distribution of the account that has a name.
func takeName(t *testing.T, d *demo, name string) {
	certificate := d.sim.AddCertificate(d.world.AccountID, setup.EdgeRegion, sim.Certificate{Names: []string{name}})
	_, err := elsewhere(t, d, setup.EdgeRegion).CloudFront().CreateDistribution(t.Context(), &cloudfront.CreateDistributionInput{DistributionConfig: &types.DistributionConfig{
		CallerReference: aws.String("the shop"), Comment: aws.String("the shop"), Enabled: aws.Bool(true),
		Aliases: &types.Aliases{Quantity: aws.Int32(1), Items: []string{name}},
		Origins: &types.Origins{Quantity: aws.Int32(1), Items: []types.Origin{{
			Id: aws.String("api"), DomainName: aws.String(d.world.APIs["catalog-http-eu"] + ".execute-api.eu-west-1.amazonaws.com"),
			CustomOriginConfig: &types.CustomOriginConfig{HTTPPort: aws.Int32(80), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: types.OriginProtocolPolicyHttpsOnly,
				OriginSslProtocols: &types.OriginSslProtocols{Quantity: aws.Int32(1), Items: []types.SslProtocol{types.SslProtocolTLSv12}}},
		}}},
		DefaultCacheBehavior: &types.DefaultCacheBehavior{
			TargetOriginId: aws.String("api"), ViewerProtocolPolicy: types.ViewerProtocolPolicyHttpsOnly,
			CachePolicyId: aws.String(setup.PolicyCachingDisabled), OriginRequestPolicyId: aws.String("b689b0a8-53d0-40ab-baf2-68738e2966ac"),
		},
		ViewerCertificate: &types.ViewerCertificate{ACMCertificateArn: &certificate, SSLSupportMethod: types.SSLSupportMethodSniOnly, MinimumProtocolVersion: types.MinimumProtocolVersionTLSv122021},
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// changeDistribution changes the first distribution with a comment, or a name.
func changeDistribution(t *testing.T, d *demo, of string, change func(*types.DistributionConfig)) {
	t.Helper()
	cf := elsewhere(t, d, setup.EdgeRegion).CloudFront()
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		list, err := cf.ListDistributions(t.Context(), &cloudfront.ListDistributionsInput{})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list.DistributionList.Items {
			if aws.ToString(s.Comment) != of && (s.Aliases == nil || !slices.Contains(s.Aliases.Items, of)) {
				continue
			}
			got, err := cf.GetDistributionConfig(t.Context(), &cloudfront.GetDistributionConfigInput{Id: s.Id})
			if err == nil {
				change(got.DistributionConfig)
				_, err = cf.UpdateDistribution(t.Context(), &cloudfront.UpdateDistributionInput{Id: s.Id, IfMatch: got.ETag, DistributionConfig: got.DistributionConfig})
			}
			if err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("no distribution is of %s", of)
}

// originOverHTTP waits until the job has made its distribution, and lets it talk to its
// origin over HTTP, where nobody listens.
func originOverHTTP(t *testing.T, d *demo, _ int64) {
	changeDistribution(t, d, "n001.harborview.example", func(c *types.DistributionConfig) {
		c.Origins.Items[0].CustomOriginConfig.OriginProtocolPolicy = types.OriginProtocolPolicyHttpOnly
	})
}

// changeBesideAnother sets up a name, and then starts a change of its distribution while
// another program changes it ten times a second. What is read takes a while to arrive, as
// over a slow line, so it is never the newest.
func changeBesideAnother(t *testing.T, d *demo) int64 {
	first := startJob(t, d, 1)
	ended(t, d, first, setup.JobSucceeded)
	job, err := d.app.store.Job(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	v, err := d.app.store.Setup(t.Context(), job.SetupID)
	if err != nil {
		t.Fatal(err)
	}
	cf := elsewhere(t, d, setup.EdgeRegion).CloudFront()
	list, err := cf.ListDistributions(t.Context(), &cloudfront.ListDistributionsInput{})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list.DistributionList.Items, func(s types.DistributionSummary) bool {
		return s.Aliases != nil && slices.Contains(s.Aliases.Items, v.Name())
	})
	id := list.DistributionList.Items[i].Id
	got, err := cf.GetDistributionConfig(t.Context(), &cloudfront.GetDistributionConfigInput{Id: id})
	if err != nil {
		t.Fatal(err)
	}
	slow := sim.Fault{Service: "cloudfront", Operation: "GetDistribution|GetDistributionConfig", Kind: sim.FaultDelay, Delay: 400 * time.Millisecond, Times: 10_000}
	d.sim.Order(slow)
	ctx, stop := context.WithCancel(context.Background())
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		for n, etag := 0, got.ETag; ctx.Err() == nil && len(d.sim.Ordered()) > 0; n++ { // until the cause is taken away
			got.DistributionConfig.Origins.Items[0].ConnectionTimeout = aws.Int32(int32(5 + n%5))
			out, err := cf.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: id, IfMatch: etag, DistributionConfig: got.DistributionConfig})
			if err != nil {
				return // the job was quicker
			}
			etag = out.ETag
			time.Sleep(100 * time.Millisecond)
		}
	}()
	t.Cleanup(func() { stop(); <-gone })
	want := v.Spec
	want.Edge.Comment = fmt.Sprintf("changed %d", first)
	change := store.NewJob{SetupID: v.ID, Want: &want, Why: "Change", Kind: setup.JobApply, By: demoName}
	for _, r := range steps.Rows(setup.JobApply, want) {
		change.Steps = append(change.Steps, store.NewStep{ID: r.ID, Title: r.Title, Service: r.Service, Needs: r.Needs, Skip: r.Skip})
	}
	n, err := d.app.store.StartJob(t.Context(), change)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
