package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"apifront/setup"
)

// certificateActions are the IAM actions of a step that requests a certificate.
var certificateActions = []string{
	"acm:ListCertificates", "acm:DescribeCertificate", "acm:ListTagsForCertificate",
	"acm:RequestCertificate", "acm:AddTagsToCertificate", "acm:RemoveTagsFromCertificate",
}

// notShownYet is how long ACM may not know a certificate for which it has just
// returned an ARN.
// https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
const notShownYet = time.Minute

// A certificatePlace is one of the two certificates of a setup.
type certificatePlace struct {
	key    string // of the resource
	region string
	role   string // value of the tag tagRole
	step   string // title of the step that requests it
	reuse  string // ARN to reuse; "" for a new one
	user   string // the service that uses it, for people
}

func edgeCertificate(spec setup.Spec) certificatePlace {
	return certificatePlace{
		key: setup.KeyCertificateEdge, region: setup.EdgeRegion, role: roleEdgeCertificate,
		step: "certificate-edge", reuse: spec.Certificates.Edge, user: "CloudFront",
	}
}

// regionalCertificate is API Gateway's certificate. In us-east-1 it is the edge
// certificate.
func regionalCertificate(spec setup.Spec) certificatePlace {
	if spec.OneCertificate() {
		return edgeCertificate(spec)
	}
	return certificatePlace{
		key: setup.KeyCertificateRegional, region: spec.Account.Region, role: roleRegionalCertificate,
		step: "certificate-regional", reuse: spec.Certificates.Regional, user: "API Gateway",
	}
}

// arn is the ARN of the certificate to use; "" before it is requested.
func (p certificatePlace) arn(e *Env) string {
	if p.reuse != "" {
		return p.reuse
	}
	if r := e.Resources[p.key]; r.Owned && r.Region == p.region {
		return r.ID
	}
	return ""
}

// describeCertificate returns the certificate, or nil if ACM does not know it.
func describeCertificate(ctx context.Context, e *Env, region, arn string) (*types.CertificateDetail, error) {
	out, err := e.Account.ACM(region).DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: &arn})
	if code(err, "ResourceNotFoundException") {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("describe certificate %s: %w", arn, err)
	}
	return out.Certificate, nil
}

// findCertificate returns the certificate that an attempt made for this place.
// It looks for the recorded ARN, and then for our tags. It returns nil if there
// is no certificate that can still be used.
func findCertificate(ctx context.Context, e *Env, p certificatePlace) (*types.CertificateDetail, error) {
	if arn := p.arn(e); arn != "" {
		d, err := describeCertificate(ctx, e, p.region, arn)
		if err != nil || d != nil && usable(d) && covers(d, e.name()) {
			return d, err
		}
		if d == nil && e.saved(p.key) < notShownYet {
			return nil, notYet(3*time.Second, "ACM does not show the new certificate yet.")
		}
	}
	var found *types.CertificateDetail
	err := ownCertificates(ctx, e, p, func(d *types.CertificateDetail) {
		if found == nil || d.Status == types.CertificateStatusIssued {
			found = d
		}
	})
	return found, err
}

// ownCertificates calls found for each certificate that has our tags for this
// place and can be used.
func ownCertificates(ctx context.Context, e *Env, p certificatePlace, found func(*types.CertificateDetail)) error {
	pages := acm.NewListCertificatesPaginator(e.Account.ACM(p.region), &acm.ListCertificatesInput{
		CertificateStatuses: []types.CertificateStatus{types.CertificateStatusPendingValidation, types.CertificateStatusIssued},
		// Without key types, ACM lists only RSA keys of up to 2048 bits.
		Includes: &types.Filters{KeyTypes: types.KeyAlgorithm("").Values()},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list certificates in %s: %w", p.region, err)
		}
		for _, c := range page.CertificateSummaryList {
			if !strings.EqualFold(aws.ToString(c.DomainName), e.certificateName()) {
				continue
			}
			d, err := ourCertificate(ctx, e, p, aws.ToString(c.CertificateArn))
			if err != nil {
				return err
			}
			if d != nil {
				found(d)
			}
		}
	}
	return nil
}

