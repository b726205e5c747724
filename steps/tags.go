package steps

import (
	"strings"

	"apifront/setup"
)

// Tags on everything that apifront makes and AWS can tag. They say to whom a
// resource belongs if the store does not know it, as after a lost answer.
const (
	tagInstall = "apifront:install"
	tagSetup   = "apifront:setup"
	tagDomain  = "apifront:domain"
	tagRole    = "apifront:role"
)

// Values of tagRole.
const (
	roleEdgeCertificate     = "viewer-cert"
	roleRegionalCertificate = "regional-cert"
	roleDomain              = "domain"
	roleDistribution        = "distribution"
)

// tags are the tags of a new resource: ours, then the person's. A tag of the
// person never replaces one of ours.
func (e *Env) tags(role string) []setup.Tag {
	list := e.ownTags(role)
	seen := map[string]bool{}
	for _, t := range list {
		seen[t.Key] = true
	}
	for _, t := range e.Setup.Spec.Edge.Tags {
		if t.Key == "" || seen[t.Key] {
			continue
		}
		seen[t.Key] = true
		list = append(list, t)
	}
	return list
}

// ownTags are our tags for a resource with this role.
func (e *Env) ownTags(role string) []setup.Tag {
	return []setup.Tag{
		{Key: tagInstall, Value: e.Install},
		{Key: tagSetup, Value: e.Setup.ID},
		{Key: tagDomain, Value: tagName(e.name())},
		{Key: tagRole, Value: role},
	}
}

func tagMap(tags []setup.Tag) map[string]string {
	m := map[string]string{}
	for _, t := range tags {
		m[t.Key] = t.Value
	}
	return m
}

// ours says whether the tags are those of a resource that this installation
// made for this domain name, in this role.
func (e *Env) ours(tags map[string]string, role string) bool {
	return e.Install != "" && tags[tagInstall] == e.Install && tags[tagRole] == role && tags[tagDomain] == tagName(e.name())
}

// tagName is a domain name as a tag value, where "*" is not allowed.
// https://docs.aws.amazon.com/apigateway/latest/api/API_TagResource.html
func tagName(name string) string {
	if rest, ok := strings.CutPrefix(name, "*."); ok {
		return "wildcard." + rest
	}
	return name
}
