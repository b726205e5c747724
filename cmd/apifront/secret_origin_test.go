package main

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud"
	"apifront/setup"
)

// plantHeaders gives each distribution a header of others with a secret, beside that of
// its setup, and notes the secrets of the setups.
func (l *secretLaw) plantHeaders() {
	l.t.Helper()
	ctx := l.t.Context()
	a, err := cloud.New(l.app.cfg.cloud).Open(ctx, setup.DefaultConnection, "eu-west-1", "outside", nil)
	if err != nil {
		l.t.Fatal(err)
	}
	list, err := a.CloudFront().ListDistributions(ctx, &cloudfront.ListDistributionsInput{})
	if err != nil {
		l.t.Fatal(err)
	}
	for _, d := range list.DistributionList.Items {
		have, err := a.CloudFront().GetDistributionConfig(ctx, &cloudfront.GetDistributionConfigInput{Id: d.Id})
		if err != nil {
			l.t.Fatal(err)
		}
		o := &have.DistributionConfig.Origins.Items[0]
		for _, h := range o.CustomHeaders.Items {
			if aws.ToString(h.HeaderName) == setup.OriginHeader {
				l.secrets = append(l.secrets, []byte(aws.ToString(h.HeaderValue)))
			}
		}
		items := append(o.CustomHeaders.Items, types.OriginCustomHeader{HeaderName: aws.String("X-Theirs"), HeaderValue: aws.String("Zq7Law9Key-theirs")})
		o.CustomHeaders = &types.CustomHeaders{Quantity: aws.Int32(int32(len(items))), Items: items}
		if _, err := a.CloudFront().UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: d.Id, IfMatch: have.ETag, DistributionConfig: have.DistributionConfig}); err != nil {
			l.t.Fatal(err)
		}
	}
	if len(l.secrets) < 4 {
		l.t.Fatalf("%d setups have a secret", len(l.secrets))
	}
}

// judgeSecrets looks for the secrets of the setups at all places but the page that
// shows one to who asked for it.
func (l *secretLaw) judgeSecrets() {
	l.t.Helper()
	shown := 0
	for _, p := range l.places {
		for _, s := range l.secrets {
			if !bytes.Contains(p.text, s) {
				continue
			}
			if strings.HasPrefix(p.name, http.MethodPost+" /setups/") && strings.HasSuffix(p.name, "/secret/show") {
				shown++
				continue
			}
			l.t.Errorf("%s holds the secret of an origin", p.name)
		}
	}
	if shown < 4 {
		l.t.Errorf("%d secrets were shown to who asked for them", shown)
	}
}
