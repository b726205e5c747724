package sim

import (
	"encoding/json"
	"testing"
	"testing/synctest"
)

// TestGivenIsCopied: what a world is made of stays its caller's. The simulator
// does not change it, and its world does not change with it, so that many worlds
// are made of the same parts, at the same time.
func TestGivenIsCopied(t *testing.T) {
	site := Site{
		Names: []string{"Old.Hosting.Example.", "API.example.com"}, Certificate: []string{"*.hosting.example"},
		Answer: Answer{Status: 301, Header: map[string]string{"Location": "https://www.example.com/"}},
	}
	reply := Answer{Status: 403, Header: map[string]string{"X-Reason": "none"}}
	api := API{
		Kind: "REST", Stages: []string{"v1"}, Routes: []string{"/items"}, Keys: []string{"k-12345678"},
		Methods: []Method{{Key: "GET /orders", Answer: &Answer{Header: map[string]string{"X-Is": "here"}}}},
	}
	certificate := Certificate{Names: []string{"api.example.com"}}
	servers, values := []string{"NS1.Provider.Example", "ns2.provider.example."}, []string{`"one"`, `"two"`}
	given := func() string {
		all, err := json.Marshal([]any{site, reply, api, certificate, servers, values})
		if err != nil {
			t.Fatal(err)
		}
		return string(all)
	}
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		world := func() string {
			all, err := s.World()
			if err != nil {
				t.Fatal(err)
			}
			return string(all)
		}
		before := given()
		if err := s.AddSite(site); err != nil {
			t.Fatal(err)
		}
		s.AddAccount("111122223333", "ada")
		if _, err := s.AddFunction("111122223333", "shut", reply); err != nil {
			t.Fatal(err)
		}
		made := s.AddAPI("111122223333", "eu-west-1", api)
		if _, err := s.ChangeAPI(made, api); err != nil {
			t.Fatal(err)
		}
		s.AddCertificate("111122223333", "us-east-1", certificate)
		s.AddRecord(s.AddForeignZone("example.com", servers...), "api.example.com", "TXT", 60, values...)
		s.Delegate("team.example.com", servers...)
		if after := given(); after != before {
			t.Errorf("the simulator changed what it was given from %s to %s", before, after)
		}
		is := world()
		site.Names[1], site.Certificate[0], site.Answer.Header["Location"] = "another", "another", "another"
		reply.Header["X-Reason"], api.Stages[0], api.Routes[0], api.Keys[0] = "another", "another", "another", "another"
		api.Methods[0].Answer.Header["X-Is"], certificate.Names[0], servers[0], values[0] = "another", "another", "another", "another"
		if now := world(); now != is {
			t.Errorf("the world changed with what it was made of: %q is in it", otherThan(is, now))
		}
		for _, site := range s.Sites() {
			site.Names[0], site.Certificate[0], site.Answer.Header["Location"] = "another", "another", "another"
		}
		if now := world(); now != is {
			t.Errorf("the world changed with what Sites answered: %q is in it", otherThan(is, now))
		}
	})
}

// otherThan is where the second text first differs, with what stands around it.
func otherThan(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return b[max(i-40, 0):min(i+40, len(b))]
}
