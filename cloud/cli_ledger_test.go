package cloud_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"
)

// Each attempt of a call is recorded with what was asked for, and the one that was
// answered with the values of the answer; who asks is recorded without.
func TestTheLedgerKnowsWhatWasAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		busy := answer(500, nil, `{"__type":"InternalServerError","message":"busy"}`)
		good := answer(200, map[string]string{"Content-Type": "application/x-amz-json-1.1"}, `{"CertificateArn":"arn:aws:acm:eu-west-1:123456789012:certificate/1"}`)
		refused := answer(400, nil, `{"__type":"LimitExceededException","message":"no"}`)
		who := answer(200, nil, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>a</Arn><UserId>u</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
		a, calls := wired(t, func(r *http.Request) (*http.Response, error) {
			switch n.Add(1) {
			case 1:
				return busy(r)
			case 2:
				return good(r)
			case 3:
				return refused(r)
			default:
				return who(r)
			}
		})
		in := &acm.RequestCertificateInput{DomainName: aws.String("a.example.com")}
		if _, err := a.ACM("us-east-1").RequestCertificate(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if _, err := a.ACM("us-east-1").RequestCertificate(t.Context(), in); err == nil || !strings.Contains(err.Error(), "LimitExceeded") {
			t.Fatalf("it was not refused: %v", err)
		}
		if _, err := a.STS().GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err != nil {
			t.Fatal(err)
		}
		type line struct {
			Operation, Command, Input string
			Answer                    map[string]string
		}
		var got []line
		for _, c := range calls.all() {
			got = append(got, line{c.Operation, c.Command, string(c.Input), c.Answer})
		}
		const input = `{"DomainName":"a.example.com"}`
		want := []line{
			{"RequestCertificate", "acm", input, nil},
			{"RequestCertificate", "acm", input, map[string]string{"CertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/1"}},
			{"RequestCertificate", "acm", input, nil},
			{"GetCallerIdentity", "", "", nil},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the ledger (want -, got +):\n%s", diff)
		}
	})
}
