package setup

import (
	"regexp"
	"slices"
	"strings"
)

// OriginHeader is the name of the secret header unless a person chose another.
const OriginHeader = "x-origin-verify"

// Attributes of the distribution about the secret header of its origin.
const (
	AttrOriginHeader = "origin-header" // its name, in lower case
	AttrOriginSecret = "origin-secret" // its value, sealed
	AttrOriginNext   = "origin-next"   // the value that is to follow, sealed
	AttrOriginOld    = "origin-old"    // the value of before, sealed
	AttrOriginFound  = "origin-found"  // RFC 3339, when it was found there: apifront did not add it
)

// OriginAttributes are those that say how the secret header stands.
func OriginAttributes() []string {
	return []string{AttrOriginHeader, AttrOriginSecret, AttrOriginNext, AttrOriginOld, AttrOriginFound}
}

// OriginHeaderText says what the name of the secret header may be.
const OriginHeaderText = "Enter a name that begins with x-, of letters, digits and hyphens, such as x-origin-verify. Headers that others send or read, such as x-api-key, x-amz-… and x-forwarded-…, cannot be used"

var originHeaderPattern = regexp.MustCompile(`^x-[a-z0-9][a-z0-9-]{1,60}$`)

// deniedOriginHeaders are those with x- which CloudFront does not let a distribution
// add, and those which callers, proxies or API Gateway itself give a meaning.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html (documented)
var deniedOriginHeaders = []string{"x-amz-", "x-amzn-", "x-edge-", "x-real-ip", "x-forwarded-", "x-http-method", "x-method-override", "x-api-key"}

// ReadOriginHeader makes the name of the secret header of what a person typed. ok is
// false if it cannot be one.
func ReadOriginHeader(typed string) (name string, ok bool) {
	name = strings.ToLower(strings.TrimSpace(typed))
	denied := slices.ContainsFunc(deniedOriginHeaders, func(d string) bool { return strings.HasPrefix(name, d) })
	return name, originHeaderPattern.MatchString(name) && !denied
}
