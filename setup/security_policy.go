package setup

import (
	"slices"
	"strings"
)

// AccessStrict is the endpoint access mode in which API Gateway answers only where the
// name of the TLS handshake is that of the Host header.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html (documented)
const AccessStrict = "STRICT"

// SecurityPolicies are the values of Domain.SecurityPolicy beside "": the enhanced
// policies of Regional custom domains that take TLS 1.2 too, the least strict one first.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html (documented)
//
// Those that take TLS 1.3 alone are left out. AWS announced that CloudFront negotiates
// TLS 1.3 with origins by itself, and its API knows TLSv1.2 as the newest version of an
// origin. A user got 502 from an origin with TLS 1.3 alone, and nobody was found who
// shows one that answers.
// https://aws.amazon.com/about-aws/whats-new/2025/11/amazon-cloudfront-tls13-origin/ (announced)
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-ciphers-cloudfront-to-origin.html (does not list TLS 1.3)
func SecurityPolicies() []string {
	return []string{
		"SecurityPolicy_TLS13_1_2_2021_06",
		"SecurityPolicy_TLS13_1_2_PQ_2025_09",
		"SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",
		"SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09",
		"SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09",
	}
}

// SecurityPolicyTLS13 says whether a policy takes TLS 1.3 alone.
func SecurityPolicyTLS13(policy string) bool {
	return strings.HasPrefix(policy, "SecurityPolicy_TLS13_1_3_")
}

// PolicyMaps says whether a path can be mapped on a custom domain with one of
// SecurityPolicies: it leads to a REST API, and has one level, since API Gateway's
// version 2, which maps all others, knows no such domain.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html (documented)
// https://github.com/amplify-education/serverless-domain-manager/issues/381 (quoted)
func PolicyMaps(m Mapping) bool {
	return (m.Kind == APIKindREST || m.Kind == "") && !strings.Contains(m.Path, "/")
}

// checkSecurityPolicy judges the TLS policy of the custom domain and its access mode.
func checkSecurityPolicy(j *judge, s Spec, f Facts) {
	const field = "domain.security_policy"
	d := s.Domain
	switch {
	case d.AccessMode != "" && d.AccessMode != AccessStrict, d.AccessMode != "" && d.SecurityPolicy == "":
		j.stop("domain.access_mode", "Choose BASIC, or one of the stricter policies with it")
		return
	case d.SecurityPolicy == "":
		return
	case SecurityPolicyTLS13(d.SecurityPolicy):
		j.stop(field, "Choose a policy that takes TLS 1.2 too: callers would get 502 if CloudFront does not speak TLS 1.3 to API Gateway, and nobody has shown that it does")
		return
	case !slices.Contains(SecurityPolicies(), d.SecurityPolicy):
		j.stop(field, "Choose one of the values in this list")
		return
	}
	kind := func(m Mapping) Mapping {
		if api, ok := FindAPI(f.APIs.Value, m.APIID); ok && api.Kind != "" {
			m.Kind = api.Kind
		}
		return m
	}
	for _, m := range s.API.Mappings {
		if !PolicyMaps(kind(m)) {
			j.stop(field, "Choose TLS 1.2, or map REST APIs and paths of one level only: API Gateway maps nothing else with this policy, and "+m.DisplayPath()+" is neither")
			return
		}
	}
	for _, m := range f.Mapped.Value {
		if !PolicyMaps(kind(m)) {
			j.stop(field, "Make two changes: first one with TLS 1.2, in which "+m.DisplayPath()+" is taken out or leads to a REST API. Then choose this policy, which API Gateway refuses while it is mapped")
			return
		}
	}
	if d.AccessMode == AccessStrict {
		j.say(FaultNotice, "domain.access_mode", "The access mode becomes STRICT at the end of the job",
			"It is BASIC until all paths have answered with the new policy, as AWS recommends, and they are tested again when API Gateway enforces it. The way back takes the custom domain out of reach for about 15 minutes, as AWS says.")
	}
}
