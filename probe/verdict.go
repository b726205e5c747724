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

// A Verdict is what one request showed: who answered, through what, and whether
// it is the answer of an API.
type Verdict struct {
	Request  Request
	Response Response // with the time of each phase that was reached, also where no answer came
	Err      error    // why no answer came; nil: one did
	By       Answerer
	Edge     bool // the answer passed CloudFront
	Symptom  Symptom
}

// An Answerer is who made an answer.
type Answerer string

// Those who answer, as far as headers tell.
const (
	BySomebody   Answerer = ""            // nothing says who
	ByAPIGateway Answerer = "API Gateway" // or the API behind it
	ByCloudFront Answerer = "CloudFront"  // or an origin that is no API Gateway
)

// A Symptom is what is wrong with an answer.
type Symptom string

// The symptoms. A 401, a 404 and the like come from the API and show that the
// way to it works.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/troubleshooting-response-errors.html (documented)
const (
	NoSymptom         Symptom = ""
	NoAnswer          Symptom = "no answer"          // Err says why
	RefusedByAPI      Symptom = "refused by api"     // API Gateway knows no API for Host and path, or wants an API key
	FailedInAPI       Symptom = "failed in api"      // an error of the API or its integration
	OriginUnreachable Symptom = "origin unreachable" // CloudFront cannot talk to the origin
	OriginSlow        Symptom = "origin slow"        // CloudFront has waited long enough
	NoSuchAlias       Symptom = "no such alias"      // the distribution does not have the name
	RefusedByEdge     Symptom = "refused by edge"    // a firewall, a restriction, or a missing alias
	FailedBefore      Symptom = "failed before"      // an error of what stands before the API
	Stranger          Symptom = "stranger"           // an answer on which API Gateway has left no trace
)

// Visit makes the request and judges what comes back.
func (p *Prober) Visit(ctx context.Context, r Request) Verdict {
	resp, err := p.Get(ctx, r)
	v := Judge(resp, err)
	v.Request = r
	return v
}

// Judge says what an answer shows, or a request that brought none.
func Judge(r Response, err error) Verdict {
	v := Verdict{Response: r, Err: err, Edge: throughCloudFront(r.Header)}
	switch {
	case answeredByAPI(r.Header):
		v.By = ByAPIGateway
	case v.Edge:
		v.By = ByCloudFront
	}
	v.Symptom = v.symptom()
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

// Phase is where the request failed; "" if an answer came, or none was sent.
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

// Words are what the answer says, in one line.
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

// Message is the message of a JSON answer, or "".
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
// puts one of these headers on each (observed). Some names are reserved, so that
// an HTTP API cannot take them away.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html (documented)
func answeredByAPI(h http.Header) bool {
	for _, name := range []string{"X-Amz-Apigw-Id", "Apigw-Requestid", "X-Amzn-Errortype", "X-Amzn-Requestid"} {
		if h.Get(name) != "" {
			return true
		}
	}
	return false
}

// throughCloudFront says whether the answer passed CloudFront.
func throughCloudFront(h http.Header) bool {
	return h.Get("X-Amz-Cf-Id") != "" || h.Get("X-Amz-Cf-Pop") != "" ||
		strings.Contains(strings.ToLower(h.Get("X-Cache")+h.Get("Via")), "cloudfront")
}
