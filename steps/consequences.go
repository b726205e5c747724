package steps

import (
	"slices"
	"strconv"
	"strings"

	"apifront/setup"
)

// consequence is the sentence of a difference: what callers get, because of what. It
// has no full stop. Where callers notice nothing it says so, and where nobody knows,
// that too.
//
// What callers get of a setting is in Setting.Harm, with the statuses of CloudFront and
// API Gateway as package probe sees them. What depends on the value is said here:
//
//   - CloudFront keeps 404 and 5xx for 10 seconds where a distribution does not say
//     otherwise, with every cache policy.
//     https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
//   - AWS charges for the IP addresses that SSLSupportMethod vip takes.
//     https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-https-dedicated-ip-or-sni.html
//   - API Gateway answers HTTPS on port 443 only, and for the Host header that it gets.
//     https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html
//   - Compress does nothing for answers that are not kept.
//     https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html
func consequence(s Step, d setup.FindingBody) string {
	if path, is := strings.CutPrefix(d.Field, mappingField); is {
		return mappingConsequence(setup.Clip(path, 60), d)
	}
	if s.ID == endpointID {
		return "Callers reach the API past CloudFront, because the default endpoint of " + setup.Clip(strings.TrimPrefix(d.Field, endpointField), 40) + " is open"
	}
	if strings.HasPrefix(d.Field, headerField) {
		return headerConsequence(d)
	}
	if s.ID == accessLogsID {
		return "Nothing changes for callers; what they ask for is logged in another place, or not at all"
	}
	if strings.HasPrefix(d.Field, tagField) {
		return "Nothing changes for callers; jobs may be refused, because tags of the " + s.Thing + " are not there"
	}
	if status, is := strings.CutPrefix(d.Field, "ErrorCachingMinTTL "); is {
		kept := d.Is
		if kept == "" {
			kept = "10"
		}
		return "Callers can get a " + status + " for " + kept + " s after it has ended, because CloudFront keeps it"
	}
	if say := fieldConsequences[d.Field]; say != nil {
		if text := say(d.Is, d.Want); text != "" {
			return text
		}
	}
	switch {
	case s.Mark == setup.MarkTraffic:
		return recordConsequence(d)
	case d.Setting == setup.SettingValidationRecord && d.Is == "":
		return "The certificates will not renew by themselves, because the validation record is not there"
	case d.Setting == setup.SettingValidationRecord:
		return "The certificates will not renew by themselves, because the validation record has another value"
	}
	name := d.Field
	if d.Setting != "" {
		name = d.Setting.Words()
	}
	if harm := strings.TrimSuffix(d.Setting.Harm(), "."); harm != "" {
		return harm + " (" + name + ")"
	}
	return "What callers notice is not known: " + name + " of the " + s.Thing + " differs"
}

func mappingConsequence(path string, d setup.FindingBody) string {
	if d.Is == "" {
		return "Callers of " + path + " get 403, or what another path answers, because it is not mapped"
	}
	return "Callers of " + path + " get the answers of another API or stage, because it is mapped to that"
}

// recordConsequence is that of the records that lead the name.
func recordConsequence(d setup.FindingBody) string {
	kind, _, _ := strings.Cut(d.Field, " ")
	switch {
	case d.Is != "" && d.Want == "" && kind != "":
		return "Callers may be led elsewhere, because a " + kind + " record of the name is not ours"
	case d.Is != "":
		return "Callers do not reach CloudFront, because the " + kind + " record leads elsewhere"
	case kind == "AAAA":
		return "Callers who have IPv6 only do not find the name, because its AAAA record is not there"
	case kind == "A":
		return "Callers over IPv4 do not find the name, because its A record is not there"
	}
	return "Callers do not find the name, because it has no DNS record"
}

// missingConsequence is that of a thing that is not there at all.
func missingConsequence(s Step, d setup.FindingBody) string {
	switch s.ID {
	case distributionStep().ID:
		return "Callers get errors, because the distribution is not there"
	case policiesStep().ID:
		return "CloudFront does not keep answers as you chose, because the cache policy is not there"
	case accessLogsID:
		return "Nothing changes for callers; what they ask for is not logged where you chose, because the log delivery is not there"
	}
	if s.Mark == setup.MarkTraffic || d.Setting == setup.SettingValidationRecord {
		return consequence(s, d)
	}
	if harm := strings.TrimSuffix(d.Setting.Harm(), "."); harm != "" {
		return harm + " (the " + s.Thing + " is not there)"
	}
	return "What callers notice is not known: the " + s.Thing + " is not there"
}

// waitingConsequence is that of a record which a person adds.
func waitingConsequence(s Step, d setup.FindingBody) string {
	switch {
	case d.Setting == setup.SettingValidationRecord, s.Mark != setup.MarkTraffic:
		return consequence(s, d)
	case d.Is == "":
		return "Callers do not find the name, because its DNS record is not there"
	}
	return "Callers do not reach CloudFront, because the DNS record of the name leads elsewhere"
}

