package wizard_test

import (
	"strings"
	"testing"

	"apifront/handlers/handlerstest"
	"apifront/setup"
)

// Where nobody has registered example.co.uk, DNS ends at the registry's zone: that zone and
// its name servers are not told as those of the name. A company's github.io is alike.
func TestTheZoneOfARegistryIsNobodysZone(t *testing.T) {
	for _, c := range []struct {
		zone, name string
		told       bool
	}{
		{"co.uk", "shop.example.co.uk", false}, {"com.au", "shop.example.com.au", false}, {"github.io", "mira.github.io", false}, {"com", "shop.example.com", false},
		{"example.co.uk", "shop.example.co.uk", true}, {"example.com", "shop.example.com", true},
	} {
		s := handlerstest.SignedIn(t, nil)
		s.Looks[setup.LookName] = setup.NameFacts{Name: c.name, ZoneApex: c.zone, NameServers: []string{"ada.ns.cloudflare.com"}}
		draft := s.NewDraft()
		s.Through(draft, setup.PageDomain)
		s.Press(draft+"/domain", "refresh", map[string]string{"domain": c.name})
		s.Work()
		text := handlerstest.Squash(s.Page(draft + "/domain").Find("main").Text())
		for _, word := range []string{"Its name servers belong to Cloudflare.", "Who manages DNS for " + c.zone + "?"} {
			if strings.Contains(text, word) != c.told {
				t.Errorf("%s in the zone %s: %q on the page is %v: %s", c.name, c.zone, word, !c.told, text)
			}
		}
	}
}
