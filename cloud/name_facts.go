package cloud

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/miekg/dns"

	"apifront/setup"
)

// NameFacts is what DNS and CloudFront say of a domain name today. The account
// may be nil, and then CloudFront is not asked.
func (c *Cloud) NameFacts(ctx context.Context, a *Account, name string, rec Recorder) (setup.NameFacts, error) {
	p := c.Prober(rec)
	facts := setup.NameFacts{Name: fold(name)}
	for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
		answer, err := p.Lookup(ctx, name, qtype)
		if err != nil {
			return facts, err
		}
		facts.Addresses = append(facts.Addresses, answer.Records...)
		if facts.CNAME == "" && len(answer.CNAMEs) > 0 {
			facts.CNAME = answer.CNAMEs[0]
		}
		if answer.Rcode == dns.RcodeNameError && facts.CNAME == "" {
			break
		}
	}
	var err error
	if facts.ZoneApex, facts.NameServers, err = p.Zone(ctx, name); err != nil && !noZone(err) {
		return facts, err
	}
	if facts.CAA, err = p.CAA(ctx, name); err != nil {
		return facts, err
	}
	facts.CAABlocks = CAABlocks(facts.CAA, strings.HasPrefix(name, "*."))
	if a != nil {
		if facts.HolderID, err = a.aliasHolder(ctx, facts.Name); err != nil {
			return facts, err
		}
	}
	return facts, nil
}

// noZone says whether DNS answered that there is no zone for the name at all.
func noZone(err error) bool {
	failed, ok := errors.AsType[*LookupError](err)
	return ok && failed.Err == nil && failed.Rcode == dns.RcodeNameError
}

// CAA is the set of CAA records that governs who may issue for a name: that of
// the name, through its CNAME, or else of the closest parent that has one.
// https://www.rfc-editor.org/rfc/rfc8659#section-3
// https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html
func (p *Prober) CAA(ctx context.Context, name string) ([]string, error) {
	for at := strings.TrimPrefix(fold(name), "*."); at != ""; at = parent(at) {
		answer, err := p.Lookup(ctx, at, dns.TypeCAA)
		if err != nil {
			return nil, err
		}
		if answer.Exists() {
			return answer.Records, nil
		}
	}
	return nil, nil
}

// amazonCAA are the names by which CAA records allow Amazon.
var amazonCAA = []string{"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"}

// CAABlocks says whether a set of CAA records, each as `0 issue "amazon.com"`,
// keeps Amazon from issuing.
func CAABlocks(set []string, wildcard bool) bool {
	issue, issueWild := []string{}, []string{}
	for _, record := range set {
		flag, rest, _ := strings.Cut(record, " ")
		tag, quoted, _ := strings.Cut(rest, " ")
		issuer, err := strconv.Unquote(strings.TrimSpace(quoted))
		if err != nil {
			issuer = quoted
		}
		issuer, _, _ = strings.Cut(issuer, ";") // parameters follow
		issuer = fold(strings.TrimSpace(issuer))
		switch tag = strings.ToLower(tag); tag {
		case "issue":
			issue = append(issue, issuer)
		case "issuewild":
			issueWild = append(issueWild, issuer)
		case "iodef", "contactemail", "contactphone", "issuemail", "issuevmc":
			// about other things
		default:
			// An authority that does not know a critical property may not issue.
			if n, err := strconv.Atoi(flag); err == nil && n&128 != 0 {
				return true
			}
		}
	}
	governing := issue
	if wildcard && len(issueWild) > 0 {
		governing = issueWild
	}
	return len(governing) > 0 && !slices.ContainsFunc(governing, func(s string) bool { return slices.Contains(amazonCAA, s) })
}

// aliasHolder is the ID of the account's distribution that has the very name
// as alias; "" for none. A wildcard that covers it is no holder: the exact name
// may be added elsewhere in the same account.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html
func (a *Account) aliasHolder(ctx context.Context, name string) (string, error) {
	pages := cloudfront.NewListDistributionsPaginator(a.CloudFront(), &cloudfront.ListDistributionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", fmt.Errorf("list distributions: %w", err)
		}
		if page.DistributionList == nil {
			break
		}
		for _, d := range page.DistributionList.Items {
			if d.Aliases != nil && slices.ContainsFunc(d.Aliases.Items, func(s string) bool { return fold(s) == name }) {
				return aws.ToString(d.Id), nil
			}
		}
	}
	return "", nil
}