const noOrigin = "Callers get errors, because the distribution has no origin of ours"

// fieldConsequences are what callers get by the value of a field; "" where that
// depends on more.
var fieldConsequences = map[string]func(is, want string) string{
	"Enabled": func(string, string) string { return "Callers get errors, because the distribution is switched off" },
	"Comment": func(string, string) string {
		return "Nothing changes for callers; the comment of the distribution is another"
	},
	"Aliases": func(string, string) string {
		return "Callers get a certificate error, 403 or 421, because the distribution does not have the name"
	},
	"DefaultRootObject": func(is, _ string) string {
		return "Callers of / get what the API answers for /" + setup.Clip(is, 40) + ", because it is the default root object"
	},
	"HttpVersion": func(is, _ string) string {
		words := strings.NewReplacer("http", "HTTP/", "and", " and HTTP/").Replace(is)
		return "Nothing changes in what callers get; they can connect by " + words
	},
	"IsIPV6Enabled": func(is, _ string) string {
		if is == "true" {
			return "Callers can be answered over IPv6, because it is switched on"
		}
		return "Callers who have IPv6 only may not reach the name, because IPv6 is switched off"
	},
	"PriceClass": func(is, want string) string {
		all := setup.PriceClasses()
		if slices.Index(all, is) > slices.Index(all, want) {
			return "Callers in some regions wait longer, because CloudFront answers from fewer places"
		}
		return "Callers in some regions wait less, and AWS may charge more, because CloudFront answers from more places"
	},
	"WebACLId": func(is, _ string) string {
		if is == "" {
			return "Requests pass no firewall, because the web ACL was taken off"
		}
		return "Requests pass other rules than you chose, because another web ACL is attached"
	},
	"ACMCertificateArn": func(is, _ string) string {
		if is == "" {
			return "Callers get a certificate error, because the distribution has no certificate of ours"
		}
		return "Callers are shown another certificate, and get an error if it does not cover the name"
	},
	"SSLSupportMethod": func(is, _ string) string {
		switch is {
		case "vip":
			return "Nothing changes for callers; AWS charges for IP addresses of its own (SSLSupportMethod)"
		case "":
			return "Callers get a certificate error, because the distribution has no certificate of ours"
		}
		return "Nothing changes for callers; SSLSupportMethod is " + is
	},
	"MinimumProtocolVersion": func(is, want string) string {
		if oldestTLS(is) < oldestTLS(want) {
			return "Callers with older TLS versions or ciphers are let in, because " + is + " is the oldest allowed"
		}
		return "Callers with older TLS versions or ciphers are refused, because " + is + " is the oldest allowed"
	},
	originName: func(is, _ string) string {
		if is == "" {
			return noOrigin
		}
		return "Callers get the answers of another server, or an error, because CloudFront asks " + setup.Clip(is, 60)
	},
	"TargetOriginId": func(is, _ string) string {
		return "Callers get the answers of another server, or an error, because CloudFront asks the origin " + setup.Clip(is, 40)
	},
	"OriginPath": func(is, _ string) string {
		if is == "" {
			return ""
		}
		return "Callers get 403 or 404, because CloudFront puts " + setup.Clip(is, 40) + " before each path"
	},
	"HTTPSPort": func(is, _ string) string {
		if is == "" {
			return noOrigin
		}
		return "Callers get 502 or 504, because CloudFront calls API Gateway on port " + is
	},
	"OriginProtocolPolicy": func(is, _ string) string {
		switch is {
		case "http-only":
			return "Callers get 502, because CloudFront calls API Gateway over plain HTTP"
		case "match-viewer":
			return "Callers over plain HTTP can get 502, because CloudFront calls API Gateway as they call it"
		}
		return noOrigin
	},
	"OriginSslProtocols": func(is, _ string) string {
		switch {
		case is == "":
			return noOrigin
		case slices.Contains(strings.Split(is, ", "), "TLSv1.2"):
			return "Nothing changes for callers; CloudFront may speak other TLS versions to API Gateway as well"
		}
		return "Callers can get 502, because CloudFront may not speak TLS 1.2 to API Gateway"
	},
	"OriginReadTimeout": func(is, want string) string {
		switch {
		case is == "":
			return noOrigin
		case atoi(is) < atoi(want):
			return "Callers get 504 where the API takes longer than " + is + " s, because CloudFront waits no longer"
		}
		return "Callers may wait longer for an error, because CloudFront waits up to " + is + " s for the API"
	},
	"OriginKeepaliveTimeout": func(is, _ string) string {
		if is == "" {
			return noOrigin
		}
		return "Nothing changes in what callers get; CloudFront keeps idle connections to API Gateway for " + is + " s"
	},
	"ViewerProtocolPolicy": func(is, _ string) string {
		switch is {
		case "allow-all":
			return "Callers over plain HTTP are answered without encryption, because it is allowed"
		case "https-only":
			return "Callers over plain HTTP are refused, because they are not sent on to HTTPS"
		case "redirect-to-https":
			return "Callers over plain HTTP are sent on to HTTPS, and not refused"
		}
		return ""
	},
	"AllowedMethods": func(is, want string) string {
		if less := lacks(is, want); less != "" {
			return "Callers who send " + less + " get 403, because CloudFront does not allow it"
		}
		return "Requests with " + lacks(want, is) + " reach the API, because CloudFront allows them"
	},
	"CachedMethods": func(is, want string) string {
		if more := lacks(want, is); more != "" {
			return "Callers can get kept answers to " + more + ", because CloudFront may keep them"
		}
		return "Nothing changes in what callers get; answers to " + lacks(is, want) + " are not kept"
	},
	"CachePolicyId":         cachePolicyConsequence,
	"OriginRequestPolicyId": requestPolicyConsequence,
	"Compress":              compressConsequence,
	"MinTTL":                ttlConsequence,
	"DefaultTTL":            ttlConsequence,
	"MaxTTL":                ttlConsequence,
	"Headers": func(is, want string) string {
		if less := lacks(is, want); less != "" {
			return "Callers can get each other's answers, because " + setup.Clip(less, 60) + " does not tell them apart"
		}
		return "The API is asked more often, because " + setup.Clip(lacks(want, is), 60) + " tells requests apart too"
	},
	"QueryStringBehavior": func(string, string) string {
		return "Callers can get answers to another query string, because not all of it tells requests apart"
	},
	"CookieBehavior": func(string, string) string {
		return "The API is asked more often, because cookies tell requests apart too"
	},
	"EnableAcceptEncodingGzip":   compressConsequence,
	"EnableAcceptEncodingBrotli": compressConsequence,
	"regionalCertificateArn": func(string, string) string {
		return "Callers get 502 if the other certificate of the custom domain does not cover the name"
	},
	fieldPolicy: domainPolicyConsequence,
	fieldAccess: accessConsequence,
}

