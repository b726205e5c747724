package setup

// policied is the right world with a REST API alone, a TLS policy and an access mode.
func policied(policy, mode string) func(*Spec, *Facts) {
	return func(s *Spec, _ *Facts) {
		s.API.Mappings = s.API.Mappings[1:]
		s.Domain.SecurityPolicy, s.Domain.AccessMode = policy, mode
	}
}

// policyRules are those about the TLS policy of the custom domain.
func policyRules() []rule {
	return []rule{
		{"TLS policy", policied("SecurityPolicy_TLS13_1_2_2021_06", ""), nil},
		{"TLS policy of an HTTP API", func(s *Spec, f *Facts) {
			policied("SecurityPolicy_TLS13_1_2_2021_06", "")(s, f)
			s.API.Mappings = append(s.API.Mappings, Mapping{Path: "a", APIID: "a1", APIName: "orders", Kind: APIKindREST, Stage: "prod"})
		}, stops("domain.security_policy", "Choose TLS 1.2, or map REST APIs")},
		{"TLS policy of a path of several levels", func(s *Spec, f *Facts) {
			policied("SecurityPolicy_TLS13_1_2_2021_06", "")(s, f)
			s.API.Mappings[0].Path = "v1/bills"
		}, stops("domain.security_policy", "Choose TLS 1.2, or map REST APIs")},
		{"TLS policy while an HTTP API is mapped", func(s *Spec, f *Facts) {
			policied("SecurityPolicy_TLS13_1_2_2021_06", "")(s, f)
			f.Mapped = Known([]Mapping{{Path: "v1", APIID: "a1", Stage: "prod"}})
		}, stops("domain.security_policy", "Make two changes: first one with TLS 1.2, in which /v1")},
		{"TLS policy while a REST API is mapped", func(s *Spec, f *Facts) {
			policied("SecurityPolicy_TLS13_1_2_2021_06", "")(s, f)
			f.Mapped = Known([]Mapping{{Path: "v1", APIID: "r2", Stage: "live"}})
		}, nil},
		{"TLS 1.3 alone", policied("SecurityPolicy_TLS13_1_3_2025_09", ""), stops("domain.security_policy", "Choose a policy that takes TLS 1.2 too")},
		{"TLS policy of edge endpoints", policied("SecurityPolicy_TLS13_2025_EDGE", ""), stops("domain.security_policy", "Choose one of the values")},
		{"TLS 1.0", policied("TLS_1_0", ""), stops("domain.security_policy", "Choose one of the values")},
		{"strict", policied("SecurityPolicy_TLS13_1_2_2021_06", "STRICT"), fault(FaultNotice, "domain.access_mode", "It is BASIC until all paths")},
		{"strict with TLS_1_2", policied("", "STRICT"), stops("domain.access_mode", "Choose BASIC")},
		{"no such access mode", policied("SecurityPolicy_TLS13_1_2_2021_06", "LOOSE"), stops("domain.access_mode", "Choose BASIC")},
	}
}