// rememberedCertificate is findCertificate, once in a pass.
func rememberedCertificate(ctx context.Context, e *Env, p certificatePlace) (*types.CertificateDetail, error) {
	return remembered(ctx, e, readCertificate, func(ctx context.Context, e *Env) (*types.CertificateDetail, error) {
		return findCertificate(ctx, e, p)
	})
}

// ourCertificate returns the certificate if it has our tags and can be used;
// otherwise nil.
func ourCertificate(ctx context.Context, e *Env, p certificatePlace, arn string) (*types.CertificateDetail, error) {
	tags, err := certificateTags(ctx, e, p.region, arn)
	if err != nil || !e.ours(tags, p.role) {
		return nil, err
	}
	d, err := describeCertificate(ctx, e, p.region, arn)
	if err != nil || d == nil || !usable(d) {
		return nil, err
	}
	return d, nil
}

// certificateTags are the tags of a certificate; none if ACM does not know it.
func certificateTags(ctx context.Context, e *Env, region, arn string) (map[string]string, error) {
	out, err := e.Account.ACM(region).ListTagsForCertificate(ctx, &acm.ListTagsForCertificateInput{CertificateArn: &arn})
	if code(err, "ResourceNotFoundException") {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list tags of certificate %s: %w", arn, err)
	}
	tags := map[string]string{}
	for _, t := range out.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags, nil
}

// usable says whether a certificate is issued or may still be. A failed request
// cannot be revived. An unknown status is no reason to request another
// certificate.
func usable(d *types.CertificateDetail) bool {
	switch d.Status {
	case types.CertificateStatusFailed, types.CertificateStatusValidationTimedOut, types.CertificateStatusExpired,
		types.CertificateStatusRevoked, types.CertificateStatusInactive:
		return false
	default:
		return true
	}
}

func covers(d *types.CertificateDetail, host string) bool {
	return setup.CoversAny(append(slices.Clone(d.SubjectAlternativeNames), aws.ToString(d.DomainName)), host)
}

// validationRecord is the CNAME that proves to ACM who owns the name; ok is
// false if ACM has not made it yet.
// https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
func validationRecord(d *types.CertificateDetail) (name, value string, ok bool) {
	for _, o := range d.DomainValidationOptions {
		if o.ResourceRecord != nil {
			return unrooted(aws.ToString(o.ResourceRecord.Name)), unrooted(aws.ToString(o.ResourceRecord.Value)), true
		}
	}
	return "", "", false
}

// unrooted is a DNS name in lower case without its trailing dot.
func unrooted(name string) string { return setup.FoldName(name) }

// keepCertificate stores what ACM returned about a certificate.
func keepCertificate(ctx context.Context, e *Env, p certificatePlace, d *types.CertificateDetail) error {
	arn := aws.ToString(d.CertificateArn)
	e.Terms.note(p, d)
	r := setup.Resource{
		Key: p.key, Type: "Certificate", ID: arn, ARN: arn, Region: p.region,
		Owned: p.reuse == "", State: string(d.Status), Attributes: map[string]string{},
	}
	if row, ok := e.known(r); ok {
		r.Owned = r.Owned || row.Owned && row.ID == r.ID // a certificate of ours stays ours even if a person chooses to reuse it
		if r.Owned {
			r.Token = row.Token
		}
	}
	if d.NotAfter != nil {
		r.Attributes[setup.AttrNotAfter] = d.NotAfter.UTC().Format(time.RFC3339)
	}
	if d.IssuedAt != nil {
		r.Attributes[setup.AttrIssued] = d.IssuedAt.UTC().Format(time.RFC3339Nano)
	}
	if name, value, ok := validationRecord(d); ok {
		r.Attributes[setup.AttrRecordName] = name
		r.Attributes[setup.AttrRecordValue] = value
	}
	e.foundTags(&r)
	return e.keep(ctx, r)
}

