package cloud

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"apifront/setup"
)

// Certificates lists the certificates of us-east-1 and of the account's region
// that cover name. Those that cannot be reused are listed with the reason, after
// the usable ones; those that last longest come first. A region that could not
// be read stands in the list as an entry with Unread. It is an error only if no
// region could be read.
func (a *Account) Certificates(ctx context.Context, name string) ([]setup.CertificateInfo, error) {
	regions := []string{setup.EdgeRegion}
	if a.Region != setup.EdgeRegion {
		regions = append(regions, a.Region)
	}
	found, errs := make([][]setup.CertificateInfo, len(regions)), make([]error, len(regions))
	var both sync.WaitGroup
	for i, region := range regions {
		both.Go(func() { found[i], errs[i] = a.certificates(ctx, region, name) })
	}
	both.Wait()
	all := slices.Concat(found...)
	if len(all) == 0 && !slices.Contains(errs, nil) || slices.ContainsFunc(errs, SignIn) {
		return nil, cmp.Or(errs...)
	}
	for i, err := range errs {
		if err != nil {
			all = append(all, setup.CertificateInfo{
				ARN: codeUnlisted, Region: regions[i], Names: []string{"Certificates of " + regions[i]}, Unread: true, Refused: CouldNotRead("They", err),
			})
		}
	}
	slices.SortStableFunc(all, func(x, y setup.CertificateInfo) int {
		return cmp.Or(
			cmp.Compare(slices.Index(regions, x.Region), slices.Index(regions, y.Region)),
			cmp.Compare(min(1, len(x.Refused)), min(1, len(y.Refused))),
			y.NotAfter.Compare(x.NotAfter), strings.Compare(x.ARN, y.ARN))
	})
	return all, nil
}

// certificates lists the certificates of one region that cover name. With an
// error it returns those of the pages before. ACM leaves out ECDSA keys and long
// RSA keys unless all key types are named.
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
			return all, fmt.Errorf("list certificates of %s: %w", region, err)
		}
		for _, c := range page.CertificateSummaryList {
			names := append([]string{aws.ToString(c.DomainName)}, c.SubjectAlternativeNameSummaries...)
			x := setup.CertificateInfo{
				ARN: aws.ToString(c.CertificateArn), Region: region,
				Key: string(c.KeyAlgorithm), Type: string(c.Type), Status: string(c.Status),
				NotAfter: aws.ToTime(c.NotAfter).UTC(), Renews: c.RenewalEligibility == types.RenewalEligibilityEligible,
			}
			if aws.ToBool(c.HasAdditionalSubjectAlternativeNames) && !setup.CoversAny(names, name) {
				further, err := a.certificateNames(ctx, region, x.ARN)
				switch {
				case err == nil:
					names = further
				case ctx.Err() != nil || SignIn(err):
					return all, err
				default:
					x.Refused = CouldNotRead("Whether it covers "+name+" is not known: its further names", err)
				}
			}
			if x.Refused == "" {
				if !setup.CoversAny(names, name) {
					continue
				}
				x.Refused = x.Unfit(a.Region, time.Now())
			}
			slices.Sort(names)
			x.Names = slices.Compact(names)
			all = append(all, x)
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
