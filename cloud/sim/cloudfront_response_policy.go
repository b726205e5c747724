package sim

import (
	"net/http"
)

// A responsePolicy is one of AWS's response headers policies. Custom ones are
// not modelled.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-response-headers-policies.html
type responsePolicy struct {
	ID     string
	Config responsePolicyConfig
}

type responsePolicyConfig struct {
	Comment  string
	Name     string
	CORS     *corsConfig            `xml:"CorsConfig"`
	Security *securityHeadersConfig `xml:"SecurityHeadersConfig"`
}

type corsConfig struct {
	Origins struct {
		Quantity int
		Items    []string `xml:"Items>Origin"`
	} `xml:"AccessControlAllowOrigins"`
	Headers struct {
		Quantity int
		Items    []string `xml:"Items>Header"`
	} `xml:"AccessControlAllowHeaders"`
	Methods struct {
		Quantity int
		Items    []string `xml:"Items>Method"`
	} `xml:"AccessControlAllowMethods"`
	Credentials bool `xml:"AccessControlAllowCredentials"`
	Expose      struct {
		Quantity int
		Items    []string `xml:"Items>Header"`
	} `xml:"AccessControlExposeHeaders"`
	Override bool `xml:"OriginOverride"`
}

type securityHeadersConfig struct {
	XSSProtection struct {
		Override   bool
		Protection bool
		ModeBlock  bool
	}
	FrameOptions struct {
		Override    bool
		FrameOption string
	}
	ReferrerPolicy struct {
		Override       bool
		ReferrerPolicy string
	}
	ContentTypeOptions struct {
		Override bool
	}
	StrictTransportSecurity struct {
		Override               bool
		AccessControlMaxAgeSec int
	}
}

// managedResponsePolicies in the order of the guide.
var managedResponsePolicies = []responsePolicy{
	{"60669652-455b-4ae9-85a4-c4c02393f86c", responsePolicyConfig{
		Name: "Managed-SimpleCORS", Comment: "Allows all origins for simple CORS requests", CORS: cors("GET"),
	}},
	{"5cc3b908-e619-4b99-88e5-2cf7f45965bd", responsePolicyConfig{
		Name: "Managed-CORS-With-Preflight", Comment: "Allows all origins for CORS requests, including preflight requests", CORS: cors(methodSets[7]...),
	}},
	{"67f7725c-6f97-4210-82d7-5512b31e9d03", responsePolicyConfig{
		Name: "Managed-SecurityHeadersPolicy", Comment: "Adds a set of security headers to every response", Security: securityHeaders(),
	}},
	{"e61eb60c-9c35-4d20-a928-2b84e02af89c", responsePolicyConfig{
		Name: "Managed-CORS-and-SecurityHeadersPolicy", Comment: "Allows all origins for simple CORS requests and adds security headers", CORS: cors("GET"), Security: securityHeaders(),
	}},
	{"eaab4381-ed33-4a86-88ca-d9558dc6cd63", responsePolicyConfig{
		Name: "Managed-CORS-with-preflight-and-SecurityHeadersPolicy", Comment: "Allows all origins for CORS requests, including preflight requests, and adds security headers",
		CORS: cors(methodSets[7]...), Security: securityHeaders(),
	}},
}

func cors(methods ...string) *corsConfig {
	c := &corsConfig{}
	c.Origins.Quantity, c.Origins.Items = 1, []string{"*"}
	c.Headers.Quantity, c.Headers.Items = 1, []string{"*"}
	c.Methods.Quantity, c.Methods.Items = len(methods), methods
	if len(methods) > 1 {
		c.Expose.Quantity, c.Expose.Items = 1, []string{"*"}
	}
	return c
}

func securityHeaders() *securityHeadersConfig {
	c := &securityHeadersConfig{}
	c.XSSProtection.Protection, c.XSSProtection.ModeBlock = true, true
	c.FrameOptions.FrameOption = "SAMEORIGIN"
	c.ReferrerPolicy.ReferrerPolicy = "strict-origin-when-cross-origin"
	c.ContentTypeOptions.Override = true
	c.StrictTransportSecurity.AccessControlMaxAgeSec = 31536000
	return c
}

// managedResponsePolicy is the managed policy with that ID, nil if there is
// none.
func managedResponsePolicy(id string) *responsePolicy {
	for i := range managedResponsePolicies {
		if managedResponsePolicies[i].ID == id {
			return &managedResponsePolicies[i]
		}
	}
	return nil
}

func (p *responsePolicy) document() policyXML {
	return policyXML{ID: p.ID, LastModifiedTime: cloudFrontTime(managedSince), Response: &p.Config}
}

func findResponsePolicy(req *request) (*responsePolicy, error) {
	p := managedResponsePolicy(req.arg("id"))
	if p == nil {
		return nil, refuseWith(http.StatusNotFound, "NoSuchResponseHeadersPolicy", "The response headers policy does not exist.")
	}
	return p, nil
}

// getResponsePolicy answers GetResponseHeadersPolicy.
func (s *Sim) getResponsePolicy(req *request) (answer, error) {
	p, err := findResponsePolicy(req)
	if err != nil {
		return answer{}, err
	}
	return cloudFrontAnswer(http.StatusOK, "ResponseHeadersPolicy", p.document(), "E23ZP02F085DFQ")
}

// getResponsePolicyConfig answers GetResponseHeadersPolicyConfig.
func (s *Sim) getResponsePolicyConfig(req *request) (answer, error) {
	p, err := findResponsePolicy(req)
	if err != nil {
		return answer{}, err
	}
	return cloudFrontAnswer(http.StatusOK, "ResponseHeadersPolicyConfig", p.Config, "E23ZP02F085DFQ")
}

// listResponsePolicies answers ListResponseHeadersPolicies.
func (s *Sim) listResponsePolicies(req *request) (answer, error) {
	var managed []string
	for _, p := range managedResponsePolicies {
		managed = append(managed, p.ID)
	}
	ids, err := policyIDs(req, managed, nil)
	if err != nil {
		return answer{}, err
	}
	page, err := s.cloudFrontPageOf(req, ids)
	if err != nil {
		return answer{}, err
	}
	out := policyList{NextMarker: page.next, MaxItems: page.size, Quantity: len(page.keys)}
	for _, id := range page.keys {
		doc := managedResponsePolicy(id).document()
		out.Response = append(out.Response, policySummary{Type: "managed", Response: &doc})
	}
	return cloudFrontAnswer(http.StatusOK, "ResponseHeadersPolicyList", out, "")
}
