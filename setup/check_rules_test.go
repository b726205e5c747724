package setup

import (
	"strconv"
	"strings"
)

// rightWorld is a spec without a fault, and all facts about what it names.
func rightWorld() (Spec, Facts) {
	const account, name = "111122223333", "api.example.com"
	arn := func(region string) string { return "arn:aws:acm:" + region + ":" + account + ":certificate/one" }
	s := DefaultSpec()
	s.Account = Account{Connection: DefaultConnection, AccountID: account, Region: "eu-west-1"}
	s.API.Mappings = []Mapping{
		{APIID: "a1", APIName: "orders", Kind: APIKindHTTP, Stage: "prod"},
		{Path: "v1", APIID: "r2", APIName: "bills", Kind: APIKindREST, Stage: "live"},
	}
	s.Domain = Domain{Name: name, DNS: DNSRoute53, ZoneID: "Z1", ZoneName: "example.com", Switch: SwitchAtEnd}
	s.Certificates = Certificates{Edge: arn(EdgeRegion), Regional: arn("eu-west-1"), Answered: true}
	s.Edge.Tags = []Tag{{"team", "pay ments"}}
	f := Facts{
		Connections: Known([]Connection{{ID: DefaultConnection, Name: "Default chain"}, {ID: "c2", Name: "other"}, {ID: "c3", Name: "near", Regions: []string{"eu-west-1", "us-east-1"}}}),
		Identity:    Known(Identity{AccountID: account}),
		APIs: Known([]APIInfo{
			{ID: "a1", Name: "orders", Kind: APIKindHTTP, Stages: []string{"$default", "prod"}},
			{ID: "r2", Name: "bills", Kind: APIKindREST, Stages: []string{"live"}},
			{ID: "w3", Name: "chat", Kind: APIKindWebSocket, Stages: []string{"prod"}},
			{ID: "p4", Name: "inner", Kind: APIKindREST, Refused: "It is private."},
			{ID: "t5", Name: "twin", Kind: APIKindREST, Stages: []string{"prod"}},
			{ID: "t6", Name: "twin", Kind: APIKindREST, Stages: []string{"prod"}},
		}),
		Keys: Known([]ProbeKey{
			{Variable: "APIFRONT_PROBE_KEY_A", Host: name, Header: "X-Api-Key"},
			{Variable: "APIFRONT_PROBE_KEY_B", Host: "other.example.com", Header: "X-Api-Key"},
		}),
		DNSIdentity: Known(Identity{AccountID: "444455556666"}),
		Zones:       Known([]Zone{{ID: "Z1", Name: "example.com", NameServers: ours("1"), Delegated: true, State: DelegatedHere}, {ID: "Z3", Name: "example.org", NameServers: ours("3"), Delegated: true, State: DelegatedHere}}),
		Name:        Known(NameFacts{Name: name, ZoneApex: "example.com", NameServers: ours("1"), Cut: &ZoneCut{Apex: "example.com", Parent: "com", Servers: ours("1"), Direct: true}}),
		Certificates: Known([]CertificateInfo{
			{ARN: arn(EdgeRegion), Region: EdgeRegion, Names: []string{"*.example.com"}, Status: "ISSUED"},
			{ARN: arn("eu-west-1"), Region: "eu-west-1", Names: []string{name}, Status: "ISSUED"},
		}),
	}
	return s, f
}

// ours are the name servers of a hosted zone.
func ours(zone string) []string {
	return []string{"ns-" + zone + ".awsdns-00.com", "ns-" + zone + ".awsdns-00.net"}
}

// A rule changes one thing of the right world, and names the faults that
// follow.
type rule struct {
	name   string
	change func(s *Spec, f *Facts)
	want   []string // for each fault its kind, its field, and the beginning of its text
}

const (
	unissuable = "api.of-a-parent-that-is-too-long-for-a-wildcard-in.a-certificate-as-dns-writes-it.example.com"
	wildcarded = "a-name-that-is-longer-than-sixty-four-characters.as-dns-writes-it.example.com"
	private    = "It is private: nobody sees it."
)

var (
	denied = &Problem{What: "AWS says no.", Why: "So it is.", Fix: "Ask for it."}
	fault  = func(kind FaultKind, field, text string) []string { return []string{string(kind), field, text} }
	stops  = func(field, text string) []string { return fault(FaultStops, field, text) }
)

// tested is the right world with a test of the first path.
func tested(test Test) func(*Spec, *Facts) {
	return func(s *Spec, _ *Facts) { s.API.Mappings[0].Test = test }
}

