package doctor

import "apifront/setup"

// fixes say what to do about a setting, for a name that no setup has. Settings that
// are not here are put right as the decoder says.
var fixes = map[setup.Setting]string{
	setup.SettingAlias:         "Add the name to the distribution's alternate domain names, with a certificate from us-east-1 that covers it.",
	setup.SettingMethods:       "Allow the methods that the API takes on the default behavior of the distribution.",
	setup.SettingOriginTimeout: "Raise OriginReadTimeout of the origin, or make the API faster.",
	setup.SettingViewerTLS:     "Choose an older security policy of the distribution (MinimumProtocolVersion).",
	setup.SettingCaching:       "Clear the cached answers, then look again.",
	setup.SettingRequest:       "Ask at a path that the API has.",
	setup.SettingRoute:         "Deploy the API to the stage again, or map the path to another stage.",
	setup.SettingEnabled:       "Enable the distribution.",
	setup.SettingMapping:       "Map the path on the custom domain to an API and its stage.",
	setup.SettingNetwork:       "Look at this machine's way to the Internet and its DNS.",
}

// titles say what callers get where the words that a setup has for a setting do not fit:
// a diagnosis knows of nothing that anybody chose. They go by rows of the tables.
var titles = map[string]string{
	"blocked":                  "Callers get 403, because the web ACL of the distribution blocks the request",
	"edge-certificate-expired": "Callers get a certificate error, because the certificate of the distribution has ended",
	"certificate-expired":      "Callers get 502, because the certificate of the custom domain has ended",
	"routing-rules-only":       "Callers get 403, or the answers of other APIs, because the custom domain goes by routing rules alone and ignores mappings",
	"own-name-host":            "Callers get 403, because CloudFront calls the API by its own name and passes on the Host that they ask for",
	"own-behavior":             "Callers of the path get what another origin answers, because the path has a cache behavior of its own",
	"root-object":              "Callers of / get what the API answers for another path, because the distribution has a default root object",
	"own-name-off":             "Callers get 403, because CloudFront calls the API by its own name, which is switched off",
}

