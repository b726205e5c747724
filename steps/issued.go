package steps

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"apifront/setup"
)

// observeIssued looks whether ACM has issued the certificate. It reads the
// certificate's Status, because ACM may have validated every name and not yet
// issued the certificate.
func observeIssued(ctx context.Context, e *Env, p certificatePlace) (Observation, error) {
	arn := p.arn(e)
	if arn == "" {
		return absent("Usually 1 to 5 minutes after the validation record is there"), nil
	}
	if e.Waits && e.Resources[p.key].State == string(types.CertificateStatusPendingValidation) {
		return pending("ACM is checking the validation record. Usually 1 to 5 minutes"), nil
	}
	d, err := describeCertificate(ctx, e, p.region, arn)
	if err != nil {
		return Observation{}, err
	}
	if d == nil {
		return foreign(problem(
			"The certificate is gone.",
			"ACM in "+p.region+" does not know "+arn+" any more. Somebody may have deleted it.",
			`Choose "Re-run from here" at the step `+requestTitle(p)+` to request a new one.`,
		)), nil
	}
	if err := keepCertificate(ctx, e, p, d); err != nil {
		return Observation{}, err
	}
	switch d.Status {
	case types.CertificateStatusIssued:
		return ready("ACM, issued"), nil
	case types.CertificateStatusPendingValidation:
		o := pending("ACM is checking the validation record. Usually 1 to 5 minutes")
		name, value, _ := validationRecord(d)
		o.Problem = problem(
			"ACM has not issued the certificate.",
			"ACM did not find the validation record "+name+" with the value "+value+", or takes longer than usual: the name servers have the record.",
			"Re-run this step to go on waiting. ACM itself keeps looking for 72 hours.",
		)
		if name == "" {
			return o, nil
		}
		if cause := recordCause(ctx, e, name, value); cause != nil {
			o.Causes = []setup.Cause{*cause}
			o.Problem, o.Sure = causeProblem(*cause, e.Setup.Spec), !cause.Passing
			o.Summary = strings.TrimSuffix(cause.Problem.What, ".") + ": " + cause.Setting.Words()
		}
		return o, nil
	default:
		if usable(d) {
			return unknownStatus("ACM", "the certificate", string(d.Status)), nil
		}
		return foreign(notIssued(p, d)), nil
	}
}

// notIssued says why ACM will not issue the certificate any more.
// https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-failed.html
func notIssued(p certificatePlace, d *types.CertificateDetail) *setup.Problem {
	again := `, then choose "Re-run from here" at the step ` + requestTitle(p) + `. A request that failed cannot be revived; the failed one costs nothing.`
	pr := &setup.Problem{
		What:    "ACM did not issue the certificate.",
		Why:     "ACM says that its status is " + string(d.Status) + ".",
		Fix:     "Read the certificate's page in ACM in " + p.region + " for the reason" + again,
		Service: "ACM",
		Said:    string(d.Status),
		Code:    string(d.Status),
	}
	if d.FailureReason != "" {
		pr.Said += ", " + string(d.FailureReason)
		pr.Code = string(d.FailureReason)
	}
	switch d.FailureReason {
	case types.FailureReasonCaaError:
		pr.Why = "A CAA record in DNS names who may issue certificates for this name, and Amazon is not among them. If the name is a CNAME, the CAA records of its target count."
		pr.Fix = `Add the CAA record 0 issue "amazon.com" to the domain` + again
	case types.FailureReasonDomainNotAllowed, types.FailureReasonAdditionalVerificationRequired:
		pr.Why = "Amazon wants to know more before it issues certificates for this name."
		pr.Fix = "Write to AWS Support and name the certificate" + again
	case types.FailureReasonInvalidPublicDomain:
		pr.Why = "The name does not lie under a public domain, so no public certificate can be issued for it."
		pr.Fix = "Correct the domain name on the page Domain and DNS" + again
	default:
		if d.Status == types.CertificateStatusValidationTimedOut {
			pr.Why = "ACM looked for the validation record for 72 hours and did not find it."
			pr.Fix = "Look the validation record up in public DNS and correct it" + again
		}
	}
	return pr
}
