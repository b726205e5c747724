package setup

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Limits of one invalidation. CloudFront works on 3,000 paths and 15
// wildcards of a distribution at a time.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-invalidations
const (
	MaxCachePaths     = 3000
	MaxCacheWildcards = 15
	MaxCachePath      = 3000 // octets of one path
)

// CachePaths reads the paths whose cached answers are to be cleared, separated
// by blanks. Whole addresses are cut down to their path, other letters than
// ASCII are percent-encoded, and the same path twice is one. An error is an
// InputError, a sentence for the person who typed it.
func CachePaths(typed string) ([]string, error) {
	var paths []string
	wildcards := 0
	for _, word := range strings.Fields(typed) {
		path, err := cachePath(word)
		if err != nil {
			return nil, err
		}
		if slices.Contains(paths, path) {
			continue
		}
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

func cachePath(word string) (string, error) {
	if u, err := url.Parse(word); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
		word = word[strings.Index(word, u.Host)+len(u.Host):]
		if word == "" {
			word = "/"
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
	var b strings.Builder
	for i := range len(word) {
		if c := word[i]; c <= ' ' || c >= 0x7f {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	if b.Len() > MaxCachePath {
		return "", InputError(fmt.Sprintf("Enter a path of at most %d characters. “%s” has %d", MaxCachePath, brief(word), b.Len()))
	}
	return b.String(), nil
}
