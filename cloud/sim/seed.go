package sim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// A Key is what a client signs with.
type Key struct {
	AccountID string
	ID        string // access key ID
	Secret    string
	Principal string // ARN
}

// AddAccount makes an access key of an IAM user in the account with the
// 12-digit ID. CloudFront has verified the account; see SetVerified.
func (s *Sim) AddAccount(accountID, user string) Key {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addKey(accountID, user, "AKIA"+s.newID("", 16), s.newID("", 40))
}

func (s *Sim) addKey(accountID, user, keyID, secret string) Key {
	a := &account{
		ID: accountID, KeyID: keyID, Secret: secret,
		Principal: "arn:aws:iam::" + accountID + ":user/" + user,
		UserID:    "AIDA" + s.newID("", 17),
		Verified:  true,
	}
	s.accounts[keyID] = a
	return Key{AccountID: accountID, ID: keyID, Secret: secret, Principal: a.Principal}
}

// SetVerified says whether CloudFront has verified the account (V24).
func (s *Sim) SetVerified(accountID string, verified bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accounts {
		if a.ID == accountID {
			a.Verified = verified
		}
	}
}

// ExpireKey lets an access key end at a time (V32).
func (s *Sim) ExpireKey(keyID string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.accounts[keyID]; ok {
		a.Expires = at
	}
}

// AddZone makes a public hosted zone that the parent delegates to. A zone of
// that name that was delegated before no longer is.
func (s *Sim) AddZone(accountID, name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	z := s.addZone(accountID, name)
	s.delegateTo(z)
	return z.ID
}

// AddTwinZone makes a public hosted zone that nobody delegates to: what is
// written there, no resolver ever sees.
func (s *Sim) AddTwinZone(accountID, name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addZone(accountID, name).ID
}

// AddPrivateZone makes a hosted zone that only a VPC sees.
func (s *Sim) AddPrivateZone(accountID, name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	z := s.addZone(accountID, name)
	z.Private = true
	s.dnsChanged()
	return z.ID
}

func (s *Sim) addZone(accountID, name string) *zone {
	z := &zone{
		ID: s.newID("Z", 20), Account: accountID, Name: canonicalName(name),
		Reference: s.newUUID(), CreatedAt: s.now(), Tags: map[string]string{},
		Records: map[recordKey]*recordSet{},
	}
	for n := 4 * (len(s.zones) + 1); len(z.NameServers) == 0 || s.isNameServer(z.NameServers[0]); n += 4 {
		z.NameServers = nil
		for i, tld := range []string{"com", "net", "org", "co.uk"} {
			z.NameServers = append(z.NameServers, fmt.Sprintf("ns-%d.awsdns-%02d.%s.", n*16+i, n+i, tld))
		}
	}
	z.put(&recordSet{recordKey: recordKey{Name: z.Name, Type: "NS"}, TTL: 172800, Values: z.NameServers})
	z.put(&recordSet{recordKey: recordKey{Name: z.Name, Type: "SOA"}, TTL: 900, Values: []string{
		z.NameServers[0] + " awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400",
	}})
	z.Served = z.Records
	s.zones[z.ID] = z
	s.dnsChanged()
	return z
}

// put stores a record set in the API's view.
func (z *zone) put(r *recordSet) {
	z.Records = maps.Clone(z.Records)
	z.Records[r.recordKey] = r
}

// AddRecord puts a record set into a zone; the name servers serve it at once.
// Without values it takes the record set out.
func (s *Sim) AddRecord(zoneID, name, kind string, ttl int, values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setRecord(zoneID, name, kind, ttl, values)
}

func (s *Sim) setRecord(zoneID, name, kind string, ttl int, values []string) {
	z, ok := s.zones[zoneID]
	if !ok {
		return
	}
	r := &recordSet{recordKey: recordKey{Name: canonicalName(name), Type: kind}, TTL: ttl, Values: slices.Clone(values)}
	z.put(r)
	if len(values) == 0 {
		delete(z.Records, r.recordKey) // put has made the map anew
	}
	z.Served, z.Pending = z.Records, nil
	s.changed()
}

// NameServers is the name servers Route 53 gave a zone.
func (s *Sim) NameServers(zoneID string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if z, ok := s.zones[zoneID]; ok {
		return slices.Clone(z.NameServers)
	}
	return nil
}

// An API is an API Gateway API to seed.
type API struct {
	Name     string   `json:"name,omitempty"`
	Kind     string   `json:"kind,omitempty"`     // REST, HTTP or WEBSOCKET
	Endpoint string   `json:"endpoint,omitempty"` // REGIONAL, EDGE or PRIVATE; "" is REGIONAL
	Stages   []string `json:"stages,omitempty"`   // none: never deployed
	Routes   []string `json:"routes,omitempty"`   // paths that exist, by every method
	Methods  []Method `json:"methods,omitempty"`  // beside Routes; neither: every path
	Keys     []string `json:"keys,omitempty"`     // API keys that methods with APIKey take
	Token    string   `json:"token,omitempty"`    // what authorizers let in, with or without "Bearer "; "": every token
	Policy   string   `json:"policy,omitempty"`   // resource policy, a JSON document; REST only
}

