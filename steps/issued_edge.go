package steps

import (
	"context"
	"time"

	"apifront/setup"
)

func issuedEdgeStep() Step {
	return Step{
		ID:       "issued-edge",
		Thing:    "issue of the certificate in us-east-1",
		Title:    "Wait for certificate, us-east-1",
		Why:      "ACM issues the certificate once it has seen the validation record. CloudFront takes issued ones only.",
		Service:  "ACM",
		Tutorial: 1,
		// One record proves both certificates. So the job waits for one of them
		// first, and then looks at the other. That costs no time, because every
		// step that needs this one needs the custom domain too.
		Needs:   []setup.StepID{"certificate-edge", "validation", "issued-regional"},
		Kinds:   []setup.JobKind{setup.JobApply},
		Parts:   []setup.Part{setup.PartEdge},
		Page:    setup.PageCertificates,
		Tells:   setup.NoticeIssued,
		Wait:    issuedWait,
		Actions: []string{"acm:DescribeCertificate", "route53:GetHostedZone"},
		Grants:  func(s Scope) []Grant { return s.issuedGrants(edgeCertificate(s.Spec)) },
		Reads:   readsCertificate(edgeCertificate),
		Observe: func(ctx context.Context, e *Env) (Observation, error) {
			return observeIssued(ctx, e, edgeCertificate(e.Setup.Spec))
		},
	}
}

// issuedWait is the wait for ACM, which usually takes 1 to 5 minutes. ACM
// itself gives up after 72 hours. But if the record exists and ACM still waits
// after this limit, something is wrong.
var issuedWait = Wait{Every: 5 * time.Second, Settle: 5 * time.Second, Limit: 75 * time.Minute, Usual: 2 * time.Minute}
