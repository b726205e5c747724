package setup

import "slices"

// Copied is the spec as the answers of another setup begin with it: the same API,
// caching and edge settings, for a name that a person has yet to choose. What
// belongs to the old name alone is left out: the name and its hosted zone, the
// certificates (the wizard proposes those that cover the new name), paths that were
// left mapped at it, keys for tests, which are bound to a host, what was accepted of
// kept answers of its callers, what stays as it was found there, and that its traffic
// moves later.
func (s Spec) Copied() Spec {
	s.Domain = Domain{DNS: s.Domain.DNS, Connection: s.Domain.Connection, AccountID: s.Domain.AccountID, Switch: SwitchAtEnd}
	s.Certificates, s.Gone, s.AsFound = Certificates{}, nil, nil
	s.API.Mappings, s.API.Left = slices.Clone(s.API.Mappings), nil
	for i := range s.API.Mappings {
		s.API.Mappings[i].Test.Key = ""
	}
	s.Edge.KeyHeaders, s.Edge.Tags, s.Edge.Accepts = slices.Clone(s.Edge.KeyHeaders), slices.Clone(s.Edge.Tags), nil
	return s
}
