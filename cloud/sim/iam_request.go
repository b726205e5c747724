package sim

import (
	"encoding/json"
	"encoding/xml"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// What IAM is told of a call is read from its body before the operation runs.
// Mistakes in the body are passed over here; the operation itself refuses them.

// A requestBody is what the bodies of calls have that IAM judges by.
type requestBody struct {
	tags    map[string]string
	tagKeys []string

	certificateARN string
	names          []string // of a certificate
	validation     string
	key            string

	domain       string
	certificates []string // that a domain name is to have
	endpoints    []string
	security     []string

	distribution string // that the body names
	alias        string
	webACL       string
}

// bodyOf reads the body of the call.
func bodyOf(req *request) requestBody {
	switch req.service {
	case "acm":
		return acmBody(req.body)
	case "apigateway":
		return gatewayBody(req)
	case "cloudfront":
		return cloudFrontBody(req)
	case "logs":
		return requestBody{tags: logBodyOf(req).Tags}
	default:
		return requestBody{}
	}
}

func acmBody(raw []byte) requestBody {
	var in struct {
		CertificateArn, DomainName, ValidationMethod, KeyAlgorithm string
		SubjectAlternativeNames                                    []string
		Tags                                                       []struct{ Key, Value string }
	}
	if json.Unmarshal(raw, &in) != nil {
		return requestBody{}
	}
	b := requestBody{
		tags: map[string]string{}, certificateARN: in.CertificateArn,
		validation: in.ValidationMethod, key: in.KeyAlgorithm,
	}
	if in.DomainName != "" {
		names := requestCertificateInput{DomainName: in.DomainName, SubjectAlternativeNames: in.SubjectAlternativeNames}
		b.names = names.names()
	}
	for _, t := range in.Tags {
		b.tags[t.Key] = t.Value
	}
	return b
}

func gatewayBody(req *request) requestBody {
	var in struct {
		DomainName             string            `json:"domainName"`
		Tags                   map[string]string `json:"tags"`
		CertificateArn         string            `json:"certificateArn"`
		RegionalCertificateArn string            `json:"regionalCertificateArn"`
		SecurityPolicy         string            `json:"securityPolicy"`
		Endpoint               struct {
			Types []string `json:"types"`
		} `json:"endpointConfiguration"`
		Configurations []struct {
			CertificateArn string `json:"certificateArn"`
			EndpointType   string `json:"endpointType"`
			SecurityPolicy string `json:"securityPolicy"`
		} `json:"domainNameConfigurations"`
		Patches []patchOperation `json:"patchOperations"`
	}
	b := requestBody{tagKeys: req.r.URL.Query()["tagKeys"]}
	if len(req.body) == 0 || json.Unmarshal(req.body, &in) != nil {
		return b
	}
	b.domain, b.tags, b.endpoints = in.DomainName, in.Tags, in.Endpoint.Types
	b.certificates = append(b.certificates, in.CertificateArn, in.RegionalCertificateArn)
	b.security = append(b.security, in.SecurityPolicy)
	for _, c := range in.Configurations {
		b.certificates = append(b.certificates, c.CertificateArn)
		b.security = append(b.security, c.SecurityPolicy)
		b.endpoints = append(b.endpoints, or(c.EndpointType, "REGIONAL"))
	}
	for _, p := range in.Patches {
		switch {
		case strings.HasSuffix(strings.ToLower(p.Path), "certificatearn"):
			b.certificates = append(b.certificates, p.Value)
		case p.Path == "/securityPolicy":
			b.security = append(b.security, p.Value)
		case strings.HasPrefix(p.Path, "/endpointConfiguration/types"):
			b.endpoints = append(b.endpoints, p.Value)
		}
	}
	empty := func(v string) bool { return v == "" }
	b.certificates = slices.DeleteFunc(b.certificates, empty)
	b.security = slices.DeleteFunc(b.security, empty)
	b.endpoints = slices.DeleteFunc(b.endpoints, empty)
	return b
}

func cloudFrontBody(req *request) requestBody {
	var in struct {
		Tags     []tagXML `xml:"Tags>Items>Tag"` // CreateDistributionWithTags
		Items    []tagXML `xml:"Items>Tag"`      // TagResource
		Keys     []string `xml:"Items>Key"`      // UntagResource
		Domain   string
		Inner    string `xml:"DistributionConfig>WebACLId"`
		Outer    string `xml:"WebACLId"`
		ACL      string `xml:"WebACLArn"`
		Control  string `xml:"DomainControlValidationResource>DistributionId"`
		Associat string `xml:"TargetResource>DistributionId"`
	}
	if len(req.body) == 0 || xml.Unmarshal(req.body, &in) != nil {
		return requestBody{}
	}
	b := requestBody{
		tags: map[string]string{}, tagKeys: in.Keys, alias: in.Domain,
		webACL: in.Inner + in.Outer + in.ACL, distribution: in.Control + in.Associat,
	}
	for _, t := range slices.Concat(in.Tags, in.Items) {
		b.tags[t.Key] = t.Value
	}
	return b
}

// requestKeys are the keys that follow from the body: tags, and what a
// certificate or a domain name is to be.
func requestKeys(_ *Sim, req *request, k contextKeys) {
	b := bodyOf(req)
	for key, value := range b.tags {
		k.set("aws:RequestTag/"+key, value)
	}
	k.set("aws:TagKeys", slices.Sorted(slices.Values(slices.Concat(slices.Collect(maps.Keys(b.tags)), b.tagKeys)))...)
	k.set("apigateway:Request/EndpointType", b.endpoints...)
	k.set("apigateway:Request/SecurityPolicy", b.security...)
	if req.op == "RequestCertificate" {
		// A call without a method is one for e-mail (V3).
		k.set("acm:ValidationMethod", or(b.validation, "EMAIL"))
		k.set("acm:KeyAlgorithm", or(b.key, "RSA_2048"))
		k.set("acm:DomainNames", b.names...)
	}
}

// changeKeys are the keys of a Route 53 change batch. Names are normalised:
// lower case, no dot at the end, octal escapes for what is not a letter, digit,
// "-", "_" or ".".
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-conditions-route53.html
func changeKeys(_ *Sim, req *request, k contextKeys) {
	var in struct {
		Changes []xmlChange `xml:"ChangeBatch>Changes>Change"`
	}
	if xml.Unmarshal(req.body, &in) != nil {
		return
	}
	names, types, actions := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, c := range in.Changes {
		names[strings.TrimSuffix(escapeName(canonicalName(c.Set.Name)), ".")] = true
		types[c.Set.Type], actions[c.Action] = true, true
	}
	k.set("route53:ChangeResourceRecordSetsNormalizedRecordNames", slices.Sorted(maps.Keys(names))...)
	k.set("route53:ChangeResourceRecordSetsRecordTypes", slices.Sorted(maps.Keys(types))...)
	k.set("route53:ChangeResourceRecordSetsActions", slices.Sorted(maps.Keys(actions))...)
}

func tagged(_ *Sim, req *request) bool { return len(bodyOf(req).tags) > 0 }

func taggedV2(s *Sim, req *request) bool {
	return tagged(s, req) && strings.HasPrefix(req.r.URL.Path, "/v2/")
}

// newDomainTags is the tags resource of the domain that is being made.
func newDomainTags(s *Sim, req *request) []string {
	copied := *req
	copied.args = map[string]string{"arn": gatewayPath(s, req)[0] + "/" + bodyOf(req).domain}
	return gatewayPath(s, &copied)
}

// firstRegional says whether the call makes the account's first regional
// domain name, and with it the service-linked role.
func firstRegional(s *Sim, req *request) bool {
	return !s.hasGatewayRole(req.account.ID) && slices.Contains(bodyOf(req).endpoints, "REGIONAL")
}

func changesCertificate(s *Sim, req *request) bool {
	d := s.region(req.account.ID, req.region).domains[req.arg("name")]
	return slices.ContainsFunc(bodyOf(req).certificates, func(arn string) bool {
		return d == nil || (arn != d.Certificate && arn != d.EdgeCertificate)
	})
}

func certificateARN(_ *Sim, req *request) []string { return []string{bodyOf(req).certificateARN} }

func certificateTags(s *Sim, _ *request, arn string) map[string]string {
	if c := s.certificate(arn); c != nil {
		return c.Tags
	}
	return nil
}

// gatewayTags are the tags of a domain name or an API, which what is below it
// inherits.
func gatewayTags(s *Sim, req *request, arn string) map[string]string {
	r := s.region(req.account.ID, req.region)
	path := strings.Split(arn[strings.Index(arn, ":/")+2:], "/")
	if len(path) < 2 {
		return nil
	}
	switch path[0] {
	case "tags":
		inner, err := url.QueryUnescape(path[1])
		if err != nil || !strings.Contains(inner, ":/") {
			return nil
		}
		return gatewayTags(s, req, inner)
	case "domainnames":
		if d := r.domains[path[1]]; d != nil {
			return d.Tags
		}
	case "restapis", "apis":
		if a := r.apis[path[1]]; a != nil {
			return a.Tags
		}
	}
	return nil
}

// distributionARN is the distribution that a call is about, wherever it names
// it.
func distributionARN(_ *Sim, req *request) []string {
	if arn := req.query("Resource"); arn != "" {
		return []string{arn}
	}
	id := or(req.arg("id"), or(req.query("DistributionId"), bodyOf(req).distribution))
	return []string{"arn:aws:cloudfront::" + req.account.ID + ":distribution/" + id}
}

// bothDistributions is the one that gets an alias, and the one of the same
// account that loses it.
func bothDistributions(s *Sim, req *request) []string {
	arns := distributionARN(s, req)
	for _, h := range s.holders(or(req.query("Alias"), bodyOf(req).alias)) {
		if h.Distribution != nil && h.Account == req.account.ID && h.Distribution.ARN != arns[0] {
			arns = append(arns, h.Distribution.ARN)
		}
	}
	return arns
}

func distributionTags(s *Sim, _ *request, arn string) map[string]string {
	if d := s.distributions[arn[strings.LastIndex(arn, "/")+1:]]; d != nil && d.ARN == arn {
		return d.Tags
	}
	return nil
}

func namesWebACL(_ *Sim, req *request) bool { return strings.HasPrefix(bodyOf(req).webACL, "arn:") }

func webACL(_ *Sim, req *request) []string { return []string{bodyOf(req).webACL} }
