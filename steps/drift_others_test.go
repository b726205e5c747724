package steps

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/setup"
)

// domainFields are the fields of a custom domain, and which drift changes each of
// them; or why there is none.
var domainFields = map[string]string{
	"CertificateArn": edgeOnly, "CertificateName": edgeOnly, "DistributionDomainName": edgeOnly, "DistributionHostedZoneId": edgeOnly,
	"DomainName": awsGives, "DomainNameArn": awsGives, "DomainNameId": awsGives, "DomainNameStatus": awsGives, "DomainNameStatusMessage": awsGives,
	"RegionalDomainName": awsGives, "RegionalHostedZoneId": awsGives,
	"EndpointConfiguration.VpcEndpointIds": privateOnly, "ManagementPolicy": privateOnly, "Policy": privateOnly,
	"MutualTlsAuthentication.TruststoreVersion": "is of the truststore", "MutualTlsAuthentication.TruststoreWarnings": awsGives,
	"OwnershipVerificationCertificateArn": "is of imported certificates", "RegionalCertificateName": "is of certificates that are uploaded to API Gateway",
	"EndpointAccessMode": "is of stricter security policies, which stay", "Tags": "see tagDrifts",
	"EndpointConfiguration.IpAddressType": "", "EndpointConfiguration.Types": "", "MutualTlsAuthentication.TruststoreUri": "",
	"RegionalCertificateArn": "", "RoutingMode": "", "SecurityPolicy": "",
}

const (
	edgeOnly    = "is of edge-optimised domains"
	privateOnly = "is of private domains"
	awsGives    = "AWS gives it"
)

// recordFields are the fields of a record set, likewise.
var recordFields = map[string]string{
	"Name": "another name is another record: see the deleted one", "Type": "", "TTL": "", "ResourceRecords.Value": "",
	"AliasTarget.DNSName": "", "AliasTarget.EvaluateTargetHealth": "", "AliasTarget.HostedZoneId": "",
	"Weight": "", "SetIdentifier": ofPolicy, "CidrRoutingConfig.CollectionId": ofPolicy, "CidrRoutingConfig.LocationName": ofPolicy,
	"Failover": ofPolicy, "GeoLocation.ContinentCode": ofPolicy, "GeoLocation.CountryCode": ofPolicy, "GeoLocation.SubdivisionCode": ofPolicy,
	"GeoProximityLocation.AWSRegion": ofPolicy, "GeoProximityLocation.Bias": ofPolicy, "GeoProximityLocation.Coordinates.Latitude": ofPolicy,
	"GeoProximityLocation.Coordinates.Longitude": ofPolicy, "GeoProximityLocation.LocalZoneGroup": ofPolicy, "HealthCheckId": ofPolicy,
	"MultiValueAnswer": ofPolicy, "Region": ofPolicy, "TrafficPolicyInstanceId": "is of traffic policies",
}

const ofPolicy = "is of a routing policy, of which Weight is tried"

// Each field of the types of AWS has a drift or a reason.
func TestDriftsChangeEachField(t *testing.T) {
	for _, c := range []struct {
		what   string
		fields map[string]string
		leaves []string
	}{
		{"custom domain", domainFields, fieldsOf("", reflect.TypeFor[apigateway.GetDomainNameOutput]())},
		{"record", recordFields, fieldsOf("", reflect.TypeFor[r53types.ResourceRecordSet]())},
	} {
		for _, at := range c.leaves {
			if _, ok := c.fields[at]; !ok {
				t.Errorf("%s: no drift changes %s", c.what, at)
			}
		}
		for at := range c.fields {
			if !slices.Contains(c.leaves, at) {
				t.Errorf("%s: there is no %s", c.what, at)
			}
		}
	}
}

// fieldsOf are the fields of a type and of what is in it.
func fieldsOf(at string, t reflect.Type) (list []string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return []string{at}
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() && f.Name != "ResultMetadata" {
			list = append(list, fieldsOf(strings.TrimPrefix(at+"."+f.Name, "."), f.Type)...)
		}
	}
	return list
}

