package steps

import (
	"context"
	"time"

	"apifront/setup"
)

func certificateRegionalStep() Step {
	return Step{
		ID:       "certificate-regional",
		Thing:    "certificate in the API's region",
		Title:    "Request certificate, API region",
		Why:      "API Gateway takes certificates from its own region only.",
		Service:  "ACM",
		Tutorial: 1,
		Needs:    []setup.StepID{"identity"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Parts:    []setup.Part{setup.PartGateway},
		Page:     setup.PageCertificates,
		Keys:     []string{setup.KeyCertificateRegional},
		Several:  true,
		Wait:     Wait{Every: 3 * time.Second, Settle: 2 * time.Second, Limit: 5 * time.Minute, Usual: 5 * time.Second},
		Brief:    func(setup.Spec) (string, bool) { return "For API Gateway", true },
		Actions:  certificateActions,
		Grants:   func(s Scope) []Grant { return s.certificateGrants(regionalCertificate(s.Spec)) },
		Applies:  twoCertificates,
		Instead:  "certificate-edge",
		TitleFor: func(s setup.Spec) string { return requestTitle(regionalCertificate(s)) },
		Reads:    readsCertificate(regionalCertificate),
		Observe: func(ctx context.Context, e *Env) (Observation, error) {
			return observeCertificate(ctx, e, regionalCertificate(e.Setup.Spec))
		},
		Apply: func(ctx context.Context, e *Env) error {
			return applyCertificate(ctx, e, regionalCertificate(e.Setup.Spec))
		},
		Wants:  wantsRegionalCertificate,
		Remove: removeCertificate,
	}
}

// twoCertificates says whether API Gateway needs a certificate of its own.
func twoCertificates(s setup.Spec) (bool, string) {
	if s.OneCertificate() {
		return false, "The API is in us-east-1, so the certificate for CloudFront serves API Gateway too."
	}
	return true, ""
}
