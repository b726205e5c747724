package wizard

import (
	"apifront/setup"
	"apifront/web"
)

// readPolicy reads the TLS policy of the custom domain and its access mode. The page of
// an older version does not ask.
func readPolicy(c *visit) {
	if !c.form.Has("security_policy") {
		return
	}
	d := &c.spec().Domain
	d.SecurityPolicy, d.AccessMode = c.form.Get("security_policy"), c.form.Get("access_mode")
	if d.SecurityPolicy == "" {
		d.AccessMode = ""
	}
}

func policyChoices(s setup.Spec) []web.Option {
	s.Domain.SecurityPolicy = ""
	usual := "TLS 1.2 (TLS_1_2)"
	if s.StaysFound(setup.FoundDomainTLS) {
		usual = asFound
	}
	words := []string{"Without old ciphers", "Post-quantum key exchange", "Post-quantum, forward secrecy", "FIPS, post-quantum", "FIPS, post-quantum, forward secrecy"}
	list := []web.Option{{Text: usual}}
	for i, p := range setup.SecurityPolicies() {
		list = append(list, web.Option{Value: p, Text: words[i] + " (" + p + ")"})
	}
	return list
}

func accessChoices() []web.Option {
	return []web.Option{{Text: "BASIC"}, {Value: setup.AccessStrict, Text: "STRICT, at the end of the job"}}
}

// policyText says which TLS policy the custom domain has, and its access mode.
func policyText(s setup.Spec) string {
	switch d := s.Domain; {
	case s.StaysFound(setup.FoundDomainTLS):
		return asFound
	case d.SecurityPolicy == "":
		return "TLS 1.2"
	case d.AccessMode != "":
		return d.SecurityPolicy + ", STRICT"
	default:
		return d.SecurityPolicy + ", BASIC"
	}
}
