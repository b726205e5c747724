package steps

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/miekg/dns"

	"apifront/probe"
	"apifront/setup"
)

// proofID is the step that adds the TXT record by which CloudFront lets a name move.
const proofID setup.StepID = "proof"

// proofTTL is the TTL of a new TXT record, in seconds.
const proofTTL = 60

func proofStep() Step {
	return Step{
		ID:         proofID,
		Thing:      "TXT record for the move",
		Title:      "Prove that the name may move",
		Why:        "CloudFront moves a name from one distribution to another if a TXT record names the new one. It remembers for minutes that there was none, so the job asks it only when all name servers of the zone have the record.",
		Service:    "DNS",
		ServiceFor: dnsService,
		Needs:      []setup.StepID{"distribution"},
		Kinds:      []setup.JobKind{setup.JobApply},
		Parts:      []setup.Part{setup.PartName},
		Page:       setup.PageDomain,
		Keys:       []string{setup.KeyRecordProof},
		Wait:       Wait{Every: personWait, Settle: 3 * time.Second, Limit: 10 * time.Minute, Usual: time.Minute},
		Brief:      recordsBrief,
		Actions:    append([]string{"cloudfront:ListDistributions", "cloudfront:GetDistribution", "cloudfront:ListTagsForResource"}, recordActions...),
		Grants: func(s Scope) []Grant {
			return append(nameGrants(s), s.recordGrants(s.proofName(), []string{"TXT"})...)
		},
		Rare:    true,
		Applies: nameMoves,
		Reads:   readsProof,
		Observe: observeProof,
		Apply:   applyProof,
		Wants: func(s setup.Spec, _ setup.Resource) (bool, string) {
			return s.Domain.MoveFrom != "", "No name is moved any more."
		},
		Remove: removeProof,
	}
}

// nameMoves says whether the name comes from another distribution.
func nameMoves(s setup.Spec) (bool, string) {
	return s.Domain.MoveFrom != "", "The name comes from no other distribution."
}

// nameGrants are the reads by which a step knows who has the name.
func nameGrants(s Scope) []Grant {
	return []Grant{
		{For: "List", Actions: []string{"cloudfront:ListDistributions"}, Resources: []string{"*"}},
		{For: "Read", Actions: []string{"cloudfront:GetDistribution", "cloudfront:ListTagsForResource"}, Resources: []string{s.edge("distribution/*")}},
	}
}

// proofName is the condition that a change is of the TXT record for the move.
func (s Scope) proofName() Condition {
	name, label := strings.TrimPrefix(s.Spec.Domain.Name, "*."), "_"
	if unrooted(s.Spec.Domain.ZoneName) == s.Spec.Domain.Name {
		label = "_."
	}
	return Condition{"ForAllValues:StringEquals", keyRecordNames, []string{Plain(label + name)}}
}

// proofName is where CloudFront looks for the TXT record.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/alternate-domain-names-move-create-target.html (documented)
func proofName(ctx context.Context, e *Env) string {
	if name := recordsOf(e.recordRow(setup.KeyRecordProof)); len(name) > 0 {
		return name[0].Name
	}
	name := strings.TrimPrefix(e.name(), "*.")
	if !strings.HasPrefix(e.name(), "*.") && apex(ctx, e) {
		return "_." + name
	}
	return "_" + name
}

// readsProof reads that record. It asks nobody where the record would be.
func readsProof(e *Env, _ string) reading {
	name := strings.TrimPrefix(e.name(), "*.")
	switch known := recordsOf(e.recordRow(setup.KeyRecordProof)); {
	case len(known) > 0:
		name = known[0].Name
	case unrooted(e.Setup.Spec.Domain.ZoneName) == e.name():
		name = "_." + name
	default:
		name = "_" + name
	}
	return readsRecord(e, name, "TXT")
}

