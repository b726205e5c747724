package worker_test

import (
	"slices"

	"apifront/cloud/sim"
	"apifront/setup"
)

// A wish changes what is wanted, in a world.
type wish func(w *world, s *setup.Spec)

// A pair is two specs of one setup: a is wanted first, then b, then a again.
type pair struct {
	name string
	base func(*variant) // nil: any
	a, b wish           // a nil: the base as it is; b comes on top of a
	// after is what somebody does by hand after the job that makes it a; in the
	// fresh world of b after that job. nil: nothing.
	after func(*world)
	// gap: API Gateway itself leaves no way without one. A name has WebSocket APIs
	// or others, and those of before have to go first.
	// https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-mappings.html
	// (documented). An access mode that was STRICT is another such thing.
	// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
	// (documented).
	gap bool
}

// pairs are all of them. Each is tried on a base of its own choice, or on one
// after the other; APIFRONT_LAWS=all tries each on all bases.
func pairs() []pair {
	list := []pair{
		{name: "nothing", b: func(*world, *setup.Spec) {}},
		{name: "other API", b: func(w *world, s *setup.Spec) { w.toMap(s, 0, "orders", s.API.Mappings[0].Kind, 2, "beta") }},
		{name: "other kind of API", b: func(w *world, s *setup.Spec) { w.toMap(s, 0, s.API.Mappings[0].Path, otherKind(s), 2, "beta") }},
		{name: "test", a: func(w *world, s *setup.Spec) {
			w.bindKey(s)
			s.API.Mappings[0].Test = setup.Test{Path: "/health", Method: "HEAD", Status: 200, Key: theKey}
		},
			b: func(_ *world, s *setup.Spec) { s.API.Mappings[0].Test = setup.Test{} }},
		{name: "other stage", b: func(_ *world, s *setup.Spec) { s.API.Mappings[0].Stage = "beta" }},
		{name: "mapping added", b: func(w *world, s *setup.Spec) { w.toMap(s, 1, "catalog", setup.APIKindHTTP, 2, "beta") }},
		{name: "mapping removed", a: several, b: func(_ *world, s *setup.Spec) { s.API.Mappings = slices.Delete(s.API.Mappings, 1, 2) }},
		{name: "mapping left", a: several, b: func(_ *world, s *setup.Spec) { s.API.Mappings, s.API.Left = s.API.Mappings[:1], []string{"catalog"} }},
		{name: "root moved", a: func(_ *world, s *setup.Spec) { s.API.Mappings[0].Path = "" }, b: func(_ *world, s *setup.Spec) { s.API.Mappings[0].Path = "v2" }},
		{name: "paths exchanged", a: several, b: func(_ *world, s *setup.Spec) {
			m := s.API.Mappings
			m[0].Path, m[1].Path = m[1].Path, m[0].Path
		}},
		{name: "path of several levels", b: func(_ *world, s *setup.Spec) { s.API.Mappings[0].Path = "shop/v1/orders" }},
		{name: "several at once", a: several, b: func(w *world, s *setup.Spec) {
			s.API.Mappings = slices.Delete(s.API.Mappings, 0, 1)
			w.toMap(s, 0, "v2", setup.APIKindREST, 2, "prod")
			w.toMap(s, 9, "", setup.APIKindHTTP, 1, "beta")
			s.Edge.Caching = setup.CachingFixed
			s.Certificates = w.reusable(s)
			s.Edge.Methods, s.Edge.IPv6, s.Edge.Tags = setup.MethodsRead, false, []setup.Tag{{Key: "team", Value: "food"}}
			s.Edge.CloseEndpoints = true
			s.Edge.OriginHeader = setup.OriginHeader
		}},
		{name: "default endpoint of another API", a: endpointsClosed, b: func(w *world, s *setup.Spec) {
			w.toMap(s, 0, "orders", s.API.Mappings[0].Kind, 2, "beta")
		}},
		{name: "name of the secret header", a: func(_ *world, s *setup.Spec) { s.Edge.OriginHeader = setup.OriginHeader }, b: func(_ *world, s *setup.Spec) { s.Edge.OriginHeader = "x-front" }},
		{name: "default endpoints, traffic later", a: endpointsClosed, b: func(_ *world, s *setup.Spec) { s.Domain.Switch = setup.SwitchLater }},
		{name: "mapping added beside one made by hand", b: func(w *world, s *setup.Spec) { w.toMap(s, 1, "catalog", setup.APIKindHTTP, 2, "beta") },
			base: func(v *variant) { v.oneRegion = false }, after: func(w *world) { w.mapByHand("eu-west-1", theName, "byhand", "orders-api-eu", "prod") }},
		{name: "mapping removed beside one made by hand", a: several, b: func(_ *world, s *setup.Spec) { s.API.Mappings = s.API.Mappings[:1] },
			base: func(v *variant) { v.oneRegion = false }, after: func(w *world) { w.mapByHand("eu-west-1", theName, "byhand", "orders-api-eu", "prod") }},

		{name: "to a WebSocket API", b: func(w *world, s *setup.Spec) { w.toMap(s, 0, "orders", setup.APIKindWebSocket, 1, "prod") }, gap: true},

		{name: "certificates", b: func(w *world, s *setup.Spec) { s.Certificates = w.reusable(s) }},
		{name: "viewer certificate", b: func(w *world, s *setup.Spec) { s.Certificates.Edge, s.Certificates.Answered = w.reusable(s).Edge, true }},
		{name: "regional certificate", base: func(v *variant) { v.oneRegion = false }, b: func(w *world, s *setup.Spec) {
			s.Certificates.Regional, s.Certificates.Answered = w.reusable(s).Regional, true
		}},
		{name: "region, to us-east-1", base: func(v *variant) { v.oneRegion = false }, b: moved(setup.EdgeRegion)},
		{name: "region, from us-east-1", base: func(v *variant) { v.oneRegion = true }, b: moved("eu-west-1")},
		{name: "region, neither us-east-1", base: func(v *variant) { v.oneRegion = false }, b: moved("eu-central-1")},
		{name: "region and caching", base: func(v *variant) { v.oneRegion = false }, a: cached(setup.CachingAPI), b: func(w *world, s *setup.Spec) {
			moved(setup.EdgeRegion)(w, s)
			s.Edge.Caching = setup.CachingFixed
		}},
		{name: "DNS, to elsewhere", base: func(v *variant) { v.elsewhere = false }, b: elsewhere},
		{name: "DNS, from elsewhere", base: func(v *variant) { v.elsewhere = true }, b: func(w *world, s *setup.Spec) {
			s.Domain.DNS, s.Domain.ZoneID, s.Domain.ZoneName = setup.DNSRoute53, w.demo.Zones[theZone], theZone
		}},
		{name: "traffic later", b: func(_ *world, s *setup.Spec) { s.Domain.Switch = setup.SwitchLater }},
		{name: "traffic now", a: func(_ *world, s *setup.Spec) { s.Domain.Switch = setup.SwitchLater }, b: func(_ *world, s *setup.Spec) { s.Domain.Switch = setup.SwitchAtEnd }},
		{name: "TLS policy", base: restAlone, b: asks("SecurityPolicy_TLS13_1_2_2021_06", "")},
		{name: "other TLS policy, and strict", base: restAlone, a: asks("SecurityPolicy_TLS13_1_2_2021_06", ""), b: asks("SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", setup.AccessStrict), gap: true},
		{name: "other connection", b: func(w *world, s *setup.Spec) { s.Account.Connection = w.second.ID }},
		{name: "other connection to the zone", base: func(v *variant) { v.elsewhere = false }, b: func(w *world, s *setup.Spec) {
			s.Domain.Connection, s.Domain.AccountID = w.second.ID, w.demo.AccountID
		}},
	}
	for _, from := range cachings {
		for _, to := range cachings {
			if from != to {
				list = append(list, pair{name: "caching " + from + ", then " + to, a: cached(from), b: cached(to)})
			}
		}
	}
	return append(list, edgePairs()...)
}

