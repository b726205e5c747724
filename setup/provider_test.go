package setup

import (
	"net/url"
	"strings"
	"testing"
)

// Each provider has a source, and no name server belongs to two.
func TestProviders(t *testing.T) {
	t.Parallel()
	for i, p := range providers {
		if u, err := url.Parse(p.Source); err != nil || u.Scheme != "https" || u.Host == "" || u.Path == "" {
			t.Errorf("%s: the source is %q", p.Name, p.Source)
		}
		if p.Grade != GradeDocumented && p.Grade != GradeReported {
			t.Errorf("%s: the grade is %q", p.Name, p.Grade)
		}
		if p.Name == "" || len(p.Servers) == 0 || p.Blank && p.Root != "" || p.TopType != "" && p.Top == "" {
			t.Errorf("%+v", p)
		}
		for _, s := range p.Servers {
			if !strings.HasPrefix(s, ".") || !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "-") || s != strings.ToLower(s) {
				t.Errorf("%s: servers %q", p.Name, s)
			}
			name := "ns1" + s
			if strings.HasSuffix(s, "-") {
				name += "07.co.uk"
			}
			if got, ok := ProviderOf([]string{"ns1.else.example", strings.ToUpper(strings.TrimSuffix(name, "."))}); !ok || got.Name != p.Name {
				t.Errorf("%s is at %q, want %s", name, got.Name, p.Name)
			}
			for _, o := range providers[i+1:] {
				for _, other := range o.Servers {
					if strings.Contains(s, other) || strings.Contains(other, s) {
						t.Errorf("%s of %s and %s of %s are the same servers", s, p.Name, other, o.Name)
					}
				}
			}
		}
	}
	for _, name := range []string{"", "ns1.hoster.example", "evilgandi.net", "ns1.gandi.net.example.com"} {
		if p, ok := ProviderOf([]string{name}); ok {
			t.Errorf("%q is at %s", name, p.Name)
		}
	}
}

// A name and a value as forms want them.
func TestProvidersForm(t *testing.T) {
	t.Parallel()
	blank, root, dot := Provider{Blank: true}, Provider{Root: "@"}, Provider{Dot: true}
	for _, c := range []struct {
		p                Provider
		zone, name, want string
		blank            bool
	}{
		{root, "example.com", "api.eu.example.com", "api.eu", false}, {root, "example.com", "example.com", "@", false},
		{blank, "example.com", "example.com", "", true}, {blank, "example.com", "*.example.com", "*", false},
		{root, "", "api.example.com", "api.example.com", false}, {root, "example.org", "api.example.com", "api.example.com", false},
		{Provider{}, "example.com", "example.com", "@", false},
		{root, "example", "_783f.api.copperfield.example", "_783f.api.copperfield.example", false},
	} {
		if got, isBlank := c.p.NameIn(c.zone, c.name); got != c.want || isBlank != c.blank {
			t.Errorf("%s in %s is %q, %v", c.name, c.zone, got, isBlank)
		}
	}
	for _, r := range []Record{{Type: "CNAME", Value: "d1.cloudfront.net"}, {Type: "ALIAS", Value: "d1.cloudfront.net"}} {
		if dot.ValueIn(r) != "d1.cloudfront.net." || root.ValueIn(r) != "d1.cloudfront.net" {
			t.Errorf("%s is %q and %q", r.Type, dot.ValueIn(r), root.ValueIn(r))
		}
	}
	if a := (Record{Type: "A", Value: "203.0.113.40"}); dot.ValueIn(a) != a.Value {
		t.Errorf("an address is %q", dot.ValueIn(a))
	}
}
