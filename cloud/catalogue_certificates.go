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

// minimumLeft is the time a certificate must still be good for, unless AWS
// will renew it.
const minimumLeft = 30 * 24 * time.Hour

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
			refused := ""
			if aws.ToBool(c.HasAdditionalSubjectAlternativeNames) && !setup.CoversAny(names, name) {
				further, err := a.certificateNames(ctx, region, aws.ToString(c.CertificateArn))
				switch {
				case err == nil:
					names = further
				case ctx.Err() != nil || SignIn(err):
					return all, err
				default:
					refused = CouldNotRead("Whether it covers "+name+" is not known: its further names", err)
				}
			}
			if refused == "" {
				if !setup.CoversAny(names, name) {
					continue
				}
				refused = refuseCertificate(c, a.certificateUsers(region), time.Now())
			}
			slices.Sort(names)
			all = append(all, setup.CertificateInfo{
				ARN: aws.ToString(c.CertificateArn), Region: region, Names: slices.Compact(names),
				Key: string(c.KeyAlgorithm), Type: string(c.Type), Status: string(c.Status),
				NotAfter: aws.ToTime(c.NotAfter).UTC(), Refused: refused,
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

// refuseCertificate says why the users cannot show a certificate that covers the
// name; "" if they can.
func refuseCertificate(c types.CertificateSummary, users []certificateUser, now time.Time) string {
	end := aws.ToTime(c.NotAfter)
	switch {
	case c.Status == types.CertificateStatusExpired || !end.IsZero() && end.Before(now):
		return "It expired on " + end.UTC().Format("2 January 2006") + "."
	case c.Status == types.CertificateStatusPendingValidation:
		return "It is not issued yet: it still waits for its validation record."
	case c.Status != types.CertificateStatusIssued:
		return "Only issued certificates can be reused; ACM says that its status is " + said(c.Status) + "."
	case c.Type == types.CertificateTypeImported:
		return "It was imported, so AWS does not renew it."
	case c.Type == types.CertificateTypePrivate:
		return "It comes from a private authority, which visitors do not trust."
	case c.Type != types.CertificateTypeAmazonIssued:
		return "Only certificates that Amazon issued can be reused; ACM says that its type is " + said(c.Type) + "."
	}
	if why := refuseKey(string(c.KeyAlgorithm), users); why != "" {
		return why
	}
	if end.Before(now.Add(minimumLeft)) && c.RenewalEligibility != types.RenewalEligibilityEligible {
		return fmt.Sprintf("It ends in %d days, and ACM does not promise to renew it.", int(end.Sub(now).Hours()/24))
	}
	return ""
}

// said is a value as AWS sent it, also one that nobody knows.
func said[T ~string](value T) string {
	if value == "" {
		return "not given"
	}
	return string(value)
}

// A certificateUser is a service that shows a certificate to clients.
type certificateUser struct {
	keys []string // it takes for certain
	why  string   // any other key is refused
}

// What the services say of keys. CloudFront has a list; API Gateway's pages
// name no keys for Regional domains, so only those are taken that people are
// known to use with it.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
// https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-prerequisites.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-specify-certificate-for-custom-domain-name.html
var (
	cloudFrontKeys = certificateUser{
		keys: []string{setup.KeyRSA1024, setup.KeyRSA2048, setup.KeyRSA3072, setup.KeyRSA4096, setup.KeyP256},
		why:  "CloudFront does not take that; it takes RSA keys of at most 4096 bits and ECDSA P-256",
	}
	gatewayKeys = certificateUser{
		keys: []string{setup.KeyRSA2048, setup.KeyP256},
		why:  "AWS does not say that API Gateway takes that; RSA 2048 and ECDSA P-256 are certain",
	}
)

// certificateUsers are the services that look for certificates in a region.
func (a *Account) certificateUsers(region string) []certificateUser {
	var users []certificateUser
	if region == setup.EdgeRegion {
		users = append(users, cloudFrontKeys)
	}
	if region == a.Region {
		users = append(users, gatewayKeys)
	}
	return users
}

// refuseKey says why one of the users may not take the certificate's key; "" if
// all take it.
func refuseKey(key string, users []certificateUser) string {
	if !setup.KnownKey(key) {
		return "ACM says that its key is " + said(key) + ", which this version of apifront does not know."
	}
	for _, u := range users {
		if !slices.Contains(u.keys, key) {
			return "Its key is " + setup.KeyTitle(key) + ". " + u.why + "."
		}
	}
	return ""
}
