package sim

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"apifront/setup"
)

// An aliasHolder is something that has a name as an alternate domain name: a
// distribution, or an edge-optimized API Gateway domain, whose distribution is
// AWS's own.
type aliasHolder struct {
	Alias        string
	Account      string
	ID           string
	Distribution *distribution // nil: an edge-optimized domain, or a tenant
	Tenant       bool
}

// gatewayAccount owns the distributions of edge-optimized domains.
const gatewayAccount = "798376113853"

// holders are all that have an alias overlapping name: the same, or one being
// a wildcard above the other, at any depth.
func (s *Sim) holders(name string) []aliasHolder {
	var found []aliasHolder
	for _, id := range slices.Sorted(maps.Keys(s.distributions)) {
		d := s.distributions[id]
		for _, a := range d.Config.aliases() {
			if overlap(a, name) {
				found = append(found, aliasHolder{Alias: a, Account: d.Account, ID: id, Distribution: d})
			}
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(s.regions), compareRegions) {
		domains := s.regions[key].domains
		for _, n := range slices.Sorted(maps.Keys(domains)) {
			if d := domains[n]; (d.EdgeTarget != "" || s.now().Before(d.EdgeHeldTill)) && overlap(n, name) {
				id := "E0000000000000" // of what is about to be gone
				if d.EdgeTarget != "" {
					id = "E" + strings.ToUpper(d.EdgeTarget[1:14])
				}
				found = append(found, aliasHolder{Alias: n, Account: gatewayAccount, ID: id})
			}
		}
	}
	for _, t := range s.tenants {
		if overlap(t.Name, name) {
			found = append(found, aliasHolder{Alias: t.Name, Account: t.Account, ID: t.ID, Tenant: true})
		}
	}
	return found
}

// overlap says whether two aliases could serve the same name. An alias's
// wildcard stands for any number of labels.
func overlap(a, b string) bool {
	return a == b || below(a, b) || below(b, a)
}

// below says whether the wildcard alias w has name.
func below(w, name string) bool {
	suffix, wild := strings.CutPrefix(w, "*")
	return wild && strings.HasSuffix(name, suffix)
}

// aliasFree is rule V21, its first text: an alias belongs to one distribution
// in all of AWS. own is the ID of the distribution that may have it.
func (s *Sim) aliasFree(name, own string) *apiError {
	for _, h := range s.holders(name) {
		if h.Alias == name && (h.Distribution == nil || h.ID != own) {
			return cnameTaken()
		}
	}
	return nil
}

func cnameTaken() *apiError {
	return refuseWith(http.StatusConflict, "CNAMEAlreadyExists", "One or more of the CNAMEs you provided are already associated with a different resource.")
}

// aliasAddable is rule V21: nobody has the alias, no other account has one
// that overlaps it, and the live DNS of the name does not lead to some other
// distribution. own is nil while the distribution is being created.
//
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-restrictions
func (s *Sim) aliasAddable(name, account string, own *distribution) error {
	ownID, ownName := "", ""
	if own != nil {
		ownID, ownName = own.ID, own.DomainName
	}
	if err := s.aliasFree(name, ownID); err != nil {
		return err
	}
	for _, h := range s.holders(name) {
		if h.Distribution != nil && h.Account != account {
			return cnameTaken()
		}
	}
	if target := s.cnameOf(name); strings.HasSuffix(target, ".cloudfront.net") && target != ownName {
		return refuseWith(http.StatusConflict, "CNAMEAlreadyExists",
			"One or more aliases specified for the distribution includes an incorrectly configured DNS record that points to another CloudFront distribution. "+
				"You must update the DNS record to correct the problem. For more information, see "+
				"https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-restrictions")
	}
	return nil
}

// cnameOf is where the public DNS sends a name, without trailing dot.
func (s *Sim) cnameOf(name string) string {
	values, cname, _ := s.lookup(name+".", "CNAME", s.now())
	if cname == "" && len(values) > 0 {
		cname = values[0]
	}
	return strings.ToLower(strings.TrimSuffix(cname, "."))
}

// controls is rule V28: the distribution is the caller's and has a certificate
// that covers the domain.
func (s *Sim) controls(req *request, id, domain string) (*distribution, error) {
	if domain == "" || id == "" {
		return nil, invalidArgument("The parameters Alias and DistributionId are required.")
	}
	d, err := s.findDistribution(req, id)
	if err != nil {
		return nil, err
	}
	c := s.certificate(d.Config.certificateARN())
	if c == nil || !setup.CoversAny(c.Names, domain) {
		return nil, invalidArgument("The specified distribution must have an SSL/TLS certificate that includes the alias: %s", domain)
	}
	return d, nil
}

// listConflictingAliases answers ListConflictingAliases: who else has the
// alias, with most of their IDs masked.
func (s *Sim) listConflictingAliases(req *request) (answer, error) {
	alias := req.query("Alias")
	d, err := s.controls(req, req.query("DistributionId"), alias)
	if err != nil {
		return answer{}, err
	}
	type conflict struct {
		Alias          string
		DistributionID string `xml:"DistributionId"`
		AccountID      string `xml:"AccountId"`
	}
	byKey := map[string]conflict{}
	for _, h := range s.holders(alias) {
		if h.ID != d.ID {
			byKey[h.ID+" "+h.Alias] = conflict{h.Alias, mask(h.ID, 4), mask(h.Account, 6)}
		}
	}
	page, err := s.cloudFrontPageOf(req, slices.Sorted(maps.Keys(byKey)))
	if err != nil {
		return answer{}, err
	}
	out := struct {
		NextMarker string `xml:",omitempty"`
		MaxItems   int
		Quantity   int
		Items      []conflict `xml:"Items>ConflictingAlias"`
	}{NextMarker: page.next, MaxItems: page.size, Quantity: len(page.keys)}
	for _, k := range page.keys {
		out.Items = append(out.Items, byKey[k])
	}
	return cloudFrontAnswer(http.StatusOK, "ConflictingAliasesList", out, "")
}

// mask hides all but the last n characters.
func mask(id string, n int) string {
	if len(id) <= n {
		return id
	}
	return strings.Repeat("*", len(id)-n) + id[len(id)-n:]
}

// listDomainConflicts answers ListDomainConflicts. Half of the ID of a stranger's
// resource is masked, and no account.
// https://github.com/aws/aws-cli/blob/develop/awscli/examples/cloudfront/list-domain-conflicts.rst (AWS's own sample; whether the caller's own IDs are masked it does not say)
func (s *Sim) listDomainConflicts(req *request) (answer, error) {
	var in struct {
		Domain                          string
		DomainControlValidationResource struct {
			DistributionID       string `xml:"DistributionId"`
			DistributionTenantID string `xml:"DistributionTenantId"`
		}
		MaxItems int
		Marker   string
	}
	if _, err := decodeXML(req, "ListDomainConflictsRequest", &in); err != nil {
		return answer{}, err
	}
	if in.DomainControlValidationResource.DistributionTenantID != "" {
		return answer{}, notModelled("distribution tenants")
	}
	d, err := s.controls(req, in.DomainControlValidationResource.DistributionID, in.Domain)
	if err != nil {
		return answer{}, err
	}
	type conflict struct {
		Domain       string
		ResourceType string
		ResourceID   string `xml:"ResourceId"`
		AccountID    string `xml:"AccountId"`
	}
	var all []conflict
	for _, h := range s.holders(in.Domain) {
		if h.ID != d.ID && h.ID > in.Marker {
			id := h.ID
			if h.Account != req.account.ID {
				id = mask(id, len(id)/2)
			}
			kind := "distribution"
			if h.Tenant {
				kind = "distribution-tenant"
			}
			all = append(all, conflict{h.Alias, kind, id, h.Account})
		}
	}
	slices.SortFunc(all, func(a, b conflict) int { return strings.Compare(a.ResourceID, b.ResourceID) })
	var out struct {
		DomainConflicts []conflict `xml:"DomainConflicts>DomainConflicts"`
		NextMarker      string     `xml:",omitempty"`
	}
	out.DomainConflicts = all
	if size := in.MaxItems; size > 0 && size < len(all) {
		out.DomainConflicts, out.NextMarker = all[:size], all[size-1].ResourceID
	}
	return cloudFrontAnswer(http.StatusOK, "ListDomainConflictsResult", out, "")
}

// cloudFrontResolver is under what CloudFront's own resolver remembers.
const cloudFrontResolver = "CloudFront"

// proofName is where the TXT record is that proves whose an alias is: at the apex of a
// zone a label _ stands before the name.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/alternate-domain-names-move-create-target.html (documented)
func (s *Sim) proofName(alias string) string {
	name := absolute(strings.TrimPrefix(alias, "*."))
	if s.find(name, "SOA", s.now()).apex == name {
		return "_." + name
	}
	return "_" + name
}

// proven says whether CloudFront's resolver finds the domain name of the target in the
// TXT record of an alias. It remembers for the zone's negative TTL that there is none:
// the record resolved elsewhere at once, and the call was refused for 15 minutes.
// https://stackoverflow.com/questions/69546736893 (reported once)
func (s *Sim) proven(alias string, target *distribution) bool {
	f := s.remembered(cloudFrontResolver, s.proofName(alias), "TXT", s.now())
	return slices.ContainsFunc(f.values, func(v string) bool {
		return strings.EqualFold(strings.TrimSuffix(strings.Trim(v, `"`), "."), target.DomainName)
	})
}

// associateAlias answers AssociateAlias: an alias moves at once to a
// distribution of the caller. Within one account both distributions may be
// enabled. It guards rule V29, in the order and the words of users' transcripts
// (reported): the certificate of the target, the TXT record, the source.
func (s *Sim) associateAlias(req *request) (answer, error) {
	alias := req.query("Alias")
	target, err := s.controls(req, req.arg("id"), alias)
	if err != nil {
		return answer{}, err
	}
	if !s.proven(alias, target) {
		return answer{}, refuse("IllegalUpdate", "Invalid or missing alias DNS TXT records.")
	}
	if err := s.moveAlias(alias, target, false); err != nil {
		return answer{}, err
	}
	return emptyAnswer(http.StatusOK)
}

// updateDomainAssociation answers UpdateDomainAssociation, which wants the
// source disabled even within an account.
func (s *Sim) updateDomainAssociation(req *request) (answer, error) {
	var in struct {
		Domain         string
		TargetResource struct {
			DistributionID       string `xml:"DistributionId"`
			DistributionTenantID string `xml:"DistributionTenantId"`
		}
	}
	if _, err := decodeXML(req, "UpdateDomainAssociationRequest", &in); err != nil {
		return answer{}, err
	}
	if in.TargetResource.DistributionTenantID != "" {
		return answer{}, notModelled("distribution tenants")
	}
	target, err := s.controls(req, in.TargetResource.DistributionID, in.Domain)
	if err != nil {
		return answer{}, err
	}
	if err := checkIfMatch(req, target.ETag); err != nil {
		return answer{}, err
	}
	if err := s.moveAlias(in.Domain, target, true); err != nil {
		return answer{}, err
	}
	out := struct {
		Domain     string
		ResourceID string `xml:"ResourceId"`
	}{in.Domain, target.ID}
	return cloudFrontAnswer(http.StatusOK, "UpdateDomainAssociationResult", out, target.ETag)
}

// moveAlias takes the alias from whoever has it and gives it to target. Rule
// V29: a source in another account, or any source if strict, must be disabled.
func (s *Sim) moveAlias(alias string, target *distribution, strict bool) error {
	if target.Config.hasAlias(alias) {
		return nil
	}
	var source *distribution
	for _, h := range s.holders(alias) {
		if h.Alias != alias {
			continue
		}
		if h.Distribution == nil {
			return refuse("IllegalUpdate", "The alias %s belongs to an AWS service and cannot be moved.", alias)
		}
		source = h.Distribution
	}
	if source != nil && source.Config.Enabled && (strict || source.Account != target.Account) {
		if strict {
			return refuseWith(http.StatusConflict, "ResourceNotDisabled", "The resource that the domain is associated with must be disabled.")
		}
		return refuse("IllegalUpdate", "Alias move is not allowed since the source distribution is enabled")
	}
	with, err := withAlias(target, alias, true)
	if err != nil {
		return err
	}
	deploy := s.takes(s.cfg.Pace.Deploy, "deploy", target.ID, s.now())
	if source != nil {
		without, err := withAlias(source, alias, false)
		if err != nil {
			return err
		}
		s.serveWithin(source, without, deploy)
	}
	s.serveWithin(target, with, deploy) // at each edge in the same moment, so that nobody is without the name
	return nil
}

// withAlias is the distribution's config with the alias added or removed.
func withAlias(d *distribution, alias string, add bool) (distributionConfig, error) {
	c, err := d.Config.clone()
	if err != nil {
		return c, err
	}
	items := slices.DeleteFunc(slices.Clone(c.aliases()), func(a string) bool { return a == alias })
	if add {
		items = append(items, alias)
	}
	if len(items) > maxAliases {
		return c, refuse("TooManyDistributionCNAMEs", "Your request contains more CNAMEs than are allowed per distribution.")
	}
	c.Aliases = &aliases{Quantity: len(items), Items: items}
	return c, nil
}

// associateWebACL answers AssociateDistributionWebACL. The ARN is kept; the
// edge here evaluates no web ACL.
func (s *Sim) associateWebACL(req *request) (answer, error) {
	var in struct{ WebACLArn string }
	if _, err := decodeXML(req, "AssociateDistributionWebACLRequest", &in); err != nil {
		return answer{}, err
	}
	if in.WebACLArn == "" || !validWebACL(in.WebACLArn) {
		return answer{}, invalidArgument("The parameter WebACLArn is not valid: %s", in.WebACLArn)
	}
	return s.setWebACL(req, in.WebACLArn, "AssociateDistributionWebACLResult")
}

// disassociateWebACL answers DisassociateDistributionWebACL.
func (s *Sim) disassociateWebACL(req *request) (answer, error) {
	return s.setWebACL(req, "", "DisassociateDistributionWebACLResult")
}

func (s *Sim) setWebACL(req *request, arn, root string) (answer, error) {
	d, err := s.findDistribution(req, req.arg("id"))
	if err != nil {
		return answer{}, err
	}
	if req.r.Header.Get("If-Match") != "" {
		if err := checkIfMatch(req, d.ETag); err != nil {
			return answer{}, err
		}
	}
	c, err := d.Config.clone()
	if err != nil {
		return answer{}, err
	}
	c.WebACLID = arn
	s.serve(d, c)
	out := struct {
		ID        string `xml:"Id"`
		WebACLArn string `xml:",omitempty"`
	}{d.ID, arn}
	return cloudFrontAnswer(http.StatusOK, root, out, d.ETag)
}
