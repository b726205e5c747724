package setup

import "strings"

// Covers says whether a name in a certificate covers a host name. A wildcard
// stands for exactly one label: *.example.com covers a.example.com, but not
// example.com or a.b.example.com.
// https://docs.aws.amazon.com/acm/latest/userguide/acm-concepts.html
func Covers(certName, host string) bool {
	certName, host = FoldName(certName), FoldName(host)
	if certName == host {
		return true
	}
	parent, wild := strings.CutPrefix(certName, "*.")
	if !wild {
		return false
	}
	label, rest, ok := strings.Cut(host, ".")
	return ok && label != "" && label != "*" && rest == parent
}

// CoversAny says whether one of the names covers the host name.
func CoversAny(certNames []string, host string) bool {
	for _, n := range certNames {
		if Covers(n, host) {
			return true
		}
	}
	return false
}

// InZone says whether the name is the zone's apex or lies below it, compared
// label by label: xample.com is not in the zone example.com, and example.com is
// not in the zone xample.com.
func InZone(name, zone string) bool {
	name, zone = FoldName(name), FoldName(zone)
	return name == zone || strings.HasSuffix(name, "."+zone)
}

// FoldName makes DNS names comparable: lower case, no dot at the end.
func FoldName(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }
