package sim

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53 "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/google/go-cmp/cmp"
)

// taggedAnswer is the answer of GetResources as a client reads it.
type taggedAnswer struct {
	PaginationToken        *string
	ResourceTagMappingList []struct {
		ResourceARN string
		Tags        []struct{ Key, Value string }
	}
	Type string `json:"__type"`
}

func getTagged(t *testing.T, s *Sim, key Key, region, body string) (int, taggedAnswer) {
	t.Helper()
	status, b := signed(t, s, key, "", "tagging", region, body, map[string]string{
		"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "ResourceGroupsTaggingAPI_20170126.GetResources",
	})
	var out taggedAnswer
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return status, out
}

// kinds are the resources of an answer, each as service:type and tags.
func (a taggedAnswer) kinds() []string {
	out := []string{}
	for _, m := range a.ResourceTagMappingList {
		line := resourceType(m.ResourceARN)
		for _, tag := range m.Tags {
			line += " " + tag.Key + "=" + tag.Value
		}
		out = append(out, line)
	}
	return out
}

// taggedWorld has tagged resources of each kind, untagged ones, and one of a
// stranger.
func taggedWorld(t *testing.T, cfg Config) (*Sim, Key) {
	t.Helper()
	g := newGateway(cfg)
	w := cdnOf(g.s, ours)
	g.create(t, "api.example.com")
	w.create(t, w.recipe())
	w.create(t, w.recipe())
	stranger := cdnOf(g.s, theirs)
	stranger.create(t, stranger.recipe())
	c := clientsOf(g.s, g.key, "")
	for client, arn := range map[*acm.Client]string{c.acm: g.cert, c.viewer: w.cert} {
		_, err := client.AddTagsToCertificate(t.Context(), &acm.AddTagsToCertificateInput{CertificateArn: &arn, Tags: []acmtypes.Tag{
			{Key: aws.String("apifront:install"), Value: aws.String("i1")}, {Key: aws.String("apifront:role"), Value: aws.String("cert")},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	zone := g.s.AddZone(ours, "example.com")
	_, err := c.r53.ChangeTagsForResource(t.Context(), &route53.ChangeTagsForResourceInput{
		ResourceId: &zone, ResourceType: r53.TagResourceTypeHostedzone, AddTags: []r53.Tag{{Key: aws.String("team"), Value: aws.String("web")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return g.s, g.key
}

func TestGetResources(t *testing.T) {
	t.Parallel()
	s, key := taggedWorld(t, Config{})
	const (
		certificate = "acm:certificate apifront:install=i1 apifront:role=cert"
		front       = "cloudfront:distribution apifront:install=i1"
		domain      = "apigateway:domainnames apifront:install=i1"
	)
	for _, c := range []struct {
		region, body string
		want         []string
	}{
		{"us-east-1", `{}`, []string{certificate, front, front, "route53:hostedzone team=web"}},
		{"eu-west-1", `{}`, []string{certificate, domain}},
		{"eu-west-2", `{}`, []string{}},
		{"us-east-1", `{"ResourceTypeFilters":["cloudfront:distribution"]}`, []string{front, front}},
		{"us-east-1", `{"ResourceTypeFilters":["cloudfront","acm:certificate"]}`, []string{certificate, front, front}},
		{"us-east-1", `{"ResourceTypeFilters":["cloud"]}`, []string{}},
		{"eu-west-1", `{"ResourceTypeFilters":["apigateway"]}`, []string{domain}},
		{"us-east-1", `{"TagFilters":[{"Key":"apifront:install","Values":["i1"]}]}`, []string{certificate, front, front}},
		{"us-east-1", `{"TagFilters":[{"Key":"apifront:install","Values":["i0","i1"]},{"Key":"apifront:role"}]}`, []string{certificate}},
		{"us-east-1", `{"TagFilters":[{"Key":"apifront:install","Values":["i2"]}]}`, []string{}},
		{"eu-west-1", `{"ResourceARNList":["arn:aws:apigateway:eu-west-1::/domainnames/api.example.com"]}`, []string{domain}},
	} {
		status, got := getTagged(t, s, key, c.region, c.body)
		if d := cmp.Diff(c.want, got.kinds()); d != "" || status != http.StatusOK {
			t.Errorf("%s %s: %d (-want +got):\n%s", c.region, c.body, status, d)
		}
		if got.PaginationToken == nil || *got.PaginationToken != "" {
			t.Errorf("%s %s: the PaginationToken is not \"\"", c.region, c.body)
		}
	}
	for body, code := range map[string]string{
		`{"ResourcesPerPage":0}`:                          "InvalidParameterException",
		`{"ResourcesPerPage":101}`:                        "InvalidParameterException",
		`{"TagFilters":[{"Values":["a"]}]}`:               "InvalidParameterException",
		`{"PaginationToken":"?"}`:                         "InvalidParameterException",
		`{"ResourceARNList":["a"],"ResourcesPerPage":10}`: "InvalidParameterException",
		`{"TagsPerPage":100}`:                             "NotModelled",
		`{"IncludeComplianceDetails":true}`:               "NotModelled",
	} {
		if status, got := getTagged(t, s, key, "us-east-1", body); got.Type != code || status < 400 {
			t.Errorf("%s: got %d %s, want %s", body, status, got.Type, code)
		}
	}
	if err := s.SetPolicy(key.ID, statements(denyDelete)); err != nil {
		t.Fatal(err)
	}
	if _, got := getTagged(t, s, key, "us-east-1", `{}`); got.Type != "AccessDeniedException" {
		t.Errorf("got %q, want it refused", got.Type)
	}
}

func TestGetResourcesPages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cfg  Config
		page string
	}{
		{Config{PageSize: 1}, ""}, // V33
		{Config{}, `,"ResourcesPerPage":1`},
	} {
		s, key := taggedWorld(t, c.cfg)
		seen, token := map[string]bool{}, ""
		for range 4 {
			_, got := getTagged(t, s, key, "us-east-1", `{"PaginationToken":"`+token+`"`+c.page+`}`)
			if len(got.ResourceTagMappingList) != 1 {
				t.Fatalf("got %v, want one a page", got.kinds())
			}
			seen[got.ResourceTagMappingList[0].ResourceARN] = true
			token = *got.PaginationToken
		}
		if len(seen) != 4 || token != "" {
			t.Errorf("got %v and then %q", slices.Sorted(maps.Keys(seen)), token)
		}
	}
}

// TestTaggingIndexLags: what is new is not there yet, what is gone is there
// for a while.
func TestTaggingIndexLags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{Pace: Pace{TagIndex: time.Minute}})
		key := s.AddAccount(ours, "u")
		c := clientsOf(s, key, "")
		const install = `{"TagFilters":[{"Key":"apifront:install","Values":["i1"]}]}`
		shown := func() int {
			_, got := getTagged(t, s, key, "eu-west-1", install)
			return len(got.ResourceTagMappingList)
		}
		out, err := c.acm.RequestCertificate(t.Context(), &acm.RequestCertificateInput{
			DomainName: aws.String("a.example.com"), ValidationMethod: "DNS",
			Tags: []acmtypes.Tag{{Key: aws.String("apifront:install"), Value: aws.String("i1")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			wait time.Duration
			want int
		}{{0, 0}, {59 * time.Second, 0}, {time.Second, 1}} {
			time.Sleep(step.wait)
			if got := shown(); got != step.want {
				t.Errorf("after %s more: got %d, want %d", step.wait, got, step.want)
			}
		}
		if _, err := c.acm.DeleteCertificate(t.Context(), &acm.DeleteCertificateInput{CertificateArn: out.CertificateArn}); err != nil {
			t.Fatal(err)
		}
		if got := shown(); got != 1 {
			t.Errorf("just deleted: got %d, want 1", got)
		}
		time.Sleep(time.Minute)
		if got := shown(); got != 0 {
			t.Errorf("deleted a minute ago: got %d", got)
		}
	})
}

// TestZonesOfStrangers: a zone of another account is neither listed nor
// opened, whatever its name.
func TestZonesOfStrangers(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	key := s.AddAccount(ours, "u")
	mine := s.AddZone(ours, "example.com")
	foreign := s.AddZone(theirs, "example.com") // delegated; ours no longer is
	c := clientsOf(s, key, "").r53
	out, err := c.ListHostedZones(t.Context(), nil)
	if err != nil || len(out.HostedZones) != 1 || !strings.HasSuffix(*out.HostedZones[0].Id, mine) {
		t.Errorf("got %v, %v, want our zone alone", out, err)
	}
	named, err := c.ListHostedZonesByName(t.Context(), &route53.ListHostedZonesByNameInput{DNSName: aws.String("example.com")})
	if err != nil || len(named.HostedZones) != 1 {
		t.Errorf("by name: got %v, %v", named, err)
	}
	_, err = c.GetHostedZone(t.Context(), &route53.GetHostedZoneInput{Id: &foreign})
	wantCode(t, err, "AccessDenied")
	wantMessage(t, err, "User: arn:aws:iam::111122223333:user/u is not authorized to access this resource")
	_, err = changeRecords(t, c, foreign, aChange("UPSERT", "a.example.com", "A", 60, "192.0.2.1"))
	wantCode(t, err, "AccessDenied")
	_, err = c.GetHostedZone(t.Context(), &route53.GetHostedZoneInput{Id: aws.String("ZNOBODY")})
	wantCode(t, err, "NoSuchHostedZone")
	s.AddRecord(foreign, "a.example.com", "A", 60, "192.0.2.7")
	s.AddRecord(mine, "a.example.com", "A", 60, "192.0.2.8")
	if values, _, _ := s.lookup("a.example.com.", "A", s.now()); !slices.Equal(values, []string{"192.0.2.7"}) {
		t.Errorf("the world sees %v, want the delegated zone's", values)
	}
}
