package setup

import (
	"strings"
	"testing"
)

// Names below com, co.uk and com.au are given out by registries, those below github.io by
// a company. None of them is a zone of whoever has a name below it.
func TestSuffixes(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct{ registry, shared, registrable bool }{
		"com":                   {true, true, false},
		"COM.":                  {true, true, false},
		"co.uk":                 {true, true, false},
		"com.au":                {true, true, false},
		"github.io":             {false, true, false},
		"io":                    {true, true, false},
		"example":               {true, true, false}, // the list does not know it: then the last label counts
		"example.com":           {false, false, true},
		"Example.co.uk.":        {false, false, true},
		"shop.example.co.uk":    {false, false, false},
		"mira.github.io":        {false, false, true},
		"shop.example.com":      {false, false, false},
		"harborview.example":    {false, false, true},
		"":                      {false, false, false},
		"xn--fiqs8s":            {true, true, false},
		"shop.xn--fiqs8s":       {false, false, true},
		"api.shop.example.com.": {false, false, false},
	} {
		if IsRegistry(name) != want.registry || IsShared(name) != want.shared || IsRegistrable(name) != want.registrable {
			t.Errorf("%q: registry %v, shared %v, registrable %v, want %v", name, IsRegistry(name), IsShared(name), IsRegistrable(name), want)
		}
	}
}

// What is guessed from a name stops at the registry.
func TestNothingIsGuessedAboveARegistrableName(t *testing.T) {
	t.Parallel()
	for name, proof := range map[string]string{
		"example.com": "_.example.com", "example.co.uk": "_.example.co.uk", "mira.github.io": "_.mira.github.io",
		"shop.example.com": "_shop.example.com", "shop.example.co.uk": "_shop.example.co.uk", "*.example.com.au": "_.example.com.au",
	} {
		if got := ProofName(name); got != proof {
			t.Errorf("the proof of %s is %s, want %s", name, got, proof)
		}
	}
	for above, want := range map[string]string{
		"com": "at the registrar", "co.uk": "at the registrar", "com.au": "at the registrar", "": "at the registrar",
		"github.io": "in the parent zone github.io", "example.co.uk": "in the parent zone example.co.uk",
	} {
		if got := serversAt(above, "x."+above); !strings.Contains(got, want) {
			t.Errorf("above %q: %s, want %s", above, got, want)
		}
	}
	for zone, want := range map[string]string{"co.uk": "shop.example.co.uk", "example.co.uk": "shop", "uk": "shop.example.co.uk", "": "shop.example.co.uk"} {
		if got, blank := (Provider{Name: "Some"}).NameIn(zone, "shop.example.co.uk"); got != want || blank {
			t.Errorf("in the zone %q the name is %q, want %q", zone, got, want)
		}
	}
	for name, want := range map[string]string{"example.co.uk": "", "example.com": "", "shop.example.co.uk": "*.example.co.uk", "a.mira.github.io": "*.mira.github.io"} {
		if got := wildcardAbove(name); got != want {
			t.Errorf("the wildcard above %s is %q, want %q", name, got, want)
		}
	}
	usable, refused := ZonesFor("shop.example.co.uk", []Zone{
		{ID: "Z1", Name: "co.uk.", State: NotDelegated}, {ID: "Z2", Name: "example.co.uk"}, {ID: "Z3", Name: "uk", Delegated: true},
	})
	if len(usable) != 1 || usable[0].ID != "Z2" || len(refused) != 2 || refused[0].Undelegated() || refused[1].Undelegated() {
		t.Errorf("usable %+v, refused %+v", usable, refused)
	}
	if usable, _ := ZonesFor("mira.github.io", []Zone{{ID: "Z1", Name: "github.io"}}); len(usable) != 1 {
		t.Error("who has the zone github.io cannot use it")
	}
	for _, typed := range []string{"co.uk", "https://com.au/", "*.co.uk"} {
		if c, err := CleanServed(typed); err == nil {
			t.Errorf("%s is taken as %s", typed, c.Name)
		}
	}
	for _, typed := range []string{"example.co.uk", "mira.github.io", "*.example.com.au"} {
		if c, err := CleanServed(typed); err != nil || c.Name != typed {
			t.Errorf("%s is taken as %s: %v", typed, c.Name, err)
		}
	}
}
