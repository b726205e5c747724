package steps

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"apifront/probe"
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
		return pending("ACM is checking the validation record"), nil
	}
	d, err := describeCertificate(ctx, e, p.region, arn)
	if err != nil {
		return Observation{}, err
	}
	if d == nil {
		return foreign(from(setup.StepID(p.step), "Request a new certificate", problem(
			"The certificate is gone.",
			"ACM in "+p.region+" does not know "+arn+" any more. Somebody may have deleted it.",
			`Choose "Re-run from here" at the step `+requestTitle(p)+` to request a new one.`,
		))), nil
	}
	if err := keepCertificate(ctx, e, p, d); err != nil {
		return Observation{}, err
	}
	switch d.Status {
	case types.CertificateStatusIssued:
		return ready("ACM, issued"), nil
	case types.CertificateStatusPendingValidation:
		o := pending("ACM is checking the validation record")
		name, value, _ := validationRecord(d)
		o.Problem = problem(
			"ACM has not issued the certificate.",
			"ACM did not find the validation record "+name+" with the value "+value+", or takes longer than usual: the name servers have the record.",
			"Re-run this step to go on waiting. ACM itself keeps looking for 72 hours.",
		)
		if name == "" {
			return o, nil
		}
		if cause, _ := recordCause(ctx, e, name, value); cause != nil {
			o.Causes = []setup.Cause{*cause}
			o.Problem, o.Sure = causeProblem(*cause, e.Setup.Spec), !cause.Passing
			o.Summary = strings.TrimSuffix(cause.Problem.What, ".") + ": " + cause.Setting.Words()
		}
		return o, nil
	default:
		if usable(d) {
			return unknownStatus("ACM", "the certificate", string(d.Status)), nil
		}
		pr := notIssued(ctx, e, p, d)
		alsoNotIssued(ctx, e, p, d, pr)
		return foreign(pr), nil
	}
}

// notIssued says why ACM will not issue the certificate any more.
// https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-failed.html
func notIssued(ctx context.Context, e *Env, p certificatePlace, d *types.CertificateDetail) *setup.Problem {
	again := `, then choose "Re-run from here" at the step ` + requestTitle(p) + `. A request that failed cannot be revived; the failed one costs nothing.`
	pr := &setup.Problem{
		What:    "ACM did not issue the certificate in " + p.region + ".",
		Why:     "ACM says that its status is " + string(d.Status) + ".",
		Fix:     "Read the certificate's page in ACM in " + p.region + " for the reason" + again,
		Service: "ACM",
		Said:    string(d.Status),
		Code:    string(d.Status),
		From:    setup.StepID(p.step),
		Act:     "Request a new certificate",
	}
	if d.FailureReason != "" {
		pr.Said += ", " + string(d.FailureReason)
		pr.Code = string(d.FailureReason)
	}
	switch d.FailureReason {
	case types.FailureReasonCaaError:
		pr.Why = "A CAA record in DNS names who may issue certificates for this name, and Amazon is not among them. If the name is a CNAME, the CAA records of its target count."
		pr.Fix = `Add the CAA record 0 issue "amazon.com" to the domain` + again
		e.caaStands(ctx, pr, again)
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

// alsoNotIssued puts into the problem of a certificate the setup's other one, if ACM
// refused that for the same reason. Where it cannot be read, the problem is of the one
// alone: that is known.
func alsoNotIssued(ctx context.Context, e *Env, p certificatePlace, d *types.CertificateDetail, pr *setup.Problem) {
	spec := e.Setup.Spec
	for _, other := range []certificatePlace{edgeCertificate(spec), regionalCertificate(spec)} {
		arn := other.arn(e)
		if other.key == p.key || other.reuse != "" || arn == "" {
			continue
		}
		o, err := describeCertificate(ctx, e, other.region, arn)
		if err != nil || o == nil || o.Status != d.Status || o.FailureReason != d.FailureReason {
			continue
		}
		pr.What = "ACM did not issue the certificates in " + p.region + " and " + other.region + "."
		pr.Also, pr.Act = append(pr.Also, setup.StepID(other.step)), "Request new certificates"
	}
}

// caaStands puts into the problem of a certificate which CAA records there are, where,
// and the one to add beside them.
// https://www.rfc-editor.org/rfc/rfc8659#section-4.2
func (e *Env) caaStands(ctx context.Context, pr *setup.Problem, again string) {
	name := e.Setup.Spec.CertificateName()
	set, err := e.caaOf(ctx, name)
	if err != nil || len(set.Records) == 0 {
		return
	}
	wild := strings.HasPrefix(name, "*.")
	found := "At " + set.At + " DNS has CAA " + strings.Join(set.Records, ", CAA ")
	if !probe.CAABlocks(set.Records, wild) {
		pr.Why = "A CAA record in DNS named who may issue certificates for this name, and Amazon was not among them. " + found + ", and these let Amazon issue now."
		pr.Fix = "Leave the CAA records as they are, since they let amazon.com issue" + again
		return
	}
	pr.Why = found + ". These records name who may issue certificates for this name, and Amazon is not among them."
	add := setup.Record{Type: "CAA", Name: set.At, Value: `0 issue "amazon.com"`, Why: "Lets Amazon issue certificates."}
	if wild && slices.ContainsFunc(set.Records, func(r string) bool { return strings.Contains(strings.ToLower(r), " issuewild ") }) {
		add.Value = `0 issuewild "amazon.com"`
	}
	if probe.CAABlocks(append(slices.Clone(set.Records), add.Value), wild) {
		pr.Fix = "Remove the record that forbids all issuers who do not know it" + again
		return
	}
	pr.Add = []setup.Record{add}
	pr.Fix = "Add the CAA record " + add.Value + " at " + set.At + " beside those that are there" + again
}

// caaOf looks up the CAA records that decide about a name.
func (e *Env) caaOf(ctx context.Context, name string) (set probe.CAASet, err error) {
	e.aside(ctx, "CAA "+name, func(p *probe.Prober) string {
		if set, err = p.CAAOf(ctx, name); err != nil {
			return err.Error()
		}
		return setup.Count(len(set.Records), "record") + " " + strings.Join(set.Records, ", ")
	})
	return set, err
}