// edgePairs change each of "More settings".
func edgePairs() []pair {
	one := func(name string, b func(*setup.Edge)) pair {
		return pair{name: name, b: func(_ *world, s *setup.Spec) { b(&s.Edge) }}
	}
	caching := func(name, how string, b func(*setup.Edge)) pair {
		p := one(name, b)
		p.a = cached(how)
		return p
	}
	return []pair{
		caching("time to keep", setup.CachingFixed, func(e *setup.Edge) { e.TTL = 300 }),
		caching("key headers", setup.CachingAPI, func(e *setup.Edge) { e.KeyHeaders = []string{"Host", "X-Tenant"} }),
		caching("shared answers", setup.CachingFixed, func(e *setup.Edge) { e.Accepts = []string{setup.SharedSites} }),
		caching("compression, cached", setup.CachingAPI, func(e *setup.Edge) { e.Compress = false }),
		one("compression", func(e *setup.Edge) { e.Compress = false }),
		one("methods, fewer", func(e *setup.Edge) { e.Methods = setup.MethodsRead }),
		one("methods, with OPTIONS", func(e *setup.Edge) { e.Methods = setup.MethodsOptions }),
		one("viewer protocol", func(e *setup.Edge) { e.ViewerProtocol = setup.ViewerHTTPSOnly }),
		one("TLS", func(e *setup.Edge) { e.MinimumTLS = "TLSv1.2_2019" }),
		one("HTTP version", func(e *setup.Edge) { e.HTTPVersion = "http2" }),
		one("IPv6", func(e *setup.Edge) { e.IPv6 = false }),
		one("price class", func(e *setup.Edge) { e.PriceClass = "PriceClass_100" }),
		one("read timeout", func(e *setup.Edge) { e.ReadTimeout = 30 }),
		one("secret header", func(e *setup.Edge) { e.OriginHeader = setup.OriginHeader }),
		one("default endpoints", func(e *setup.Edge) { e.CloseEndpoints = true }),
		one("access logs", func(e *setup.Edge) { e.AccessLogs = inBucket }),
		{name: "access logs in another bucket", a: func(_ *world, s *setup.Spec) { s.Edge.AccessLogs = inBucket }, b: func(_ *world, s *setup.Spec) {
			s.Edge.AccessLogs = setup.AccessLogs{To: setup.LogsBucket, Name: inBucket.Name, Prefix: "front"}
		}},
		{name: "access logs in a log group", a: func(_ *world, s *setup.Spec) { s.Edge.AccessLogs = inBucket }, b: func(_ *world, s *setup.Spec) { s.Edge.AccessLogs = inGroup }},
		one("comment", func(e *setup.Edge) { e.Comment = "the shop's" }),
		one("tags", func(e *setup.Edge) { e.Tags = []setup.Tag{{Key: "team", Value: "shop"}, {Key: "stage", Value: "prod"}} }),
		{name: "other tags", a: func(_ *world, s *setup.Spec) {
			s.Edge.Tags = []setup.Tag{{Key: "team", Value: "shop"}, {Key: "old", Value: "1"}}
		},
			b: func(_ *world, s *setup.Spec) {
				s.Edge.Tags = []setup.Tag{{Key: "team", Value: "food"}, {Key: "new", Value: "1"}}
			}},
		{name: "firewall", b: func(w *world, s *setup.Spec) { s.Edge.WebACL = w.firewall("one") }},
		{name: "other firewall", a: func(w *world, s *setup.Spec) { s.Edge.WebACL = w.firewall("one") }, b: func(w *world, s *setup.Spec) { s.Edge.WebACL = w.firewall("two") }},
	}
}

