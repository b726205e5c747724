package setup

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// A copy has all answers but those that belong to the old name, and changes nothing
// of the setup that it is made from.
func TestCopiedSpec(t *testing.T) {
	s := DefaultSpec()
	s.Account = Account{Connection: "c", AccountID: "482177301954", Region: "eu-west-1"}
	s.API = API{Mappings: []Mapping{{Path: "orders", APIID: "a", Stage: "prod", Test: Test{Path: "/health", Key: "OLD"}}}, Left: []string{"old"}}
	s.Domain = Domain{Name: "old.example.com", DNS: DNSRoute53, ZoneID: "ZOLD", ZoneName: "example.com", Switch: SwitchLater, Connection: "dns", AccountID: "100000000001"}
	s.Certificates = Certificates{Edge: "arn:old", Regional: "arn:old", Answered: true}
	s.Edge.Tags, s.Edge.Accepts, s.Edge.Comment = []Tag{{Key: "a", Value: "b"}}, []string{SharedSites}, "c"
	before, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	c := s.Copied()
	text, err := json.Marshal(c)
	if err != nil || strings.Contains(strings.ToLower(string(text)), "old") {
		t.Errorf("the copy has something of the old name: %s %v", text, err)
	}
	c.API.Mappings[0].Stage, c.Edge.Tags[0].Key, c.Edge.KeyHeaders[0] = "x", "x", "x"
	if after, err := json.Marshal(s); err != nil || string(after) != string(before) {
		t.Errorf("the copy shares something with what it was made from: %s", after)
	}
	c = s.Copied()
	c.Edge.Accepts, s.API.Mappings[0].Test.Key = s.Edge.Accepts, ""
	if !reflect.DeepEqual(c.Account, s.Account) || !reflect.DeepEqual(c.API.Mappings, s.API.Mappings) || !reflect.DeepEqual(c.Edge, s.Edge) || c.Domain.Connection != "dns" || c.Domain.DNS != DNSRoute53 || c.Domain.Switch != SwitchAtEnd {
		t.Errorf("%+v", c)
	}
}
