package sim

import (
	"strings"
	"testing"
)

// TestZoneRefusals: nothing in CreateHostedZone is accepted silently.
func TestZoneRefusals(t *testing.T) {
	t.Parallel()
	create := func(more string) string {
		return `<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Name>n.example.com</Name><CallerReference>r</CallerReference>` + more + `</CreateHostedZoneRequest>`
	}
	var calls []refusal
	for _, c := range []struct{ what, more, code, text string }{
		{"nothing wrong", `<HostedZoneConfig><Comment>c</Comment><PrivateZone>false</PrivateZone></HostedZoneConfig>`, "", "<Comment>c</Comment>"},
		{"an unknown element", `<HostedZoneFeatures/>`, "NotModelled", "HostedZoneFeatures"},
		{"an unknown setting", `<HostedZoneConfig><Magic>1</Magic></HostedZoneConfig>`, "NotModelled", "Magic"},
		{"a delegation set", `<DelegationSetId>N1</DelegationSetId>`, "NotModelled", "delegation sets"},
	} {
		calls = append(calls, refusal{c.what, "POST", "/2013-04-01/hostedzone", create(c.more), c.code, c.text})
	}
	refused(t, "route53", func(*fuzzed) {}, calls)
}

func TestChangeRefusals(t *testing.T) {
	t.Parallel()
	const record = `<Name>n.example.com</Name><Type>A</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords>`
	change := func(outer, batch, inner, set string) string {
		return `<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/">` + outer + `<ChangeBatch>` + batch +
			`<Changes><Change><Action>UPSERT</Action>` + inner + `<ResourceRecordSet>` + set + `</ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`
	}
	alias := `<Name>n.example.com</Name><Type>A</Type><AliasTarget><HostedZoneId>Z2FDTNDATAQYW2</HostedZoneId><DNSName>d1.cloudfront.net</DNSName><EvaluateTargetHealth>false</EvaluateTargetHealth><Magic/></AliasTarget>`
	var calls []refusal
	for _, c := range []struct{ what, body, code, text string }{
		{"nothing wrong", change("", "<Comment>c</Comment>", "", record), "", "ChangeInfo"},
		{"an unknown element of the request", change("<Magic1/>", "", "", record), "NotModelled", "Magic1"},
		{"an unknown element of the batch", change("", "<Magic2/>", "", record), "NotModelled", "Magic2"},
		{"an unknown element of the change", change("", "", "<Magic3/>", record), "NotModelled", "Magic3"},
		{"an unknown element of the record set", change("", "", "", record+"<Magic4/>"), "NotModelled", "Magic4"},
		{"a list without records", change("", "", "", strings.NewReplacer("<AliasTarget>", "<ResourceRecords></ResourceRecords><AliasTarget>", "<Magic/>", "").Replace(alias)), "InvalidInput", "is not complete"},
		{"an unknown element of the alias", change("", "", "", alias), "NotModelled", "Magic"},
	} {
		calls = append(calls, refusal{c.what, "POST", "/2013-04-01/hostedzone/ZONE/rrset", c.body, c.code, c.text})
	}
	refused(t, "route53", func(*fuzzed) {}, calls)
}