// domainDrifts are changes of each field of the custom domain.
func (p *patient) domainDrifts() []drift {
	patch := func(pairs ...string) func(*patient) error {
		return func(p *patient) error {
			in := &apigateway.UpdateDomainNameInput{DomainName: aws.String(p.setup.Spec.Domain.Name)}
			for i := 0; i < len(pairs); i += 2 {
				in.PatchOperations = append(in.PatchOperations, replace(pairs[i], pairs[i+1]))
			}
			time.Sleep(time.Minute) // one update in 30 seconds
			_, err := p.outside().APIGateway().UpdateDomainName(p.t.Context(), in)
			time.Sleep(time.Hour)
			return err
		}
	}
	change := []string{"domain apigateway:UpdateDomainName"}
	return []drift{
		{name: "EndpointConfiguration.IpAddressType", why: atFirst, do: patch("/endpointConfiguration/ipAddressType", "dualstack")},
		{name: "RegionalCertificateArn", finds: []string{"domain/regionalCertificateArn"}, writes: change, do: patch("/regionalCertificateArn", p.certificate(p.setup.Spec.Account.Region))},
		{name: "SecurityPolicy", finds: []string{"domain/securityPolicy"}, writes: change, do: patch("/securityPolicy", "TLS_1_0")},
		{name: "RoutingMode", finds: []string{"mappings/foreign"}, person: true, do: patch("/routingMode", string(agtypes.RoutingModeRoutingRuleOnly)),
			undo: patch("/routingMode", string(agtypes.RoutingModeBasePathMappingOnly))},
	}
}

// mappingDrifts are changes of the mappings.
func (p *patient) mappingDrifts() []drift {
	spec := p.setup.Spec
	name, first := aws.String(spec.Domain.Name), spec.API.Mappings[0]
	field := "mappings/" + mappingField + first.DisplayPath()
	update := func(api, stage string) func(*patient) error {
		return func(p *patient) error {
			_, err := p.outside().APIGatewayV2().UpdateApiMapping(p.t.Context(), &apigatewayv2.UpdateApiMappingInput{
				DomainName: name, ApiMappingId: aws.String(p.mapped(first.Path)), ApiId: &api, Stage: &stage,
			})
			time.Sleep(time.Minute)
			return err
		}
	}
	change, create := []string{"mappings apigateway:UpdateApiMapping"}, []string{"mappings apigateway:CreateApiMapping"}
	return []drift{
		{name: "mapping to another stage", finds: []string{field}, writes: change, do: update(first.APIID, "beta")},
		{name: "mapping to another API", finds: []string{field}, writes: change, do: update(p.anotherAPI(), "$default")},
		{name: "mapping added", finds: []string{"mappings/" + mappingField + "/added"}, person: true, do: func(p *patient) error {
			_, err := p.outside().APIGatewayV2().CreateApiMapping(p.t.Context(), &apigatewayv2.CreateApiMappingInput{DomainName: name, ApiMappingKey: aws.String("added"), ApiId: &first.APIID, Stage: aws.String("beta")})
			time.Sleep(time.Minute)
			return err
		}, undo: func(p *patient) error {
			_, err := p.outside().APIGatewayV2().DeleteApiMapping(p.t.Context(), &apigatewayv2.DeleteApiMappingInput{DomainName: name, ApiMappingId: aws.String(p.mapped("added"))})
			time.Sleep(time.Minute)
			return err
		}},
		{name: "mapping deleted", finds: []string{field}, writes: create, do: func(p *patient) error {
			_, err := p.outside().APIGatewayV2().DeleteApiMapping(p.t.Context(), &apigatewayv2.DeleteApiMappingInput{DomainName: name, ApiMappingId: aws.String(p.mapped(first.Path))})
			time.Sleep(time.Minute)
			return err
		}},
	}
}

