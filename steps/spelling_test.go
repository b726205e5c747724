package steps

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
)

// The wizard offers a certificate for reuse as AWS returns it. A whole job
// reuses one in each region: it requests none, and writes no validation record.
func TestOfferedCertificatesAreReused(t *testing.T) {
	for _, key := range []string{setup.KeyRSA2048, setup.KeyP256} {
		t.Run(key, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.RealPace(), nil)
				var arns []string
				for _, region := range []string{setup.EdgeRegion, w.setup.Spec.Account.Region} {
					arns = append(arns, w.sim.AddCertificate(w.demo.AccountID, region, sim.Certificate{Names: []string{w.setup.Spec.Domain.Name}, Key: key}))
				}
				offered, err := w.outside().Certificates(t.Context(), w.setup.Spec.Domain.Name)
				if err != nil {
					t.Fatal(err)
				}
				for _, arn := range arns {
					i := slices.IndexFunc(offered, func(c setup.CertificateInfo) bool { return c.ARN == arn })
					if i < 0 || offered[i].Refused != "" || setup.KeyTitle(offered[i].Key) != setup.KeyTitle(key) {
						t.Fatalf("%s is not offered: %+v", arn, offered)
					}
				}
				w.setup.Spec.Certificates = setup.Certificates{Edge: arns[0], Regional: arns[1], Answered: true}
				w.mustRunAll(setup.JobApply)
				for _, write := range w.writes() {
					if strings.Contains(write, "acm:") || strings.HasPrefix(write, "validation") {
						t.Errorf("the job wrote %s", write)
					}
				}
				for i, k := range []string{setup.KeyCertificateEdge, setup.KeyCertificateRegional} {
					if r := w.resources[k]; r.ID != arns[i] || r.Owned {
						t.Errorf("%s: %+v", k, r)
					}
				}
			})
		})
	}
}

// says changes one word in all answers of a service.
type says struct {
	aws.HTTPClient
	service, word, other string
}

func (s says) Do(r *http.Request) (*http.Response, error) {
	resp, err := s.HTTPClient.Do(r)
	if err != nil || !strings.Contains(r.Header.Get("Authorization"), "/"+s.service+"/") {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close()
	body = bytes.ReplaceAll(body, []byte(s.word), []byte(s.other))
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	resp.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return resp, nil
}

func (w *world) says(service, word, other string) {
	w.cloud = cloud.New(cloud.Settings{
		HTTPClient:  says{w.sim.Client(), service, word, other},
		Credentials: credentials.NewStaticCredentialsProvider(w.demo.KeyID, w.demo.Secret, ""),
	})
}

// The job succeeds whatever the case of the letters in AWS's statuses.
func TestStatesInOtherLetters(t *testing.T) {
	for _, c := range []struct{ service, word, other string }{
		{"acm", `"ISSUED"`, `"Issued"`},
		{"acm", `"PENDING_VALIDATION"`, `"pending-validation"`},
		{"apigateway", `"REGIONAL"`, `"Regional"`},
		{"apigateway", `"AVAILABLE"`, `"available"`},
		{"apigateway", `"TLS_1_2"`, `"TLS-1-2"`},
		{"cloudfront", "<Status>Deployed<", "<Status>DEPLOYED<"},
		{"cloudfront", "<Status>InProgress<", "<Status>INPROGRESS<"},
		{"cloudfront", "<HttpVersion>http2and3<", "<HttpVersion>HTTP2and3<"},
		{"cloudfront", "<PriceClass>PriceClass_All<", "<PriceClass>PRICECLASS-ALL<"},
		{"route53", "<Status>INSYNC<", "<Status>InSync<"},
		{"route53", "<Type>CNAME<", "<Type>cname<"},
	} {
		t.Run(c.other, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.RealPace(), nil)
				w.says(c.service, c.word, c.other)
				w.mustRunAll(setup.JobApply)
				n := len(w.writes())
				w.mustRunAll(setup.JobApply)
				if again := w.writes()[n:]; len(again) > 0 {
					t.Errorf("the second job wrote: %v", again)
				}
			})
		})
	}
}

