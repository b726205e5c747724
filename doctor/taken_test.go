package doctor_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"apifront/cloud/sim"
	"apifront/setup"
)

// Where something else has the name in CloudFront, the doctor says who, and what its
// owner has to do, word for word: CloudFront would refuse to add it. It writes nothing.
func TestNameTaken(t *testing.T) {
	t.Parallel()
	const spare = "spare.example.com"
	// ours is a distribution of this account with a certificate for the name, without
	// the name, in front of the custom domain.
	ours := func(c *clinic) {
		c.edge = c.certificate(setup.EdgeRegion, hostName, spare)
		c.alias, c.origin = spare, c.target
		c.front(c.account, c.edge)
		c.leads("CNAME", c.distribution+".")
	}
	theirs := func(c *clinic, alias string) {
		c.alias, c.origin = alias, c.target
		c.front(c.other(), c.sim.AddCertificate(neighbour, setup.EdgeRegion, sim.Certificate{Names: []string{alias}}))
	}
	for _, tt := range []struct {
		what  string
		made  func(*clinic)
		wrong string   // settings
		says  []string // in the fix of the finding; none: nobody has the name
		asked string   // in its evidence
	}{
		{what: "another account has it", wrong: "alias", made: func(c *clinic) {
			c.custom("eu-west-1")
			theirs(c, hostName)
			ours(c)
		}, asked: "CloudFront ListDomainConflicts of " + hostName, says: []string{
			"Account " + neighbour + " has the name " + hostName, `this: "Remove ` + hostName + " from the alternate domain names of the CloudFront distribution *******", "TXT record _" + hostName, "Then: ",
		}},
		{what: "another account has it, and serves it", made: func(c *clinic) {
			c.custom("eu-west-1")
			theirs(c, hostName)
			at := c.distribution
			c.edge = c.certificate(setup.EdgeRegion, hostName, spare)
			c.alias, c.origin = spare, "www.example.net"
			c.front(c.account, c.edge)
			_, err := c.account.APIGateway().DeleteDomainName(c.t.Context(), &apigateway.DeleteDomainNameInput{DomainName: aws.String(hostName)})
			c.must(err)
			c.leads("CNAME", at+".")
		}, asked: "CloudFront ListDomainConflicts of " + hostName, says: []string{"Account " + neighbour + " has the name"}},
		{what: "an edge-optimised custom domain of another region has it", wrong: "alias", made: func(c *clinic) {
			api := c.api
			c.api, c.endpoint = c.sim.AddAPI(accountID, "us-west-2", sim.API{Name: "old-api", Kind: "REST", Stages: []string{"prod"}}), agtypes.EndpointTypeEdge
			c.custom("us-west-2")
			c.api = api
			c.endpoint = agtypes.EndpointTypeRegional
			c.custom("eu-west-1")
			ours(c)
		}, asked: "in us-west-2", says: []string{"API Gateway in us-west-2 has an edge-optimised custom domain " + hostName, "Choose the region us-west-2"}},
		{what: "nobody has it", wrong: "alias", made: func(c *clinic) {
			c.custom("eu-west-1")
			ours(c)
		}},
		{what: "it is here", made: (*clinic).whole},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := &clinic{t: t, world: newWorld(t, 1), endpoint: agtypes.EndpointTypeRegional}
				defer c.sim.Close()
				c.zone = c.sim.AddZone(accountID, "example.com")
				c.api = c.sim.AddAPI(accountID, "eu-west-1", sim.API{Name: "orders-api", Kind: "REST", Stages: []string{"prod"}})
				c.edge, c.regional = c.certificate(setup.EdgeRegion, hostName), c.certificate("eu-west-1", hostName)
				tt.made(c)
				before := len(c.sim.Writes())
				c.calls.forget()
				b, _ := c.ask(hostName, "", true)
				if n := len(c.sim.Writes()); n != before {
					t.Errorf("the doctor wrote %v", c.sim.Writes()[before:])
				}
				if got := settingsOf(b, false); got != tt.wrong {
					t.Errorf("wrong is %q, want %q: %s %s %+v", got, tt.wrong, b.Verdict, b.Text, b.Findings)
				}
				i := slices.IndexFunc(b.Findings, func(f setup.FindingBody) bool { return f.Setting == setup.SettingAlias })
				if i < 0 {
					return
				}
				f := b.Findings[i]
				t.Log(f.Title, "|", f.Fix)
				for _, part := range tt.says {
					if !strings.Contains(f.Title+" "+f.Fix, part) {
						t.Errorf("%q is not in %s | %s", part, f.Title, f.Fix)
					}
				}
				if len(tt.says) == 0 && strings.Contains(f.Fix, "has the name") {
					t.Errorf("somebody is said to have it: %s", f.Fix)
				}
				if tt.asked != "" && !slices.ContainsFunc(f.Evidence, func(a setup.Asked) bool { return a.Bad && strings.Contains(a.What, tt.asked) && a.Line != "" }) {
					t.Errorf("%q is not among the evidence: %+v", tt.asked, f.Evidence)
				}
			})
		})
	}
}
