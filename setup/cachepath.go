package setup

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Limits of one invalidation. For each distribution, CloudFront works on 3,000
// paths and 15 wildcards at a time.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-invalidations
const (
	MaxCachePaths     = 3000
	MaxCacheWildcards = 15
	MaxCachePath      = 3990 // octets of one path; with a * added it stays below CloudFront's 4,000
	FreeCachePaths    = 1000 // free for an account in a month; a path with * counts as one
)

// CachePaths reads the paths whose cached answers are to be cleared, one a line
// or separated by blanks. It cuts whole addresses down to their path,
// percent-encodes unsafe characters, and returns each path once. CloudFront keeps
// answers apart by the query string and clears exactly the paths that it is given:
// CacheCovers says what that is. An error is an InputError, a sentence for the
// person who typed the paths.
func CachePaths(typed string) ([]string, error) {
	var paths []string
	have := map[string]bool{}
	wildcards := 0
	for _, word := range strings.Fields(typed) {
		path, err := cachePath(word)
		if err != nil {
			return nil, err
		}
		if have[path] {
			continue
		}
		have[path] = true
		if strings.HasSuffix(path, "*") {
			wildcards++
		}
		paths = append(paths, path)
		if len(paths) > MaxCachePaths {
			return nil, InputError(fmt.Sprintf("Enter at most %d paths at a time, or one that ends with *", MaxCachePaths))
		}
	}
	if len(paths) == 0 {
		return nil, InputError("Enter at least one path, like /* for everything")
	}
	if wildcards > MaxCacheWildcards {
		return nil, InputError(fmt.Sprintf("Enter at most %d paths that end with *. CloudFront works on no more at a time", MaxCacheWildcards))
	}
	return paths, nil
}

// unsafeInPath are the characters of RFC 1738, section 2.2, that CloudFront
// wants percent-encoded. RFC 1738 names ~ too, but encoding does not help
// there: CloudFront refuses ~, and accepts %7E without clearing what is kept
// under ~ (reported once: https://github.com/aws/aws-sdk/issues/525).
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-specifying-objects.html
const unsafeInPath = " \"<>{}|\\^[]`"

func cachePath(word string) (string, error) {
	if u, err := url.Parse(word); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
		word = word[strings.Index(word, u.Host)+len(u.Host):]
		if !strings.HasPrefix(word, "/") {
			word = "/" + word
		}
	}
	if !strings.HasPrefix(word, "/") {
		return "", InputError(fmt.Sprintf("Start the path “%s” with a slash, like /%s", brief(word), brief(word)))
	}
	if star := strings.IndexByte(word, '*'); star >= 0 && star != len(word)-1 {
		return "", InputError(fmt.Sprintf("Put the * of “%s” at its end. CloudFront knows no other place for it", brief(word)))
	}
	if strings.Contains(word, "#") {
		return "", InputError(fmt.Sprintf("Leave out the part of “%s” from # on. It never reaches a server", brief(word)))
	}
	if before, _, tilde := strings.Cut(strings.ReplaceAll(strings.ReplaceAll(word, "%7e", "~"), "%7E", "~"), "~"); tilde {
		return "", InputError(fmt.Sprintf("Enter %s* instead of “%s”. CloudFront clears no path that is written with ~", encodePath(before), brief(word)))
	}
	path := encodePath(word)
	if len(path) > MaxCachePath {
		return "", InputError(fmt.Sprintf("Enter a path of at most %d characters. “%s” has %d", MaxCachePath, brief(word), len(path)))
	}
	return path, nil
}

// encodePath percent-encodes the characters that CloudFront wants encoded, and
// no others.
func encodePath(path string) string {
	var b strings.Builder
	for i := range len(path) {
		c := path[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(unsafeInPath, c) >= 0 || c == '%' && !encoded(path[i:]) {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// encoded says whether a text that begins with % begins with a percent-encoded
// octet.
func encoded(s string) bool {
	const hex = "0123456789abcdefABCDEF"
	return len(s) > 2 && strings.IndexByte(hex, s[1]) >= 0 && strings.IndexByte(hex, s[2]) >= 0
}

// CheckCachePaths says why CloudFront would not clear these exact paths; nil if
// it would. The error is an InputError.
func CheckCachePaths(paths []string) error {
	again, err := CachePaths(strings.Join(paths, " "))
	if err != nil {
		return err
	}
	if !slices.Equal(again, paths) {
		return InputError("Write characters that cannot stand in an address as %20 and the like, and each path once")
	}
	return nil
}
