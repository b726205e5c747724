package wizard

import (
	"slices"
	"strings"
	"time"

	"apifront/setup"
)

// A notice says what callers notice of an answer that becomes another one; "" for
// nothing.
type notice func(is, want setup.Spec) string

// unnoticed is the notice of an answer that no caller sees.
func unnoticed(setup.Spec, setup.Spec) string { return "" }

// callersNotice has the notice of each answer, by its name in the review; paths are told by
// pathNotice. What CloudFront answers where it refuses:
//
//   - 403 to plain HTTP with https-only, and a redirect otherwise.
//     https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https-viewers-to-cloudfront.html
//   - 403 to a method that is not allowed.
//     https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-403-permission-denied.html
//   - 504 where the origin takes longer than the time-out.
//     https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/http-504-gateway-timeout.html
//   - 403 to what a rule of the firewall blocks, unless it has an answer of its own.
//     https://docs.aws.amazon.com/waf/latest/developerguide/customizing-the-response-for-blocked-requests.html
//   - A default endpoint that is closed answers 403.
//     https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html
var callersNotice = map[string]notice{
	"Connection": unnoticed, "AWS account": unnoticed, "API": unnoticed, "Domain name": unnoticed, "DNS": unnoticed,
	"For API Gateway": unnoticed, "Records needed": unnoticed, "Secret header": unnoticed, "Access logs": unnoticed,
	"Comment": unnoticed, "Tags": unnoticed, "Left as found": unnoticed,
	"API region": func(_, want setup.Spec) string { return "answers come from " + want.Account.Region + " from then on." },
	"Traffic moves": func(_, want setup.Spec) string {
		if want.Domain.Switch == setup.SwitchAtEnd {
			return "at the end of the job the name leads to CloudFront, where it does not already."
		}
		return ""
	},
	"TLS of the custom domain": func(setup.Spec, setup.Spec) string {
		return "who calls the Regional endpoint past CloudFront needs the TLS that is wanted there. All others notice nothing."
	},
	"Edge-optimised custom domain": func(_, want setup.Spec) string {
		if want.Domain.FromEdge {
			return "they are led to the Regional endpoint first, and from there to CloudFront. There is no gap."
		}
		return ""
	},
	"For CloudFront": func(setup.Spec, setup.Spec) string {
		return "another certificate is shown. Only who has pinned the former one has to know."
	},
	"Caching": func(is, want setup.Spec) string {
		switch want.Edge.Caching {
		case setup.CachingAPI:
			return "an answer can be as old as the API's Cache-Control says."
		case setup.CachingFixed:
			return "an answer can be up to " + setup.Span(want.Edge.KeepFor()) + " old."
		}
		if is.Edge.Caching == setup.CachingOff {
			return ""
		}
		return "no answer is old any more, and each takes as long as the API does."
	},
	"Told apart by": func(_, want setup.Spec) string {
		if want.Edge.Caching == setup.CachingOff {
			return ""
		}
		return "who differs in nothing that is named here gets the same kept answer."
	},
	"Shared answers": func(_, want setup.Spec) string {
		if len(want.Edge.Accepts) == 0 {
			return ""
		}
		return "they can get answers that were made for others, as is accepted here."
	},
	"Forwarded": func(setup.Spec, setup.Spec) string {
		return "the API gets other parts of their requests, and may answer otherwise."
	},
	"Methods": func(is, want setup.Spec) string {
		few := []string{setup.MethodsAll, setup.MethodsOptions, setup.MethodsRead}
		if slices.Index(few, want.Edge.Methods) > slices.Index(few, is.Edge.Methods) {
			return "other methods get 403 from CloudFront."
		}
		return "the API answers methods that got 403 from CloudFront."
	},
	"Viewers": viewersNotice,
	"Compression": func(_, want setup.Spec) string {
		if want.Edge.Compress {
			return "kept answers are sent smaller, where they take it."
		}
		return "answers are sent larger."
	},
	"Edge locations": func(_, want setup.Spec) string {
		if want.Edge.PriceClass == "PriceClass_All" {
			return "who is far from the former locations gets answers sooner."
		}
		return "who is far from these locations gets answers later."
	},
	"Waits for the API": func(is, want setup.Spec) string {
		wait := func(s setup.Spec) string { return setup.Span(time.Duration(s.Edge.ReadTimeout) * time.Second) }
		if want.Edge.ReadTimeout < is.Edge.ReadTimeout {
			return "an answer that takes longer than " + wait(want) + " becomes 504."
		}
		return "answers get through that became 504 after " + wait(is) + "."
	},
	"Default endpoints": func(_, want setup.Spec) string {
		if want.Edge.CloseEndpoints {
			return "who calls the API past CloudFront, at its default endpoint, gets 403."
		}
		return ""
	},
	"Firewall": func(_, want setup.Spec) string {
		if want.Edge.WebACL == "" {
			return "no request is blocked any more."
		}
		return "requests that its rules block get 403 from CloudFront, or the answer that it has for them."
	},
}

// viewersNotice is that of how callers may connect.
func viewersNotice(is, want setup.Spec) string {
	var parts []string
	add := func(differs bool, text string) {
		if differs {
			parts = append(parts, text)
		}
	}
	a, b := is.Edge, want.Edge
	if a.ViewerProtocol != b.ViewerProtocol {
		add(b.ViewerProtocol == setup.ViewerHTTPSOnly, "plain HTTP gets 403, and is not led to HTTPS")
		add(b.ViewerProtocol != setup.ViewerHTTPSOnly, "plain HTTP is led to HTTPS")
	}
	add(a.MinimumTLS < b.MinimumTLS, "who cannot do "+tlsFloor(b.MinimumTLS)+" with the ciphers of "+b.MinimumTLS+" cannot connect")
	add(a.MinimumTLS > b.MinimumTLS, "older TLS and ciphers can connect too")
	add(a.HTTPVersion != b.HTTPVersion, "each goes on with a version of HTTP that it knows")
	add(a.IPv6 && !b.IPv6, "who has IPv6 only does not find the name")
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "; ") + "."
}

// pathNotice is that of a path whose mapping is another one, by its words before and after.
func pathNotice(is, want string) string {
	switch {
	case is == nothing:
		return "it answers, where it got 403 or what another path answers."
	case want == nothing:
		return "it gets 403, or what another path answers."
	}
	return "from one request to the next another API or stage answers. There is no gap."
}

// noticed is what callers notice of an answer that differs, as a sentence.
func noticed(field, was, becomes string, is, want setup.Spec) (bold, text string) {
	said := ""
	switch say := callersNotice[field]; {
	case strings.HasPrefix(field, "/"):
		said = pathNotice(was, becomes)
	case say != nil:
		said = say(is, want)
	}
	if said == "" {
		return "Callers notice nothing.", ""
	}
	return "Callers notice:", said
}
