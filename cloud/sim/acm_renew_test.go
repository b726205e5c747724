package sim

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/acm/types"
)

// A certificate in use renews by itself 45 days before its end while its record is
// in public DNS and CAA records allow Amazon; its ARN stays.
func TestRenewal(t *testing.T) {
	const day = 24 * time.Hour
	user := "arn:aws:cloudfront::111122223333:distribution/E1"
	for name, tc := range map[string]struct {
		made     Certificate
		unused   bool
		gone     bool // the record is deleted
		back     bool // and comes back 20 days before the end
		caa      string
		eligible types.RenewalEligibility
		pending  types.RenewalStatus // 30 days before the end; "" for none
		reason   types.FailureReason
		ends     bool // it ends
	}{
		"in use":        {eligible: "ELIGIBLE", pending: "SUCCESS"},
		"record gone":   {gone: true, eligible: "ELIGIBLE", pending: "PENDING_VALIDATION", ends: true},
		"record back":   {gone: true, back: true, eligible: "ELIGIBLE", pending: "PENDING_VALIDATION"},
		"CAA forbids":   {caa: `0 issue "letsencrypt.org"`, eligible: "ELIGIBLE", pending: "FAILED", reason: "CAA_ERROR", ends: true},
		"not in use":    {unused: true, eligible: "INELIGIBLE", ends: true},
		"imported":      {made: Certificate{Type: "IMPORTED"}, eligible: "INELIGIBLE", ends: true},
		"CAA of Amazon": {caa: `0 issue "amazon.com"`, eligible: "ELIGIBLE", pending: "SUCCESS"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := New(Config{Pace: Pace{IssueDelay: time.Minute}})
				c, account := acmClient(s, "eu-west-1")
				made := tc.made
				made.Names, made.IssuedAt = []string{"a.example.com"}, time.Now().Truncate(day)
				arn := s.AddCertificate(account, "eu-west-1", made)
				if !tc.unused {
					s.certificate(arn).InUseBy[user] = time.Time{}
				}
				z := s.AddZone(account, "example.com")
				record, value := validationRecord(account, "a.example.com")
				if !tc.gone {
					s.AddRecord(z, record, "CNAME", 300, value)
				}
				if tc.caa != "" {
					s.AddRecord(z, "example.com", "CAA", 300, tc.caa)
				}
				begun := describe(t, c, arn)
				if begun.RenewalEligibility != tc.eligible || begun.RenewalSummary != nil {
					t.Errorf("at first: %s, %+v", begun.RenewalEligibility, begun.RenewalSummary)
				}
				time.Sleep(198*day - 46*day)
				if d := describe(t, c, arn); d.RenewalSummary != nil || !d.NotAfter.Equal(*begun.NotAfter) {
					t.Errorf("46 days before the end ACM does something: %+v", d.RenewalSummary)
				}
				time.Sleep(16 * day)
				d := describe(t, c, arn)
				if tc.pending == "" {
					if d.RenewalSummary != nil {
						t.Errorf("got a renewal %+v", d.RenewalSummary)
					}
				} else if d.RenewalSummary == nil || d.RenewalSummary.RenewalStatus != tc.pending || d.RenewalSummary.RenewalStatusReason != tc.reason || len(d.RenewalSummary.DomainValidationOptions) != 1 {
					t.Errorf("30 days before the end: got %+v, want %s", d.RenewalSummary, tc.pending)
				}
				if again := d.NotAfter.Sub(*begun.NotAfter); (tc.pending == "SUCCESS") != (again == 152*day) {
					t.Errorf("30 days before the end it lasts %s longer", again)
				}
				time.Sleep(10 * day)
				if tc.back {
					s.AddRecord(z, record, "CNAME", 300, value)
				}
				time.Sleep(time.Second)
				describe(t, c, arn)
				time.Sleep(21 * day)
				d = describe(t, c, arn)
				if ended := d.Status == types.CertificateStatusExpired; ended != tc.ends {
					t.Errorf("after its first term it is %s", d.Status)
				}
				if tc.ends && tc.pending != "" && d.RenewalSummary.RenewalStatus != "FAILED" {
					t.Errorf("ended with %+v", d.RenewalSummary)
				}
			})
		})
	}
}
