package steps

import (
	"slices"
	"strings"

	"apifront/cloud"
	"apifront/setup"
)

// A Suspicion is which calls may have caused a finding, and where CloudTrail lists
// them.
type Suspicion struct {
	DNS        bool   // in the account of the hosted zone
	Region     string // whose trail has the calls
	Source     string // of the events, such as "cloudfront.amazonaws.com"
	Operations []string
	About      func(cloud.TrailEvent) bool // the call is about the very thing that differs
}

// The sources of CloudTrail's events. Both versions of API Gateway have one (recorded).
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/logging_using_cloudtrail.html (documented)
// https://docs.aws.amazon.com/apigateway/latest/developerguide/cloudtrail.html (documented)
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/logging-using-cloudtrail.html (documented)
// https://docs.aws.amazon.com/acm/latest/userguide/cloudtrail.html (documented)
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/logging_cw_api_calls_cwl.html (documented)
const (
	trailCloudFront = "cloudfront.amazonaws.com"
	trailGateway    = "apigateway.amazonaws.com"
	trailRoute53    = "route53.amazonaws.com"
	trailACM        = "acm.amazonaws.com"
	trailLogs       = "logs.amazonaws.com"
)

// Suspect says which calls may have caused a finding. Ok is false for findings that no
// call of AWS's API explains, such as what was only seen from outside.
//
// The names of parameters are those of AWS's models, which CloudTrail writes with a
// small letter: recorded for CloudFront, Route 53 and API Gateway v2, concluded for ACM,
// API Gateway v1 and CloudWatch Logs.
func Suspect(v setup.Setup, have setup.Resources, f setup.FindingBody) (Suspicion, bool) {
	if !f.Repair {
		return Suspicion{}, false
	}
	missing, tag := f.Key == string(f.StepID)+"/missing", strings.HasPrefix(f.Field, tagField)
	if !missing && f.Field == "" {
		return Suspicion{}, false // it was never wanted, or is what is left over
	}
	switch f.StepID {
	case "distribution":
		return suspectDistribution(v, have[setup.KeyDistribution], f.Field, missing, tag)
	case "policies":
		ids := is("id", have.ID(setup.KeyCachePolicy))
		if missing {
			return edgeCalls(ids, "DeleteCachePolicy"), have.ID(setup.KeyCachePolicy) != ""
		}
		return edgeCalls(ids, "UpdateCachePolicy"), have.ID(setup.KeyCachePolicy) != ""
	case "domain":
		return suspectDomain(v, missing, tag), true
	case "mappings":
		return suspectMapping(v, have, f)
	case endpointID:
		id := strings.TrimPrefix(f.Field, endpointField)
		return gatewayCalls(v, either(is("restApiId", id), is("apiId", id)), "UpdateRestApi", "PutRestApi", "UpdateApi", "ReimportApi"), true
	case accessLogsID:
		return suspectAccessLogs(have[setup.KeyAccessLogs], missing)
	case "certificate-edge":
		return suspectCertificate(have[setup.KeyCertificateEdge], setup.EdgeRegion, missing)
	case "certificate-regional":
		return suspectCertificate(have[setup.KeyCertificateRegional], v.Spec.Account.Region, missing)
	case "dns":
		return suspectRecords(v, v.Name(), f, "A", "AAAA", "CNAME", "HTTPS")
	case "validation":
		name := have.Attr(setup.KeyCertificateEdge, setup.AttrRecordName)
		if name == "" {
			name = have.Attr(setup.KeyCertificateRegional, setup.AttrRecordName)
		}
		return suspectRecords(v, name, f, "CNAME")
	}
	return Suspicion{}, false
}

// is says whether a parameter of a call has the value, whatever its case.
func is(name, value string) func(cloud.TrailEvent) bool {
	return func(e cloud.TrailEvent) bool { return value != "" && strings.EqualFold(e.Parameter(name), value) }
}

func either(tests ...func(cloud.TrailEvent) bool) func(cloud.TrailEvent) bool {
	return func(e cloud.TrailEvent) bool {
		return slices.ContainsFunc(tests, func(test func(cloud.TrailEvent) bool) bool { return test(e) })
	}
}

func calls(a, b func(cloud.TrailEvent) bool) func(cloud.TrailEvent) bool {
	return func(e cloud.TrailEvent) bool { return a(e) && b(e) }
}

func edgeCalls(about func(cloud.TrailEvent) bool, operations ...string) Suspicion {
	return Suspicion{Region: setup.EdgeRegion, Source: trailCloudFront, Operations: operations, About: about}
}

// suspectDistribution: besides UpdateDistribution, a name moves to another
// distribution by two calls that name it, and a web ACL has calls of its own.
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Operations.html (documented)
func suspectDistribution(v setup.Setup, d setup.Resource, field string, missing, tag bool) (Suspicion, bool) {
	id := is("id", d.ID)
	switch {
	case d.ID == "":
		return Suspicion{}, false
	case missing:
		return edgeCalls(id, "DeleteDistribution"), true
	case tag:
		return edgeCalls(is("resource", d.ARN), "TagResource", "UntagResource"), true
	case field == "Aliases":
		return edgeCalls(either(id, is("alias", v.Name()), is("domain", v.Name())), "UpdateDistribution", "AssociateAlias", "UpdateDomainAssociation"), true
	case field == "WebACLId":
		return edgeCalls(id, "UpdateDistribution", "AssociateDistributionWebACL", "DisassociateDistributionWebACL"), true
	}
	return edgeCalls(id, "UpdateDistribution", "UpdateDistributionWithStagingConfig"), true
}