// cachePolicyConsequence knows of AWS's own policies whether they keep answers. None
// has the Authorization header in its key.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
func cachePolicyConsequence(is, want string) string {
	switch {
	case is == "":
		return "Callers can get kept answers, because old cache settings stand in the place of the cache policy"
	case is == setup.PolicyCachingDisabled:
		return "The API is asked for each request, because caching is off (" + setup.Managed(is) + ")"
	case want == setup.PolicyCachingDisabled && strings.HasPrefix(setup.Managed(is), "CachingOptimized"):
		return "CloudFront keeps answers, and signed-in callers can get each other's"
	case want == setup.PolicyCachingDisabled:
		return "CloudFront can keep answers, and callers can get each other's, because of another cache policy"
	}
	return "Callers can get each other's answers, or old ones, because of another cache policy"
}

func requestPolicyConsequence(is, _ string) string {
	switch name := setup.Managed(is); {
	case strings.HasPrefix(name, "AllViewerAnd"):
		return "Nothing changes for callers where the API does not go by the headers that CloudFront adds"
	case name == "HostHeaderOnly":
		return "The API does not get headers, cookies and query strings, because CloudFront passes only Host on"
	case name != "", is == "":
		return "Callers get 403, because CloudFront does not pass on the Host that they ask for"
	}
	return "Callers get 403 if the other origin request policy does not pass on the Host that they ask for"
}

func compressConsequence(is, _ string) string {
	if is == "true" {
		return "Callers get kept answers compressed, because that is switched on"
	}
	return "Callers get kept answers that are larger, because CloudFront does not compress them all"
}

func ttlConsequence(is, want string) string {
	if atoi(is) > atoi(want) {
		return "Callers can get answers that are older than you chose, because CloudFront keeps them longer"
	}
	return "The API is asked more often, because CloudFront keeps answers for a shorter time"
}

// lacks is what of a list the other has not, in words; "" for nothing.
func lacks(have, all string) string {
	list := strings.Split(have, ", ")
	return setup.Or(slices.DeleteFunc(strings.Split(all, ", "), func(s string) bool { return s == "" || slices.Contains(list, s) }))
}

func atoi(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

// oldestTLS orders the security policies of CloudFront, which are named after the
// oldest TLS version and the year of their ciphers.
func oldestTLS(policy string) string {
	if policy == "TLSv1" || strings.HasPrefix(policy, "TLSv1_") {
		return "TLSv1.0" + strings.TrimPrefix(policy, "TLSv1")
	}
	return policy
}

// Consequence is what callers get while a setting is as the finding says, in one
// sentence without a full stop.
func Consequence(f setup.FindingBody) string {
	s, _ := StepFor(f.Setting)
	return consequence(s, f)
}
