package setup

import (
	"encoding/json"
	"fmt"
	"net/textproto"
	"slices"
	"strings"
)

// Limits of the headers in a cache key. Ten is the default quota of an account.
// The limit of 1,024 characters is for all names together.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-policies
const (
	MaxKeyHeaders    = 10
	maxKeyHeaderText = 1024
)

// KeyHeaders are the request headers in the cache key of a new setup. They
// decide who may read an answer, or which browser may. CloudFront cannot leave
// an answer out of the cache because of a request's header, so a header that
// decides belongs in the key.
func KeyHeaders() []string { return []string{"Authorization", "Host", "Origin", "X-Api-Key"} }

// formerKeyHeaders are the headers in the key of every setup that was stored
// before the headers were a part of the spec.
func formerKeyHeaders() []string { return []string{"Authorization", "Host"} }

// unkeyed are the headers, in lower case, that CloudFront does not take into a
// cache key. The table is AWS's {doc}. Accept-Encoding is refused beside the
// compression settings, which put it into the key by themselves {usr}.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html#request-custom-headers-behavior
// https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/571
var unkeyed = []string{
	"accept-encoding", "cache-control", "connection", "content-length", "cookie", "max-forwards", "pragma",
	"proxy-authenticate", "proxy-authorization", "proxy-connection", "request-range", "te", "trailer",
	"transfer-encoding", "upgrade", "x-amz-cf-id", "x-forwarded-proto", "x-real-ip",
}

// ReadKeyHeaders reads the names of request headers for the cache key. It
// returns them sorted and in canonical spelling, each once. An error is an
// InputError, a sentence for the person who typed the name.
func ReadKeyHeaders(names []string) ([]string, error) {
	list, text := []string{}, 0
	for _, name := range names {
		name, err := keyHeader(name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(list, name) {
			continue
		}
		if len(list) == MaxKeyHeaders { // the names after it are not looked at
			return nil, InputError(fmt.Sprintf("Choose at most %d headers. CloudFront takes no more", MaxKeyHeaders))
		}
		list, text = append(list, name), text+len(name)
	}
	slices.Sort(list)
	if text > maxKeyHeaderText {
		return nil, InputError(fmt.Sprintf("Choose fewer or shorter headers: their names have %d characters, and CloudFront takes %d", text, maxKeyHeaderText))
	}
	return list, nil
}

func keyHeader(name string) (string, error) {
	name = strings.TrimSuffix(name, ":")
	for _, c := range name {
		if !strings.ContainsRune("!#$%&'*+-.^_`|~0123456789", c) && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return "", InputError(fmt.Sprintf("Take %q out of the header “%s”. Names of headers have none", c, brief(name)))
		}
	}
	lower := strings.ToLower(name)
	switch {
	case name == "":
		return "", InputError("Write the name of a header before the colon")
	case name == "*":
		return "", InputError("Name each header. With all of them in the key CloudFront would keep nothing")
	case lower == "cookie":
		return "", InputError("Take out Cookie. Callers cannot be told apart by it here: leave caching off for an API that does")
	case lower == "accept-encoding":
		return "", InputError("Take out Accept-Encoding. With compression on it is in the key by itself")
	case slices.Contains(unkeyed, lower), strings.HasPrefix(lower, "x-edge-"):
		return "", InputError(fmt.Sprintf("Take out %s. CloudFront tells no answers apart by it", brief(name)))
	}
	return textproto.CanonicalMIMEHeaderKey(name), nil
}

// Undistinguished are the headers of a new setup's cache key that are not in
// this one's, if CloudFront keeps answers. Callers whose requests differ only
// in these headers get each other's answers.
func (e Edge) Undistinguished() []string {
	if !e.Keeps() {
		return nil
	}
	return slices.DeleteFunc(KeyHeaders(), func(name string) bool {
		return slices.ContainsFunc(e.KeyHeaders, func(h string) bool { return strings.EqualFold(h, name) })
	})
}

// SharedText says which callers get each other's kept answers because a header
// is not in the cache key. It is "" if no header of a new setup is missing.
func (e Edge) SharedText() string {
	missing := e.Undistinguished()
	if len(missing) == 0 {
		return ""
	}
	text := "Callers who differ only in " + Or(missing) + " share kept answers."
	for _, x := range []struct{ header, then string }{
		{"Authorization", " One without a token can get an answer that was made for a token."},
		{"X-Api-Key", " One without an API key can get a key holder's answer."},
		{"Origin", " A browser can get a CORS answer that names another site."},
		{"Host", " One who asks for another name of the distribution can get this one's answer."},
	} {
		for _, h := range missing {
			if h == x.header {
				text += x.then
			}
		}
	}
	return text
}

// UnmarshalJSON reads a stored Edge. An Edge that was stored before KeyHeaders
// existed gets the headers of that time, so that an upgrade changes nothing in
// AWS. If its caching was off it had no key. It then gets the headers of a new
// setup, for the day when somebody turns caching on. Before Accepts, a person
// accepted all kinds at once, or none.
func (e *Edge) UnmarshalJSON(b []byte) error {
	type plain Edge
	v := struct {
		*plain
		KeyHeaders   *[]string `json:"key_headers"`
		AcceptShared bool      `json:"accept_shared"`
	}{plain: (*plain)(e)}
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	if v.AcceptShared && e.Accepts == nil {
		e.Accepts = formerAccepts()
	}
	switch {
	case v.KeyHeaders != nil:
		e.KeyHeaders = *v.KeyHeaders
	case e.Keeps():
		e.KeyHeaders = formerKeyHeaders()
	default:
		e.KeyHeaders = KeyHeaders()
	}
	return nil
}
