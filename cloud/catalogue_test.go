package cloud_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
)

// onePerPage makes every list of the simulator come in pages of one.
var onePerPage = sim.Config{PageSize: 1}

func TestIdentity(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sim.Config{})
	got, err := w.open(t, "eu-west-1").Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := setup.Identity{AccountID: accountID, ARN: "arn:aws:iam::" + accountID + ":user/ada", Partition: "aws"}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if next := w.open(t, "eu-west-1"); next.ID != accountID {
		t.Errorf("the next account has ID %q, want %s", next.ID, accountID)
	}
	calls := w.calls.all()
	if len(calls) != 1 {
		t.Fatalf("recorded %+v", calls)
	}
	c := calls[0]
	if c.RequestID == "" || c.StartedAt.IsZero() {
		t.Errorf("recorded without request ID or time: %+v", c)
	}
	c.RequestID, c.StartedAt, c.Took = "", time.Time{}, 0
	if diff := cmp.Diff(setup.Call{Service: "sts", Operation: "GetCallerIdentity", Region: "eu-west-1", Status: 200}, c); diff != "" {
		t.Error(diff)
	}
}

func TestAPIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, onePerPage)
	for _, api := range []sim.API{
		{Name: "orders", Kind: "REST", Stages: []string{"prod", "dev"}},
		{Name: "billing", Kind: "REST", Stages: []string{"prod"}},
		{Name: "Admin", Kind: "HTTP", Stages: []string{"$default", "beta"}},
		{Name: "chat", Kind: "WEBSOCKET", Stages: []string{"live"}},
		{Name: "old", Kind: "REST", Endpoint: "EDGE", Stages: []string{"prod"}},
		{Name: "inside", Kind: "REST", Endpoint: "PRIVATE", Stages: []string{"prod"}},
		{Name: "new", Kind: "REST"},
	} {
		w.sim.AddAPI(accountID, "eu-west-1", api)
	}
	w.sim.AddAPI(accountID, "us-east-1", sim.API{Name: "elsewhere", Kind: "HTTP", Stages: []string{"$default"}})

	got, err := w.open(t, "eu-west-1").APIs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	type line struct{ Name, Kind, Endpoint, Stages, Refused string }
	lines := make([]line, 0, len(got))
	for _, g := range got {
		refused, _, _ := strings.Cut(g.Refused, ":")
		refused, _, _ = strings.Cut(refused, ",")
		lines = append(lines, line{g.Name, string(g.Kind), g.Endpoint, strings.Join(g.Stages, " "), refused})
		if g.ID == "" {
			t.Errorf("%s has no ID", g.Name)
		}
	}
	want := []line{
		{"Admin", "HTTP", "REGIONAL", "$default beta", ""},
		{"billing", "REST", "REGIONAL", "prod", ""},
		{"chat", "WEBSOCKET", "REGIONAL", "live", ""},
		{"inside", "REST", "PRIVATE", "", "It is private"},
		{"new", "REST", "REGIONAL", "", "It has never been deployed"},
		{"old", "REST", "EDGE", "prod", ""},
		{"orders", "REST", "REGIONAL", "dev prod", ""},
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	for _, g := range got {
		if noted := strings.Contains(g.Note, "Nothing has to be changed"); noted != (g.Endpoint == "EDGE") {
			t.Errorf("of %s it is noted: %q", g.Name, g.Note)
		}
	}
}