// restAlone is a base with REST APIs, which stricter TLS policies need.
func restAlone(v *variant) { v.rest = true }

// asks asks for a TLS policy of the custom domain, with an access mode.
func asks(policy, mode string) wish {
	return func(_ *world, s *setup.Spec) { s.Domain.SecurityPolicy, s.Domain.AccessMode = policy, mode }
}

var cachings = []string{setup.CachingOff, setup.CachingAPI, setup.CachingFixed}

func cached(how string) wish { return func(_ *world, s *setup.Spec) { s.Edge.Caching = how } }

// The places for access logs in the demo's account.
var (
	inBucket = setup.AccessLogs{To: setup.LogsBucket, Name: "harborview-access-logs"}
	inGroup  = setup.AccessLogs{To: setup.LogsGroup, Name: "/cloudfront/access-logs"}
)

func endpointsClosed(_ *world, s *setup.Spec) { s.Edge.CloseEndpoints = true }

func elsewhere(_ *world, s *setup.Spec) {
	s.Domain.DNS, s.Domain.ZoneID, s.Domain.ZoneName = setup.DNSElsewhere, "", ""
}

// several maps a second path, to the other kind of API.
func several(w *world, s *setup.Spec) { w.toMap(s, 1, "catalog", otherKind(s), 2, "beta") }

