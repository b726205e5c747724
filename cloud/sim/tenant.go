package sim

import (
	"fmt"
	"maps"
	"slices"
)

// A Tenant is a distribution tenant: a name on a distribution of many, of which nothing
// else is modelled. Nobody else can have the name, and the edges do not answer for it.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-config-options.html
type Tenant struct {
	Account string `json:"account"`
	Name    string `json:"name"`
	ID      string `json:"id"`
}

// AddTenant gives a name to a distribution tenant of an account. It returns its ID.
func (s *Sim) AddTenant(accountID, name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := Tenant{Account: accountID, Name: name, ID: s.newLowerID("dt_", 27)}
	s.tenants = append(s.tenants, t)
	return t.ID
}

// RemoveTenants takes a name from the tenants that have it.
func (s *Sim) RemoveTenants(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tenants = slices.DeleteFunc(s.tenants, func(t Tenant) bool { return t.Name == name })
}

// AddStaging makes a staging distribution of one, with a continuous deployment policy
// that leads a part of its requests there. It has no names, and callers are answered by
// the other one as before. It returns the domain name of the staging distribution.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/working-with-staging-distribution-continuous-deployment-policy.html
func (s *Sim) AddStaging(domainName string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(s.distributions)) {
		d := s.distributions[id]
		if d.DomainName != domainName {
			continue
		}
		config, err := d.Config.clone()
		if err != nil {
			return "", err
		}
		staged := config
		staged.Aliases, staged.Staging, staged.CallerReference = &aliases{}, true, config.CallerReference+" staging"
		staged.ViewerCertificate = &viewerCertificate{CloudFrontDefaultCertificate: true}
		made := &distribution{ID: s.newID("E0", 12), Account: d.Account, DomainName: s.newLowerID("d", 13) + ".cloudfront.net", Invalidations: map[string]*invalidation{}}
		made.ARN = "arn:aws:cloudfront::" + d.Account + ":distribution/" + made.ID
		s.distributions[made.ID] = made
		s.serve(made, staged)
		config.ContinuousDeploymentPolicyID = s.newUUID()
		s.serve(d, config)
		return made.DomainName, nil
	}
	return "", fmt.Errorf("there is no distribution %s", domainName)
}
