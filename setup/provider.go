package setup

import "strings"

// A Provider is a company that runs zones, as a person meets it who adds a record there.
// Empty words mean that no source says them; pages then use those of DNS.
type Provider struct {
	Name    string
	Servers []string // how the names of its name servers end, ".ns.cloudflare.com."; one that ends with a hyphen stands within them

	// NameField, ValueField and TTLField are what its form calls the fields.
	NameField, ValueField, TTLField string
	Relative                        bool   // the name is entered without the zone at its end
	Root                            string // what is entered as the name of the zone itself; "" where Blank, or not known
	Blank                           bool   // the field of the name stays empty for the zone itself
	Dot                             bool   // a value outside of the zone ends with a full stop

	// TopType is the type of record that leads the zone itself to another name, where there
	// is one; Top says how, or that there is none.
	TopType, Top string
	Note         string // what else has to be right

	Source string // the page that says so
	Grade  string // GradeDocumented or GradeReported
}

// Grades of what is known of a provider.
const (
	GradeDocumented = "documented" // its own pages say so
	GradeReported   = "reported"   // somebody else says so
)

// Names of providers that matter beyond their words.
const (
	ProviderRoute53    = "Route 53"
	ProviderCloudflare = "Cloudflare"
)

// ProviderOf is the provider that has these name servers; ok is false where none of them
// is known.
func ProviderOf(servers []string) (p Provider, ok bool) {
	for _, s := range servers {
		name := strings.ToLower(strings.TrimSuffix(s, ".")) + "."
		for _, p := range providers {
			for _, part := range p.Servers {
				if strings.HasSuffix(name, part) || strings.HasSuffix(part, "-") && strings.Contains(name, part) {
					return p, true
				}
			}
		}
	}
	return Provider{}, false
}

// NameIn is the name of a record as the form of the provider wants it. blank says that its
// field stays empty. Where the zone is not known, or only one of a registry is, it is the
// full name.
func (p Provider) NameIn(zone, name string) (typed string, blank bool) {
	switch {
	case zone == "" || IsShared(zone) || !InZone(name, zone): // nobody edits the records of a registry
		return name, false
	case name == zone && p.Blank:
		return "", true
	case name == zone && p.Root != "":
		return p.Root, false
	case name == zone:
		return "@", false
	}
	return strings.TrimSuffix(name, "."+zone), false
}

// ValueIn is the value of a record as the form of the provider wants it.
func (p Provider) ValueIn(r Record) string {
	if p.Dot && (r.Type == "CNAME" || r.Type == "ALIAS") {
		return r.Value + "."
	}
	return r.Value
}
