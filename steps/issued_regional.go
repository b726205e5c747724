package steps

import (
	"context"

	"apifront/setup"
)

func issuedRegionalStep() Step {
	return Step{
		ID:       "issued-regional",
		Thing:    "issue of the certificate in the API's region",
		Title:    "Wait for certificate, API region",
		Why:      "ACM issues the certificate once it has seen the validation record. API Gateway takes issued ones only.",
		Service:  "ACM",
		Tutorial: 1,
		Needs:    []setup.StepID{"certificate-regional", "validation"},
		Instead:  "issued-edge",
		Kinds:    []setup.JobKind{setup.JobApply},
		Parts:    []setup.Part{setup.PartGateway},
		Page:     setup.PageCertificates,
		Tells:    setup.NoticeIssued,
		Wait:     issuedWait,
		Actions:  []string{"acm:DescribeCertificate", "route53:GetHostedZone"},
		Grants:   func(s Scope) []Grant { return s.issuedGrants(regionalCertificate(s.Spec)) },
		Applies:  twoCertificates,
		TitleFor: func(s setup.Spec) string { return "Wait for certificate, " + s.Account.Region },
		Reads:    readsCertificate(regionalCertificate),
		Observe: func(ctx context.Context, e *Env) (Observation, error) {
			return observeIssued(ctx, e, regionalCertificate(e.Setup.Spec))
		},
	}
}