func rules() []rule {
	return append(append(zoneRules(), policyRules()...), []rule{
		{"right", func(*Spec, *Facts) {}, nil},

		{"test", tested(Test{Path: "/health?a=1", Method: "HEAD", Status: 200, Key: "APIFRONT_PROBE_KEY_A"}), nil},
		{"path of a test", tested(Test{Path: "/a#b"}), stops("api.mappings[0].test.path", "Leave out #")},
		{"method of a test", tested(Test{Method: "POST"}), stops("api.mappings[0].test.method", "Choose GET or HEAD")},
		{"lowest status of a test", tested(Test{Status: 200}), nil},
		{"status of a test too low", tested(Test{Status: 199}), stops("api.mappings[0].test.status", "Enter a status from 200 to 599")},
		{"highest status of a test", tested(Test{Status: 599}), nil},
		{"status of a test too high", tested(Test{Status: 600}), stops("api.mappings[0].test.status", "Enter a status")},
		{"status of a test is no number", tested(Test{Status: NoStatus}), stops("api.mappings[0].test.status", "Enter a status")},
		{"key of a test", tested(Test{Key: "APIFRONT_PROBE_KEY_B"}), stops("api.mappings[0].test.key", "Choose another key, or none: APIFRONT_PROBE_KEY_B is not bound to api.example.com")},
		{"keys not known", func(s *Spec, f *Facts) { tested(Test{Key: "APIFRONT_PROBE_KEY_B"})(s, f); f.Keys = Fact[[]ProbeKey]{} }, nil},
		{"status of a test is negative", tested(Test{Status: -200}), stops("api.mappings[0].test.status", "Enter a status")},
		{"GET in words", tested(Test{Method: "GET"}), nil},
		{"method in lower case", tested(Test{Method: "get"}), stops("api.mappings[0].test.method", "Choose GET or HEAD")},
		{"key of no variable", tested(Test{Key: "APIFRONT_PROBE_KEY_C"}), stops("api.mappings[0].test.key", "Choose another key, or none: APIFRONT_PROBE_KEY_C is not bound to api.example.com. An administrator can bind it")},
		{"no keys at all", func(s *Spec, f *Facts) {
			tested(Test{Key: "APIFRONT_PROBE_KEY_A"})(s, f)
			f.Keys = Known([]ProbeKey(nil))
		}, stops("api.mappings[0].test.key", "Choose another key, or none: APIFRONT_PROBE_KEY_A is not bound")},
		{"key of the second path", func(s *Spec, _ *Facts) { s.API.Mappings[1].Test.Key = "APIFRONT_PROBE_KEY_B" }, stops("api.mappings[1].test.key", "Choose another key")},
		{"method of a WebSocket API", func(s *Spec, _ *Facts) {
			s.API.Mappings = []Mapping{{APIID: "w3", APIName: "chat", Kind: APIKindWebSocket, Stage: "prod", Test: Test{Method: "HEAD"}}}
		}, stops("api.mappings[0].test.path", "Empty the test of /")},
		{"status of a WebSocket API", func(s *Spec, _ *Facts) {
			s.API.Mappings = []Mapping{{APIID: "w3", APIName: "chat", Kind: APIKindWebSocket, Stage: "prod", Test: Test{Status: 200}}}
		}, stops("api.mappings[0].test.path", "Empty the test of /")},
		{"unbound key of a WebSocket API", func(s *Spec, _ *Facts) {
			s.API.Mappings = []Mapping{{APIID: "w3", APIName: "chat", Kind: APIKindWebSocket, Stage: "prod", Test: Test{Key: "APIFRONT_PROBE_KEY_B"}}}
		}, stops("api.mappings[0].test.key", "Choose another key")},
		{"test of a WebSocket API", func(s *Spec, _ *Facts) {
			s.API.Mappings = []Mapping{{APIID: "w3", APIName: "chat", Kind: APIKindWebSocket, Stage: "prod", Test: Test{Path: "/health"}}}
		}, stops("api.mappings[0].test.path", "Empty the test of /")},
		{"key of a WebSocket API", func(s *Spec, _ *Facts) {
			s.API.Mappings = []Mapping{{APIID: "w3", APIName: "chat", Kind: APIKindWebSocket, Stage: "prod", Test: Test{Key: "APIFRONT_PROBE_KEY_A"}}}
		}, nil},

		{"no connection", func(s *Spec, _ *Facts) { s.Account.Connection = "" }, stops("account.connection", "Choose a connection")},
		{"profile is gone", func(s *Spec, _ *Facts) { s.Account.Connection = "profile:old" }, stops("account.connection", "Choose another connection: this server has no AWS profile old any more")},
		{"connection is gone", func(s *Spec, _ *Facts) { s.Account.Connection = "c9" }, stops("account.connection", "Choose another connection: the one chosen before was deleted")},
		{"connections not known", func(s *Spec, f *Facts) { s.Account.Connection, f.Connections = "c9", Fact[[]Connection]{} }, nil},
		{"region of the connection", func(s *Spec, _ *Facts) { s.Account.Connection = "c3" }, nil},
		{"not a region of the connection", func(s *Spec, f *Facts) { s.Account.Connection = "c3"; moveTo(s, f, "eu-west-2") }, stops("account.region", "Choose a region of the connection near: eu-west-1 or us-east-1")},
		{"no region", func(s *Spec, _ *Facts) { s.Account.Region = "" }, stops("account.region", "Choose the region of your API")},
		{"unknown region", func(s *Spec, _ *Facts) { s.Account.Region = "mars-1" }, stops("account.region", "Choose the region of your API")},
		{"number not asked", func(s *Spec, f *Facts) { s.Account.AccountID, f.Identity = "", Fact[Identity]{} }, fault(FaultMissing, "account.account_id", "Ask AWS again")},
		{"number on its way", func(s *Spec, f *Facts) { s.Account.AccountID, f.Identity = "", Fact[Identity]{Pending: true} }, fault(FaultMissing, "account.account_id", "Wait until AWS has said")},
		{"number refused", func(s *Spec, f *Facts) { s.Account.AccountID, f.Identity = "", Fact[Identity]{Problem: denied} }, fault(FaultMissing, "account.account_id", "Choose a connection that works")},
		{"number known before", func(_ *Spec, f *Facts) { f.Identity = Fact[Identity]{Problem: denied} }, fault(FaultUnchecked, "account.account_id", "So it is. Ask for it.")},
		{"another account", func(_ *Spec, f *Facts) { f.Identity.Value.AccountID = "999900001111" }, stops("account.account_id", "Choose a connection to account 1111-2222-3333, or save this page once to work in account 9999-0000-1111, where this one now leads")},

		{"no API", func(s *Spec, _ *Facts) { s.API.Mappings = nil }, stops("api.mappings", "Choose an API")},
		{"no API, no list", func(s *Spec, f *Facts) { s.API.Mappings, f.APIs = nil, Fact[[]APIInfo]{} }, stops("api.mappings", "Ask AWS again for the list of APIs in eu-west-1, then choose one")},
		{"list on its way", func(_ *Spec, f *Facts) { f.APIs = Fact[[]APIInfo]{Pending: true} }, fault(FaultAwaits, "api.mappings", "list of APIs in eu-west-1")},
		{"list again on its way", func(_ *Spec, f *Facts) { f.APIs.Pending = true }, nil},
		{"list refused", func(_ *Spec, f *Facts) { f.APIs = Fact[[]APIInfo]{Problem: denied} }, fault(FaultUnchecked, "api.mappings", "AWS has not said which APIs are in eu-west-1.")},
		{"API not chosen", func(s *Spec, _ *Facts) { s.API.Mappings[1] = Mapping{Path: "v1"} }, stops("api.mappings[1].api_id", "Choose an API and stage for /v1")},
		{"API typed, not there", func(s *Spec, _ *Facts) { s.API.Mappings[1] = Mapping{Path: "v1", APIName: "nobody"} }, stops("api.mappings[1].api_id", "Choose an API from the list for /v1: none in eu-west-1 is called nobody")},
		{"API typed, twice there", func(s *Spec, _ *Facts) { s.API.Mappings[1] = Mapping{Path: "v1", APIName: "Twin"} }, stops("api.mappings[1].api_id", "Choose one of the 2 APIs named Twin for /v1: their IDs tell them apart")},
		{"API not chosen, no list", func(s *Spec, f *Facts) {
			s.API.Mappings[1], f.APIs = Mapping{Path: "v1", APIName: "nobody"}, Fact[[]APIInfo]{Pending: true}
		}, append(fault(FaultAwaits, "api.mappings", "list of APIs in eu-west-1"), stops("api.mappings[1].api_id", "Ask AWS again for the list of APIs in eu-west-1, or enter the ID of the API and its stage for /v1")...)},
		{"stage not chosen", func(s *Spec, _ *Facts) { s.API.Mappings[0].Stage = "" }, stops("api.mappings[0].stage", "Choose an API and stage for /")},
		{"API is gone", func(s *Spec, _ *Facts) { s.API.Mappings[0].APIID = "z9" }, stops("api.mappings[0].api_id", "Choose another API for /: orders is not in eu-west-1. It was deleted, or it is in another region")},
		{"API without name is gone", func(s *Spec, _ *Facts) { s.API.Mappings[0].APIID, s.API.Mappings[0].APIName = "z9", "" }, stops("api.mappings[0].api_id", "Choose another API for /: z9 is not in eu-west-1.")},
		{"API cannot be chosen", func(s *Spec, _ *Facts) { s.API.Mappings[1].APIID = "p4" }, stops("api.mappings[1].api_id", "Choose another API for /v1: It is private.")},
		{"stage is gone", func(s *Spec, _ *Facts) { s.API.Mappings[1].Stage = "prod" }, stops("api.mappings[1].stage", "Choose another stage for /v1: bills has no stage prod any more")},
		{"path twice", func(s *Spec, _ *Facts) { s.API.Mappings[1].Path = "" }, stops("api.mappings[1].path", "Choose another path: / is taken by path 1")},
		{"path of API Gateway", func(s *Spec, _ *Facts) { s.API.Mappings[1].Path = "ping" }, stops("api.mappings[1].path", "Choose another path: API Gateway keeps /ping")},
		{"WebSocket beside HTTP", func(s *Spec, _ *Facts) {
			s.API.Mappings[1] = Mapping{Path: "v1", APIID: "w3", Kind: APIKindWebSocket, Stage: "prod"}
		}, stops("api.mappings[1].api_id", "Give the WebSocket API a domain name of its own")},
		{"WebSocket in place of the only path", func(s *Spec, f *Facts) {
			s.API.Mappings = []Mapping{{Path: "new", APIID: "w3", Stage: "prod"}, {Path: "v1", APIID: "w3", Stage: "prod"}}
			f.Mapped = Known([]Mapping{{Path: "v1", APIID: "r2", Stage: "live"}})
		}, fault(FaultNotice, "api.mappings[1].api_id", "/v1 leads to a WebSocket API from the moment its mapping is changed")},
		{"WebSocket on another path", func(s *Spec, f *Facts) {
			s.API.Mappings = []Mapping{{Path: "new", APIID: "w3", Stage: "prod"}}
			f.Mapped = Known([]Mapping{{Path: "v1", APIID: "r2", Stage: "live"}})
		}, stops("api.mappings[0].api_id", "Use another domain name for the WebSocket API: /v1 is mapped")},
		{"WebSocket in place of several", func(s *Spec, f *Facts) {
			s.API.Mappings = []Mapping{{Path: "v1", APIID: "w3", Stage: "prod"}}
			f.Mapped = Known([]Mapping{{Path: "v1", APIID: "r2", Stage: "live"}, {APIID: "a1", Stage: "prod"}})
		}, stops("api.mappings[0].api_id", "Use another domain name for the WebSocket API: / and /v1 are mapped to REST or HTTP APIs on api.example.com now, and API Gateway maps no WebSocket API beside others. Or make two changes: first map only /v1, to an API of the present kind, then choose the WebSocket API for it")},
		{"REST in place of WebSocket", func(_ *Spec, f *Facts) {
			f.Mapped = Known([]Mapping{{Path: "chat", APIID: "w3", Stage: "prod"}})
		}, stops("api.mappings[0].api_id", "Use another domain name for the REST or HTTP API: /chat is mapped")},
		{"WebSocket where it is not known what is mapped", func(s *Spec, f *Facts) {
			s.API.Mappings = []Mapping{{Path: "new", APIID: "w3", Stage: "prod"}}
			f.Mapped = Known([]Mapping{{Path: "v1", APIID: "gone", Stage: "live"}})
		}, nil},
		{"WebSocket beside a WebSocket", func(s *Spec, f *Facts) {
			s.API.Mappings = []Mapping{{Path: "new", APIID: "w3", Stage: "prod"}}
			f.Mapped = Known([]Mapping{{Path: "v1", APIID: "w3", Stage: "prod"}})
		}, nil},
		{"WebSocket whose kind was not stored", func(s *Spec, _ *Facts) { s.API.Mappings[1] = Mapping{Path: "v1", APIID: "w3", Stage: "prod"} }, stops("api.mappings[1].api_id", "Give the WebSocket API a domain name of its own")},
		{"too many paths", func(s *Spec, _ *Facts) {
			for i := range mostMappings - 1 {
				s.API.Mappings = append(s.API.Mappings, Mapping{Path: "x" + strconv.Itoa(i), APIID: "a1", Kind: APIKindHTTP, Stage: "prod"})
			}
		}, stops("api.mappings[200].path", "Use at most 200 paths")},

		{"key before there is a name", func(s *Spec, f *Facts) { tested(Test{Key: "APIFRONT_PROBE_KEY_B"})(s, f); s.Domain.Name = "" }, stops("domain.name", string(errNameEmpty))},
		{"no such key before there is a name", func(s *Spec, f *Facts) { tested(Test{Key: "APIFRONT_PROBE_KEY_C"})(s, f); s.Domain.Name = "" }, append(
			stops("api.mappings[0].test.key", "Choose another key, or none: APIFRONT_PROBE_KEY_C is not bound. An administrator"), stops("domain.name", string(errNameEmpty))...)},
		{"no name", func(s *Spec, _ *Facts) { s.Domain.Name = "" }, stops("domain.name", string(errNameEmpty))},
		{"no such name", func(s *Spec, _ *Facts) { s.Domain.Name = "api" }, stops("domain.name", string(errNameSingle))},
		{"name is not cleaned", func(s *Spec, _ *Facts) { s.Domain.Name = "API.example.com." }, stops("domain.name", "Save this page once, so that the name is written as DNS knows it")},
		{"another setup", func(_ *Spec, f *Facts) { f.Other = Known(Setup{ID: "u"}) }, fault(FaultNotice, "domain", "An account has one setup for a name: change that one.")},
		{"name is live", func(_ *Spec, f *Facts) { f.Name.Value.Addresses = []string{"192.0.2.1", "192.0.2.2"} }, fault(FaultNotice, "domain.name", "api.example.com answers from 192.0.2.1.")},
		{"name leads on", func(_ *Spec, f *Facts) { f.Name.Value.CNAME = "lb.example.net" }, fault(FaultNotice, "domain.name", "api.example.com answers from lb.example.net.")},
		{"name is live and stays so", func(s *Spec, f *Facts) { f.Name.Value.CNAME, s.Domain.Switch = "old.example.com", SwitchLater }, fault(FaultNotice, "domain.name", "api.example.com answers from old.example.com. Clients stay there until")},
		{"name may lead to CloudFront", func(_ *Spec, f *Facts) {
			f.Name.Value.Addresses, f.Name.Value.HolderID = []string{"192.0.2.1"}, "E1"
		}, fault(FaultNotice, "domain.name", "api.example.com answers from 192.0.2.1. If that is not CloudFront yet, clients move")},
		{"name leads to its own distribution", func(_ *Spec, f *Facts) {
			f.Name.Value.CNAME, f.Own = "D1.cloudfront.net", Known(OwnEdge{ID: "E1", Domain: "d1.cloudfront.net"})
		}, nil},
		{"name leads to its own distribution by an alias record", func(_ *Spec, f *Facts) {
			f.Name.Value.Addresses, f.Name.Value.HolderID, f.Own = []string{"192.0.2.1"}, "E1", Known(OwnEdge{ID: "E1", Domain: "d1.cloudfront.net", Moved: true})
		}, nil},
		{"name leads past its own distribution", func(_ *Spec, f *Facts) {
			f.Name.Value.CNAME, f.Own = "old.example.com", Known(OwnEdge{ID: "E1", Domain: "d1.cloudfront.net", Moved: true})
		}, fault(FaultNotice, "domain.name", "api.example.com answers from old.example.com.")},
		{"name was not moved to its own distribution", func(_ *Spec, f *Facts) {
			f.Name.Value.Addresses, f.Own = []string{"192.0.2.1"}, Known(OwnEdge{ID: "E1", Domain: "d1.cloudfront.net"})
		}, fault(FaultNotice, "domain.name", "api.example.com answers from 192.0.2.1.")},
		{"another distribution has the name", func(_ *Spec, f *Facts) {
			f.Name.Value.Addresses, f.Name.Value.HolderID, f.Own = []string{"192.0.2.1"}, "E2", Known(OwnEdge{ID: "E1", Domain: "d1.cloudfront.net", Moved: true})
		}, fault(FaultNotice, "domain.name", "api.example.com answers from 192.0.2.1.")},
		{"addresses not read", func(_ *Spec, f *Facts) { f.Name.Value.Unread = map[NamePart]string{NameAddresses: "No answer."} }, fault(FaultUnchecked, "domain.name", "No answer.")},
		{"CAA without a new certificate", func(_ *Spec, f *Facts) { f.Name.Value.CAABlocks = true }, nil},
		{"CAA", func(s *Spec, f *Facts) {
			s.Certificates.Edge, f.Name.Value.CAABlocks, f.Name.Value.CAA = "", true, []string{"0 issue ;"}
		}, fault(FaultNotice, "domain.name", "A CAA record forbids it: 0 issue ;.")},
		{"CAA not read", func(s *Spec, f *Facts) {
			s.Certificates.Edge, f.Name.Value.Unread = "", map[NamePart]string{NameCAA: "No answer."}
		}, fault(FaultUnchecked, "domain.name", "No answer.")},
		{"old facts beside a failed look", func(_ *Spec, f *Facts) { f.Name.Value.CNAME, f.Name.Problem = "lb.example.net", denied }, nil},
		{"nobody manages DNS", func(s *Spec, _ *Facts) { s.Domain.DNS = "" }, stops("domain.dns", "Choose who manages DNS for this name")},
		{"DNS elsewhere needs no zone", func(s *Spec, f *Facts) { s.Domain.DNS, s.Domain.ZoneID, f.Zones = DNSElsewhere, "", Fact[[]Zone]{} }, nil},
		{"no moment", func(s *Spec, _ *Facts) { s.Domain.Switch = "" }, stops("domain.switch", "Choose when traffic should move")},
		{"zone is gone", func(s *Spec, _ *Facts) { s.Domain.ZoneID = "Z9" }, stops("domain.zone_id", "Choose the hosted zone again: the one chosen before is gone")},
		{"zone of another name", func(s *Spec, _ *Facts) { s.Domain.ZoneID = "Z3" }, stops("domain.zone_id", "Choose the hosted zone again")},
		{"no zone for the name", func(_ *Spec, f *Facts) { f.Zones.Value = f.Zones.Value[1:] }, stops("domain.dns", "Choose Another provider or account: this AWS account has no public hosted zone for api.example.com")},
		{"zone cannot be used", func(_ *Spec, f *Facts) { f.Zones.Value[0].Refused = private }, stops("domain.dns", "Choose Another provider or account: the hosted zone example.com of this AWS account cannot be used")},
		{"zones not listed", func(_ *Spec, f *Facts) { f.Zones = Fact[[]Zone]{} }, stops("domain.dns", "Wait for the list of hosted zones")},
		{"zones refused", func(_ *Spec, f *Facts) { f.Zones = Fact[[]Zone]{Problem: denied} }, stops("domain.dns", "Ask AWS again for the list of hosted zones")},
		{"zones on their way", func(_ *Spec, f *Facts) { f.Zones = Fact[[]Zone]{Pending: true} }, append(fault(FaultAwaits, "domain.zone_id", "list of hosted zones"), stops("domain.dns", "Wait for the list of hosted zones")...)},
		{"zone is not delegated", func(_ *Spec, f *Facts) {
			f.Zones.Value[0].Delegated, f.Name = false, Fact[NameFacts]{}
		}, fault(FaultNotice, "domain.zone_id", "The name servers that the world asks for example.com are not those")},
		{"delegation not known", func(_ *Spec, f *Facts) {
			f.Zones.Value[0].Delegated, f.Zones.Value[0].Unsure, f.Name.Value.Cut = false, "No answer.", nil
		}, fault(FaultUnchecked, "domain.zone_id", "No answer.")},
		{"connection for DNS", func(s *Spec, _ *Facts) { s.Domain.Connection, s.Domain.AccountID = "c2", "444455556666" }, nil},
		{"connection for DNS is gone", func(s *Spec, _ *Facts) { s.Domain.Connection = "c9" }, stops("domain.connection", "Choose another connection for DNS: the one chosen before is gone")},
		{"connection for DNS leads elsewhere", func(s *Spec, _ *Facts) { s.Domain.Connection, s.Domain.AccountID = "c2", "999900001111" }, stops("domain.connection", "Choose a connection for DNS to account 9999-0000-1111: this one now leads to account 4444-5555-6666")},
		{"connection for DNS nobody needs", func(s *Spec, _ *Facts) { s.Domain.DNS, s.Domain.Connection = DNSElsewhere, "c9" }, nil},

		{"new certificates", func(s *Spec, _ *Facts) { s.Certificates = Certificates{} }, nil},
		{"certificates on their way", func(s *Spec, f *Facts) {
			s.Certificates, f.Certificates = Certificates{}, Fact[[]CertificateInfo]{Pending: true}
		}, fault(FaultAwaits, "certificates.edge", "list of certificates")},
		{"certificates on their way, chosen before", func(_ *Spec, f *Facts) { f.Certificates = Fact[[]CertificateInfo]{Pending: true} }, nil},
		{"name too long to issue", func(s *Spec, f *Facts) { rename(s, f, unissuable); s.Certificates.Regional = "" }, stops("certificates.regional", "Choose a certificate that exists in eu-west-1, or a shorter name: ACM makes none for a name this long")},
		{"name too long, both new", func(s *Spec, f *Facts) { rename(s, f, unissuable); s.Certificates = Certificates{} }, append(stops("certificates.edge", "Choose a certificate that exists in us-east-1"), stops("certificates.regional", "Choose a certificate that exists in eu-west-1")...)},
		{"name too long, covered by a wildcard", func(s *Spec, f *Facts) { rename(s, f, wildcarded); s.Certificates = Certificates{} }, nil},
		{"name too long, both reused", func(s *Spec, f *Facts) { rename(s, f, unissuable) }, nil},
		{"certificate is no ARN", func(s *Spec, _ *Facts) { s.Certificates.Edge = "one" }, stops("certificates.edge", "Choose again for us-east-1: the certificate chosen before is not given by its ARN")},
		{"certificate of another region", func(s *Spec, _ *Facts) { s.Certificates.Edge = s.Certificates.Regional }, stops("certificates.edge", "Choose again for us-east-1: the certificate chosen before is in eu-west-1")},
		{"certificate of another account", func(s *Spec, f *Facts) {
			s.Certificates.Edge, f.Certificates = strings.Replace(s.Certificates.Edge, "1111", "9999", 1), Fact[[]CertificateInfo]{}
		}, stops("certificates.edge", "Choose again for us-east-1: the certificate chosen before is of account 9999-2222-3333")},
		{"certificate of the list is no ARN that we know", func(s *Spec, f *Facts) { s.Certificates.Edge, f.Certificates.Value[0].ARN = "one", "one" }, nil},
		{"certificate is gone", func(_ *Spec, f *Facts) { f.Certificates.Value = f.Certificates.Value[1:] }, stops("certificates.edge", "Choose again for us-east-1: the certificate chosen before is gone or does not cover api.example.com")},
		{"certificates not listed", func(_ *Spec, f *Facts) { f.Certificates = Fact[[]CertificateInfo]{Problem: denied} }, nil},
		{"certificates of a region not listed", func(_ *Spec, f *Facts) {
			f.Certificates.Value[0] = CertificateInfo{ARN: "not-listed", Region: EdgeRegion, Unread: true, Refused: "They could not be read."}
		}, nil},
		{"certificate cannot be reused", func(_ *Spec, f *Facts) { f.Certificates.Value[1].Refused = "It expired on 1 May 2026." }, stops("certificates.regional", "Choose again for eu-west-1: It expired on 1 May 2026.")},
		{"certificate is imported", func(_ *Spec, f *Facts) { f.Certificates.Value[0].Type = "IMPORTED" }, fault(FaultNotice, "certificates.edge", "It was imported, so ACM does not renew it")},
		{"certificate is imported, for API Gateway", func(_ *Spec, f *Facts) { f.Certificates.Value[1].Type = "IMPORTED" }, fault(FaultNotice, "certificates.regional", "It was imported, so ACM does not renew it")},
		{"certificate does not cover", func(_ *Spec, f *Facts) { f.Certificates.Value[0].Names = []string{"example.com"} }, stops("certificates.edge", "Choose again for us-east-1: the certificate chosen before does not cover api.example.com")},
		{"one region needs one certificate", func(s *Spec, f *Facts) { moveTo(s, f, EdgeRegion); s.Certificates.Regional = "" }, nil},

		{"no caching", func(s *Spec, _ *Facts) { s.Edge.Caching = "on" }, stops("edge.caching", "Choose whether CloudFront keeps answers")},
		{"kept for no time", func(s *Spec, _ *Facts) { s.Edge.Caching, s.Edge.TTL = CachingFixed, 0 }, stops("edge.ttl", TTLText)},
		{"kept too long", func(s *Spec, _ *Facts) { s.Edge.Caching, s.Edge.TTL = CachingFixed, MaxTTL+1 }, stops("edge.ttl", TTLText)},
		{"kept for a year", func(s *Spec, _ *Facts) { s.Edge.Caching, s.Edge.TTL = CachingFixed, MaxTTL }, nil},
		{"no time, nobody asks", func(s *Spec, _ *Facts) { s.Edge.Caching, s.Edge.TTL = CachingAPI, 0 }, nil},
		{"key has a cookie", func(s *Spec, _ *Facts) {
			s.Edge.Caching, s.Edge.KeyHeaders = CachingAPI, append(KeyHeaders(), "Cookie")
		}, stops("edge.key_headers", "Take out Cookie.")},
		{"key is written otherwise", func(s *Spec, _ *Facts) {
			s.Edge.Caching, s.Edge.KeyHeaders = CachingAPI, []string{"authorization", "Host", "Origin", "X-Api-Key"}
		}, stops("edge.key_headers", "Save this page once")},
		{"accepted, and nothing is kept", func(s *Spec, _ *Facts) { s.Edge.Accepts = []string{SharedQueries} }, stops("edge.accepts", "Save this page once: nothing is kept")},
		{"accepted", func(s *Spec, _ *Facts) {
			s.Edge.Caching, s.Edge.Accepts = CachingAPI, []string{SharedSites, SharedQueries}
		}, nil},
		{"all accepted", func(s *Spec, _ *Facts) { s.Edge.Caching, s.Edge.Accepts = CachingFixed, SharedKinds() }, nil},
		{"accepted what nobody knows", func(s *Spec, _ *Facts) { s.Edge.Caching, s.Edge.Accepts = CachingAPI, []string{"all"} }, stops("edge.accepts", "Choose what may be shared")},
		{"accepted twice", func(s *Spec, _ *Facts) {
			s.Edge.Caching, s.Edge.Accepts = CachingAPI, []string{SharedSites, SharedSites}
		}, stops("edge.accepts", "Choose what may be shared")},
		{"key that nobody asks", func(s *Spec, _ *Facts) { s.Edge.KeyHeaders = []string{"Cookie"} }, nil},
		{"key lacks a header", func(s *Spec, _ *Facts) {
			s.Edge.Caching, s.Edge.KeyHeaders = CachingAPI, []string{"Authorization", "Host", "X-Api-Key"}
		}, fault(FaultNotice, "edge.key_headers", "Callers who differ only in Origin share kept answers.")},
		{"no methods", func(s *Spec, _ *Facts) { s.Edge.Methods = "some" }, stops("edge.methods", "Choose one of the values in this list")},
		{"no protocol", func(s *Spec, _ *Facts) { s.Edge.ViewerProtocol = "allow-all" }, stops("edge.viewer_protocol", "Choose one of the values in this list")},
		{"old TLS", func(s *Spec, _ *Facts) { s.Edge.MinimumTLS = "TLSv1.2_2019" }, stops("edge.minimum_tls", "Choose one of the values in this list")},
		{"no version", func(s *Spec, _ *Facts) { s.Edge.HTTPVersion = "http4" }, stops("edge.http_version", "Choose one of the values in this list")},
		{"no price class", func(s *Spec, _ *Facts) { s.Edge.PriceClass = "" }, stops("edge.price_class", "Choose one of the values in this list")},
		{"waits for no time", func(s *Spec, _ *Facts) { s.Edge.ReadTimeout = 0 }, stops("edge.read_timeout", ReadTimeoutText)},
		{"waits too long", func(s *Spec, _ *Facts) { s.Edge.ReadTimeout = MaxReadTimeout + 1 }, stops("edge.read_timeout", ReadTimeoutText)},
		{"web ACL", func(s *Spec, _ *Facts) {
			s.Edge.WebACL = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/A_name-1/473e64fd-f30b-4765-81a0-62ad96dd167a"
		}, nil},
		{"web ACL of a region", func(s *Spec, _ *Facts) { s.Edge.WebACL = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/n/1" }, stops("edge.web_acl", "Enter the ARN of a web ACL for CloudFront")},
		{"web ACL with a pattern", func(s *Spec, _ *Facts) { s.Edge.WebACL = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/n*/1" }, stops("edge.web_acl", "Enter the ARN of a web ACL for CloudFront")},
		{"comment", func(s *Spec, _ *Facts) { s.Edge.Comment = strings.Repeat("é", MaxComment) }, nil},
		{"comment too long", func(s *Spec, _ *Facts) { s.Edge.Comment = strings.Repeat("é", MaxComment+1) }, stops("edge.comment", "Shorten the comment to 128 characters")},
		{"tag of AWS", func(s *Spec, _ *Facts) { s.Edge.Tags = []Tag{{"AWS:x", ""}} }, stops("edge.tags", "Choose another tag name than AWS:x: names that begin with aws: belong to AWS")},
		{"tag twice", func(s *Spec, _ *Facts) { s.Edge.Tags = []Tag{{"a", "1"}, {"a", "2"}} }, stops("edge.tags", "Take out one of the two tags named a")},
		{"tag without name", func(s *Spec, _ *Facts) { s.Edge.Tags = []Tag{{"", "1"}} }, stops("edge.tags", string(errTagForm))},
		{"tag too long", func(s *Spec, _ *Facts) { s.Edge.Tags = []Tag{{"a", strings.Repeat("é", 257)}} }, stops("edge.tags", "Shorten the tag a: a name has at most 128")},
		{"tag in another script", func(s *Spec, _ *Facts) { s.Edge.Tags = []Tag{{"équipe", "支払い"}} }, nil},
		{"tag with a character AWS refuses", func(s *Spec, _ *Facts) { s.Edge.Tags = []Tag{{"a", "x#1"}} }, stops("edge.tags", `Take "#" out of the tag a.`)},
		{"too many tags", func(s *Spec, _ *Facts) {
			for i := range MaxTags {
				s.Edge.Tags = append(s.Edge.Tags, Tag{"t" + strconv.Itoa(i), ""})
			}
		}, stops("edge.tags", "Use at most 40 tags")},
	}...)
}

// moveTo moves the API and its certificate to a region.
func moveTo(s *Spec, f *Facts, region string) {
	old := s.Account.Region
	s.Account.Region = region
	s.Certificates.Regional = strings.Replace(s.Certificates.Regional, old, region, 1)
	f.Certificates.Value[1].Region, f.Certificates.Value[1].ARN = region, s.Certificates.Regional
}

// rename gives the world another domain name.
func rename(s *Spec, f *Facts, name string) {
	s.Domain.Name, f.Name.Value.Name = name, name
	f.Certificates.Value[0].Names, f.Certificates.Value[1].Names = []string{name}, []string{name}
}