func observeCertificate(ctx context.Context, e *Env, p certificatePlace) (Observation, error) {
	if p.reuse != "" {
		return observeReused(ctx, e, p)
	}
	if _, requested := e.read[readRequested]; requested && e.Waits {
		return preparing(p), nil // ACM has returned an ARN, and knows no more for some seconds
	}
	d, err := rememberedCertificate(ctx, e, p)
	if err != nil {
		return Observation{}, err
	}
	if d == nil {
		if p := tooLongToIssue(e); p != nil {
			return foreign(p), nil
		}
		return absent("A new certificate for " + e.certificateName() + ", validated by DNS"), nil
	}
	if err := keepCertificate(ctx, e, p, d); err != nil {
		return Observation{}, err
	}
	if err := e.learnTags(ctx, p.key, func(ctx context.Context) (map[string]string, error) {
		return certificateTags(ctx, e, p.region, aws.ToString(d.CertificateArn))
	}); err != nil {
		return Observation{}, err
	}
	lost, err := e.lostTags(ctx, p.key, p.role, func(ctx context.Context) (map[string]string, error) {
		return certificateTags(ctx, e, p.region, aws.ToString(d.CertificateArn))
	})
	if err != nil {
		return Observation{}, err
	}
	if changes := append(lost, e.tagChanges(p.key)...); len(changes) > 0 {
		return Observation{State: Drifted, Summary: "The certificate has other tags", Changes: changes}, nil
	}
	if d.Status == types.CertificateStatusIssued {
		return ready("ACM, issued already"), nil
	}
	if _, _, ok := validationRecord(d); !ok {
		return preparing(p), nil
	}
	return ready("ACM, requested"), nil
}

// preparing is a certificate that is requested and has no validation record yet.
func preparing(p certificatePlace) Observation {
	o := pending("ACM is preparing the validation record")
	o.Problem = problem(
		"ACM has not made the validation record.",
		"The certificate is requested, but ACM did not say which DNS record proves the name. This usually takes seconds.",
		"Re-run this step. If it keeps happening, look for trouble with ACM in "+p.region+" on the AWS Health Dashboard.",
	)
	return o
}

// observeReused looks at a certificate that is reused and never changed.
func observeReused(ctx context.Context, e *Env, p certificatePlace) (Observation, error) {
	d, err := describeCertificate(ctx, e, p.region, p.reuse)
	if err != nil {
		return Observation{}, err
	}
	const fix = "Choose another certificate, or a new one, on the page Certificates, then re-run this step."
	switch {
	case d == nil:
		return foreign(problem("The certificate to reuse is gone.", "ACM in "+p.region+" does not know "+p.reuse+" any more.", fix)), nil
	case d.Status != types.CertificateStatusIssued:
		return foreign(problem("The certificate to reuse is not valid.", "ACM says that its status is "+string(d.Status)+"; "+p.user+" takes issued certificates only.", fix)), nil
	case !covers(d, e.name()):
		return foreign(problem("The certificate to reuse does not cover "+e.name()+".", "It is for "+setup.And(d.SubjectAlternativeNames)+". A wildcard stands for exactly one label.", fix)), nil
	}
	if err := keepCertificate(ctx, e, p, d); err != nil {
		return Observation{}, err
	}
	summary := "ACM, reused"
	if d.Type == types.CertificateTypeImported {
		summary += ", imported"
	}
	if d.NotAfter != nil {
		summary += ", valid until " + d.NotAfter.UTC().Format("2 Jan 2006")
	}
	return ready(summary), nil
}

// fitting are those certificates among the changes of a field that could be reused in
// a place: issued, for the name, and with time left. Only a check asks; policies may
// not allow to read other certificates, and then none is.
func fitting(ctx context.Context, e *Env, p certificatePlace, field string, changes []setup.Change) []string {
	i := slices.IndexFunc(changes, func(c setup.Change) bool { return c.Field == field && c.Is != "" })
	if e.Terms == nil || i < 0 {
		return nil
	}
	d, err := describeCertificate(ctx, e, p.region, changes[i].Is)
	if err != nil || d == nil || d.Status != types.CertificateStatusIssued || !covers(d, e.name()) || d.NotAfter == nil || !d.NotAfter.After(e.Now()) {
		return nil
	}
	return []string{changes[i].Is}
}

