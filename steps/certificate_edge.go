package steps

import (
	"context"
	"time"

	"apifront/setup"
)

func certificateEdgeStep() Step {
	return Step{
		ID:       "certificate-edge",
		Thing:    "certificate in us-east-1",
		Title:    "Request certificate, us-east-1",
		Why:      "CloudFront takes certificates from us-east-1 only, wherever the API is.",
		Service:  "ACM",
		Tutorial: 1,
		Needs:    []setup.StepID{"identity"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Parts:    []setup.Part{setup.PartEdge},
		Page:     setup.PageCertificates,
		Keys:     []string{setup.KeyCertificateEdge},
		Several:  true,
		Wait:     Wait{Every: 3 * time.Second, Settle: 2 * time.Second, Limit: 5 * time.Minute, Usual: 5 * time.Second},
		Brief: func(s setup.Spec) (string, bool) {
			if s.OneCertificate() {
				return "For CloudFront and API Gateway", true
			}
			return "For CloudFront", true
		},
		Actions:  certificateActions,
		Grants:   func(s Scope) []Grant { return s.certificateGrants(edgeCertificate(s.Spec)) },
		TitleFor: func(s setup.Spec) string { return requestTitle(edgeCertificate(s)) },
		Reads:    readsCertificate(edgeCertificate),
		Observe: func(ctx context.Context, e *Env) (Observation, error) {
			return observeCertificate(ctx, e, edgeCertificate(e.Setup.Spec))
		},
		Apply: func(ctx context.Context, e *Env) error {
			return applyCertificate(ctx, e, edgeCertificate(e.Setup.Spec))
		},
		Wants:  wantsEdgeCertificate,
		Remove: removeCertificate,
	}
}

func requestTitle(p certificatePlace) string {
	if p.reuse != "" {
		return "Check certificate, " + p.region
	}
	return "Request certificate, " + p.region
}
