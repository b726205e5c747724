//go:build outside

package main

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
)

// startMoto runs a moto server until the test ends and returns its address.
func startMoto(t *testing.T) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), outside(t, "moto_server"), "-H", "127.0.0.1", "-p", "0")
	cmd.Env = append(quietEnv(), "PYTHONUNBUFFERED=1", "MOTO_ACM_VALIDATION_WAIT=5")
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address := make(chan string, 1)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		defer close(address)
		running := regexp.MustCompile(`Running on (http://127\.0\.0\.1:\d+)`)
		found := false
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if m := running.FindStringSubmatch(lines.Text()); m != nil && !found {
				found = true
				address <- m[1]
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it keeps nothing
		<-drained
		_ = cmd.Wait() // ends with the signal
	})
	select {
	case a, ok := <-address:
		if !ok {
			t.Fatal("moto_server ended before it listened")
		}
		return a
	case <-time.After(60 * time.Second):
		t.Fatal("moto_server did not listen within 60 s")
		return ""
	}
}

// motoConfig leads the SDK to a server that looks at no signature.
func motoConfig(endpoint, region string) aws.Config {
	return aws.Config{
		Region: region, BaseEndpoint: aws.String(endpoint),
		Credentials: credentials.NewStaticCredentialsProvider("dummy", "dummy", ""),
	}
}

// seedMoto makes what a person has before the first visit: a REST API with a
// deployed stage, and a hosted zone.
func seedMoto(t *testing.T, endpoint, region, zone string) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("seed moto: %v", err)
		}
	}
	gw := apigateway.NewFromConfig(motoConfig(endpoint, region))
	api, err := gw.CreateRestApi(ctx, &apigateway.CreateRestApiInput{
		Name:                  aws.String("orders-api"),
		EndpointConfiguration: &agtypes.EndpointConfiguration{Types: []agtypes.EndpointType{agtypes.EndpointTypeRegional}},
	})
	must(err)
	resources, err := gw.GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: api.Id})
	must(err)
	_, err = gw.PutMethod(ctx, &apigateway.PutMethodInput{
		RestApiId: api.Id, ResourceId: resources.Items[0].Id, HttpMethod: aws.String("GET"), AuthorizationType: aws.String("NONE"),
	})
	must(err)
	_, err = gw.PutIntegration(ctx, &apigateway.PutIntegrationInput{
		RestApiId: api.Id, ResourceId: resources.Items[0].Id, HttpMethod: aws.String("GET"), Type: agtypes.IntegrationTypeMock,
	})
	must(err)
	_, err = gw.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: api.Id, StageName: aws.String("prod")})
	must(err)
	_, err = route53.NewFromConfig(motoConfig(endpoint, region)).CreateHostedZone(ctx, &route53.CreateHostedZoneInput{
		Name: aws.String(zone), CallerReference: aws.String("seed"),
	})
	must(err)
}

// TestOutsideMoto lets apifront do its whole job in an AWS that others wrote,
// from the first page to the last probe, and boto3 read back what it made.
func TestOutsideMoto(t *testing.T) {
	t.Parallel()
	python := outside(t, "python")
	for _, tc := range []struct{ name, region, domain string }{
		{"one region", "us-east-1", "api.harborview.example"},
		{"two regions", "eu-west-1", "shop.harborview.example"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			moto := startMoto(t)
			seedMoto(t, moto, tc.region, "harborview.example")
			proxy, endpoint := newMotoProxy(t, moto)
			public := newMotoInternet(t, moto)
			env := append(public.env(),
				"AWS_ENDPOINT_URL="+endpoint, "AWS_ACCESS_KEY_ID=dummy", "AWS_SECRET_ACCESS_KEY=dummy",
				"AWS_REGION="+tc.region, "AWS_DEFAULT_REGION="+tc.region, "AWS_EC2_METADATA_DISABLED=true",
				"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null")
			server := startProcess(t, env, "serve", "--listen", "127.0.0.1:0", "--database", filepath.Join(t.TempDir(), "apifront.db"))
			v := newVisitor(t, server.first["url"].(string))
			v.open("/")
			v.press("Create administrator", map[string]string{
				"code": server.welcomeCode(), "name": "Mira Okafor", "email": demoEmail, "password": demoPassword,
			})
			v.walk(answers{
				"account": {"region": tc.region},
				"api":     {"api-0": "kind:REST"},
				"domain":  {"domain": tc.domain},
			})
			v.press("Start job", nil)
			if title := v.finish(3 * time.Minute); !strings.HasPrefix(title, "Succeeded") {
				t.Fatalf("the job ended as %q\n%s", title, v.text())
			}
			cmd := exec.Command(python, filepath.Join("testdata", "readback.py"), tc.domain, tc.region, "REST")
			cmd.Env = append(quietEnv(), env...)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("boto3 reads back what should not be: %v\n%s", err, out)
			}
			t.Logf("%s", out)
			proxy.check(t)
		})
	}
}
