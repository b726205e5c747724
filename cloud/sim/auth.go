package sim

import (
	"net/http"
	"strings"
	"time"
)

// authenticate reads the SigV4 scope and finds the account of the access key
// (rule V32). The signature itself is not computed again.
func (s *Sim) authenticate(req *request) error {
	scope, ok := credentialScope(req.r.Header.Get("Authorization"))
	if !ok {
		return refuseWith(http.StatusForbidden, "MissingAuthenticationToken", "Request is missing Authentication Token")
	}
	req.region, req.service = scope.region, scope.service
	if err := s.checkClock(req); err != nil {
		return err
	}
	acct, known := s.accounts[scope.keyID]
	if !known && s.cfg.Guests && req.r.Header.Get("X-Amz-Security-Token") == "" {
		acct, known = s.accounts[demoKeyID]
	}
	if !known || acct.Token != req.r.Header.Get("X-Amz-Security-Token") {
		return unknownKey(req.service)
	}
	if !acct.Expires.IsZero() && !s.now().Before(acct.Expires) {
		return expiredKey(req.service)
	}
	req.account = acct
	return nil
}

// skewAllowed is how far a client's clock may be off.
const skewAllowed = 5 * time.Minute

// checkClock is the part of V32 about signatures of another time. AWS refuses
// them as signatures that do not match.
func (s *Sim) checkClock(req *request) error {
	stamp := req.r.Header.Get("X-Amz-Date")
	signed, err := time.Parse("20060102T150405Z", stamp)
	if err != nil {
		return nil //nolint:nilerr // whoever writes requests by hand may leave it out
	}
	now := s.now()
	var message string
	switch {
	case now.Sub(signed) > skewAllowed:
		message = "Signature expired: " + stamp + " is now earlier than " + now.Add(-skewAllowed).Format("20060102T150405Z") + " (" + now.Format("20060102T150405Z") + " - 5 min.)"
	case signed.Sub(now) > skewAllowed:
		message = "Signature not yet current: " + stamp + " is still later than " + now.Add(skewAllowed).Format("20060102T150405Z") + " (" + now.Format("20060102T150405Z") + " + 5 min.)"
	default:
		return nil
	}
	switch protocolOf(req.service) {
	case protocolJSON:
		return refuseWith(http.StatusBadRequest, "InvalidSignatureException", "%s", message)
	case protocolREST:
		return refuseWith(http.StatusForbidden, "InvalidSignatureException", "%s", message)
	default:
		return refuseWith(http.StatusForbidden, "SignatureDoesNotMatch", "%s", message)
	}
}

// A scope is what a SigV4 Authorization header says of a request.
type scope struct{ keyID, region, service string }

func credentialScope(header string) (scope, bool) {
	rest, ok := strings.CutPrefix(header, "AWS4-HMAC-SHA256 ")
	if !ok {
		return scope{}, false
	}
	for part := range strings.SplitSeq(rest, ",") {
		cred, ok := strings.CutPrefix(strings.TrimSpace(part), "Credential=")
		if !ok {
			continue
		}
		f := strings.Split(cred, "/")
		if len(f) != 5 || f[4] != "aws4_request" {
			return scope{}, false
		}
		return scope{keyID: f[0], region: f[2], service: f[3]}, true
	}
	return scope{}, false
}

// unknownKey is rule V32: each protocol has its own code for the same thing.
func unknownKey(service string) *apiError {
	const message = "The security token included in the request is invalid."
	switch protocolOf(service) {
	case protocolJSON:
		return refuseWith(http.StatusBadRequest, "UnrecognizedClientException", message)
	case protocolREST:
		return refuseWith(http.StatusForbidden, "UnrecognizedClientException", message)
	default:
		return refuseWith(http.StatusForbidden, "InvalidClientTokenId", message)
	}
}

// expiredKey is rule V32 for sessions that ended.
func expiredKey(service string) *apiError {
	const message = "The security token included in the request is expired"
	switch protocolOf(service) {
	case protocolJSON:
		return refuseWith(http.StatusBadRequest, "ExpiredTokenException", message)
	case protocolREST:
		return refuseWith(http.StatusForbidden, "ExpiredTokenException", message)
	default:
		return refuseWith(http.StatusForbidden, "ExpiredToken", message)
	}
}
