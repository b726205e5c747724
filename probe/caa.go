package probe

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"

	"apifront/setup"
)

// A CAASet is the CAA records that decide about a name, and where they stand.
type CAASet struct {
	At      string // the name itself, the target of its CNAME, or a parent
	Records []string
}

// CAA returns the set of CAA records that decides which authorities may issue
// for a name: the set of the name itself, following its CNAME, or of the
// closest parent that has one; nil if there is none. Each record has the form
// `0 issue "amazon.com"`. The error is a *LookupError.
// https://www.rfc-editor.org/rfc/rfc8659#section-3
// https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html
func (p *Prober) CAA(ctx context.Context, name string) ([]string, error) {
	set, err := p.CAAOf(ctx, name)
	return set.Records, err
}

// CAAOf is CAA with the name that has the records.
func (p *Prober) CAAOf(ctx context.Context, name string) (CAASet, error) {
	for at := strings.TrimPrefix(setup.FoldName(name), "*."); at != ""; at = parent(at) {
		answer, err := p.Lookup(ctx, at, dns.TypeCAA)
		if err != nil {
			return CAASet{}, err
		}
		if answer.Exists() {
			if n := len(answer.CNAMEs); n > 0 {
				at = answer.CNAMEs[n-1]
			}
			return CAASet{At: at, Records: answer.Records}, nil
		}
	}
	return CAASet{}, nil
}

// amazonCAA are the names in CAA records that allow Amazon to issue.
var amazonCAA = []string{"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"}

// CAABlocks says whether a set of CAA records, as CAA returns it, forbids
// Amazon to issue a certificate for the name, or for a wildcard name.
func CAABlocks(set []string, wildcard bool) bool {
	issue, issueWild := []string{}, []string{}
	for _, record := range set {
		flag, rest, _ := strings.Cut(record, " ")
		tag, quoted, _ := strings.Cut(rest, " ")
		issuer, err := strconv.Unquote(strings.TrimSpace(quoted))
		if err != nil {
			issuer = quoted
		}
		issuer, _, _ = strings.Cut(issuer, ";") // parameters follow the ";"
		issuer = setup.FoldName(strings.TrimSpace(issuer))
		switch tag = strings.ToLower(tag); tag {
		case "issue":
			issue = append(issue, issuer)
		case "issuewild":
			issueWild = append(issueWild, issuer)
		case "iodef", "contactemail", "contactphone", "issuemail", "issuevmc":
			// these properties say nothing about certificates for servers
		default:
			// If an authority does not know a critical property, it must not
			// issue.
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
