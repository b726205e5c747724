package setup

// settingWords are what people call the settings, as an object in a sentence.
var settingWords = map[Setting]string{
	SettingEdgeCertificate:     "the certificate of the distribution",
	SettingRegionalCertificate: "the certificate of the custom domain",
	SettingCustomDomain:        "the custom domain of API Gateway",
	SettingMapping:             "the path mappings",
	SettingOriginDomain:        "the domain name of the origin",
	SettingAlias:               "the alternate domain name (Aliases)",
	SettingOriginProtocol:      "the origin's protocol (OriginProtocolPolicy)",
	SettingHostHeader:          "the Host header",
	SettingTrafficRecord:       "the DNS record of the name",
	SettingDelegation:          "the delegation of the zone",
	SettingValidationRecord:    "the validation record",
	SettingCAA:                 "the CAA records",
	SettingProxy:               "a proxy of the DNS provider",
	SettingRenewal:             "the renewal of the certificates",
	SettingEnabled:             "whether the distribution is enabled",
	SettingDeployed:            "the deployment of the distribution",
	SettingOriginPath:          "the path of the origin (OriginPath)",
	SettingOriginTLS:           "the TLS versions towards the origin",
	SettingOriginTimeout:       "the time that CloudFront waits for the API (OriginReadTimeout)",
	SettingMethods:             "the allowed methods",
	SettingCacheKey:            "the cache key",
	SettingCaching:             "the caching",
	SettingForwarding:          "the headers that are passed on",
	SettingViewerProtocol:      "the treatment of plain HTTP (ViewerProtocolPolicy)",
	SettingViewerTLS:           "the oldest TLS version of clients",
	SettingFirewall:            "the firewall (WebACLId)",
	SettingRestriction:         "the geographic restriction",
	SettingErrorPages:          "the error pages (CustomErrorResponses)",
	SettingEdgeFunction:        "a function at the edge",
	SettingIPv6:                "IPv6",
	SettingDomainTLS:           "the security policy of the custom domain",
	SettingDomainMTLS:          "mutual TLS on the custom domain",
	SettingRoutingMode:         "the routing mode of the custom domain",
	SettingRoute:               "the routes of the API and their deployment",
	SettingAPIAccess:           "what the API asks of callers",
	SettingAPIPolicy:           "the resource policy of the API",
	SettingBackend:             "the integration behind the API",
	SettingThrottling:          "the request limits",
	SettingNetwork:             "the network of this server",
	SettingRequest:             "the test request",
}

// Words are what people call the setting, as an object in a sentence.
func (s Setting) Words() string {
	if words := settingWords[s]; words != "" {
		return words
	}
	return string(s)
}

// Settings are all settings there are, in no order.
func Settings() []Setting {
	list := make([]Setting, 0, len(settingWords))
	for s := range settingWords {
		list = append(list, s)
	}
	return list
}

// settingHarm is what callers get, or lose, while the setting is not as wanted.
// The statuses are those of CloudFront and API Gateway, as package probe sees them.
var settingHarm = map[Setting]string{
	SettingEdgeCertificate:     "Callers get a certificate error if this certificate does not cover the name.",
	SettingRegionalCertificate: "Callers get 502 if this certificate does not cover the name: CloudFront does not trust the custom domain then.",
	SettingCustomDomain:        "Callers get 502 or 403: API Gateway does not know the name.",
	SettingMapping:             "Callers of the path get 403, or the answers of another API.",
	SettingOriginDomain:        "CloudFront asks another server: callers get its answers, or an error.",
	SettingAlias:               "Callers get a certificate error, 403 or 421 from CloudFront, which does not know the name.",
	SettingOriginProtocol:      "Callers get 502: API Gateway answers HTTPS only.",
	SettingHostHeader:          "Callers get 403: API Gateway does not see the name that they asked for.",
	SettingTrafficRecord:       "Callers do not reach CloudFront.",
	SettingDelegation:          "Callers may not find the name: DNS does not lead to its zone.",
	SettingValidationRecord:    "The certificates will not renew by themselves.",
	SettingCAA:                 "The certificates will not renew: DNS does not let Amazon issue them.",
	SettingRenewal:             "Callers get a certificate error when the certificate has ended.",
	SettingProxy:               "Callers reach the proxy, and it decides what CloudFront sees of them.",
	SettingEnabled:             "Callers get errors: CloudFront answers nobody for a distribution that is off.",
	SettingOriginPath:          "Callers get 403 or 404: CloudFront asks the API for another path than they do.",
	SettingOriginTLS:           "Callers get 502 if CloudFront and API Gateway have no TLS version in common.",
	SettingOriginTimeout:       "Callers get 504 where the API takes longer than CloudFront waits.",
	SettingMethods:             "Callers who send a method that is not allowed get 403 from CloudFront.",
	SettingCacheKey:            "Callers can get answers that were made for others.",
	SettingCaching:             "Callers can get kept answers: what is kept, and for how long, is not as you chose.",
	SettingForwarding:          "The API does not get all that callers send.",
	SettingViewerProtocol:      "Callers over plain HTTP are refused, or answered without encryption.",
	SettingViewerTLS:           "Callers with an old TLS version are refused, or let in though you do not want them.",
	SettingFirewall:            "Requests pass other rules than you chose, or none.",
	SettingRestriction:         "Callers in some countries get 403 from CloudFront.",
	SettingErrorPages:          "Callers can get a page in the place of the API's own error.",
	SettingEdgeFunction:        "Callers can get what a function answers, and not the API.",
	SettingIPv6:                "Callers who have IPv6 only may not reach the name.",
	SettingDomainTLS:           "Callers get 502 if CloudFront and API Gateway have no TLS version in common.",
	SettingDomainMTLS:          "Callers get an error: API Gateway asks CloudFront for a client certificate.",
	SettingRoutingMode:         "Callers can get the answers of other APIs.",
}

// Harm is what callers get while the setting is not as wanted, in one sentence; ""
// where that depends on more than the setting.
func (s Setting) Harm() string { return settingHarm[s] }