func otherKind(s *setup.Spec) setup.APIKind {
	if s.API.Mappings[0].Kind == setup.APIKindREST {
		return setup.APIKindHTTP
	}
	return setup.APIKindREST
}

// moved moves the setup to another region, in which there are APIs of the same
// kinds.
func moved(region string) wish {
	return func(w *world, s *setup.Spec) {
		s.Account.Region = region
		for i, m := range s.API.Mappings {
			w.toMap(s, i, m.Path, m.Kind, 2, "beta")
		}
	}
}

// toMap makes the i-th mapping lead to the n-th of the APIs of the kind in the
// setup's region; or appends it.
func (w *world) toMap(s *setup.Spec, i int, path string, kind setup.APIKind, n int, stage string) {
	m := setup.Mapping{Path: path, Kind: kind, APIName: lawAPI(s.Account.Region, kind, n), Stage: stage}
	m.APIID = w.demo.APIs[m.APIName]
	// A list of its own: the spec of before keeps what it has.
	s.API.Mappings = slices.Clone(s.API.Mappings)
	if i < len(s.API.Mappings) {
		s.API.Mappings[i] = m
	} else {
		s.API.Mappings = append(s.API.Mappings, m)
	}
}

func lawAPI(region string, kind setup.APIKind, n int) string {
	return string(kind) + " " + string(rune('0'+n)) + " in " + region
}

// firewall is the ARN of a web ACL.
func (w *world) firewall(name string) string {
	return "arn:aws:wafv2:us-east-1:" + w.demo.AccountID + ":global/webacl/" + name + "/0a1b2c3d-1111-2222-3333-444455556666"
}

// reusable are the certificates of the account that the setup may use.
func (w *world) reusable(s *setup.Spec) setup.Certificates {
	c := setup.Certificates{Edge: w.reuse[setup.EdgeRegion], Answered: true}
	if !s.OneCertificate() {
		c.Regional = w.reuse[s.Account.Region]
	}
	return c
}

// wanted is what is wanted by a setup on a base with all wishes, in a furnished
// world.
func (w *world) wanted(v variant, wishes ...wish) variant {
	v.change = func(s *setup.Spec) {
		w.toMap(s, 0, "orders", s.API.Mappings[0].Kind, 1, "prod")
		for _, wish := range wishes {
			if wish != nil {
				wish(w, s)
			}
		}
	}
	return v
}

// furnish puts into the account what the pairs choose from, and what is other
// people's.
func (w *world) furnish() {
	w.t.Helper()
	w.reuse = map[string]string{}
	for _, region := range []string{setup.EdgeRegion, "eu-west-1", "eu-central-1"} {
		for _, kind := range []setup.APIKind{setup.APIKindREST, setup.APIKindHTTP, setup.APIKindWebSocket} {
			for n := 1; n <= 2; n++ {
				a := sim.API{Name: lawAPI(region, kind, n), Kind: string(kind), Stages: []string{"prod", "beta"}}
				w.demo.APIs[a.Name] = w.sim.AddAPI(w.demo.AccountID, region, a)
			}
		}
		w.reuse[region] = w.sim.AddCertificate(w.demo.AccountID, region, sim.Certificate{Names: []string{"*." + theZone}})
	}
	w.addForeign()
	w.second = w.role(w.demo.AccountID, "apifront-second")
}
