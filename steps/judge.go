package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"apifront/probe"
	"apifront/setup"
)

// A verdict is what the test of one path showed.
type verdict struct {
	probe.Verdict

	path    string         // the tested path, such as "/orders"
	problem *setup.Problem // why the answer is not that of an API; nil if it is
}

// probeHost is a name that visitors can ask for. For a wildcard it is one of
// the names below it.
func probeHost(name string) string {
	if rest, ok := strings.CutPrefix(name, "*."); ok {
		return "apifront-probe." + rest
	}
	return name
}

// probePaths sends a request to every mapped path, as a visitor would. If
// connectTo is not "", it dials that host's addresses. So a path can be tested
// before DNS leads to it.
func probePaths(ctx context.Context, e *Env, connectTo string) []verdict {
	var list []verdict
	visit := func(m setup.Mapping, path string) verdict {
		v := verdict{path: path, Verdict: e.Prober.Visit(ctx, probe.Request{URL: "https://" + probeHost(e.name()) + path, ConnectTo: connectTo})}
		v.problem = problemOf(v.Verdict, e.name(), m, path)
		return v
	}
	for _, m := range e.Setup.Spec.API.Mappings {
		v := visit(m, m.DisplayPath())
		if v.problem != nil && v.Symptom == probe.RefusedByAPI {
			// A method that wants an API key answers the same text as API
			// Gateway does for an unknown Host. A request below the path tells
			// them apart.
			if w := visit(m, strings.TrimSuffix(m.DisplayPath(), "/")+"/apifront-probe"); w.problem == nil {
				v = w
				v.path = m.DisplayPath()
			}
		}
		list = append(list, v)
	}
	return list
}

// problemOf says why the answer for a path is not that of its API; nil if it
// is.
func problemOf(v probe.Verdict, name string, m setup.Mapping, path string) *setup.Problem {
	asked := fmt.Sprintf("GET %s answered %d.", path, v.Response.Status)
	p := func(why, fix string) *setup.Problem {
		pr := problem("The test of "+path+" did not reach the API.", asked+" "+why, fix)
		pr.Service, pr.Said = "CloudFront", v.Words()
		pr.Ref = v.Response.Header.Get("X-Amz-Cf-Id")
		if v.By == probe.ByAPIGateway {
			pr.Service = "API Gateway"
		}
		return pr
	}
	switch v.Symptom {
	case probe.NoAnswer:
		return unreachable(v, name, path)
	case probe.RefusedByAPI:
		if m.Kind == setup.APIKindWebSocket {
			return nil // a WebSocket API answers a GET like this
		}
		pr := p("API Gateway picks the API by the Host header and the path. Either CloudFront does not pass Host on (OriginRequestPolicyId must be AllViewer), or the path has no mapping on the custom domain. A method that wants an API key answers the same.",
			"Re-run the steps Create distribution and Map paths, which put these settings right, then re-run this step.")
		pr.Code = "Forbidden"
		return pr
	case probe.FailedInAPI:
		return problem("The API behind "+path+" answers with an error.", asked+" The way through CloudFront works; the answer is that of the API or its integration.",
			"Repair the API "+m.APIID+", stage "+m.Stage+", then re-run this step.")
	case probe.OriginUnreachable:
		return p("CloudFront could not talk to the origin. API Gateway listens on 443 only, so OriginProtocolPolicy must be https-only, and the custom domain's certificate must cover "+name+".",
			"Re-run the steps Create custom domain and Create distribution, which put these settings right, then re-run this step.")
	case probe.OriginSlow:
		return p("The API did not answer within OriginReadTimeout.",
			"Raise the waiting time on the page Edge settings, or make the API faster, then re-run this step.")
	case probe.NoSuchAlias:
		return p("CloudFront reached a distribution that does not have the name among its alternate domain names (Aliases).",
			"Re-run the step Create distribution, then this step.")
	case probe.RefusedByEdge:
		return p("CloudFront refused the request itself. A firewall (WebACLId), a geographic restriction or a missing alternate domain name (Aliases) does that.",
			"Look at the firewall and the restrictions of the distribution in CloudFront, then re-run this step.")
	case probe.FailedBefore:
		return p("The error comes from CloudFront or from what stands before the API.",
			"Wait some minutes, then re-run this step.")
	case probe.Stranger:
		pr := p("The answer has none of the headers that API Gateway puts on each: another server made it, or an error page or a function of CloudFront.",
			"Re-run the step Create distribution, which sets the origin. Look in CloudFront for error pages, functions and a response headers policy of the distribution, then re-run this step.")
		if !v.Edge {
			pr.Service = ""
		}
		return pr
	case probe.Cached:
		// The API's answer of before. Paths with caching are asked again and
		// again here, by requests that are all alike.
	case probe.NoSymptom, probe.OtherStatus, probe.NotUpgraded, probe.InClear: // but for the first, only a climb finds these
	}
	return nil
}

// unreachable is the problem of a request that got no answer.
func unreachable(v probe.Verdict, name, path string) *setup.Problem {
	if pr, ok := errors.AsType[*setup.Problem](v.Err); ok {
		return pr
	}
	pr := problem("The test of "+path+" got no answer.", "The connection to "+name+" could not be made: "+v.Err.Error()+".",
		"Check that this server may make HTTPS connections to the Internet, then re-run this step.")
	if v.Untrusted() {
		pr.Why = "The server that answered has no valid certificate for " + name + ": " + v.Err.Error() + ". While the distribution does not have the name (Aliases, ACMCertificateArn), CloudFront shows its own certificate."
		pr.Fix = "Wait some minutes for CloudFront's locations to follow, then re-run this step. Re-run Create distribution if it stays so."
	}
	return pr
}