// An edge-optimised API can be chosen unless it answers only to requests that
// come in its own way.
func TestEdgeOptimisedAPIs(t *testing.T) {
	for _, test := range []struct{ says, refused, note string }{
		{`"endpointConfiguration":{"types":["EDGE"]}`, "", "It is edge-optimised"},
		{`"endpointConfiguration":{"types":["EDGE"]},"endpointAccessMode":"BASIC"`, "", "It is edge-optimised"},
		{`"endpointConfiguration":{"types":["EDGE"]},"endpointAccessMode":"STRICT"`, "It is edge-optimised and its endpoint access mode is STRICT", ""},
		{`"endpointConfiguration":{"types":["REGIONAL"]},"endpointAccessMode":"STRICT"`, "", ""},
		{`"endpointConfiguration":{"types":["PRIVATE"]}`, "It is private", ""},
		{`"endpointConfiguration":null`, "", "It is edge-optimised"},
	} {
		c := cloud.New(cloud.Settings{
			Endpoint: endpoint, Credentials: awscredentials.NewStaticCredentialsProvider("A", "B", ""),
			HTTPClient: wire(func(r *http.Request) (*http.Response, error) {
				text := map[string]string{"/restapis": `{"item":[{"id":"abc","name":"old",` + test.says + `}]}`, "/restapis/abc/stages": `{"item":[{"stageName":"prod"}]}`, "/v2/apis": `{"items":[]}`}[r.URL.Path]
				return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
			}),
		})
		got, err := open(t, c, "eu-west-1", &ledger{}).APIs(t.Context())
		if err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		if g := got[0]; !strings.HasPrefix(g.Refused, test.refused) || (g.Refused == "") != (test.refused == "") || !strings.HasPrefix(g.Note, test.note) || (g.Note == "") != (test.note == "") {
			t.Errorf("%s: %+v", test.says, g)
		}
	}
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, onePerPage)
		day := 24 * time.Hour
		now := time.Now()
		add := func(region string, c sim.Certificate) string { return w.sim.AddCertificate(accountID, region, c) }
		want := map[string]string{
			add("us-east-1", sim.Certificate{Names: []string{"api.example.com"}}):                                                             "",
			add("us-east-1", sim.Certificate{Names: []string{"example.com", "*.example.com"}, Key: "EC_prime256v1"}):                          "",
			add("us-east-1", sim.Certificate{Names: []string{"api.example.com"}, Key: "RSA_4096"}):                                            "",
			add("us-east-1", sim.Certificate{Names: []string{"api.example.com"}, Key: "EC_secp384r1"}):                                        "Its key is ECDSA P-384. CloudFront does not take that",
			add("eu-west-1", sim.Certificate{Names: []string{"api.example.com"}}):                                                             "",
			add("eu-west-1", sim.Certificate{Names: []string{"api.example.com"}, Key: "EC_prime256v1"}):                                       "",
			add("eu-west-1", sim.Certificate{Names: []string{"api.example.com"}, Key: "RSA_4096"}):                                            "Its key is RSA 4096. AWS does not say that API Gateway takes that",
			add("us-east-1", sim.Certificate{Names: []string{"api.example.com"}, Type: "IMPORTED"}):                                           "",
			add("eu-west-1", sim.Certificate{Names: []string{"*.example.com"}, Status: "PENDING_VALIDATION"}):                                 "It is not issued yet",
			add("eu-west-1", sim.Certificate{Names: []string{"*.example.com"}, Status: "EXPIRED", NotAfter: now.Add(-day)}):                   "It expired on " + now.Add(-day).UTC().Format("2 January 2006"),
			add("eu-west-1", sim.Certificate{Names: []string{"api.example.com"}, IssuedAt: now.Add(-150 * day), NotAfter: now.Add(13 * day)}): "It ends in 13 days",
		}
		add("us-east-1", sim.Certificate{Names: []string{"example.com"}})
		add("us-east-1", sim.Certificate{Names: []string{"*.api.example.com"}})
		add("ap-south-1", sim.Certificate{Names: []string{"api.example.com"}})

		got, err := w.open(t, "eu-west-1").Certificates(t.Context(), "api.example.com")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range got {
			refused, known := want[c.ARN]
			if !known {
				t.Errorf("does not cover the name, or is in another region: %+v", c)
			}
			if !strings.HasPrefix(c.Refused, refused) || refused == "" && c.Refused != "" {
				t.Errorf("refused %q, want %q: %+v", c.Refused, refused, c)
			}
			if c.Region != strings.Split(c.ARN, ":")[3] {
				t.Errorf("region %s of %s", c.Region, c.ARN)
			}
		}
		if len(got) != len(want) {
			t.Errorf("got %d certificates, want %d", len(got), len(want))
		}
		if len(got) > 1 && (got[0].Region != "us-east-1" || got[0].Refused != "" || got[1].Refused != "") {
			t.Errorf("usable ones of us-east-1 do not come first: %+v", got[:2])
		}
	})
}

