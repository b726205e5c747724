package cloud_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"

	"apifront/cloud"
	"apifront/setup"
)

// hostileRegions would lead elsewhere if an address were made from them.
var hostileRegions = []string{
	"a.evil.test", "evil.test/", "evil.test#", "evil.test?", "x@evil.test", "evil.test:443", "eu-west-1.evil.test", "eu-west-1/", " eu-west-1", "eu-west-1 ",
	"EU-WEST-1", "eu-west-1\n", "eu-west-1\x00", "eu--west-1", "mars-1", "*", "..", "127.0.0.1", "aws-global", "fips-us-east-1", "eu_west_1", "еu-west-1",
	strings.Repeat("a", 100_000),
}

// Nothing is called in a region that AWS does not have, and no client is made.
func TestOpenRefusesUnknownRegions(t *testing.T) {
	files(t, "", "[default]\naws_access_key_id = A\naws_secret_access_key = s\n")
	c := cloud.New(cloud.Settings{HTTPClient: wire(func(r *http.Request) (*http.Response, error) {
		t.Errorf("%s was asked", r.URL.Host)
		return nil, errors.New("no")
	})})
	for _, region := range hostileRegions {
		a, err := c.Open(t.Context(), setup.DefaultConnection, region, "", nil)
		if p := cloud.Explain(err); a != nil || p == nil || p.Code != "UnknownRegion" || p.Fix == "" || len(p.What) > 400 {
			t.Errorf("%.40q: %v, %+v", region, a, p)
		}
	}
	for _, r := range setup.Regions() {
		if _, err := c.Open(t.Context(), setup.DefaultConnection, r.Code, "", nil); err != nil {
			t.Errorf("%s: %v", r.Code, err)
		}
	}
}

// Who runs the server may have another partition's region in the files, and
// nothing that is no region at all.
func TestOpenByTheConfiguredRegion(t *testing.T) {
	for region, ok := range map[string]bool{"eu-west-1": true, "us-gov-west-1": true, "cn-north-1": true, "us-iso-east-1": true, "eusc-de-east-1": true, "a.evil.test": false, "evil.test/": false, "eu-west-1.evil.test": false} {
		files(t, "[default]\nregion = "+region+"\n", "[default]\naws_access_key_id = A\naws_secret_access_key = s\n")
		a, err := cloud.New(cloud.Settings{}).Open(t.Context(), setup.DefaultConnection, "", "", nil)
		if (err == nil) != ok || ok && a.Region != region {
			t.Errorf("%s: %v, %v", region, a, err)
		}
	}
}

// A connection that is for certain regions opens in these alone, and by itself
// in one of them, wherever the configuration would lead.
func TestOpenKeepsToTheConnectionsRegions(t *testing.T) {
	files(t, "[default]\nregion = us-west-2\n", "[default]\naws_access_key_id = A\naws_secret_access_key = s\n")
	limited := setup.Connection{ID: "c1", Name: "Shop", Kind: setup.ConnectionDefault, Regions: []string{"eu-west-1", "eu-central-1"}}
	broken := setup.Connection{ID: "c2", Name: "Broken", Kind: setup.ConnectionDefault, Regions: []string{"a.evil.test"}}
	var s cloud.Settings
	withConnections(limited, broken)(&s)
	c := cloud.New(s)
	for _, x := range []struct{ id, region, want, code string }{
		{"c1", "eu-west-1", "eu-west-1", ""},
		{"c1", "eu-central-1", "eu-central-1", ""},
		{"c1", "", "eu-west-1", ""},
		{"c1", "us-west-2", "", "RegionNotAllowed"},
		{"c1", "us-east-1", "", "RegionNotAllowed"},
		{"c1", "a.evil.test", "", "UnknownRegion"},
		{"c2", "", "", "UnknownRegion"},
		{"c2", "a.evil.test", "", "UnknownRegion"},
		{setup.DefaultConnection, "", "us-west-2", ""},
	} {
		a, err := c.Open(t.Context(), x.id, x.region, "", nil)
		got, code := "", ""
		if a != nil {
			got = a.Region
		}
		if p := cloud.Explain(err); p != nil {
			code = p.Code
		}
		if got != x.want || code != x.code {
			t.Errorf("%s in %q: %q %q, want %q %q", x.id, x.region, got, code, x.want, x.code)
		}
	}
}

// An account in another region has that region's API Gateway, and takes its
// turns there. It opens where the connection may.
func TestAccountInAnotherRegion(t *testing.T) {
	files(t, "", "[default]\naws_access_key_id = A\naws_secret_access_key = s\n")
	limited := setup.Connection{ID: "c1", Name: "Shop", Kind: setup.ConnectionDefault, Regions: []string{"eu-west-1", "eu-central-1"}}
	var asked, turns []string
	s := cloud.Settings{
		HTTPClient: wire(func(r *http.Request) (*http.Response, error) {
			asked = append(asked, r.URL.Host)
			return nil, errors.New("no")
		}),
		Turn: func(_ context.Context, key, _ string, _ time.Duration) (time.Duration, error) {
			turns = append(turns, key)
			return 0, nil
		},
	}
	withConnections(limited)(&s)
	a, err := cloud.New(s).Open(t.Context(), "c1", "eu-west-1", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := a.In("eu-central-1")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = b.APIGateway().GetDomainName(t.Context(), &apigateway.GetDomainNameInput{DomainName: aws.String("api.example.com")})
	if len(asked) == 0 || asked[0] != "apigateway.eu-central-1.amazonaws.com" {
		t.Errorf("asked: %v", asked)
	}
	if err := b.Turn(t.Context(), "apigateway:DeleteDomainName"); err != nil || len(turns) != 1 || !strings.Contains(turns[0], "/eu-central-1/") {
		t.Errorf("turns: %v, %v", turns, err)
	}
	if same, err := a.In("eu-west-1"); err != nil || same != a {
		t.Errorf("its own region is another account: %v", err)
	}
	for _, region := range append([]string{"us-west-2"}, hostileRegions...) {
		if b, err := a.In(region); b != nil || cloud.Explain(err) == nil {
			t.Errorf("%.40q: %v, %v", region, b, err)
		}
	}
}
