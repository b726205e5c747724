package setup

import (
	"strings"

	"golang.org/x/net/publicsuffix"
)

// IsRegistry says whether names below a name are registered by a registry: "com", "co.uk".
// Nobody else runs that zone, enters records in it or gets a wildcard of it.
// https://publicsuffix.org/list/ (its ICANN section, and each name of one label)
func IsRegistry(name string) bool {
	suffix, icann, ok := suffixOf(name)
	return ok && suffix == FoldName(name) && (icann || !strings.Contains(suffix, "."))
}

// IsShared says whether names below a name belong to different people: what a registry
// has, and what a company gives out, such as "github.io".
// https://publicsuffix.org/list/ (both sections)
func IsShared(name string) bool {
	suffix, _, ok := suffixOf(name)
	return ok && suffix == FoldName(name)
}

// IsRegistrable says whether a name is one that a registry gives to somebody: the first
// below its suffix, "example.co.uk".
func IsRegistrable(name string) bool {
	name = FoldName(name)
	_, above, ok := strings.Cut(name, ".")
	return ok && !IsShared(name) && IsShared(above)
}

func suffixOf(name string) (suffix string, icann, ok bool) {
	name = FoldName(name)
	if name == "" || strings.HasPrefix(name, ".") {
		return "", false, false
	}
	suffix, icann = publicsuffix.PublicSuffix(name)
	return suffix, icann, true
}
