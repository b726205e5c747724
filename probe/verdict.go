package probe

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// A Verdict is what one request showed: who answered, whether CloudFront passed
// the answer on, and whether it is the answer of an API.
type Verdict struct {
	Request  Request
	Response Response // with the time of each phase that was reached, even if no answer came
	Err      error    // why no answer came; nil if one came
	By       Answerer
	Edge     bool // the answer passed CloudFront
	Cached   bool // the answer is from CloudFront's cache and says nothing about the origin
	Symptom  Symptom
	Proof    Proof
}

// An Answerer is the service that made an answer.
type Answerer string

// The answerers that headers reveal.
const (
	BySomebody   Answerer = ""            // no header says who answered
	ByAPIGateway Answerer = "API Gateway" // or the API behind it
	ByCloudFront Answerer = "CloudFront"  // or an origin that is not API Gateway
)

// A Symptom is what is wrong with an answer.
type Symptom string

// The symptoms. A 401, a 404 and the like come from the API, and show that the
// way to it works.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/troubleshooting-response-errors.html (documented)
const (
	NoSymptom         Symptom = ""
	NoAnswer          Symptom = "no answer"          // Err says why
	RefusedByAPI      Symptom = "refused by api"     // API Gateway knows no API for this Host and path, or wants an API key
	FailedInAPI       Symptom = "failed in api"      // an error of the API or its integration
	OriginUnreachable Symptom = "origin unreachable" // CloudFront cannot connect to the origin
	OriginSlow        Symptom = "origin slow"        // the origin took longer than CloudFront waits
	NoSuchAlias       Symptom = "no such alias"      // the distribution does not have the name
	RefusedByEdge     Symptom = "refused by edge"    // a firewall, a restriction, or a missing alias
	FailedBefore      Symptom = "failed before"      // an error of something in front of the API
	Stranger          Symptom = "stranger"           // an answer without a header of API Gateway
	Cached            Symptom = "cached"             // the API's answer, but from CloudFront's cache
	OtherStatus       Symptom = "other status"       // the API's answer, but not with the status that a person named
	NotUpgraded       Symptom = "not upgraded"       // the API answered a handshake, but opened no WebSocket
	InClear           Symptom = "in clear"           // plain HTTP is answered instead of redirected to HTTPS
)

// A Proof is how it is known that a request reached its API.
type Proof string

// The proofs. Judge finds the first only; Looks.Reached finds them all.
const (
	NoProof        Proof = ""
	ProofByHeader  Proof = "header"    // the answer has a header of API Gateway and is not from a cache
	ProofByStatus  Proof = "status"    // likewise, and its status is the one that a person named
	ProofByUpgrade Proof = "websocket" // a WebSocket was opened

	// These come from comparing with the answer on a lower rung.
	ProofByRefusal    Proof = "refusal"    // the API refuses the request itself: it wants a key, a signature or a token
	ProofBelow        Proof = "below"      // CloudFront kept the answer; the configuration is right, and the request past it brings one now
	ProofByComparison Proof = "comparison" // the answer is that of a host at which only API Gateway answers
)

// Visit makes the request and judges the answer.
func (p *Prober) Visit(ctx context.Context, r Request) Verdict {
	resp, err := p.Get(ctx, r)
	v := Judge(resp, err)
	v.Request = r
	return v
}

// Judge says what a response shows; err is the error of a request without one.
func Judge(r Response, err error) Verdict {
	v := Verdict{Response: r, Err: err, Edge: throughCloudFront(r.Header), Cached: kept(r.Header)}
	switch {
	case answeredByAPI(r.Header):
		v.By = ByAPIGateway
	case v.Edge:
		v.By = ByCloudFront
	}
	if v.Symptom = v.symptom(); v.Symptom == NoSymptom {
		v.Proof = ProofByHeader
	}
	return v
}

func (v Verdict) symptom() Symptom {
	status := v.Response.Status
	switch {
	case v.Err != nil:
		return NoAnswer
	case v.By == ByAPIGateway && status == http.StatusForbidden && v.Response.Message() == "Forbidden":
		return RefusedByAPI
	case v.By == ByAPIGateway && status >= http.StatusInternalServerError:
		return FailedInAPI
	case v.By == ByAPIGateway && v.Cached:
		return Cached
	case v.By == ByAPIGateway:
		return NoSymptom
	case status == http.StatusBadGateway:
		return OriginUnreachable
	case status == http.StatusGatewayTimeout:
		return OriginSlow
	case status == http.StatusMisdirectedRequest:
		return NoSuchAlias
	case v.Edge && status == http.StatusForbidden:
		return RefusedByEdge
	case status >= http.StatusInternalServerError:
		return FailedBefore
	default:
		return Stranger
	}
}

// Phase is the phase in which the request failed; "" if an answer came, or if
// no request was sent.
func (v Verdict) Phase() string {
	if failed, ok := errors.AsType[*RequestError](v.Err); ok {
		return failed.Phase
	}
	return ""
}

// Untrusted says whether the server's certificate is not valid for the name.
func (v Verdict) Untrusted() bool {
	_, refused := errors.AsType[*tls.CertificateVerificationError](v.Err)
	return refused
}

// Words are the text of the answer, in one line.
func (v Verdict) Words() string {
	words := fmt.Sprintf("%d %s", v.Response.Status, http.StatusText(v.Response.Status))
	if m := v.Response.Message(); m != "" {
		words += ": " + m
	}
	if c := v.Response.Header.Get("X-Cache"); c != "" {
		words += " (" + c + ")"
	}
	return words
}

// Message is the field "message" of a JSON answer; "" if there is none.
func (r Response) Message() string {
	var body struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(r.Body, &body) != nil {
		return ""
	}
	return body.Message
}

// answeredByAPI says whether API Gateway made the answer, or passed it on. It
// sets one of these headers on each answer (observed). Some of the names are
// reserved, so that an HTTP API cannot remove them.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html (documented)
func answeredByAPI(h http.Header) bool {
	for _, name := range []string{"X-Amz-Apigw-Id", "Apigw-Requestid", "X-Amzn-Errortype", "X-Amzn-Requestid"} {
		if h.Get(name) != "" {
			return true
		}
	}
	return false
}

// throughCloudFront says whether the answer came through CloudFront.
func throughCloudFront(h http.Header) bool {
	return h.Get("X-Amz-Cf-Id") != "" || h.Get("X-Amz-Cf-Pop") != "" ||
		strings.Contains(strings.ToLower(h.Get("X-Cache")+h.Get("Via")), "cloudfront")
}

// kept says whether the answer comes from CloudFront's cache. CloudFront adds
// Age to such answers.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
func kept(h http.Header) bool {
	return strings.Trim(h.Get("Age"), " 0") != "" || strings.Contains(strings.ToLower(h.Get("X-Cache")), "hit from cloudfront")
}
