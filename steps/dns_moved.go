package steps

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/miekg/dns"

	"apifront/setup"
)

// stamp is the present moment as an attribute stores it.
func (e *Env) stamp() string { return e.Now().UTC().Format(time.RFC3339) }

// leaving notes for how long resolvers may keep the records that a change is about
// to replace. If that is not known, it notes nothing: an alias to a record of the
// same zone has that record's TTL.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html
// (documented)
func (e *Env) leaving(r *setup.Resource, sets []types.ResourceRecordSet) {
	delete(r.Attributes, setup.AttrMoved)
	delete(r.Attributes, setup.AttrMovedFrom)
	n := 0
	for _, s := range sets {
		switch {
		case s.AliasTarget == nil:
			n = max(n, int(aws.ToInt64(s.TTL)))
		case aws.ToString(s.AliasTarget.HostedZoneId) == e.Setup.Spec.Domain.ZoneID:
			return
		default:
			n = max(n, aliasSeconds)
		}
	}
	if n > 0 {
		r.Attributes[setup.AttrMovedFrom] = strconv.Itoa(n)
	}
}

// back says whether the records that traffic was moved away from stand again,
// though no job of the setup has put them back.
func (e *Env) back(stand []setup.Record) bool {
	return len(recordsOf(e.recordRow(setup.KeyRecordTraffic))) > 0 && sameRecords(stand, e.oldOf())
}

// seenBack is back for another DNS provider, where only values are seen.
func (e *Env) seenBack(values []string) bool {
	old := e.oldOf()
	return len(recordsOf(e.recordRow(setup.KeyRecordTraffic))) > 0 && len(old) > 0 &&
		!slices.ContainsFunc(old, func(r setup.Record) bool { return !slices.Contains(values, r.Value) })
}

// standingTTL is the TTL in seconds that a name server of the zone says of what
// leads callers today; 0: nothing does, or none answers.
func standingTTL(ctx context.Context, e *Env) int {
	for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
		a, err := e.Prober.Authoritative(ctx, probeHost(e.name()), qtype)
		if err == nil && (a.Exists() || len(a.CNAMEs) > 0) {
			return int(a.TTL.Seconds())
		}
	}
	return 0
}
