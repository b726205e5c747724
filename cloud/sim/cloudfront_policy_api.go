package sim

import (
	"maps"
	"net/http"
	"slices"
)

// policyXML is the CachePolicy or OriginRequestPolicy document; one of the two
// configs is there.
type policyXML struct {
	ID               string                     `xml:"Id"`
	LastModifiedTime string                     `xml:"LastModifiedTime"`
	Cache            *cachePolicyConfig         `xml:"CachePolicyConfig"`
	Origin           *originRequestPolicyConfig `xml:"OriginRequestPolicyConfig"`
	Response         *responsePolicyConfig      `xml:"ResponseHeadersPolicyConfig"`
}

// policyList is the list document of any kind of policy.
type policyList struct {
	NextMarker string `xml:",omitempty"`
	MaxItems   int
	Quantity   int
	Cache      []policySummary `xml:"Items>CachePolicySummary"`
	Origin     []policySummary `xml:"Items>OriginRequestPolicySummary"`
	Response   []policySummary `xml:"Items>ResponseHeadersPolicySummary"`
}

type policySummary struct {
	Type     string
	Cache    *policyXML `xml:"CachePolicy"`
	Origin   *policyXML `xml:"OriginRequestPolicy"`
	Response *policyXML `xml:"ResponseHeadersPolicy"`
}

func policyType(managed bool) string {
	if managed {
		return "managed"
	}
	return "custom"
}

// policyIDs are the IDs of a list in order, managed ones first, filtered by the
// Type parameter.
func policyIDs(req *request, managed, custom []string) ([]string, error) {
	slices.Sort(managed)
	slices.Sort(custom)
	switch t := req.query("Type"); t {
	case "":
		all := slices.Concat(managed, custom)
		slices.Sort(all) // markers need one order
		return all, nil
	case "managed":
		return managed, nil
	case "custom":
		return custom, nil
	default:
		return nil, invalidArgument("The parameter Type is not valid: %s", t)
	}
}

// A policyKind is a kind of policy that people make, with the calls of its control
// plane: Create, List, Get, Get…Config, Update and Delete, alike but for their names.
//
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateCachePolicy.html
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateOriginRequestPolicy.html
type policyKind[C any] struct {
	name    string // as elements and error codes have it: "CachePolicy"
	plural  string // as error codes have it: "CachePolicies"
	a       string // at the beginning of sentences: "A cache policy"
	noun    string // in sentences: "cache policy"
	nouns   string // likewise: "cache policies"
	path    string // below the version: "cache-policy"
	managed func() []policyOf[C]
	custom  func(*global) map[string]*policyOf[C] // by ID
	check   func(*C) error
	called  func(C) string                     // its name
	fill    func(*policyXML, *C)               // puts what it says into its document
	list    func(*policyList, []policySummary) // puts summaries into the list
	summary func(*policyXML) policySummary     // without its type
}

var cachePolicies = policyKind[cachePolicyConfig]{
	name: "CachePolicy", plural: "CachePolicies", a: "A cache policy", noun: "cache policy", nouns: "cache policies", path: "cache-policy",
	managed: func() []cachePolicy { return managedCachePolicies },
	custom:  func(g *global) map[string]*cachePolicy { return g.cachePolicies },
	check:   (*cachePolicyConfig).check,
	called:  func(c cachePolicyConfig) string { return c.Name },
	fill:    func(x *policyXML, c *cachePolicyConfig) { x.Cache = c },
	list:    func(l *policyList, items []policySummary) { l.Cache = items },
	summary: func(x *policyXML) policySummary { return policySummary{Cache: x} },
}

var originRequestPolicies = policyKind[originRequestPolicyConfig]{
	name: "OriginRequestPolicy", plural: "OriginRequestPolicies", a: "An origin request policy", noun: "origin request policy", nouns: "origin request policies", path: "origin-request-policy",
	managed: func() []originRequestPolicy { return managedOriginPolicies },
	custom:  func(g *global) map[string]*originRequestPolicy { return g.originPolicy },
	check:   (*originRequestPolicyConfig).check,
	called:  func(c originRequestPolicyConfig) string { return c.Name },
	fill:    func(x *policyXML, c *originRequestPolicyConfig) { x.Origin = c },
	list:    func(l *policyList, items []policySummary) { l.Origin = items },
	summary: func(x *policyXML) policySummary { return policySummary{Origin: x} },
}

// find is a managed or custom policy of an account, nil if there is none with
// that ID.
func (k policyKind[C]) find(s *Sim, account, id string) *policyOf[C] {
	managed := k.managed()
	for i := range managed {
		if managed[i].ID == id {
			return &managed[i]
		}
	}
	if g := s.globals[account]; g != nil {
		return k.custom(g)[id]
	}
	return nil
}

// asked is the policy that a call names.
func (k policyKind[C]) asked(s *Sim, req *request) (*policyOf[C], error) {
	p := k.find(s, req.account.ID, req.arg("id"))
	if p == nil {
		return nil, refuseWith(http.StatusNotFound, "NoSuch"+k.name, "The %s does not exist.", k.noun)
	}
	return p, nil
}

