package probe

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"

	"apifront/setup"
)

// CAA is the set of CAA records that governs who may issue for a name: that of
// the name, through its CNAME, or else of the closest parent that has one.
// https://www.rfc-editor.org/rfc/rfc8659#section-3
// https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html
func (p *Prober) CAA(ctx context.Context, name string) ([]string, error) {
	for at := strings.TrimPrefix(setup.FoldName(name), "*."); at != ""; at = parent(at) {
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
		issuer = setup.FoldName(strings.TrimSpace(issuer))
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
