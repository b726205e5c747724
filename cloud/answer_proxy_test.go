package cloud_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	static "github.com/aws/aws-sdk-go-v2/credentials"

	"apifront/cloud"
	"apifront/setup"
)

// A proxy that gives no way to AWS is named with what it says, and is not asked
// again and again.
func TestProxyWithoutAWay(t *testing.T) {
	for status, want := range map[int]string{
		http.StatusProxyAuthRequired:  "RefusedOnTheWay",
		http.StatusForbidden:          "RefusedOnTheWay",
		http.StatusFound:              "AnswerNotFromAWS",
		http.StatusServiceUnavailable: "AnswerNotFromAWS",
	} {
		asked := 0
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodConnect {
				t.Errorf("the proxy was asked to %s", r.Method)
			}
			asked++
			w.WriteHeader(status)
		}))
		at, err := url.Parse(proxy.URL)
		if err != nil {
			t.Fatal(err)
		}
		c := cloud.New(cloud.Settings{
			HTTPClient:  &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(at), OnProxyConnectResponse: cloud.ProxyAnswered}},
			Endpoint:    "https://aws.example",
			Credentials: static.NewStaticCredentialsProvider("AKIA", "secret", ""),
		})
		a, err := c.Open(t.Context(), setup.DefaultConnection, "eu-west-1", "test", nil)
		if err != nil {
			t.Fatal(err)
		}
		p := cloud.Explain(whoAmI(t.Context(), a))
		if p == nil || p.Code != want || !strings.Contains(p.What, "the answer was not AWS's") && !strings.Contains(p.What, "The answer was not AWS's") ||
			!strings.Contains(p.Why, at.Host) || !strings.Contains(p.Why, "GetCallerIdentity") || !strings.Contains(p.Why, "STS") {
			t.Errorf("%d: %+v", status, p)
		}
		if again := asked > 1; again != (want == "AnswerNotFromAWS") {
			t.Errorf("%d: asked %d times", status, asked)
		}
		proxy.Close()
	}
}
