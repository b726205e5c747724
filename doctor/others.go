package doctor

import (
	"context"
	"maps"
	"slices"
	"strings"

	"apifront/cloud"
	"apifront/setup"
)

// An otherZone is a hosted zone of the account that is about the name too, and to which
// public DNS does not lead.
type otherZone struct {
	setup.Zone

	records map[string][]string // of the name
}

// leading are the types of records that lead callers. Others, such as TXT, may hold what
// is nobody's business.
var leading = []string{"A", "AAAA", "CNAME"}

// mostOthers is how many such zones are read.
const mostOthers = 4

// lookAtOthers reads what hosted zones besides the name's own say of it: private ones,
// and public ones that nobody asks.
func (e *exam) lookAtOthers(ctx context.Context) {
	i := &e.inside
	if ctx.Err() != nil || len(i.hosts) == 0 {
		return
	}
	name := strings.TrimPrefix(e.q.Name, "*.")
	var list []setup.Zone
	for _, z := range i.hosts {
		if setup.InZone(name, z.Name) && z.ID != i.home && (z.Private || i.home != "") {
			list = append(list, z)
		}
	}
	slices.SortStableFunc(list, func(x, y setup.Zone) int { return len(y.Name) - len(x.Name) })
	for _, z := range list[:min(len(list), mostOthers)] {
		records, err := i.account.Records(ctx, z.ID, e.q.Name)
		if err == nil {
			maps.DeleteFunc(records, func(kind string, _ []string) bool { return !slices.Contains(leading, kind) })
			i.others = append(i.others, otherZone{z, records})
		}
	}
}

// otherZones are the remarks on them. In the VPCs of a private zone, its answer is the
// only one, also that there is no such name: the resolver does not go on to public DNS.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html
func (e *exam) otherZones(add adder) {
	for _, z := range e.inside.others {
		said := recordWords(z.records)
		asked := setup.NewAsked("Route 53 ListResourceRecordSets "+z.ID, e.q.Name+": "+said,
			awsLine("ResourceRecordSets[?Name=='"+e.q.Name+".'].[Type,AliasTarget.DNSName,ResourceRecords]", "route53", "list-resource-record-sets", "--hosted-zone-id", z.ID))
		switch {
		case z.Private && len(z.records) > 0:
			add(setup.SettingTrafficRecord, "private/"+z.ID, "Machines in the VPCs of the private hosted zone "+z.Name+" are led elsewhere: they get what it says of the name",
				"Private zone "+z.ID, said, "The record that callers outside get", "Give the private zone the record that the public one has, or take the zone off the VPCs whose machines call the name.", asked)
		case z.Private:
			add(setup.SettingTrafficRecord, "private/"+z.ID, "Machines in the VPCs of the private hosted zone "+z.Name+" do not find the name: the zone has no record of it, and nobody goes on to public DNS",
				"Private zone "+z.ID, "", "The record that callers outside get", "Add the record of the name to the private zone too, or take the zone off the VPCs whose machines call the name.", asked)
		case len(z.records) > 0:
			add(setup.SettingDelegation, "unasked/"+z.ID, "A second hosted zone "+z.Name+", "+z.ID+", has a record of the name, and nobody asks it: a change there would change nothing",
				"", "", "", "Delete the record there, or the whole zone, if nothing else uses it.", asked)
		}
	}
}

// recordWords are records in a few words.
func recordWords(records map[string][]string) string {
	var words []string
	for kind, values := range records {
		words = append(words, kind+" "+strings.Join(values, ", "))
	}
	slices.Sort(words)
	if len(words) == 0 {
		return "no record"
	}
	return strings.Join(words, "; ")
}

// lookForCertificate asks whether ACM has a certificate for the name that CloudFront
// would take, where the distribution lacks the name.
func (e *exam) lookForCertificate(ctx context.Context) {
	i := &e.inside
	d := i.configured.Distribution
	if d == nil || i.how == byAlias || i.how == byWildcard || ctx.Err() != nil {
		return
	}
	in, err := i.account.In(setup.EdgeRegion)
	var list []setup.CertificateInfo
	if err == nil {
		list, err = in.Certificates(ctx, e.q.Name)
	}
	i.lacksErr = err
	i.lacks = err == nil && !slices.ContainsFunc(list, func(c setup.CertificateInfo) bool { return c.Refused == "" || c.Unread })
}

// certificateFirst is what has to be done before the name can be added; "": nothing.
func (e *exam) certificateFirst() string {
	i := &e.inside
	switch {
	case i.lacksErr != nil:
		return cloud.CouldNotRead("Whether ACM has a certificate for it in us-east-1", i.lacksErr) + " "
	case i.lacks:
		return "Request a certificate for " + e.q.Name + " in ACM in us-east-1 first, whatever region the API is in: CloudFront takes certificates of no other region, and ACM has none there that covers the name. Then: "
	}
	return ""
}
