package sim

import (
	"maps"
	"net/http"
	"slices"
)

// createOriginPolicy answers CreateOriginRequestPolicy.
func (s *Sim) createOriginPolicy(req *request) (answer, error) {
	p := &originRequestPolicy{}
	if _, err := decodeXML(req, "OriginRequestPolicyConfig", &p.Config); err != nil {
		return answer{}, err
	}
	if err := p.Config.check(); err != nil {
		return answer{}, err
	}
	own := s.global(req.account.ID).originPolicy
	if err := originNameFree(own, p); err != nil {
		return answer{}, err
	}
	if len(own) >= maxPolicies {
		return answer{}, refuse("TooManyOriginRequestPolicies", "You have reached the maximum number of origin request policies for this account.")
	}
	p.ID, p.ETag, p.ModifiedAt = s.newUUID(), s.newETag(), s.now()
	own[p.ID] = p
	a, err := cloudFrontAnswer(http.StatusCreated, "OriginRequestPolicy", p.document(), p.ETag)
	return created(a, err, "/origin-request-policy/"+p.ID)
}

func originNameFree(own map[string]*originRequestPolicy, p *originRequestPolicy) error {
	for id, other := range own {
		if id != p.ID && other.Config.Name == p.Config.Name {
			return refuseWith(http.StatusConflict, "OriginRequestPolicyAlreadyExists", "An origin request policy with this name already exists. You must provide a unique name.")
		}
	}
	return nil
}

func (s *Sim) findOriginPolicy(req *request) (*originRequestPolicy, error) {
	p := s.originRequestPolicy(req.account.ID, req.arg("id"))
	if p == nil {
		return nil, refuseWith(http.StatusNotFound, "NoSuchOriginRequestPolicy", "The origin request policy does not exist.")
	}
	return p, nil
}

// getOriginPolicy answers GetOriginRequestPolicy.
func (s *Sim) getOriginPolicy(req *request) (answer, error) {
	p, err := s.findOriginPolicy(req)
	if err != nil {
		return answer{}, err
	}
	return cloudFrontAnswer(http.StatusOK, "OriginRequestPolicy", p.document(), p.ETag)
}

// getOriginPolicyConfig answers GetOriginRequestPolicyConfig.
func (s *Sim) getOriginPolicyConfig(req *request) (answer, error) {
	p, err := s.findOriginPolicy(req)
	if err != nil {
		return answer{}, err
	}
	return cloudFrontAnswer(http.StatusOK, "OriginRequestPolicyConfig", p.Config, p.ETag)
}

// listOriginPolicies answers ListOriginRequestPolicies.
func (s *Sim) listOriginPolicies(req *request) (answer, error) {
	var managed []string
	for _, p := range managedOriginPolicies {
		managed = append(managed, p.ID)
	}
	ids, err := policyIDs(req, managed, slices.Collect(maps.Keys(s.global(req.account.ID).originPolicy)))
	if err != nil {
		return answer{}, err
	}
	page, err := s.cloudFrontPageOf(req, ids)
	if err != nil {
		return answer{}, err
	}
	out := policyList{NextMarker: page.next, MaxItems: page.size, Quantity: len(page.keys)}
	for _, id := range page.keys {
		p := s.originRequestPolicy(req.account.ID, id)
		doc := p.document()
		out.Origin = append(out.Origin, policySummary{Type: policyType(p.Managed), Origin: &doc})
	}
	return cloudFrontAnswer(http.StatusOK, "OriginRequestPolicyList", out, "")
}

// updateOriginPolicy answers UpdateOriginRequestPolicy.
func (s *Sim) updateOriginPolicy(req *request) (answer, error) {
	p, err := s.findOriginPolicy(req)
	if err != nil {
		return answer{}, err
	}
	if p.Managed {
		return answer{}, managedPolicy()
	}
	if err := checkIfMatch(req, p.ETag); err != nil {
		return answer{}, err
	}
	changed := *p
	changed.Config = originRequestPolicyConfig{}
	if _, err := decodeXML(req, "OriginRequestPolicyConfig", &changed.Config); err != nil {
		return answer{}, err
	}
	if err := changed.Config.check(); err != nil {
		return answer{}, err
	}
	own := s.global(req.account.ID).originPolicy
	if err := originNameFree(own, &changed); err != nil {
		return answer{}, err
	}
	changed.ETag, changed.ModifiedAt = s.newETag(), s.now()
	own[p.ID] = &changed
	return cloudFrontAnswer(http.StatusOK, "OriginRequestPolicy", changed.document(), changed.ETag)
}

// deleteOriginPolicy answers DeleteOriginRequestPolicy.
func (s *Sim) deleteOriginPolicy(req *request) (answer, error) {
	p, err := s.findOriginPolicy(req)
	if err != nil {
		return answer{}, err
	}
	if p.Managed {
		return answer{}, managedPolicy()
	}
	if err := checkIfMatch(req, p.ETag); err != nil {
		return answer{}, err
	}
	if s.policyUsed(p.ID) {
		return answer{}, refuseWith(http.StatusConflict, "OriginRequestPolicyInUse", "Cannot delete the origin request policy because it is attached to one or more cache behaviors.")
	}
	delete(s.global(req.account.ID).originPolicy, p.ID)
	return emptyAnswer(http.StatusNoContent)
}