// AddAPI makes an API and returns its ID. A resource policy that cannot be
// judged, and a method whose key cannot be, is a mistake of the caller: AddAPI
// panics.
func (s *Sim) AddAPI(accountID, regionName string, a API) string {
	if err := a.check(); err != nil {
		panic("sim: " + err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.Endpoint == "" {
		a.Endpoint = "REGIONAL"
	}
	made := &api{
		ID: s.newLowerID("", 10), Name: a.Name, Kind: a.Kind, Endpoint: a.Endpoint,
		Stages: map[string]*stage{}, CreatedAt: s.now(), Tags: map[string]string{},
	}
	made.behave(a)
	for _, name := range a.Stages {
		made.Stages[name] = &stage{Name: name, CreatedAt: s.now()}
	}
	s.region(accountID, regionName).apis[made.ID] = made
	s.changed()
	return made.ID
}

// ChangeAPI gives an API other routes, methods, keys, tokens and another
// policy, whatever account and region it is in; Name, Kind, Endpoint and Stages
// of a stay what they were. It answers false when there is no such API.
func (s *Sim) ChangeAPI(id string, a API) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.regions {
		if made := r.apis[id]; made != nil {
			a.Kind = made.Kind
			if err := a.check(); err != nil {
				return true, err
			}
			made.behave(a)
			s.changed()
			return true, nil
		}
	}
	return false, nil
}

// behave takes over what callers meet. It shares nothing with a.
func (made *api) behave(a API) {
	made.Routes, made.Methods, made.Keys = slices.Clone(a.Routes), slices.Clone(a.Methods), slices.Clone(a.Keys)
	made.Token, made.Policy = a.Token, a.Policy
	for i := range made.Methods {
		if m := &made.Methods[i]; m.Answer != nil {
			m.Answer = new(m.Answer.clone())
		}
	}
}

// check says what of an API cannot be.
func (a API) check() error {
	for i := range a.Methods {
		if err := a.Methods[i].check(a.Kind); err != nil {
			return err
		}
	}
	if a.Policy == "" {
		return nil
	}
	if a.Kind != "REST" {
		return errors.New("only REST APIs have a resource policy")
	}
	_, err := parseResourcePolicy(a.Policy)
	return err
}

// A Certificate is an ACM certificate to seed.
type Certificate struct {
	Names    []string
	Key      string    // "" is RSA_2048
	Type     string    // "" is AMAZON_ISSUED
	Status   string    // "" is ISSUED
	IssuedAt time.Time // zero: 30 days ago
	NotAfter time.Time // zero: 198 days after IssuedAt
}

// AddCertificate makes a certificate and returns its ARN. Its validation
// records are not added to any zone.
func (s *Sim) AddCertificate(accountID, regionName string, c Certificate) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	made := &certificate{
		ARN:    "arn:aws:acm:" + regionName + ":" + accountID + ":certificate/" + s.newUUID(),
		Region: regionName, Account: accountID, Names: slices.Clone(c.Names), Validation: "DNS",
		Key: c.Key, Type: c.Type, Status: c.Status,
		Token: s.newLowerID("", 32), Tags: map[string]string{}, InUseBy: map[string]time.Time{},
	}
	if made.Key == "" {
		made.Key = "RSA_2048"
	}
	if made.Type == "" {
		made.Type = "AMAZON_ISSUED"
	}
	if c.IssuedAt.IsZero() {
		c.IssuedAt = s.now().Add(-30 * 24 * time.Hour)
	}
	made.CreatedAt = c.IssuedAt.Add(-10 * time.Minute)
	if made.Status == "PENDING_VALIDATION" {
		made.CreatedAt = s.now()
	}
	if made.Status == "" || made.Status == "ISSUED" || made.Status == "EXPIRED" {
		made.issue(c.IssuedAt)
		if !c.NotAfter.IsZero() {
			made.NotAfter = c.NotAfter
		}
		if c.Status != "" {
			made.Status = c.Status
		}
	}
	s.region(accountID, regionName).certificates[made.ARN] = made
	return made.ARN
}

// AgeCertificates makes all certificates that wait for their proof older, and says how many
// there are.
func (s *Sim) AgeCertificates(by time.Duration) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	var waiting []*certificate
	for _, r := range s.regions {
		for _, c := range r.certificates {
			if c.Status == "PENDING_VALIDATION" {
				waiting = append(waiting, c)
			}
		}
	}
	for _, c := range waiting {
		c.CreatedAt = c.CreatedAt.Add(-by)
	}
	s.settle()
	s.changed()
	return len(waiting)
}

// canonicalName is a DNS name as the zones hold it: lower case, absolute,
// octal escapes decoded.
func canonicalName(name string) string {
	name = strings.ToLower(unescapeName(name))
	if !strings.HasSuffix(name, ".") {
		name += "."
	}
	return name
}
