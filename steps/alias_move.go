package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/miekg/dns"

	"apifront/setup"
)

// attrAskAgain is the attribute of the TXT record with the moment, RFC 3339, before which
// CloudFront is not asked again to move the name.
const attrAskAgain = "ask-again"

// missKept is how long CloudFront may remember that there was no TXT record, if the
// zone does not say. One user saw 15 minutes.
// https://stackoverflow.com/questions/69546736893 (reported once)
const missKept = 15 * time.Minute

// moveGrants allow to move the name between the two distributions, and no others.
// https://repost.aws/knowledge-center/resolve-cnamealreadyexists-error (documented: both actions, for both distributions)
func moveGrants(s Scope) []Grant {
	if s.Spec.Domain.MoveFrom == "" {
		return nil
	}
	actions := []string{"cloudfront:AssociateAlias", "cloudfront:UpdateDistribution"}
	return []Grant{
		{For: "MoveFrom", Use: Writes, Actions: actions, Resources: []string{s.edge("distribution/" + Literal(s.Spec.Domain.MoveFrom))}},
		{For: "MoveTo", Use: Writes, Actions: actions, Resources: []string{s.edge("distribution/*")}, Conditions: []Condition{s.resourced()}},
	}
}

// observeMove is a distribution that gets the name from another one, which has it.
func observeMove(ctx context.Context, e *Env, d *standing) (Observation, error) {
	from := e.Setup.Spec.Domain.MoveFrom
	if wait := time.Until(askAgain(e)); wait > 0 && !e.DryRun {
		o := pending("CloudFront has found no TXT record and remembers that for a while. It is asked again after that")
		o.After = wait
		o.Problem = moveRefused(e)
		return o, nil
	}
	o := Observation{
		State: Drifted, Summary: "The name " + e.name() + " moves from " + from + " to " + d.id(),
		Changes: []setup.Change{{Field: aliasField, Is: alias(d.DistributionConfig, e.name()), Want: e.name()}},
	}
	if !e.DryRun {
		return o, nil
	}
	source, err := describeDistribution(ctx, e, from)
	if err != nil {
		return o, err
	}
	o.Changes = append(sourceChanges(e, source), o.Changes...)
	return o, nil
}

// sourceChanges is what the move changes of the distribution that has the name.
func sourceChanges(e *Env, source *standing) []setup.Change {
	if source == nil || source.DistributionConfig.Aliases == nil {
		return nil
	}
	is := source.DistributionConfig.Aliases.Items
	left := slices.DeleteFunc(slices.Clone(is), func(a string) bool { return strings.EqualFold(a, e.name()) })
	return []setup.Change{{Field: aliasField + " of " + source.id(), Is: strings.Join(is, ", "), Want: strings.Join(left, ", ")}}
}

func askAgain(e *Env) time.Time {
	at, err := time.Parse(time.RFC3339, e.Resources.Attr(setup.KeyRecordProof, attrAskAgain))
	if err != nil {
		return time.Time{}
	}
	return at
}

func moveRefused(e *Env) *setup.Problem {
	return problem("CloudFront did not move the name "+e.name()+".",
		"It says that the TXT record is missing or names another distribution, though every name server of the zone answers it. It remembers what it saw before for as long as the zone says.",
		"Wait until CloudFront has forgotten it, mostly 15 minutes, then re-run this step.")
}

// applyMove moves the name. CloudFront takes it from the other distribution and gives it
// to ours in one step; nothing else of either changes. It is asked only while every name
// server of the zone answers the TXT record.
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_AssociateAlias.html (documented)
func applyMove(ctx context.Context, e *Env, d *standing) error {
	if time.Until(askAgain(e)) > 0 {
		return nil
	}
	r := proofRecord(ctx, e, unrooted(aws.ToString(d.DomainName)))
	if without := withoutProof(ctx, e, r); len(without) > 0 {
		return notYet(5*time.Second, "The TXT record "+r.Name+" is not at every name server of the zone: "+setup.And(without)+".")
	}
	e.forget(readDistribution)
	e.forget(readHolder)
	_, err := e.Account.CloudFront().AssociateAlias(ctx, &cloudfront.AssociateAliasInput{TargetDistributionId: d.Id, Alias: aws.String(e.name())})
	switch {
	case code(err, "IllegalUpdate") && strings.Contains(said(err), "TXT"):
		return keepRefused(ctx, e, r)
	case err != nil:
		return fmt.Errorf("move %s from distribution %s to %s: %w", e.name(), e.Setup.Spec.Domain.MoveFrom, d.id(), err)
	}
	return nil
}

// keepRefused stores until when CloudFront may remember that there was no TXT record: for
// the negative TTL of the zone, and not less than a minute.
func keepRefused(ctx context.Context, e *Env, r setup.Record) error {
	kept := missKept
	if a, err := e.Prober.Authoritative(ctx, r.Name, dns.TypeMX); err == nil && a.Negative > 0 {
		kept = min(max(a.Negative, time.Minute), time.Hour)
	}
	row := e.recordRow(setup.KeyRecordProof)
	row.ID, row.Attributes = r.Name, maps.Clone(row.Attributes)
	row.Attributes[attrAskAgain] = e.Now().Add(kept + time.Second).UTC().Format(time.RFC3339)
	return e.keepRecords(ctx, row)
}

// sourceDeploys says whether CloudFront still tells its locations that the other
// distribution has lost the name. It matters only until the move is over.
func sourceDeploys(ctx context.Context, e *Env) (id string, deploys bool, err error) {
	id = e.Setup.Spec.Domain.MoveFrom
	if _, moving := e.Resources[setup.KeyRecordProof]; !moving || id == "" {
		return id, false, nil
	}
	source, err := describeDistribution(ctx, e, id)
	if source == nil || err != nil {
		return id, false, err
	}
	return id, aws.ToString(source.Status) == inProgress, nil
}
