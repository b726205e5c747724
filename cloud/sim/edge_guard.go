package sim

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// A Block is a rule of a web ACL. Web ACLs have no API here: those that
// distributions name, and the one before a stage of a REST API, block what Block
// says and let all else through.
type Block struct {
	// Resource is the ARN of a web ACL, or of a stage:
	// arn:aws:apigateway:REGION::/restapis/ID/stages/NAME.
	Resource string `json:"resource"`
	Path     string `json:"path,omitempty"` // with * and ?; "": every path
	// Header and Value let through what has them: the lock of an origin.
	Header string `json:"header,omitempty"`
	Value  string `json:"value,omitempty"`
	Also   string `json:"also,omitempty"` // a second value of the header, while it changes; "": there is none
}

// AddBlock makes a web ACL block requests.
func (s *Sim) AddBlock(b Block) error {
	if !strings.HasPrefix(b.Resource, "arn:") {
		return errors.New("a block is of the ARN of a web ACL or of a stage")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocks = append(s.blocks, b)
	s.changed()
	return nil
}

// RemoveBlocks makes a web ACL let everything through.
func (s *Sim) RemoveBlocks(resource string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocks = slices.DeleteFunc(s.blocks, func(b Block) bool { return b.Resource == resource })
	s.changed()
}

// firewallOf is the ARN of the web ACL before a stage; "" for none. GetStage says it.
//
// https://docs.aws.amazon.com/apigateway/latest/api/API_Stage.html (webAclArn)
func (s *Sim) firewallOf(stage string) string {
	if !slices.ContainsFunc(s.blocks, func(b Block) bool { return b.Resource == stage }) {
		return ""
	}
	return "arn:aws:wafv2:" + strings.Split(stage, ":")[3] + ":" + gatewayAccount + ":regional/webacl/stage/1"
}

// blocked says whether a web ACL blocks a request.
func (s *Sim) blocked(resource string, v visit) bool {
	return slices.ContainsFunc(s.blocks, func(b Block) bool {
		return b.Resource == resource && (b.Path == "" || matchPattern(b.Path, v.path)) &&
			(b.Header == "" || v.header.Get(b.Header) != b.Value && (b.Also == "" || v.header.Get(b.Header) != b.Also))
	})
}

// AddFunction makes a CloudFront function and returns its ARN. It answers every
// viewer request of the behaviors that it is associated with; without a status it
// lets them pass.
func (s *Sim) AddFunction(accountID, name string, a Answer) (string, error) {
	if err := a.check(); err != nil {
		return "", err
	}
	arn := "arn:aws:cloudfront::" + accountID + ":function/" + name
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.functions == nil {
		s.functions = map[string]Answer{}
	}
	s.functions[arn] = a.clone()
	s.changed()
	return arn, nil
}

// checkFunctions refuses functions that the world does not have, and events at
// which none runs here.
func (s *Sim) checkFunctions(c *distributionConfig) error {
	for _, b := range c.behaviors() {
		if b.FunctionAssociations == nil {
			continue
		}
		for _, f := range b.FunctionAssociations.Items {
			if _, known := s.functions[f.FunctionARN]; !known || f.EventType != "viewer-request" {
				return notModelled("functions at the edge but those that the simulator was given, at viewer-request")
			}
		}
	}
	return nil
}

// atViewer is what a function answers in the origin's place, nil if none does.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html
func (s *Sim) atViewer(b *cacheBehavior) *answer {
	if b.FunctionAssociations == nil {
		return nil
	}
	for _, f := range b.FunctionAssociations.Items {
		a, known := s.functions[f.FunctionARN]
		if !known || a.Status == 0 {
			continue
		}
		out := answer{Header: http.Header{"Server": {"CloudFront"}, "X-Cache": {"FunctionGeneratedResponse from cloudfront"}}}
		a.into(&out, false)
		return &out
	}
	return nil
}

// SetCountry says in which country visitors are, as CloudFront writes countries:
// two capital letters. "" is the US.
func (s *Sim) SetCountry(country string) error {
	if len(country) != 0 && (len(country) != 2 || strings.ToUpper(country) != country) {
		return errors.New("a country has two capital letters")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.country = country
	s.changed()
	return nil
}

// outOfBounds says whether a distribution is not for the visitors' country.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/georestrictions.html
func (s *Sim) outOfBounds(c *distributionConfig) bool {
	if c.Restrictions == nil {
		return false
	}
	listed := slices.Contains(c.Restrictions.GeoRestriction.Items, or(s.country, "US"))
	switch c.Restrictions.GeoRestriction.RestrictionType {
	case "blacklist":
		return listed
	case "whitelist":
		return !listed
	default:
		return false
	}
}

// keptOut is the page of a visitor whom the distribution does not serve, nil for
// all others. The sentences are the well-known ones; AWS publishes none.
func (s *Sim) keptOut(v visit, c *distributionConfig) *answer {
	const rest = " We can't connect to the server for this app or website at this time. There might be too much traffic or a configuration error. Try again later, or contact the app or website owner."
	var page answer
	switch {
	case s.outOfBounds(c):
		page = errorPage(http.StatusForbidden, "The Amazon CloudFront distribution is configured to block access from your country."+rest)
	case c.WebACLID != "" && s.blocked(c.WebACLID, v):
		page = errorPage(http.StatusForbidden, "Request blocked."+rest)
	default:
		return nil
	}
	return &page
}
