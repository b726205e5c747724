package steps

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"apifront/setup"
)

// anyZone is the place of records that an earlier version wrote to Route 53. It
// did not store to which hosted zone.
const anyZone = "?"

// placeOf is where the records of a resource are: the ID of a hosted zone, or ""
// for another DNS provider.
func placeOf(r setup.Resource) string {
	switch zone := r.Attributes[setup.AttrHostedZone]; {
	case zone != "":
		return zone
	case r.Owned || r.State != "": // apifront writes to Route 53 alone, and only Route 53 has a state
		return anyZone
	}
	return ""
}

// samePlace says whether the records of a stored row, and those of a newer one,
// are at the same place.
func samePlace(stored, now setup.Resource) bool {
	was, is := placeOf(stored), placeOf(now)
	return was == is || was == anyZone && is != ""
}

func isRecord(key string) bool {
	return key == setup.KeyRecordTraffic || key == setup.KeyRecordValidation || key == setup.KeyRecordProof
}

// zoneAttribute is the attribute with the hosted zone that the spec names. It is
// empty if DNS is elsewhere.
func (e *Env) zoneAttribute() map[string]string {
	if !atRoute53(e.Setup.Spec) {
		return map[string]string{}
	}
	return map[string]string{setup.AttrHostedZone: e.Setup.Spec.Domain.ZoneID}
}

// recordRow is the stored row of the records at the place that the spec names.
// It has nothing but its key if no row is about that place.
func (e *Env) recordRow(key string) setup.Resource {
	row := setup.Resource{Key: key, Type: "DNS record", Attributes: e.zoneAttribute()}
	if known, ok := e.known(row); ok {
		return known
	}
	return row
}

// wayBack are the attributes with what the records of the key replaced, and
// whose TTL was lowered for that. It belongs to the name, so it is the same at every place.
func (e *Env) wayBack(key string) map[string]string {
	row, ok := e.Resources[key]
	for i := 0; !ok && i < len(e.Former); i++ {
		if e.Former[i].Key == key {
			row, ok = e.Former[i], true
		}
	}
	back := map[string]string{}
	for _, a := range []string{setup.AttrPrevious, setup.AttrOlder, setup.AttrLowered} {
		if v := row.Attributes[a]; v != "" {
			back[a] = v
		}
	}
	return back
}

// writtenTraffic are all the traffic records that apifront wrote and has not
// deleted, at any place, with those that it knows to exist now.
func (e *Env) writtenTraffic() []setup.Resource {
	const key = setup.KeyRecordTraffic
	var rows []setup.Resource
	if now, ok := e.Resources[key]; ok {
		rows = append(rows, now)
	}
	for _, f := range e.Former {
		if f.Key == key && f.Owned && f.RemovedAt.IsZero() {
			rows = append(rows, f)
		}
	}
	return rows
}

// recordsOf are the records of a resource that exist now.
func recordsOf(r setup.Resource) []setup.Record {
	return readRecordsJSON(r.Attributes[setup.AttrRecords])
}

// keepRecords stores what is known of records. If apifront wrote those that the
// current row is about to another place, that row is left: they stay there, and
// are ours again when the spec leads back.
func (e *Env) keepRecords(ctx context.Context, r setup.Resource) error {
	if now, ok := e.Resources[r.Key]; ok && now.Owned && !samePlace(now, r) {
		if err := e.leave(ctx, now, staysInRoute53); err != nil {
			return err
		}
	}
	return e.keep(ctx, r)
}

// staysInRoute53 says why records of ours stay at a place that the spec does not
// name any more.
const staysInRoute53 = "The setup names another place for its records now. What apifront added in Route 53 stays, because DNS may still lead callers there."

// ourAliases are the aliases that apifront wrote to Route 53 and that lead the
// name to the distribution still, though the spec says that DNS is elsewhere.
// They do until the domain's name servers have changed. There are none if they
// are not what answers.
func ourAliases(ctx context.Context, e *Env) []setup.Record {
	target := trafficTarget(e)
	for _, row := range e.writtenTraffic() {
		list := recordsOf(row)
		if row.Owned && len(list) > 0 && !slices.ContainsFunc(list, func(r setup.Record) bool { return !r.Alias || r.Value != target }) {
			if !servedByRoute53(ctx, e, e.name()) {
				return nil
			}
			return found(list)
		}
	}
	return nil
}

// awsServer is the form of the names that Route 53 gives to its name servers.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
var awsServer = regexp.MustCompile(`^ns-\d+\.awsdns-\d+\.`)

// servedByRoute53 says whether DNS leads to name servers of Route 53 for the
// name.
func servedByRoute53(ctx context.Context, e *Env, name string) bool {
	for zone := probeHost(name); zone != "" && !setup.IsRegistry(zone); _, zone, _ = strings.Cut(zone, ".") {
		a, err := e.Prober.Lookup(ctx, zone, dns.TypeNS)
		if err != nil {
			return false
		}
		if a.Exists() && len(a.CNAMEs) == 0 {
			return slices.ContainsFunc(a.Records, func(server string) bool { return awsServer.MatchString(strings.ToLower(server)) })
		}
	}
	return false
}