// Either spelling of ACM is read, and what nobody knows is shown and claimed
// nothing about.
func TestCertificateWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ key, status, kind, want string }{
		{"RSA-2048", "ISSUED", "AMAZON_ISSUED", ""},
		{"RSA_2048", "ISSUED", "AMAZON_ISSUED", ""},
		{"rsa_2048", "issued", "amazon-issued", ""},
		{"EC-prime256v1", "ISSUED", "AMAZON_ISSUED", ""},
		{"EC_PRIME256V1", "ISSUED", "AMAZON_ISSUED", ""},
		{"EC-secp384r1", "ISSUED", "AMAZON_ISSUED", "Its key is ECDSA P-384. AWS does not say that API Gateway takes that; RSA 2048 and ECDSA P-256 are certain."},
		{"RSA-3072", "ISSUED", "AMAZON_ISSUED", "Its key is RSA 3072. AWS does not say"},
		{"ML-DSA-65", "ISSUED", "AMAZON_ISSUED", "ACM says that its key is ML-DSA-65, which this version of apifront does not know."},
		{"", "ISSUED", "AMAZON_ISSUED", "ACM says that its key is not given"},
		{"RSA-2048", "PAUSED", "AMAZON_ISSUED", "Only issued certificates can be reused; ACM says that its status is PAUSED."},
		{"RSA-2048", "pending-validation", "AMAZON_ISSUED", "It is not issued yet"},
		{"RSA-2048", "ISSUED", "ACME_ISSUED", "Only certificates that Amazon issued can be reused; ACM says that its type is ACME_ISSUED."},
		{"RSA-2048", "ISSUED", "PRIVATE", "It comes from a private authority"},
	} {
		body := fmt.Sprintf(`{"CertificateSummaryList":[{"CertificateArn":"arn:aws:acm:eu-west-1:111122223333:certificate/x","DomainName":"api.example.com",`+
			`"Status":%q,"Type":%q,"KeyAlgorithm":%q,"NotAfter":%d}]}`, c.status, c.kind, c.key, time.Now().Add(100*24*time.Hour).Unix())
		a, _ := wired(t, answer(200, map[string]string{"Content-Type": "application/x-amz-json-1.1", "x-amzn-RequestId": "r"}, body))
		got, err := a.Certificates(t.Context(), "api.example.com")
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(got, func(x setup.CertificateInfo) bool { return x.Region == "eu-west-1" })
		if i < 0 || !strings.HasPrefix(got[i].Refused, c.want) || c.want == "" && got[i].Refused != "" {
			t.Errorf("%+v: %+v", c, got)
		}
	}
}

// An API of a kind that this version does not know is shown and not offered.
func TestUnknownAPIs(t *testing.T) {
	t.Parallel()
	a, _ := wired(t, func(r *http.Request) (*http.Response, error) {
		body := `{"item":[{"id":"rest000001","name":"r","endpointConfiguration":{"types":["ORBITAL"]}},{"id":"rest000002","name":"s","endpointConfiguration":{"types":["Regional"]}}]}`
		switch {
		case strings.HasSuffix(r.URL.Path, "/stages"):
			body = `{"item":[{"stageName":"prod"}],"items":[{"stageName":"prod"}]}`
		case strings.Contains(r.URL.Path, "/v2/"):
			body = `{"items":[{"apiId":"grpc000001","name":"g","protocolType":"GRPC"},{"apiId":"http000001","name":"h","protocolType":"http"}]}`
		}
		return answer(200, map[string]string{"Content-Type": "application/json"}, body)(r)
	})
	got, err := a.APIs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	for _, api := range got {
		words[api.ID] = string(api.Kind) + " " + api.Endpoint + " " + api.Refused
	}
	for id, want := range map[string]string{
		"rest000001": "REST ORBITAL API Gateway says that its endpoint type is ORBITAL, which this version of apifront does not know.",
		"rest000002": "REST REGIONAL ",
		"grpc000001": "GRPC REGIONAL API Gateway says that its protocol is GRPC, which this version of apifront does not know.",
		"http000001": "HTTP REGIONAL ",
	} {
		if words[id] != want {
			t.Errorf("%s: %q, want %q", id, words[id], want)
		}
	}
}
