package sim

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// savedFormat and savedVersion stand at the head of a state file. The version
// rises when the program of the version before could no longer read the file.
const (
	savedFormat  = "apifront simulated AWS"
	savedVersion = 1
)

// A savedFile is a state file. The sum tells a damaged one.
type savedFile struct {
	Format  string          `json:"format"`
	Version int             `json:"version"`
	Sum     string          `json:"sum"` // SHA-256 of the world's bytes, in hex
	World   json.RawMessage `json:"world"`
}

// A savedWorld is what a state file holds: everything of a world but its call
// log and what resolvers and edges remember, which a restart may forget.
type savedWorld struct {
	SavedAt       time.Time                `json:"saved_at"`
	Authority     savedAuthority           `json:"authority"`
	Accounts      map[string]*account      `json:"accounts"`
	Regions       []savedRegion            `json:"regions"`
	Globals       []savedGlobal            `json:"globals"`
	Distributions map[string]*distribution `json:"distributions"`
	Zones         []savedZone              `json:"zones"`
	Roles         map[string]*role         `json:"roles"`
	Sites         []*Site                  `json:"sites,omitempty"`
	Blocks        []Block                  `json:"blocks,omitempty"`
	Tenants       []Tenant                 `json:"tenants,omitempty"`
	Functions     map[string]Answer        `json:"functions,omitempty"`
	Country       string                   `json:"country,omitempty"`
	Faults        []savedFault             `json:"faults"`
	Serial        int64                    `json:"serial"`
	Spent         map[string]time.Time     `json:"spent"`
	DNS           *dnsOrders               `json:"dns,omitempty"`
	Buckets       map[string]*bucket       `json:"buckets,omitempty"`
}

type savedRegion struct {
	Account      string                  `json:"account"`
	Region       string                  `json:"region"`
	Certificates map[string]*certificate `json:"certificates"`
	APIs         map[string]*api         `json:"apis"`
	Domains      map[string]*domain      `json:"domains"`
	LastMutation map[string]time.Time    `json:"last_mutation"`
	GatewayUsed  float64                 `json:"gateway_used"`
	GatewayAt    time.Time               `json:"gateway_at"`
	Tokens       map[string]requestToken `json:"tokens"`
	Logs         *logDeliveries          `json:"logs,omitempty"`
}

type savedGlobal struct {
	Account       string                          `json:"account"`
	CachePolicies map[string]*cachePolicy         `json:"cache_policies"`
	OriginPolicy  map[string]*originRequestPolicy `json:"origin_request_policies"`
	Changes       map[string]*change              `json:"changes"`
	ZoneRequests  []time.Time                     `json:"zone_requests"`
}

// savedZone is a zone whose records are lists: JSON has no keys of three parts.
type savedZone struct {
	zone
	Records []*recordSet
	Served  []*recordSet
	Pending []savedPending
}

type savedPending struct {
	At      time.Time
	Records []*recordSet
}

type savedFault struct {
	Order Fault `json:"order"`
	Skip  int   `json:"skip"`
	Left  int   `json:"left"`
}

// World is the whole world as a state file holds it, in JSON, for tests that
// compare two. What passes with time has passed in it.
func (s *Sim) World() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	return s.world()
}

// save writes the world down. s.mu is held.
func (s *Sim) save() ([]byte, error) {
	world, err := s.world()
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(savedFile{savedFormat, savedVersion, sumOf(world), world})
	if err != nil {
		return nil, fmt.Errorf("write the world down: %w", err)
	}
	return append(b, '\n'), nil
}

// world is the world's bytes of a state file: the same for the same world. s.mu is held.
func (s *Sim) world() ([]byte, error) {
	w := savedWorld{
		SavedAt: s.now(), Accounts: s.accounts, Distributions: s.distributions, Roles: s.roles, Serial: s.serial, Spent: s.spent,
		Sites: s.sites, Blocks: s.blocks, Tenants: s.tenants, Functions: s.functions, Country: s.country, Buckets: s.buckets,
	}
	if !s.dns.none() {
		w.DNS = &s.dns
	}
	var err error
	if w.Authority, err = s.ca.save(); err != nil {
		return nil, err
	}
	for key, r := range s.regions {
		saved := savedRegion{
			key.account, key.region, r.certificates, r.apis, r.domains, r.lastMutation, r.gatewayUsed, r.gatewayAt, r.tokens, nil,
		}
		if !r.logs.empty() {
			saved.Logs = &r.logs
		}
		w.Regions = append(w.Regions, saved)
	}
	for id, g := range s.globals {
		w.Globals = append(w.Globals, savedGlobal{id, g.cachePolicies, g.originPolicy, g.changes, g.zoneRequests})
	}
	for _, z := range s.zones {
		w.Zones = append(w.Zones, z.save())
	}
	slices.SortFunc(w.Regions, func(a, b savedRegion) int {
		return cmp.Or(strings.Compare(a.Account, b.Account), strings.Compare(a.Region, b.Region))
	})
	slices.SortFunc(w.Globals, func(a, b savedGlobal) int { return strings.Compare(a.Account, b.Account) })
	slices.SortFunc(w.Zones, func(a, b savedZone) int { return strings.Compare(a.ID, b.ID) })
	for _, f := range s.faults {
		w.Faults = append(w.Faults, savedFault{f.Fault, f.skip, f.left})
	}
	world, err := json.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("write the world down: %w", err)
	}
	return world, nil
}

