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