// The step shows an unknown status and waits. It takes the status neither for
// success nor for failure, and makes nothing anew because of it.
func TestStatesThatNobodyKnows(t *testing.T) {
	for i, c := range []struct{ step, service, word, other string }{
		{"issued-edge", "acm", `"ISSUED"`, `"AWAITING_MOON"`},
		{"issued-regional", "acm", `"ISSUED"`, `"AWAITING_MOON"`},
		{"domain", "apigateway", `"AVAILABLE"`, `"AWAITING_MOON"`},
		{"deployed", "cloudfront", "<Status>Deployed<", "<Status>AWAITING_MOON<"},
	} {
		if UnderRace && i%3 > 0 { // all of them without it
			continue
		}
		t.Run(c.step, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.RealPace(), nil)
				w.upTo(setup.StepID(c.step))
				w.says(c.service, c.word, c.other)
				n := len(w.writes())
				_, p := w.run(w.step(setup.StepID(c.step)))
				complete(t, p)
				if p != nil && (!strings.Contains(p.Why, "AWAITING_MOON") || !strings.Contains(p.What, "does not know")) {
					t.Errorf("%+v", p)
				}
				for _, s := range w.observed[setup.StepID(c.step)] {
					if strings.HasPrefix(s, Ready.String()) || strings.HasPrefix(s, Foreign.String()) {
						t.Errorf("taken for %s", s)
					}
				}
				if c.service == "acm" {
					before := w.resources[edgeCertificate(w.setup.Spec).key].ID
					if _, err := w.look(w.step("certificate-edge")); err != nil || w.resources[edgeCertificate(w.setup.Spec).key].ID != before {
						t.Errorf("another certificate: %v", err)
					}
					if err := w.step("certificate-edge").Apply(t.Context(), w.env("certificate-edge")); err != nil {
						t.Error(err)
					}
				}
				for _, write := range w.writes()[n:] {
					if !strings.HasPrefix(write, "domain ") {
						t.Errorf("wrote %s", write)
					}
				}
			})
		})
	}
}

// The step reads API Gateway's root path in every form, and restores a mapping
// of it that was changed outside.
func TestRootPathInEveryForm(t *testing.T) {
	for _, form := range []string{`"basePath":"(none)"`, `"basePath":""`, `"base":""`} {
		t.Run(form, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.DemoPace(), func(s *setup.Spec, _ sim.DemoWorld) {
					s.API.Mappings = s.API.Mappings[:1]
					s.API.Mappings[0].Path = ""
				})
				w.upTo("mappings")
				name := aws.String(w.setup.Spec.Domain.Name)
				if _, err := w.outside().APIGateway().UpdateDomainName(t.Context(), &apigateway.UpdateDomainNameInput{DomainName: name, PatchOperations: []agtypes.PatchOperation{
					{Op: agtypes.OpReplace, Path: aws.String("/securityPolicy"), Value: aws.String("SecurityPolicy_TLS13_1_2_2021_06")},
					{Op: agtypes.OpReplace, Path: aws.String("/endpointAccessMode"), Value: aws.String("BASIC")},
				}}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				w.says("apigateway", `"basePath":"(none)"`, form)
				w.mustRunAll(setup.JobApply)
				n := len(w.writes())
				w.mustRunAll(setup.JobApply)
				if again := w.writes()[n:]; len(again) > 0 {
					t.Errorf("the second job wrote: %v", again)
				}
				if _, err := w.outside().APIGateway().UpdateBasePathMapping(t.Context(), &apigateway.UpdateBasePathMappingInput{DomainName: name, BasePath: aws.String("(none)"), PatchOperations: []agtypes.PatchOperation{
					{Op: agtypes.OpReplace, Path: aws.String("/restapiId"), Value: aws.String(w.sim.AddAPI(w.demo.AccountID, w.setup.Spec.Account.Region, sim.API{Name: "other", Kind: "REST", Stages: []string{"prod"}}))},
				}}); err != nil {
					t.Fatal(err)
				}
				w.mustRunAll(setup.JobApply)
				if made := w.writes()[n:]; len(made) != 1 || made[0] != "mappings apigateway:UpdateBasePathMapping" {
					t.Errorf("put right by %v", made)
				}
			})
		})
	}
}