func gatewayCalls(v setup.Setup, about func(cloud.TrailEvent) bool, operations ...string) Suspicion {
	return Suspicion{Region: v.Spec.Account.Region, Source: trailGateway, Operations: operations, About: about}
}

func suspectDomain(v setup.Setup, missing, tag bool) Suspicion {
	name := is("domainName", v.Name())
	switch {
	case missing:
		return gatewayCalls(v, name, "DeleteDomainName")
	case tag:
		own := "/domainnames/" + v.Name()
		return gatewayCalls(v, func(e cloud.TrailEvent) bool {
			return strings.HasSuffix(strings.ToLower(e.Parameter("resourceArn")), own)
		}, "TagResource", "UntagResource")
	}
	return gatewayCalls(v, name, "UpdateDomainName")
}

// suspectMapping: a mapping is named by its ID in v2, and by its path in v1, whose empty
// path is "(none)".
// https://docs.aws.amazon.com/apigateway/latest/api/API_BasePathMapping.html (documented)
func suspectMapping(v setup.Setup, have setup.Resources, f setup.FindingBody) (Suspicion, bool) {
	path, ok := strings.CutPrefix(f.Field, mappingField+"/")
	if !ok {
		return Suspicion{}, false
	}
	base := path
	if base == "" {
		base = noPath
	}
	r := have[setup.MappingKey(path)]
	named := either(is("basePath", base), is("apiMappingKey", path))
	if path == "" {
		named = either(is("basePath", base), func(e cloud.TrailEvent) bool {
			return e.Name == "CreateApiMapping" && e.Parameter("apiMappingKey") == "" || e.Name == "CreateBasePathMapping" && e.Parameter("basePath") == ""
		})
	}
	if r.Attributes[setup.AttrVia] == viaV2 {
		named = either(named, is("apiMappingId", r.ID))
	}
	about := calls(is("domainName", v.Name()), named)
	switch {
	case f.Want == "": // it was added
		return gatewayCalls(v, about, "CreateApiMapping", "CreateBasePathMapping", "UpdateApiMapping", "UpdateBasePathMapping"), true
	case f.Is == "": // it was deleted, or moved to another path
		return gatewayCalls(v, about, "DeleteApiMapping", "DeleteBasePathMapping", "UpdateApiMapping", "UpdateBasePathMapping"), true
	}
	return gatewayCalls(v, about, "UpdateApiMapping", "UpdateBasePathMapping", "CreateApiMapping", "CreateBasePathMapping"), true
}

// suspectAccessLogs: a delivery goes by its ID, and a destination is led elsewhere by its
// name. A destination that is deleted has no delivery any more.
func suspectAccessLogs(r setup.Resource, missing bool) (Suspicion, bool) {
	s := Suspicion{Region: setup.EdgeRegion, Source: trailLogs, Operations: []string{"PutDeliveryDestination"}}
	names := strings.Fields(r.Attributes[attrDestinations])
	if len(names) > 0 {
		s.About = is("name", names[len(names)-1])
	}
	if missing {
		s.Operations, s.About = []string{"DeleteDelivery"}, is("id", r.Attributes[setup.AttrDelivery])
		return s, r.Attributes[setup.AttrDelivery] != ""
	}
	return s, len(names) > 0
}

func suspectCertificate(c setup.Resource, region string, missing bool) (Suspicion, bool) {
	s := Suspicion{Region: region, Source: trailACM, Operations: []string{"AddTagsToCertificate", "RemoveTagsFromCertificate"}, About: is("certificateArn", c.ARN)}
	if missing {
		s.Operations = []string{"DeleteCertificate"}
	}
	return s, c.ARN != ""
}

// suspectRecords: all changes of records are one operation. A field names the type of
// the record that differs; a record of that type goes away when a CNAME takes its place,
// which is in the same call.
func suspectRecords(v setup.Setup, name string, f setup.FindingBody, types ...string) (Suspicion, bool) {
	if !atRoute53(v.Spec) || name == "" || v.Spec.Domain.ZoneID == "" {
		return Suspicion{}, false
	}
	if kind, _, ok := strings.Cut(f.Field, " "); ok && slices.Contains(types, kind) {
		types = []string{kind}
	}
	zone, want := v.Spec.Domain.ZoneID, plainName(name)
	about := func(e cloud.TrailEvent) bool {
		id := e.Parameter("hostedZoneId")
		return id[strings.LastIndex(id, "/")+1:] == zone && slices.ContainsFunc(e.Records(), func(r cloud.TrailRecord) bool {
			return plainName(r.Name) == want && slices.Contains(types, r.Type)
		})
	}
	return Suspicion{DNS: true, Region: setup.EdgeRegion, Source: trailRoute53, Operations: []string{"ChangeResourceRecordSets"}, About: about}, true
}
