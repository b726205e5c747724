package doctor_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud/sim"
)

// What others keep secret stands in nothing that the doctor says, whoever reads it: what
// an API or a function answers in its own words, where a redirect leads to beside its
// host and path, cookies, the headers by which an origin knows its distribution, and text
// records.
func TestSecretsOfOthersAreNotShown(t *testing.T) {
	const secret = "zq7-of-others"
	answer := func(status int) sim.Answer {
		return sim.Answer{Status: status, Body: `{"message":"` + secret + `","error":"` + secret + `"}`, Header: map[string]string{
			"Location": "https://user:" + secret + "@login.example.com/cb?code=" + secret + "#" + secret, "Set-Cookie": "session=" + secret,
			"Www-Authenticate": `Bearer realm="` + secret + `"`, "X-Session": secret, "Content-Type": "application/json",
		}}
	}
	for what, done := range map[string]func(*clinic){
		"an API that answers 200": behind(every(sim.Method{Answer: new(answer(200))})),
		"an API that answers 302": behind(every(sim.Method{Answer: new(answer(302))})),
		"an API that answers 400": behind(every(sim.Method{Answer: new(answer(400))})),
		"an API that answers 401": behind(every(sim.Method{Answer: new(answer(401))})),
		"an API that answers 403": behind(every(sim.Method{Answer: new(answer(403))})),
		"an API that answers 500": behind(every(sim.Method{Answer: new(answer(500))})),
		"an HTTP API that answers 404": func(c *clinic) {
			behind(sim.API{Kind: "HTTP", Methods: []sim.Method{{Key: "ANY /", Answer: new(answer(404))}}})(c)
		},
		"a function that answers 302": answering(answer(302)),
		"a function that answers 403": answering(answer(403)),
		"headers of the origin": edged(func(d *cftypes.DistributionConfig) {
			d.Origins.Items[0].CustomHeaders = &cftypes.CustomHeaders{Quantity: aws.Int32(1), Items: []cftypes.OriginCustomHeader{{HeaderName: aws.String("X-Origin-Verify"), HeaderValue: aws.String(secret)}}}
			d.Origins.Items[0].CustomOriginConfig.OriginProtocolPolicy = cftypes.OriginProtocolPolicyHttpOnly
		}),
		"text records": func(c *clinic) {
			private := c.sim.AddPrivateZone(accountID, "example.com")
			c.sim.AddRecord(private, hostName, "TXT", 60, `"`+secret+`"`)
			c.sim.AddRecord(private, hostName, "A", 60, "10.0.0.7")
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			inClinic(t, func(c *clinic) {
				c.complete()
				done(c)
				for _, inside := range []bool{true, false} {
					b, looks := c.ask(hostName, "", inside)
					text, err := json.Marshal(b)
					c.must(err)
					all := string(text) + fmt.Sprintf("%+v", looks)
					for at := strings.Index(all, secret); at >= 0; at = -1 {
						t.Errorf("with AWS %t: …%s…", inside, all[max(at-200, 0):min(at+60, len(all))])
					}
				}
			})
		})
	}
}
