package sim

import (
	"maps"
	"slices"
	"time"
)

// State is the world as /_sim/state shows it.
type State struct {
	Accounts      []string           `json:"accounts"` // IDs
	Certificates  []StateCertificate `json:"certificates"`
	APIs          []StateAPI         `json:"apis"`
	Domains       []StateDomain      `json:"domains"`
	Distributions []string           `json:"distributions"` // IDs
	Zones         []StateZone        `json:"zones"`
}

// StateCertificate is a certificate in State.
type StateCertificate struct {
	ARN    string   `json:"arn"`
	Names  []string `json:"names"`
	Status string   `json:"status"`
	Key    string   `json:"key"`
}

// StateAPI is an API in State.
type StateAPI struct {
	Account  string   `json:"account"`
	Region   string   `json:"region"`
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Kind     string   `json:"kind"`
	Endpoint string   `json:"endpoint"`
	Stages   []string `json:"stages"`
}

// StateDomain is an API Gateway domain name in State.
type StateDomain struct {
	Account  string   `json:"account"`
	Region   string   `json:"region"`
	Name     string   `json:"name"`
	Target   string   `json:"target"`
	Status   string   `json:"status"`
	Mappings []string `json:"mappings"` // "key → api/stage"
}

// StateZone is a hosted zone in State.
type StateZone struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Private   bool   `json:"private"`
	Foreign   bool   `json:"foreign,omitempty"`
	Delegated bool   `json:"delegated"`
	Records   int    `json:"records"`
}

// State is a picture of the world now, sorted so that two can be compared.
func (s *Sim) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	st := State{Distributions: slices.Sorted(maps.Keys(s.distributions))}
	ids := map[string]bool{}
	for _, a := range s.accounts {
		ids[a.ID] = true
	}
	st.Accounts = slices.Sorted(maps.Keys(ids))
	for _, key := range slices.SortedFunc(maps.Keys(s.regions), compareRegions) {
		s.regions[key].state(&st)
	}
	for _, id := range slices.Sorted(maps.Keys(s.zones)) {
		z := s.zones[id]
		st.Zones = append(st.Zones, StateZone{ID: id, Name: z.Name, Private: z.Private, Foreign: z.Foreign, Delegated: z.Delegated, Records: len(z.Records)})
	}
	return st
}

func (r *region) state(st *State) {
	for _, arn := range slices.Sorted(maps.Keys(r.certificates)) {
		c := r.certificates[arn]
		st.Certificates = append(st.Certificates, StateCertificate{ARN: arn, Names: c.Names, Status: c.Status, Key: c.Key})
	}
	for _, id := range slices.Sorted(maps.Keys(r.apis)) {
		a := r.apis[id]
		st.APIs = append(st.APIs, StateAPI{
			Account: r.key.account, Region: r.key.region, ID: id, Name: a.Name, Kind: a.Kind,
			Endpoint: a.Endpoint, Stages: slices.Sorted(maps.Keys(a.Stages)),
		})
	}
	for _, name := range slices.Sorted(maps.Keys(r.domains)) {
		d := r.domains[name]
		sd := StateDomain{Account: r.key.account, Region: r.key.region, Name: name, Target: d.Target, Status: d.Status}
		for _, key := range slices.Sorted(maps.Keys(d.Mappings)) {
			m := d.Mappings[key]
			sd.Mappings = append(sd.Mappings, "/"+key+" → "+m.API+"/"+m.Stage)
		}
		st.Domains = append(st.Domains, sd)
	}
}

func compareRegions(a, b regionKey) int {
	if a.account != b.account {
		if a.account < b.account {
			return -1
		}
		return 1
	}
	if a.region < b.region {
		return -1
	}
	if a.region > b.region {
		return 1
	}
	return 0
}

// Reset puts the world back to where Demo left it, or to an empty one when
// there was no Demo. Orders and the call log go too.
func (s *Sim) Reset() {
	s.mu.Lock()
	s.empty()
	again := s.seed
	s.mu.Unlock()
	if again != nil {
		again()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed()
}

// empty takes everything out of the world. s.mu is held.
func (s *Sim) empty() {
	s.accounts = map[string]*account{}
	s.regions = map[regionKey]*region{}
	s.globals = map[string]*global{}
	s.distributions = map[string]*distribution{}
	s.zones = map[string]*zone{}
	s.buckets = map[string]*bucket{}
	s.roles = nil
	s.dns, s.resolvers = dnsOrders{}, nil
	s.dnsChanged()
	s.sites, s.blocks, s.tenants, s.functions, s.country = nil, nil, nil, nil, ""
	s.spent = map[string]time.Time{}
	s.calls, s.faults, s.serial = nil, nil, 0
	s.tagIndex, s.trail, s.metrics = tagIndex{}, trail{}, metrics{}
}
