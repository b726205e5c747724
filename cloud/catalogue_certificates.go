package cloud

import (
	"cmp"
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

// minimumLeft is the time a certificate must still be good for, unless AWS
// will renew it.
const minimumLeft = 30 * 24 * time.Hour

// Certificates lists the certificates of us-east-1 and of the account's region
// that cover name, also those that cannot be reused, with the reason; usable
// ones and those that last longest first.
func (a *Account) Certificates(ctx context.Context, name string) ([]setup.CertificateInfo, error) {
	regions := []string{setup.EdgeRegion}
	if a.Region != setup.EdgeRegion {
		regions = append(regions, a.Region)
	}
	var all []setup.CertificateInfo
	for _, region := range regions {
		found, err := a.certificates(ctx, region, name)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(x, y setup.CertificateInfo) int {
		return cmp.Or(
			cmp.Compare(slices.Index(regions, x.Region), slices.Index(regions, y.Region)),
			cmp.Compare(min(1, len(x.Refused)), min(1, len(y.Refused))),
			y.NotAfter.Compare(x.NotAfter), strings.Compare(x.ARN, y.ARN))
	})
	return all, nil
}

// certificates lists those of one region. Without naming all key types ACM
// keeps the ECDSA and long RSA ones to itself.
// https://docs.aws.amazon.com/acm/latest/APIReference/API_ListCertificates.html
func (a *Account) certificates(ctx context.Context, region, name string) ([]setup.CertificateInfo, error) {
	pages := acm.NewListCertificatesPaginator(a.ACM(region), &acm.ListCertificatesInput{
		CertificateStatuses: []types.CertificateStatus{
			types.CertificateStatusIssued, types.CertificateStatusPendingValidation, types.CertificateStatusExpired,
		},
		Includes: &types.Filters{KeyTypes: types.KeyAlgorithm("").Values()},
	})
	var all []setup.CertificateInfo
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list certificates of %s: %w", region, err)
		}
		for _, c := range page.CertificateSummaryList {
			names := append([]string{aws.ToString(c.DomainName)}, c.SubjectAlternativeNameSummaries...)
			if aws.ToBool(c.HasAdditionalSubjectAlternativeNames) && !setup.CoversAny(names, name) {
				if names, err = a.certificateNames(ctx, region, aws.ToString(c.CertificateArn)); err != nil {
					return nil, err
				}
			}
			if !setup.CoversAny(names, name) {
				continue
			}
			slices.Sort(names)
			all = append(all, setup.CertificateInfo{
				ARN: aws.ToString(c.CertificateArn), Region: region, Names: slices.Compact(names),
				Key: string(c.KeyAlgorithm), Type: string(c.Type), Status: string(c.Status),
				NotAfter: aws.ToTime(c.NotAfter).UTC(), Refused: refuseCertificate(c, time.Now()),
			})
		}
	}
	return all, nil
}

// certificateNames are all names of a certificate; the list has the first 100.
func (a *Account) certificateNames(ctx context.Context, region, arn string) ([]string, error) {
	out, err := a.ACM(region).DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: aws.String(arn)})
	if err != nil {
		return nil, fmt.Errorf("describe certificate %s: %w", arn, err)
	}
	return append([]string{aws.ToString(out.Certificate.DomainName)}, out.Certificate.SubjectAlternativeNames...), nil
}

// refuseCertificate is why a certificate that covers the name cannot be
// reused; "" if it can.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
func refuseCertificate(c types.CertificateSummary, now time.Time) string {
	end := aws.ToTime(c.NotAfter)
	switch {
	case c.Status == types.CertificateStatusExpired || !end.IsZero() && end.Before(now):
		return "It expired on " + end.UTC().Format("2 January 2006") + "."
	case c.Status == types.CertificateStatusPendingValidation:
		return "It is not issued yet: it still waits for its validation record."
	case c.Status != types.CertificateStatusIssued:
		return "It is not issued: ACM calls it " + string(c.Status) + "."
	case c.KeyAlgorithm != types.KeyAlgorithmRsa2048 && c.KeyAlgorithm != types.KeyAlgorithmEcPrime256v1:
		return "Its key is " + keyName(c.KeyAlgorithm) + "; CloudFront and API Gateway both take RSA 2048 and ECDSA P-256."
	case c.Type == types.CertificateTypeImported:
		return "It was imported, so AWS does not renew it."
	case c.Type != types.CertificateTypeAmazonIssued:
		return "It comes from a private authority, which visitors do not trust."
	case end.Before(now.Add(minimumLeft)) && c.RenewalEligibility != types.RenewalEligibilityEligible:
		return fmt.Sprintf("It ends in %d days, and AWS will not renew it as things are.", int(end.Sub(now).Hours()/24))
	}
	return ""
}

// keyName is a key type as people write it.
func keyName(k types.KeyAlgorithm) string {
	switch k {
	case types.KeyAlgorithmEcPrime256v1:
		return "ECDSA P-256"
	case types.KeyAlgorithmEcSecp384r1:
		return "ECDSA P-384"
	case types.KeyAlgorithmEcSecp521r1:
		return "ECDSA P-521"
	default:
		return strings.ReplaceAll(string(k), "_", " ")
	}
}
