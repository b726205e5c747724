package steps

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"apifront/probe"
	"apifront/setup"
)

// A verdict is what one request showed.
type verdict struct {
	path    string // asked for, such as "/orders"
	status  int
	edge    bool           // the answer came through CloudFront
	problem *setup.Problem // why it is not the answer of an API; nil: it is
}

// probeHost is a name that visitors can ask for: a wildcard is none.
func probeHost(name string) string {
	if rest, ok := strings.CutPrefix(name, "*."); ok {
		return "apifront-probe." + rest
	}
	return name
}

// probePaths sends a request to every mapped path, as a visitor would. With
// connectTo it dials that host's addresses in place of the name's own, so that
// a path is tested to which DNS does not lead yet.
func probePaths(ctx context.Context, e *Env, connectTo string) []verdict {
	var list []verdict
	for _, m := range e.Setup.Spec.API.Mappings {
		v := probePath(ctx, e, m, m.DisplayPath(), connectTo)
		if v.problem != nil && v.problem.Code == codeForbidden {
			// A method that wants an API key answers the same words as a Host
			// that nobody knows. What lies below the path tells them apart.
			below := strings.TrimSuffix(m.DisplayPath(), "/") + "/apifront-probe"
			if w := probePath(ctx, e, m, below, connectTo); w.problem == nil {
				v = w
				v.path = m.DisplayPath()
			}
		}
		list = append(list, v)
	}
	return list
}

func probePath(ctx context.Context, e *Env, m setup.Mapping, path, connectTo string) verdict {
	host := probeHost(e.name())
	r, err := e.Prober.Get(ctx, probe.Request{URL: "https://" + host + path, ConnectTo: connectTo})
	if err != nil {
		return verdict{path: path, problem: unreachable(e, path, err)}
	}
	v := verdict{path: path, status: r.Status, edge: throughCloudFront(r.Header)}
	v.problem = judge(e, m, path, r)
	return v
}

// codeForbidden marks the answer {"message":"Forbidden"} of API Gateway.
const codeForbidden = "Forbidden"

// judge says why an answer is not that of an API; nil if it is. A 401, a 404
// and the like come from the API and show that the way to it works.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/troubleshooting-response-errors.html
func judge(e *Env, m setup.Mapping, path string, r probe.Response) *setup.Problem {
	byAPI := answeredByAPI(r.Header)
	asked := fmt.Sprintf("GET %s answered %d.", path, r.Status)
	p := func(why, fix string) *setup.Problem {
		pr := problem("The test of "+path+" did not reach the API.", asked+" "+why, fix)
		pr.Service, pr.Said = "CloudFront", answerWords(r)
		pr.Ref = r.Header.Get("X-Amz-Cf-Id")
		if byAPI {
			pr.Service = "API Gateway"
		}
		return pr
	}
	switch {
	case byAPI && r.Status == http.StatusForbidden && message(r) == "Forbidden" && m.Kind != setup.APIKindWebSocket:
		pr := p("API Gateway picks the API by the Host header and the path. Either CloudFront does not pass Host on (OriginRequestPolicyId must be AllViewer), or the path has no mapping on the custom domain. A method that wants an API key answers the same.",
			"Re-run the steps Create distribution and Map paths, which put these settings right, then re-run this step.")
		pr.Code = codeForbidden
		return pr
	case byAPI && r.Status >= 500:
		return problem("The API behind "+path+" answers with an error.", asked+" The way through CloudFront works; the answer is that of the API or its integration.",
			"Repair the API "+m.APIID+", stage "+m.Stage+", then re-run this step.")
	case byAPI:
		return nil
	case r.Status == http.StatusBadGateway:
		return p("CloudFront could not talk to the origin. API Gateway listens on 443 only, so OriginProtocolPolicy must be https-only, and the custom domain's certificate must cover "+e.name()+".",
			"Re-run the steps Create custom domain and Create distribution, which put these settings right, then re-run this step.")
	case r.Status == http.StatusGatewayTimeout:
		return p("The API did not answer within OriginReadTimeout.",
			"Raise the waiting time on the page Edge settings, or make the API faster, then re-run this step.")
	case r.Status == http.StatusMisdirectedRequest:
		return p("CloudFront reached a distribution that does not have the name among its alternate domain names (Aliases).",
			"Re-run the step Create distribution, then this step.")
	case r.Status == http.StatusForbidden && throughCloudFront(r.Header):
		return p("CloudFront refused the request itself. A firewall (WebACLId), a geographic restriction or a missing alternate domain name (Aliases) does that.",
			"Look at the firewall and the restrictions of the distribution in CloudFront, then re-run this step.")
	case r.Status >= 500:
		return p("The error comes from CloudFront or from what stands before the API.",
			"Wait some minutes, then re-run this step.")
	default:
		return nil
	}
}

// unreachable explains a request without an answer.
func unreachable(e *Env, path string, err error) *setup.Problem {
	if pr, ok := errors.AsType[*setup.Problem](err); ok {
		return pr
	}
	pr := problem("The test of "+path+" got no answer.", "The connection to "+e.name()+" could not be made: "+err.Error()+".",
		"Check that this server may make HTTPS connections to the Internet, then re-run this step.")
	var wrongName x509.HostnameError
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &wrongName), errors.As(err, &untrusted):
		pr.Why = "The server that answered has no valid certificate for " + e.name() + ": " + err.Error() + ". While the distribution does not have the name (Aliases, ACMCertificateArn), CloudFront shows its own certificate."
		pr.Fix = "Wait some minutes for CloudFront's locations to follow, then re-run this step. Re-run Create distribution if it stays so."
	}
	return pr
}

// answeredByAPI says whether API Gateway made the answer.
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

// message is the message of a JSON answer, or "".
func message(r probe.Response) string {
	var body struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(r.Body, &body) != nil {
		return ""
	}
	return body.Message
}

// answerWords is what an answer says, in one line.
func answerWords(r probe.Response) string {
	words := fmt.Sprintf("%d %s", r.Status, http.StatusText(r.Status))
	if m := message(r); m != "" {
		words += ": " + m
	}
	if c := r.Header.Get("X-Cache"); c != "" {
		words += " (" + c + ")"
	}
	return words
}