// alternatives are what a setting would be as one of several causes.
var alternatives = map[setup.Setting]setup.Alternative{
	setup.SettingAPIAccess: {
		Title: "The API asks callers for a key or a signature", Text: "Then nothing is wrong with CloudFront or DNS: every request without it gets this answer.",
		Fix: "None: callers send it.",
	},
	setup.SettingAPIPolicy: {
		Title: "A web ACL before the stage refuses the request", Text: "AWS WAF can stand before a stage of a REST API too, and says Forbidden like API Gateway itself.",
		Fix: "Look at the rules of the web ACL of the stage, and let in what comes through CloudFront.",
	},
	setup.SettingMapping: {
		Title: "API Gateway has no mapping for this name and path", Text: "The custom domain is there, and no API is mapped at the path.",
		Fix: "Map the path on the custom domain.",
	},
	setup.SettingEnabled: {
		Title: "The distribution is disabled", Text: "CloudFront then answers as for a name that no distribution has.",
		Fix: "Enable the distribution.",
	},
	setup.SettingRoutingMode: {
		Title: "The custom domain goes by routing rules alone", Text: "In the mode ROUTING_RULE_ONLY, API Gateway ignores mappings.",
		Fix: "Set the routing mode of the custom domain back to API mappings.",
	},
	setup.SettingCustomDomain: {
		Title: "The custom domain is gone, and its target with it", Text: "A custom domain that is deleted takes its target out of DNS.",
		Fix: "Create the custom domain, and make its target the origin.",
	},
	setup.SettingHostHeader: {
		Title: "CloudFront does not pass the Host header on", Text: "API Gateway then does not see the name that callers ask for, and knows no API for what it sees.",
		Fix: "Give the default behavior the origin request policy AllViewer.",
	},
	setup.SettingOriginProtocol: {
		Title: "CloudFront calls the origin over plain HTTP", Text: "API Gateway answers HTTPS on port 443 only.",
		Fix: "Set OriginProtocolPolicy of the origin to https-only.",
	},
	setup.SettingOriginDomain: {
		Title: "The origin is not the target of the custom domain", Text: "CloudFront then asks another server, or a name that DNS does not know.",
		Fix: "Make the target of the custom domain the domain name of the origin.",
	},
	setup.SettingRegionalCertificate: {
		Title: "The custom domain has no valid certificate for the name", Text: "CloudFront breaks off where the certificate of the origin does not cover the name.",
		Fix: "Give the custom domain an issued certificate of its region that covers the name.",
	},
	setup.SettingDomainTLS: {
		Title: "CloudFront and API Gateway have no TLS version in common", Text: "The security policy of the custom domain or of the API takes newer versions alone.",
		Fix: "Set the security policy of the custom domain to TLS_1_2.",
	},
	setup.SettingOriginTLS: {
		Title: "CloudFront does not speak TLS 1.2 to the origin", Text: "OriginSslProtocols of the origin leaves it out.",
		Fix: "Set OriginSslProtocols of the origin to TLSv1.2.",
	},
	setup.SettingDomainMTLS: {
		Title: "The custom domain asks for a client certificate", Text: "CloudFront shows none, so API Gateway refuses it.",
		Fix: "Switch mutual TLS off on the custom domain.",
	},
	setup.SettingAlias: {
		Title: "The distribution does not have the name", Text: "CloudFront answers so for a name that is not among the alternate domain names of a distribution.",
		Fix: "Add the name to the distribution's alternate domain names, with a certificate that covers it.",
	},
	setup.SettingDeployed: {
		Title: "CloudFront is still copying a change to its locations", Text: "Some minutes after a change, some of its locations answer as before.",
		Fix: "Wait some minutes, then look again.",
	},
	setup.SettingEdgeCertificate: {
		Title: "The distribution shows a certificate that is not valid for the name", Text: "The name leads to the right distribution, and its certificate ended or covers other names.",
		Fix: "Give the distribution an issued certificate from us-east-1 that covers the name.",
	},
	setup.SettingTrafficRecord: {
		Title: "The DNS record of the name leads to another server", Text: "What answers is then not the distribution of the name.",
		Fix: "Point the record of the name at its distribution.",
	},
	setup.SettingDelegation: {
		Title: "DNS leads to another zone than the one with the record", Text: "The record may be right in a zone that nobody asks.",
		Fix: "Set the name servers at the registrar, or in the parent zone, to those of the zone with the record.",
	},
	setup.SettingProxy: {
		Title: "A proxy of the DNS provider stands before the name", Text: "It answers callers itself, and decides what reaches AWS.",
		Fix: "Switch the proxy off for this record.",
	},
	setup.SettingFirewall: {
		Title: "A web ACL blocks the request", Text: "AWS WAF answers 403 before the API is asked.",
		Fix: "Look at the rules of the web ACL in AWS WAF, and let the request through.",
	},
	setup.SettingRestriction: {
		Title: "The distribution does not serve the country of this machine", Text: "A geographic restriction answers 403.",
		Fix: "Change the geographic restriction of the distribution.",
	},
	setup.SettingErrorPages: {
		Title: "An error page of the distribution stands for the answer", Text: "CloudFront got an error from the origin and answered in its place (CustomErrorResponses).",
		Fix: "Take the error page off, or let it keep the status of the error.",
	},
	setup.SettingEdgeFunction: {
		Title: "A function at the edge answers, or fails", Text: "The request then does not come to the API.",
		Fix: "Look at the functions of the default behavior.",
	},
	setup.SettingOriginTimeout: {
		Title: "The API takes longer than CloudFront waits", Text: "CloudFront answers 504 after OriginReadTimeout.",
		Fix: "Raise OriginReadTimeout of the origin, or make the API faster.",
	},
	setup.SettingBackend: {
		Title: "What is behind the API does not answer as it should", Text: "The way to the API works then.",
		Fix: "Look at the API's own logs.",
	},
	setup.SettingOriginPath: {
		Title: "CloudFront puts a path before each path", Text: "OriginPath of the origin is not empty, so the API is asked for another path.",
		Fix: "Empty OriginPath of the origin: the stage is in the mapping.",
	},
	setup.SettingCaching: {
		Title: "The answer is an old one that CloudFront kept", Text: "It says nothing of how things stand now.",
		Fix: "Clear the cached answers, then look again.",
	},
	setup.SettingNetwork: {
		Title: "This machine does not reach the server", Text: "A firewall or a proxy of this network may stand before it.",
		Fix: "Look from another network.",
	},
	setup.SettingForwarding: {
		Title: "Headers are not passed on to the API", Text: "The API then misses what callers send.",
		Fix: "Give the default behavior the origin request policy AllViewer.",
	},
	setup.SettingRequest: {
		Title: "The API does not have this path", Text: "The way to the API works then.",
		Fix: "Ask at a path that the API has.",
	},
}