// certificateName is the name for which certificates are requested.
func (e *Env) certificateName() string { return e.Setup.Spec.CertificateName() }

// tooLongToIssue is the problem of a name that is too long for a new
// certificate; nil if one can be made that covers it.
func tooLongToIssue(e *Env) *setup.Problem {
	if e.certificateName() != "" {
		return nil
	}
	return problem("The name is too long for a new certificate.", setup.TooLongText(e.name()),
		"Choose a certificate on the page Certificates that covers the name, then start again. If there is none: "+setup.LowerFirst(setup.CoveringText(e.name()))+".")
}

func applyCertificate(ctx context.Context, e *Env, p certificatePlace) error {
	if p.reuse != "" {
		return nil // a reused certificate is never changed
	}
	d, err := rememberedCertificate(ctx, e, p)
	if err != nil {
		return err
	}
	if d != nil {
		if err := keepCertificate(ctx, e, p, d); err != nil {
			return err
		}
		return retagCertificate(ctx, e, p, d)
	}
	r, err := e.intend(ctx, setup.Resource{Key: p.key, Type: "Certificate", Region: p.region, Attributes: e.withTags()}, func(r *setup.Resource) {
		r.Token = e.Token(r.Number)
	})
	if err != nil {
		return err
	}
	in := &acm.RequestCertificateInput{
		DomainName:       aws.String(e.certificateName()),
		ValidationMethod: types.ValidationMethodDns, // otherwise ACM validates by e-mail
		KeyAlgorithm:     types.KeyAlgorithmRsa2048,
		IdempotencyToken: &r.Token,
	}
	for _, t := range e.tags(p.role) {
		in.Tags = append(in.Tags, types.Tag{Key: aws.String(t.Key), Value: aws.String(t.Value)})
	}
	e.forget(readCertificate)
	out, err := e.Account.ACM(p.region).RequestCertificate(ctx, in)
	if err != nil {
		return fmt.Errorf("request certificate for %s in %s: %w", e.certificateName(), p.region, err)
	}
	r.ID = aws.ToString(out.CertificateArn)
	r.ARN = r.ID
	r.State = string(types.CertificateStatusPendingValidation)
	e.remember(readRequested, true)
	return e.keep(ctx, r)
}

// retagCertificate gives a certificate that apifront made the tags of the spec.
func retagCertificate(ctx context.Context, e *Env, p certificatePlace, d *types.CertificateDetail) error {
	client := e.Account.ACM(p.region)
	has := func(ctx context.Context) (map[string]string, error) {
		return certificateTags(ctx, e, p.region, aws.ToString(d.CertificateArn))
	}
	add := func(tags []setup.Tag) error {
		in := &acm.AddTagsToCertificateInput{CertificateArn: d.CertificateArn}
		for _, t := range tags {
			in.Tags = append(in.Tags, types.Tag{Key: &t.Key, Value: &t.Value})
		}
		if _, err := client.AddTagsToCertificate(ctx, in); err != nil {
			return fmt.Errorf("tag certificate %s: %w", aws.ToString(d.CertificateArn), err)
		}
		return nil
	}
	if err := e.giveBack(ctx, p.key, p.role, has, add); err != nil {
		return err
	}
	return e.retag(ctx, p.key, func() (map[string]string, error) { return has(ctx) }, add, func(keys []string) error {
		in := &acm.RemoveTagsFromCertificateInput{CertificateArn: d.CertificateArn}
		for _, k := range keys {
			in.Tags = append(in.Tags, types.Tag{Key: &k}) // removes the tag whatever its value is
		}
		if _, err := client.RemoveTagsFromCertificate(ctx, in); err != nil {
			return fmt.Errorf("take tags from certificate %s: %w", aws.ToString(d.CertificateArn), err)
		}
		return nil
	})
}
