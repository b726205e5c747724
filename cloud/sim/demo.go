package sim

import (
	"slices"
	"strings"
	"time"
)

// The demo's account.
const (
	demoAccount = "482177301954"
	demoUser    = "apifront-demo"
	demoKeyID   = "AKIADEMOAPIFRONTDEMO"
	demoSecret  = "opens-nothing-but-the-simulator"

	colleague      = "jonas"
	colleagueKeyID = "AKIADEMOJONAS"
)

// A DemoWorld is how to reach what Demo made.
type DemoWorld struct {
	AccountID string
	KeyID     string
	Secret    string
	Principal string // ARN
	// Colleague is another user of the account, who changes things by hand.
	Colleague Key
	// Zones by name, without trailing dot; the twin and the private one are
	// not in it.
	Zones map[string]string
	// APIs by name, to their IDs.
	APIs map[string]string
	// The ISSUED certificate *.lakeside.example in us-east-1.
	Certificate string // ARN
}

// Demo fills the world with an account such as a small company has: zones,
// APIs in two regions, one certificate that fits and two that do not. Reset
// comes back to it. In a loaded world that has the account it changes nothing.
func (s *Sim) Demo() DemoWorld {
	s.mu.Lock()
	s.seed = func() { s.demo() }
	s.mu.Unlock()
	return s.demo()
}

func (s *Sim) demo() DemoWorld {
	s.mu.Lock()
	if a, ok := s.accounts[demoKeyID]; ok {
		defer s.mu.Unlock()
		return s.demoAsItIs(a)
	}
	key := s.addKey(demoAccount, demoUser, demoKeyID, demoSecret)
	s.mu.Unlock()
	w := DemoWorld{
		AccountID: demoAccount, KeyID: key.ID, Secret: key.Secret, Principal: key.Principal,
		Zones: map[string]string{}, APIs: map[string]string{},
	}
	s.demoZones(&w)
	s.demoAPIs(&w)
	s.demoCertificates(&w)
	s.demoLogs()
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Colleague = s.addKey(demoAccount, colleague, colleagueKeyID, demoSecret)
	return w
}

// demoAsItIs describes the demo's world in a world that was loaded.
func (s *Sim) demoAsItIs(a *account) DemoWorld {
	w := DemoWorld{
		AccountID: a.ID, KeyID: a.KeyID, Secret: a.Secret, Principal: a.Principal,
		Zones: map[string]string{}, APIs: map[string]string{},
	}
	if c, ok := s.accounts[colleagueKeyID]; ok {
		w.Colleague = Key{AccountID: c.ID, ID: c.KeyID, Secret: c.Secret, Principal: c.Principal}
	}
	for id, z := range s.zones {
		if z.Account == a.ID && z.Delegated {
			w.Zones[strings.TrimSuffix(z.Name, ".")] = id
		}
	}
	for key, r := range s.regions {
		if key.account != a.ID {
			continue
		}
		for id, one := range r.apis {
			w.APIs[one.Name] = id
		}
		for arn, c := range r.certificates {
			if key.region == "us-east-1" && slices.Contains(c.Names, "*.lakeside.example") {
				w.Certificate = arn
			}
		}
	}
	return w
}

// demoZones: two zones that work, one that nobody delegates to although it
// has the name of one that works, and one that only a VPC sees.
func (s *Sim) demoZones(w *DemoWorld) {
	harbor := s.AddZone(demoAccount, "harborview.example")
	s.AddRecord(harbor, "www.harborview.example", "A", 300, "192.0.2.10")
	s.AddRecord(harbor, "harborview.example", "MX", 3600, "10 mail.harborview.example.")
	s.AddRecord(harbor, "harborview.example", "CAA", 3600, `0 issue "amazon.com"`, `0 issue "letsencrypt.org"`)
	lake := s.AddZone(demoAccount, "lakeside.example")
	s.AddRecord(lake, "www.lakeside.example", "CNAME", 300, "shops.hosting.example.")
	s.AddTwinZone(demoAccount, "harborview.example")
	private := s.AddPrivateZone(demoAccount, "internal.harborview.example")
	s.AddRecord(private, "db.internal.harborview.example", "A", 60, "10.0.4.17")
	w.Zones["harborview.example"], w.Zones["lakeside.example"] = harbor, lake
}

func (s *Sim) demoAPIs(w *DemoWorld) {
	for _, a := range []struct {
		region string
		api    API
	}{
		{"us-east-1", API{Name: "orders-api", Kind: "REST", Stages: []string{"prod", "staging"}}},
		{"us-east-1", API{Name: "billing-api", Kind: "REST", Stages: []string{"prod"}}},
		{"us-east-1", API{Name: "catalog-http", Kind: "HTTP", Stages: []string{"$default"}}},
		{"us-east-1", API{Name: "legacy-api", Kind: "REST", Endpoint: "EDGE", Stages: []string{"prod"}}},
		{"us-east-1", API{Name: "payroll-internal", Kind: "REST", Endpoint: "PRIVATE", Stages: []string{"prod"}}},
		{"us-east-1", API{Name: "reports-draft", Kind: "REST"}},
		{"us-east-1", API{Name: "live-updates", Kind: "WEBSOCKET", Stages: []string{"prod"}}},
		{"eu-west-1", API{Name: "orders-api-eu", Kind: "REST", Stages: []string{"prod"}}},
		{"eu-west-1", API{Name: "legacy-api-eu", Kind: "REST", Endpoint: "EDGE", Stages: []string{"prod"}}},
		{"eu-west-1", API{Name: "catalog-http-eu", Kind: "HTTP", Stages: []string{"$default", "beta"}}},
		{"eu-west-1", API{Name: "partners-http", Kind: "HTTP", Stages: []string{"$default"}}},
		{"eu-west-1", API{Name: "partners-draft", Kind: "HTTP"}},
	} {
		w.APIs[a.api.Name] = s.AddAPI(demoAccount, a.region, a.api)
	}
}

// demoLogs: places where access logs can go.
func (s *Sim) demoLogs() {
	s.AddBucket(demoAccount, "eu-west-1", "harborview-access-logs")
	s.AddLogGroup(demoAccount, "us-east-1", "/cloudfront/access-logs")
}

// demoCertificates: one to reuse, one that ended, one whose key CloudFront
// does not take.
func (s *Sim) demoCertificates(w *DemoWorld) {
	w.Certificate = s.AddCertificate(demoAccount, "us-east-1", Certificate{Names: []string{"*.lakeside.example", "lakeside.example"}})
	record, value := validationRecord(demoAccount, "*.lakeside.example")
	s.AddRecord(w.Zones["lakeside.example"], record, "CNAME", 300, value)
	now := s.now()
	s.AddCertificate(demoAccount, "us-east-1", Certificate{
		Names: []string{"shop.lakeside.example"}, Status: "EXPIRED",
		IssuedAt: now.Add(-210 * 24 * time.Hour), NotAfter: now.Add(-12 * 24 * time.Hour),
	})
	s.AddCertificate(demoAccount, "us-east-1", Certificate{Names: []string{"*.harborview.example"}, Key: "EC_secp384r1"})
}