// proofRecord is that record.
func proofRecord(ctx context.Context, e *Env, target string) setup.Record {
	return setup.Record{
		Type: "TXT", Name: proofName(ctx, e), Value: target, TTL: proofTTL,
		Why: "Proves to CloudFront that the name may move to the new distribution. You may delete it once the job is done.",
	}
}

// holderOf is the ID of the account's distribution that has the very name; "" for none.
func holderOf(ctx context.Context, e *Env) (string, error) {
	return remembered(ctx, e, readHolder, func(ctx context.Context, e *Env) (string, error) { return e.Account.AliasHolder(ctx, e.name()) })
}

// withoutProof are the name servers of the zone that do not answer the record, each with
// what it says; empty: all do. Resolvers are not asked: they would remember that there is
// nothing.
func withoutProof(ctx context.Context, e *Env, r setup.Record) (without []string) {
	e.aside(ctx, "TXT "+r.Name+", at every name server", func(p *probe.Prober) string {
		walk, err := p.Walk(ctx, probeHost(strings.TrimPrefix(e.name(), "*.")))
		if err != nil {
			without = []string{err.Error()}
			return err.Error()
		}
		views := p.OwnViews(ctx, walk, r.Name, dns.TypeTXT)
		for _, v := range views {
			if v.Err != nil {
				without = append(without, v.Server+" does not answer")
			} else if !slices.ContainsFunc(v.Answer.Records, func(s string) bool { return unrooted(s) == r.Value }) {
				without = append(without, v.Server+" does not have it")
			}
		}
		if len(views) == 0 {
			without = []string{"no name server of the zone can be asked from here"}
		}
		if len(without) == 0 {
			return setup.Count(len(views), "server") + " of " + walk.Last().Zone + " have it"
		}
		return setup.And(without)
	})
	return without
}

func observeProof(ctx context.Context, e *Env) (Observation, error) {
	d, _, err := findDistribution(ctx, e)
	if err != nil {
		return Observation{}, err
	}
	if d == nil {
		if atRoute53(e.Setup.Spec) {
			return absent("1 TXT record, written to Route 53"), nil
		}
		return absent("1 TXT record, for you to add"), nil
	}
	if hasAlias(d.DistributionConfig, e.name()) {
		return ready("The name has moved"), nil
	}
	from, err := holderOf(ctx, e)
	if err != nil {
		return Observation{}, err
	}
	if from != e.Setup.Spec.Domain.MoveFrom {
		return ready(e.Setup.Spec.Domain.MoveFrom + " does not have the name, so nothing is to be proved"), nil
	}
	r := proofRecord(ctx, e, unrooted(aws.ToString(d.DomainName)))
	if !atRoute53(e.Setup.Spec) {
		return observeProofElsewhere(ctx, e, r)
	}
	if waits, err := publishing(ctx, e, setup.KeyRecordProof); waits || err != nil {
		return pending("Route 53 is publishing the record"), err
	}
	sets, err := recordSets(ctx, e, r.Name)
	if err != nil {
		return Observation{}, err
	}
	if p := proofBarred(r, sets); p != nil {
		return foreign(p), nil
	}
	if !proves(ofType(sets, types.RRTypeTxt), r.Value) {
		return absent("1 TXT record, written to Route 53"), nil
	}
	done, err := published(ctx, e, setup.KeyRecordProof)
	if err != nil {
		return Observation{}, err
	}
	if !done {
		return pending("Route 53 is publishing the record"), nil
	}
	if without := withoutProof(ctx, e, r); len(without) > 0 {
		o := pending("Route 53 has the TXT record. Not every name server of the zone answers it yet")
		o.Problem = problem("DNS does not show the TXT record "+r.Name+".",
			"Route 53 has it, but "+setup.And(without)+". CloudFront is not asked before every name server has it: it would remember for minutes that there is none.",
			"Compare the name servers of the zone with those at the registrar, then re-run this step.")
		return o, nil
	}
	o := ready("TXT " + r.Name + ", at every name server of the zone")
	o.Records = found([]setup.Record{r})
	return o, nil
}