// mine is the custom policy that a call is about to change or delete.
func (k policyKind[C]) mine(s *Sim, req *request) (*policyOf[C], error) {
	p, err := k.asked(s, req)
	switch {
	case err != nil:
		return nil, err
	case p.Managed:
		return nil, refuseWith(http.StatusForbidden, "AccessDenied", "Managed policies cannot be changed or deleted.")
	}
	return p, checkIfMatch(req, p.ETag)
}

// take reads what a policy is to say from a call.
func (k policyKind[C]) take(s *Sim, req *request, p *policyOf[C]) error {
	p.Config = *new(C)
	if _, err := decodeXML(req, k.name+"Config", &p.Config); err != nil {
		return err
	}
	if err := k.check(&p.Config); err != nil {
		return err
	}
	for id, other := range k.custom(s.global(req.account.ID)) {
		if id != p.ID && k.called(other.Config) == k.called(p.Config) {
			return refuseWith(http.StatusConflict, k.name+"AlreadyExists", "%s with this name already exists. You must provide a unique name.", k.a)
		}
	}
	return nil
}

func (k policyKind[C]) document(p *policyOf[C]) policyXML {
	x := policyXML{ID: p.ID, LastModifiedTime: cloudFrontTime(p.ModifiedAt)}
	k.fill(&x, &p.Config)
	return x
}

// create answers CreateCachePolicy and CreateOriginRequestPolicy.
func (k policyKind[C]) create(s *Sim, req *request) (answer, error) {
	p := &policyOf[C]{}
	if err := k.take(s, req, p); err != nil {
		return answer{}, err
	}
	own := k.custom(s.global(req.account.ID))
	if len(own) >= maxPolicies {
		return answer{}, refuse("TooMany"+k.plural, "You have reached the maximum number of %s for this account.", k.nouns)
	}
	p.ID, p.ETag, p.ModifiedAt = s.newUUID(), s.newETag(), s.now()
	own[p.ID] = p
	a, err := cloudFrontAnswer(http.StatusCreated, k.name, k.document(p), p.ETag)
	return created(a, err, "/"+k.path+"/"+p.ID)
}

// get answers GetCachePolicy and GetOriginRequestPolicy.
func (k policyKind[C]) get(s *Sim, req *request) (answer, error) {
	p, err := k.asked(s, req)
	if err != nil {
		return answer{}, err
	}
	return cloudFrontAnswer(http.StatusOK, k.name, k.document(p), p.ETag)
}

// getConfig answers GetCachePolicyConfig and GetOriginRequestPolicyConfig.
func (k policyKind[C]) getConfig(s *Sim, req *request) (answer, error) {
	p, err := k.asked(s, req)
	if err != nil {
		return answer{}, err
	}
	return cloudFrontAnswer(http.StatusOK, k.name+"Config", p.Config, p.ETag)
}

// all answers ListCachePolicies and ListOriginRequestPolicies.
func (k policyKind[C]) all(s *Sim, req *request) (answer, error) {
	var managed []string
	for _, p := range k.managed() {
		managed = append(managed, p.ID)
	}
	ids, err := policyIDs(req, managed, slices.Collect(maps.Keys(k.custom(s.global(req.account.ID)))))
	if err != nil {
		return answer{}, err
	}
	page, err := s.cloudFrontPageOf(req, ids)
	if err != nil {
		return answer{}, err
	}
	out := policyList{NextMarker: page.next, MaxItems: page.size, Quantity: len(page.keys)}
	var items []policySummary
	for _, id := range page.keys {
		p := k.find(s, req.account.ID, id)
		doc := k.document(p)
		item := k.summary(&doc)
		item.Type = policyType(p.Managed)
		items = append(items, item)
	}
	k.list(&out, items)
	return cloudFrontAnswer(http.StatusOK, k.name+"List", out, "")
}

// update answers UpdateCachePolicy and UpdateOriginRequestPolicy. Distributions use
// the new values at once; on AWS that takes a deployment.
func (k policyKind[C]) update(s *Sim, req *request) (answer, error) {
	p, err := k.mine(s, req)
	if err != nil {
		return answer{}, err
	}
	changed := *p
	if err := k.take(s, req, &changed); err != nil {
		return answer{}, err
	}
	changed.ETag, changed.ModifiedAt = s.newETag(), s.now()
	k.custom(s.global(req.account.ID))[p.ID] = &changed
	return cloudFrontAnswer(http.StatusOK, k.name, k.document(&changed), changed.ETag)
}

// remove answers DeleteCachePolicy and DeleteOriginRequestPolicy.
func (k policyKind[C]) remove(s *Sim, req *request) (answer, error) {
	p, err := k.mine(s, req)
	if err != nil {
		return answer{}, err
	}
	if s.policyUsed(p.ID) {
		return answer{}, refuseWith(http.StatusConflict, k.name+"InUse", "Cannot delete the %s because it is attached to one or more cache behaviors.", k.noun)
	}
	delete(k.custom(s.global(req.account.ID)), p.ID)
	return emptyAnswer(http.StatusNoContent)
}

// policyUsed says whether a behavior of any distribution names the policy.
func (s *Sim) policyUsed(id string) bool {
	for _, d := range s.distributions {
		for _, b := range d.Config.behaviors() {
			if b.CachePolicyID == id || b.OriginRequestPolicyID == id {
				return true
			}
		}
	}
	return false
}