// anotherAPI is one of the account that the setup does not have.
func (p *patient) anotherAPI() string {
	if p.setup.Spec.OneCertificate() {
		return p.demo.APIs["catalog-http"]
	}
	return p.demo.APIs["catalog-http-eu"]
}

// recordDrifts are changes of the records.
func (p *patient) recordDrifts() []drift {
	spec := p.setup.Spec
	zone, name := p.demo.Zones["harborview.example"], spec.Domain.Name
	if !atRoute53(spec) {
		return []drift{
			{name: "the record leads elsewhere", finds: []string{"dns/person"}, person: true, do: func(p *patient) error {
				p.sim.AddRecord(zone, name, "CNAME", 300, "www.elsewhere.test.")
				return nil
			}},
			{name: "the record deleted", finds: []string{"dns/person"}, person: true, do: func(p *patient) error {
				p.sim.AddRecord(zone, name, "CNAME", 300)
				return nil
			}},
		}
	}
	// become replaces each record set of the name by what is made of it.
	become := func(at string, make func(r53types.ResourceRecordSet) []r53types.ResourceRecordSet) func(*patient) error {
		return func(p *patient) error {
			time.Sleep(time.Minute)
			sets, err := listRecordSets(p.t.Context(), &Env{Setup: p.setup, DNSAccount: p.outside()}, at)
			if err != nil {
				return err
			}
			var changes []r53types.Change
			for _, s := range sets {
				if s.Type == r53types.RRTypeTxt {
					continue
				}
				changes = append(changes, r53types.Change{Action: r53types.ChangeActionDelete, ResourceRecordSet: &s})
				for _, n := range make(s) {
					changes = append(changes, r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &n})
				}
			}
			_, err = p.outside().Route53().ChangeResourceRecordSets(p.t.Context(), &route53.ChangeResourceRecordSetsInput{HostedZoneId: &spec.Domain.ZoneID, ChangeBatch: &r53types.ChangeBatch{Changes: changes}})
			time.Sleep(10 * time.Minute)
			return err
		}
	}
	one := func(kind r53types.RRType, change func(*r53types.ResourceRecordSet)) func(*patient) error {
		return become(name, func(s r53types.ResourceRecordSet) []r53types.ResourceRecordSet {
			if s.Type == kind {
				a := *s.AliasTarget
				s.AliasTarget = &a
				change(&s)
			}
			return []r53types.ResourceRecordSet{s}
		})
	}
	write := []string{"dns route53:ChangeResourceRecordSets"}
	a, aaaa := "dns/A "+name, "dns/AAAA "+name
	list := []drift{
		{name: "TTL and ResourceRecords of A", finds: []string{a}, writes: write, do: one(r53types.RRTypeA, func(s *r53types.ResourceRecordSet) {
			s.AliasTarget, s.TTL, s.ResourceRecords = nil, aws.Int64(60), []r53types.ResourceRecord{{Value: aws.String("203.0.113.99")}}
		})},
		{name: "TTL and ResourceRecords of AAAA", finds: []string{aaaa}, writes: write, do: one(r53types.RRTypeAaaa, func(s *r53types.ResourceRecordSet) {
			s.AliasTarget, s.TTL, s.ResourceRecords = nil, aws.Int64(60), []r53types.ResourceRecord{{Value: aws.String("2001:db8::99")}}
		})},
		{name: "AliasTarget.DNSName", finds: []string{a}, writes: write, do: one(r53types.RRTypeA, func(s *r53types.ResourceRecordSet) { s.AliasTarget.DNSName = aws.String("d999.cloudfront.net.") })},
		{name: "AliasTarget.HostedZoneId", finds: []string{a}, writes: write, do: one(r53types.RRTypeA, func(s *r53types.ResourceRecordSet) {
			s.AliasTarget.DNSName, s.AliasTarget.HostedZoneId = aws.String("www.harborview.example."), &spec.Domain.ZoneID
		})},
		{name: "Type", finds: []string{a, aaaa, "dns/CNAME " + name}, writes: write, do: become(name, func(s r53types.ResourceRecordSet) []r53types.ResourceRecordSet {
			if s.Type == r53types.RRTypeAaaa {
				return nil
			}
			return []r53types.ResourceRecordSet{{Name: s.Name, Type: r53types.RRTypeCname, TTL: aws.Int64(60), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String("www.elsewhere.test.")}}}}
		})},
		{name: "half of it deleted", finds: []string{aaaa}, writes: write, do: become(name, func(s r53types.ResourceRecordSet) []r53types.ResourceRecordSet {
			if s.Type == r53types.RRTypeAaaa {
				return nil
			}
			return []r53types.ResourceRecordSet{s}
		})},
		{name: "Name", finds: []string{"dns/missing"}, writes: write, do: become(name, func(r53types.ResourceRecordSet) []r53types.ResourceRecordSet { return nil })},
	}
	if len(newCertificates(spec)) > 0 {
		at := p.validation().Name
		value := "validation/CNAME " + at
		list = append(list,
			drift{name: "the validation record deleted", finds: []string{"validation/missing"}, writes: []string{"validation route53:ChangeResourceRecordSets"}, do: become(at, func(r53types.ResourceRecordSet) []r53types.ResourceRecordSet { return nil })},
			drift{name: "the validation record changed", finds: []string{value}, writes: []string{"validation route53:ChangeResourceRecordSets"}, do: become(at, func(s r53types.ResourceRecordSet) []r53types.ResourceRecordSet {
				s.ResourceRecords = []r53types.ResourceRecord{{Value: aws.String("_other.acm-validations.aws.")}}
				return []r53types.ResourceRecordSet{s}
			})},
		)
	}
	return list
}