// observeProofElsewhere looks for the record that a person adds.
func observeProofElsewhere(ctx context.Context, e *Env, r setup.Record) (Observation, error) {
	without := withoutProof(ctx, e, r)
	row := e.recordRow(setup.KeyRecordProof)
	if len(without) == 0 {
		row.ID = r.Name
		row.Attributes = maps.Clone(row.Attributes)
		row.Attributes[setup.AttrRecords] = recordsJSON([]setup.Record{r})
		if err := e.keepRecords(ctx, row); err != nil {
			return Observation{}, err
		}
		o := ready("TXT " + r.Name + ", at every name server of the zone")
		o.Records = whereAdded(ctx, e, found([]setup.Record{r}))
		return o, nil
	}
	return Observation{State: Person, Summary: "Waits for your TXT record: " + setup.And(without), Records: whereAdded(ctx, e, []setup.Record{r})}, nil
}

// proves says whether a record set has the value, as Route 53 writes text.
func proves(set *types.ResourceRecordSet, value string) bool {
	return set != nil && slices.ContainsFunc(set.ResourceRecords, func(v types.ResourceRecord) bool {
		return unrooted(strings.Trim(aws.ToString(v.Value), `"`)) == value
	})
}

// proofBarred is the problem that the TXT record cannot be added to what is at its name.
func proofBarred(r setup.Record, sets []types.ResourceRecordSet) *setup.Problem {
	why := ""
	if set := ofType(sets, types.RRTypeTxt); set != nil && routing(*set) != "" {
		why = "a TXT record with a routing policy (" + routing(*set) + ")"
	}
	if ofType(sets, types.RRTypeCname) != nil {
		why = "a CNAME"
	}
	if why == "" {
		return nil
	}
	return problem("The TXT record was not added.",
		"Route 53 has "+why+" at "+r.Name+", and a simple TXT record cannot stand beside it.",
		"Decide in Route 53 what becomes of it. CloudFront looks there for a TXT record with "+r.Value+"; then re-run this step.")
}

// text is a value as Route 53 writes it in a TXT record.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat (documented)
func text(value string) types.ResourceRecord {
	return types.ResourceRecord{Value: aws.String(`"` + value + `"`)}
}

// applyProof adds the value beside those that others have put there.
func applyProof(ctx context.Context, e *Env) error {
	target := trafficTarget(e)
	if !atRoute53(e.Setup.Spec) || target == "" {
		return nil
	}
	r := proofRecord(ctx, e, target)
	sets, err := recordSets(ctx, e, r.Name)
	if err != nil {
		return err
	}
	if p := proofBarred(r, sets); p != nil {
		return p
	}
	put := types.ResourceRecordSet{Name: aws.String(r.Name), Type: types.RRTypeTxt, TTL: aws.Int64(proofTTL)}
	var changes []types.Change
	if is := ofType(sets, types.RRTypeTxt); is != nil {
		if proves(is, target) {
			return nil
		}
		changes = deletions([]types.ResourceRecordSet{*is})
		put.TTL, put.ResourceRecords = is.TTL, slices.Clone(is.ResourceRecords)
	}
	put.ResourceRecords = append(put.ResourceRecords, text(target))
	row := e.recordRow(setup.KeyRecordProof)
	row.ID, row.Owned, row.State, row.Token = r.Name, true, "", e.Token(row.Number)
	row.Attributes = e.zoneAttribute()
	row.Attributes[setup.AttrRecords] = recordsJSON([]setup.Record{r})
	if err := e.keepRecords(ctx, row); err != nil {
		return err
	}
	change, err := changeAsSeen(ctx, e, append(changes, types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &put}), sets, r.Name)
	if err != nil {
		return err
	}
	row.State, row.Attributes = string(types.ChangeStatusPending), maps.Clone(row.Attributes)
	if change != "" {
		row.Attributes[setup.AttrChange] = change
	}
	return e.keepRecords(ctx, row)
}
