package sim

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// recordTypes are the types Route 53 knows.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html
var recordTypes = []string{"A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB", "TLSA", "TXT"}

// check is the part of rule V30 that looks at one record set by itself. It
// says what is wrong in AWS's words, "" if nothing is.
func (b *batch) check(r *recordSet) string {
	if r.Type == "CNAME" && r.Name == b.zone.Name {
		return fmt.Sprintf("RRSet of type CNAME with DNS name %s is not permitted at apex in zone %s", r.Name, b.zone.Name)
	}
	if r.AliasName != "" {
		return b.checkAlias(r)
	}
	if r.Type == "CNAME" && len(r.Values) != 1 {
		return fmt.Sprintf("RRSet of type CNAME with DNS name %s must have exactly one resource record", r.Name)
	}
	seen := map[string]bool{}
	for _, v := range r.Values {
		if seen[v] {
			return fmt.Sprintf("Duplicate Resource Record: '%s'", v)
		}
		seen[v] = true
		if problem := wrongValue(r.Type, v); problem != "" {
			return fmt.Sprintf("Invalid Resource Record: 'FATAL problem: %s encountered with '%s''", problem, v)
		}
	}
	return ""
}

// checkAlias is V30 for aliases. An alias leads to CloudFront, to a regional
// endpoint of API Gateway, or to another record of the same zone.
func (b *batch) checkAlias(r *recordSet) string {
	target := escapeName(r.AliasName)
	outside := fmt.Sprintf("Tried to create an alias that targets %s, type %s in zone %s, but the alias target name does not lie within the target zone", target, r.Type, r.AliasZone)
	switch r.AliasZone {
	case CloudFrontZone:
		if !strings.HasSuffix(r.AliasName, ".cloudfront.net.") {
			return outside
		}
		if b.zone.Private {
			return fmt.Sprintf("Tried to create an alias that targets %s, type %s in zone %s, but aliases to CloudFront are not permitted in a private hosted zone", target, r.Type, r.AliasZone)
		}
		if r.AliasHealth {
			return "EvaluateTargetHealth cannot be true for an alias that targets a CloudFront distribution"
		}
		if !slices.Contains([]string{"A", "AAAA", "HTTPS"}, r.Type) {
			return fmt.Sprintf("Tried to create an alias that targets %s, type %s in zone %s, but that target was not found", target, r.Type, r.AliasZone)
		}
	case b.zone.ID:
		if !inZone(r.AliasName, b.zone.Name) {
			return outside
		}
		if _, ok := b.records[recordKey{Name: r.AliasName, Type: r.Type}]; !ok {
			return fmt.Sprintf("Tried to create an alias that targets %s, type %s in zone %s, but that target was not found", target, r.Type, r.AliasZone)
		}
	default:
		if !b.sim.regionalTarget(r.AliasName, r.AliasZone) {
			return outside
		}
		if !slices.Contains([]string{"A", "AAAA"}, r.Type) {
			return fmt.Sprintf("Tried to create an alias that targets %s, type %s in zone %s, but that target was not found", target, r.Type, r.AliasZone)
		}
	}
	return ""
}

// regionalTarget says whether a name is the target of an API Gateway domain
// whose hosted zone has the ID.
func (s *Sim) regionalTarget(name, zoneID string) bool {
	for _, r := range s.regions {
		for _, d := range r.domains {
			if sameName(d.Target, name) && d.ZoneID == zoneID {
				return true
			}
		}
	}
	return false
}

var caaValue = regexp.MustCompile(`^\d{1,3} [A-Za-z0-9]+ ".*"$`)

// wrongValue says what Route 53 has against a value, "" if nothing.
func wrongValue(kind, v string) string {
	switch kind {
	case "A":
		if a, err := netip.ParseAddr(v); err != nil || !a.Is4() {
			return "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)"
		}
	case "AAAA":
		if a, err := netip.ParseAddr(v); err != nil || !a.Is6() || a.Is4In6() {
			return "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)"
		}
	case "CNAME", "NS", "PTR":
		if !validName(canonicalName(v)) || strings.ContainsAny(v, " \t/:") {
			return "DomainNameNotValid (Value is not a valid domain name)"
		}
	case "TXT", "SPF":
		if !strings.HasPrefix(v, `"`) || !strings.HasSuffix(v, `"`) || len(v) < 2 {
			return "InvalidCharacterString (Value should be enclosed in quotation marks)"
		}
	case "CAA":
		if !caaValue.MatchString(v) {
			return "CAARRDATAInvalid (Value should be of the form flags tag \"value\")"
		}
	case "MX":
		if len(strings.Fields(v)) != 2 {
			return "MXRRDATANotTwoFields (MX record doesn't have 2 fields)"
		}
	}
	return ""
}