// tagDrifts are changes of the tags.
func (p *patient) tagDrifts() []drift {
	arn := p.resources[setup.KeyDistribution].ARN
	untag := func(keys ...string) func(*patient) error {
		return func(p *patient) error {
			_, err := p.outside().CloudFront().UntagResource(p.t.Context(), &cloudfront.UntagResourceInput{Resource: &arn, TagKeys: &types.TagKeys{Items: keys}})
			return err
		}
	}
	const ofSpec = "a tag of an answer that somebody took away is not missed, nor is one that people added"
	list := []drift{
		{name: "our tag of the distribution", finds: []string{"distribution/Tag apifront:*"}, writes: []string{"distribution cloudfront:TagResource"}, do: untag(tagRole)},
		{name: "all of our tags of the distribution", finds: []string{"distribution/Tag apifront:*"}, writes: []string{"distribution cloudfront:TagResource"}, do: untag(tagInstall, tagDomain, tagRole)},
		{name: "a tag of the answers", why: ofSpec, do: untag("team")},
		{name: "a tag of people's", why: ofSpec, do: func(p *patient) error {
			_, err := p.outside().CloudFront().TagResource(p.t.Context(), &cloudfront.TagResourceInput{Resource: &arn, Tags: &types.Tags{Items: []types.Tag{{Key: aws.String("theirs"), Value: aws.String("1")}}}})
			return err
		}},
	}
	for step, key := range map[string]string{"certificate-edge": setup.KeyCertificateEdge, "certificate-regional": setup.KeyCertificateRegional} {
		if r := p.resources[key]; r.Owned && r.ARN != "" {
			list = append(list, drift{name: "our tag of " + key, finds: []string{step + "/Tag apifront:*"}, writes: []string{step + " acm:AddTagsToCertificate"}, do: func(p *patient) error {
				_, err := p.outside().ACM(r.Region).RemoveTagsFromCertificate(p.t.Context(), &acm.RemoveTagsFromCertificateInput{CertificateArn: &r.ARN, Tags: []acmtypes.Tag{{Key: aws.String(tagDomain)}}})
				return err
			}})
		}
	}
	slices.SortFunc(list, func(a, b drift) int { return strings.Compare(a.name, b.name) })
	return list
}
