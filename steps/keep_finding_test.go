package steps

import (
	"slices"
	"strings"
	"testing"

	"apifront/setup"
)

// Each thing that can be kept is refused as soon as one condition of it does not hold.
func TestWhatIsKeptMeetsEveryCondition(t *testing.T) {
	t.Parallel()
	type world struct {
		spec  setup.Spec
		found []setup.FindingBody // the first one is to be kept
	}
	spec := func(change func(*setup.Spec)) setup.Spec {
		s := setup.DefaultSpec()
		s.Account.Region, s.Domain.DNS, s.Domain.Switch = "eu-west-1", setup.DNSRoute53, setup.SwitchAtEnd
		s.API.Mappings = []setup.Mapping{{Path: "orders", APIID: "a1", APIName: "orders", Kind: setup.APIKindHTTP, Stage: "prod"}}
		change(&s)
		return s
	}
	found := func(step setup.StepID, field, is, want string) setup.FindingBody {
		return setup.FindingBody{Key: string(step) + "/" + field, StepID: step, Field: field, Is: is, Want: want, Repair: true}
	}
	leads := func(path, api, stage string, added bool) setup.FindingBody {
		f := found("mappings", "Mapping /"+path, api+", stage "+stage, "")
		f.There = &setup.StandingMapping{Mapping: setup.Mapping{Path: path, APIID: api, Kind: setup.APIKindHTTP, Stage: stage}, ID: "m9", Via: "v2", Region: "eu-west-1"}
		f.Repair, f.Added = !added, added
		return f
	}
	certificate := func(step setup.StepID, field string, setting setup.Setting, arn string) setup.FindingBody {
		f := found(step, field, arn, "arn:ours")
		f.Setting, f.Fits = setting, true
		return f
	}
	const theirs, third = "arn:aws:acm:us-east-1:111122223333:certificate/1", "arn:aws:acm:us-east-1:111122223333:certificate/2"
	edge := certificate("distribution", "ACMCertificateArn", setup.SettingEdgeCertificate, theirs)
	regional := certificate("domain", "regionalCertificateArn", setup.SettingRegionalCertificate, strings.Replace(theirs, "us-east-1", "eu-west-1", 1))
	both := certificate("domain", "regionalCertificateArn", setup.SettingRegionalCertificate, theirs)
	plain := func(*setup.Spec) {}
	restAlone := func(s *setup.Spec) {
		s.API.Mappings[0].Kind, s.Domain.SecurityPolicy = setup.APIKindREST, "SecurityPolicy_TLS13_1_2_2021_06"
	}
	in := func(region string) func(*setup.Spec) { return func(s *setup.Spec) { s.Account.Region = region } }
	caching := func(how string) func(*setup.Spec) {
		return func(s *setup.Spec) { s.Edge.Caching, s.Edge.TTL = how, 60 }
	}
	ttls := []setup.FindingBody{found("policies", "MinTTL", "500", "60"), found("policies", "DefaultTTL", "500", "60"), found("policies", "MaxTTL", "500", "60")}
	for _, c := range []struct {
		name   string
		spec   func(*setup.Spec)
		found  []setup.FindingBody
		breaks map[string]func(*world)
	}{
		{"a path that was added", plain, []setup.FindingBody{leads("new", "b1", "beta", true)}, map[string]func(*world){
			"nobody knows its API":     func(w *world) { w.found[0].There.Kind = "" },
			"it is in another region":  func(w *world) { w.found[0].There.Region = "us-west-2" },
			"the setup has the path":   func(w *world) { w.found[0].There.Path = "orders" },
			"no answer takes its name": func(w *world) { w.found[0].There.Path = "orders?x" },
		}},
		{"a path that leads to another API", plain, []setup.FindingBody{leads("orders", "b1", "beta", false)}, map[string]func(*world){
			"nobody knows the API":       func(w *world) { w.found[0].There.Kind = "" },
			"it is in another region":    func(w *world) { w.found[0].There.Region = "us-west-2" },
			"the setup has no such path": func(w *world) { w.found[0].There.Path = "other" },
		}},
		{"a path that was taken out", func(s *setup.Spec) {
			s.API.Mappings = append(s.API.Mappings, setup.Mapping{Path: "b", APIID: "b1", Stage: "beta"})
		}, []setup.FindingBody{found("mappings", "Mapping /orders", "", "a1")}, map[string]func(*world){
			"it is the only one":         func(w *world) { w.spec.API.Mappings = w.spec.API.Mappings[:1] },
			"the setup has no such path": func(w *world) { w.found[0].Field = "Mapping /other" },
			"it leads somewhere":         func(w *world) { w.found[0].Is = "b1, stage prod" },
		}},
		{"a certificate", plain, []setup.FindingBody{edge}, map[string]func(*world){
			"it does not fit": func(w *world) { w.found[0].Fits = false },
		}},
		{"the certificate of the custom domain", plain, []setup.FindingBody{regional}, map[string]func(*world){
			"it does not fit": func(w *world) { w.found[0].Fits = false },
		}},
		{"one certificate in both places", in(setup.EdgeRegion), []setup.FindingBody{edge, both}, map[string]func(*world){
			"only CloudFront has it": func(w *world) { w.found = w.found[:1] },
			"they differ":            func(w *world) { w.found[1].Is = third },
			"it does not fit":        func(w *world) { w.found[0].Fits = false },
		}},
		{"one certificate in both places, by the other finding", in(setup.EdgeRegion), []setup.FindingBody{both, edge}, map[string]func(*world){
			"only the custom domain has it": func(w *world) { w.found = w.found[:1] },
			"they differ":                   func(w *world) { w.found[1].Is = third },
		}},
		{"caching off", caching(setup.CachingFixed), []setup.FindingBody{found("distribution", "CachePolicyId", setup.PolicyCachingDisabled, "p1")}, map[string]func(*world){
			"it is another policy":   func(w *world) { w.found[0].Is = "658327ea-f89d-4fab-a63d-7e88639e58f6" }, // Managed-CachingOptimized
			"there is none":          func(w *world) { w.found[0].Is = "" },
			"the setup has no cache": func(w *world) { w.spec.Edge.Caching = setup.CachingOff },
		}},
		{"another TLS policy of the custom domain", restAlone, []setup.FindingBody{found("domain", "securityPolicy", "SecurityPolicy_TLS13_1_2_PQ_2025_09", "SecurityPolicy_TLS13_1_2_2021_06")}, map[string]func(*world){
			"no answer says it":        func(w *world) { w.found[0].Is = "SecurityPolicy_TLS13_1_3_2025_09" },
			"it is older than TLS 1.2": func(w *world) { w.found[0].Is = "TLS_1_0" },
			"an HTTP API is mapped":    func(w *world) { w.spec.API.Mappings[0].Kind = setup.APIKindHTTP },
		}},
		{"TLS 1.2 of the custom domain", restAlone, []setup.FindingBody{found("domain", "securityPolicy", "TLS_1_2", "SecurityPolicy_TLS13_1_2_2021_06")}, map[string]func(*world){
			"it is wanted": func(w *world) { w.found[0].Want = "TLS_1_2" },
		}},
		{"the access mode BASIC", func(s *setup.Spec) { restAlone(s); s.Domain.AccessMode = setup.AccessStrict }, []setup.FindingBody{found("strict", "endpointAccessMode", "BASIC", "STRICT")}, map[string]func(*world){
			"there is none": func(w *world) { w.found[0].Is = "" },
		}},
		{"another time to keep", caching(setup.CachingFixed), ttls, map[string]func(*world){
			"only one of three differs": func(w *world) { w.found = w.found[:1] },
			"one is longer":             func(w *world) { w.found[2].Is = "900" },
			"one is shorter":            func(w *world) { w.found[1].Is = "1" },
			"the API decides":           func(w *world) { w.spec.Edge.Caching = setup.CachingAPI },
			"nothing is kept":           func(w *world) { everyIs(w.found, "0") },
			"more than a year":          func(w *world) { everyIs(w.found, "31536001") },
			"no number":                 func(w *world) { everyIs(w.found, "soon") },
		}},
		{"headers of the key", caching(setup.CachingAPI), []setup.FindingBody{found("policies", "Headers", "Authorization, Host, Origin, X-Api-Key, X-Tenant", "Authorization, Host, Origin, X-Api-Key")}, map[string]func(*world){
			"none":      func(w *world) { w.found[0].Is = "" },
			"no header": func(w *world) { w.found[0].Is = "Authorization, X Tenant" },
			"another":   func(w *world) { w.found[0].Field = "Cookies" },
		}},
		{"IPv6 off", plain, []setup.FindingBody{found("distribution", "IsIPV6Enabled", "false", "true"), found("dns", "AAAA api.example.com", "", "d1.cloudfront.net")}, map[string]func(*world){
			"its record is there":      func(w *world) { w.found = w.found[:1] },
			"its record is another's":  func(w *world) { w.found[1].Is = "2001:db8::1" },
			"it is neither on nor off": func(w *world) { w.found[0].Is = "" },
		}},
		{"IPv6 on", func(s *setup.Spec) { s.Edge.IPv6 = false }, []setup.FindingBody{found("distribution", "IsIPV6Enabled", "true", "false"), found("dns", "AAAA api.example.com", "d1.cloudfront.net", "")}, map[string]func(*world){
			"it has no record":           func(w *world) { w.found = w.found[:1] },
			"its record is another's":    func(w *world) { w.found[1].Is = "2001:db8::1" },
			"its record leads elsewhere": func(w *world) { w.found[1].Want = "d2.cloudfront.net" },
		}},
		{"a name that leads elsewhere", plain, []setup.FindingBody{found("dns", "A api.example.com", "203.0.113.9", "d1.cloudfront.net")}, map[string]func(*world){
			"it leads nowhere":               func(w *world) { w.found[0].Is = "" },
			"it leads to a distribution":     func(w *world) { w.found[0].Is = "d2.cloudfront.net" },
			"no job was to move the traffic": func(w *world) { w.spec.Domain.Switch = setup.SwitchLater },
		}},
		{"a longer wait", plain, []setup.FindingBody{found("distribution", "OriginReadTimeout", "90", "60")}, map[string]func(*world){
			"none":              func(w *world) { w.found[0].Is = "0" },
			"longer than AWS's": func(w *world) { w.found[0].Is = "121" },
			"no number":         func(w *world) { w.found[0].Is = "" },
		}},
		{"a comment", plain, []setup.FindingBody{found("distribution", "Comment", "of ours", "apifront")}, map[string]func(*world){
			"none":     func(w *world) { w.found[0].Is = "" },
			"too long": func(w *world) { w.found[0].Is = strings.Repeat("c", 129) },
		}},
		{"a web ACL", plain, []setup.FindingBody{found("distribution", "WebACLId", "arn:aws:wafv2:us-east-1:111122223333:global/webacl/w/a1b2c3d4-5678-90ab-cdef-111122223333", "")}, map[string]func(*world){
			"no ARN": func(w *world) { w.found[0].Is = "w" },
		}},
		{"compression off", plain, []setup.FindingBody{found("distribution", "Compress", "false", "true")}, map[string]func(*world){
			"the cache policy says it too": func(w *world) { w.spec.Edge.Caching = setup.CachingAPI },
			"neither on nor off":           func(w *world) { w.found[0].Is = "" },
		}},
	} {
		fresh := func() *world {
			w := &world{spec(c.spec), slices.Clone(c.found)}
			for i, f := range w.found {
				if f.There != nil {
					there := *f.There
					w.found[i].There = &there
				}
			}
			return w
		}
		w := fresh()
		if k, ok := Keep(w.spec, w.found[0], w.found...); !ok || k.Text == "" || k.Why == "" {
			t.Errorf("%s: is not kept: %+v", c.name, k)
		} else if faults := k.Spec.Check(setup.Facts{}); len(faults) > len(w.spec.Check(setup.Facts{})) {
			t.Errorf("%s: what is kept is no good answer: %+v", c.name, faults)
		}
		for why, breaks := range c.breaks {
			w := fresh()
			breaks(w)
			if k, ok := Keep(w.spec, w.found[0], w.found...); ok {
				t.Errorf("%s, but %s: is kept as %+v", c.name, why, k.Spec)
			}
		}
		w = fresh()
		w.found[0].Repair, w.found[0].Added = false, false
		if _, ok := Keep(w.spec, w.found[0], w.found...); ok {
			t.Errorf("%s: is kept though nothing can be repaired", c.name)
		}
	}
}

// everyIs sets what is there in every finding.
func everyIs(list []setup.FindingBody, is string) {
	for i := range list {
		list[i].Is = is
	}
}