func sumOf(world []byte) string {
	sum := sha256.Sum256(world)
	return hex.EncodeToString(sum[:])
}

func (z *zone) save() savedZone {
	out := savedZone{zone: *z, Records: recordList(z.Records), Served: recordList(z.Served)}
	for _, p := range z.Pending {
		out.Pending = append(out.Pending, savedPending{p.At, recordList(p.Records)})
	}
	return out
}

// recordList is in the order of the keys, so that the same world is saved as the
// same text.
func recordList(m map[recordKey]*recordSet) []*recordSet {
	return slices.SortedFunc(maps.Values(m), func(a, b *recordSet) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Type, b.Type), strings.Compare(a.SetIdentifier, b.SetIdentifier))
	})
}

func recordMap(list []*recordSet) map[recordKey]*recordSet {
	out := map[recordKey]*recordSet{}
	for _, r := range list {
		out[r.recordKey] = r
	}
	return out
}

// Load makes the world that of a state file written by Keep. It answers false
// when there is no such file. On an error the world is as it was. It is to be
// called before Demo, Keep, CA and Listen.
func (s *Sim) Load(path string) (bool, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("cannot read the state file: %w", err)
	}
	world, err := readSaved(b)
	if err == nil {
		err = s.restore(world)
	}
	if err != nil {
		return false, fmt.Errorf("the state file %s %w", path, err)
	}
	return true, nil
}

// readSaved is the world's bytes of a state file. Its errors go on from "the
// state file".
func readSaved(b []byte) ([]byte, error) {
	var f savedFile
	if err := json.Unmarshal(b, &f); err != nil {
		return nil, fmt.Errorf("is broken: %w", err)
	}
	switch {
	case f.Format != savedFormat:
		return nil, errors.New("is none: something else wrote it")
	case f.Version > savedVersion:
		return nil, fmt.Errorf("was written by a newer apifront: it has version %d, this apifront reads version %d", f.Version, savedVersion)
	case f.Version < savedVersion || f.Sum != sumOf(f.World):
		return nil, errors.New("is broken: it was changed or cut off since it was written")
	}
	return f.World, nil
}

// restore makes the world what the bytes say.
func (s *Sim) restore(b []byte) error {
	var w savedWorld
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return fmt.Errorf("is broken: %w", err)
	}
	ca, err := loadAuthority(w.Authority)
	if err != nil {
		return fmt.Errorf("is broken: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.empty()
	s.ca, s.serial = ca, w.Serial
	maps.Copy(s.accounts, w.Accounts)
	maps.Copy(s.distributions, w.Distributions)
	maps.Copy(s.buckets, w.Buckets)
	maps.Copy(s.spent, w.Spent)
	s.roles = w.Roles
	if w.DNS != nil {
		s.dns = *w.DNS
	}
	s.sites, s.blocks, s.tenants, s.functions, s.country = w.Sites, w.Blocks, w.Tenants, w.Functions, w.Country
	for _, r := range w.Regions {
		into := s.region(r.Account, r.Region)
		maps.Copy(into.certificates, r.Certificates)
		maps.Copy(into.apis, r.APIs)
		maps.Copy(into.domains, r.Domains)
		maps.Copy(into.lastMutation, r.LastMutation)
		maps.Copy(into.tokens, r.Tokens)
		into.gatewayUsed, into.gatewayAt = r.GatewayUsed, r.GatewayAt
		if r.Logs != nil {
			maps.Copy(into.logs.Sources, r.Logs.Sources)
			maps.Copy(into.logs.Destinations, r.Logs.Destinations)
			maps.Copy(into.logs.Deliveries, r.Logs.Deliveries)
			maps.Copy(into.logs.Groups, r.Logs.Groups)
		}
	}
	for _, g := range w.Globals {
		into := s.global(g.Account)
		maps.Copy(into.cachePolicies, g.CachePolicies)
		maps.Copy(into.originPolicy, g.OriginPolicy)
		maps.Copy(into.changes, g.Changes)
		into.zoneRequests = g.ZoneRequests
	}
	for _, saved := range w.Zones {
		z := saved.zone
		z.Records, z.Served, z.Pending = recordMap(saved.Records), recordMap(saved.Served), nil
		for _, p := range saved.Pending {
			z.Pending = append(z.Pending, pendingRecords{p.At, recordMap(p.Records)})
		}
		s.zones[z.ID] = &z
	}
	s.dnsChanged()
	for _, f := range w.Faults {
		s.faults = append(s.faults, &fault{Fault: f.Order, skip: f.Skip, left: f.Left})
	}
	return nil
}
