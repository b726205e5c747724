package steps

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/setup"
)

func proofRemoveStep() Step {
	s := proofDeleteStep()
	s.ID = "proof-remove"
	s.Why = "The TXT record has done its work once the name has moved. What others put at its name stays."
	s.Needs = []setup.StepID{aliasID}
	s.Kinds = []setup.JobKind{setup.JobApply}
	s.Page = setup.PageDomain
	s.Actions = append(slices.Clone(s.Actions), "cloudfront:ListDistributions", "cloudfront:GetDistribution", "cloudfront:ListTagsForResource")
	s.Grants = func(s Scope) []Grant { return append(nameGrants(s), s.recordGrants(s.proofName(), []string{"TXT"})...) }
	s.Brief = func(setup.Spec) (string, bool) { return "Once the name has moved", false }
	return s
}

// proofDeleteStep removes in a teardown what a job that did not end has left.
func proofDeleteStep() Step {
	return Step{
		ID:         "proof-delete",
		Thing:      "TXT record for the move",
		Title:      "Take the TXT record away",
		Why:        "It was only there to move the name. What others put at its name stays.",
		Service:    "DNS",
		ServiceFor: dnsService,
		Needs:      []setup.StepID{"identity"},
		Kinds:      teardownOnly,
		Parts:      []setup.Part{setup.PartName},
		Wait:       Wait{Every: personWait, Settle: 3 * time.Second, Limit: 5 * time.Minute, Usual: time.Minute},
		Actions:    recordActions,
		Grants: func(s Scope) []Grant {
			return destroying(s.recordGrants(s.proofName(), []string{"TXT"}))
		},
		Rare:    true,
		Applies: nameMoves,
		Observe: observeProofRemoved,
		Apply: func(ctx context.Context, e *Env) error {
			if row, ok := e.proofRow(); ok {
				return takeProof(ctx, e, row)
			}
			return nil
		},
	}
}

func isProof(key string) bool { return key == setup.KeyRecordProof }

// proofRow is the row of the TXT record that is not known to be gone; false: there is none.
func (e *Env) proofRow() (setup.Resource, bool) {
	rows := e.rows(isProof)
	if len(rows) == 0 {
		return setup.Resource{}, false
	}
	return rows[len(rows)-1], true
}

func observeProofRemoved(ctx context.Context, e *Env) (Observation, error) {
	if e.Job.Kind != setup.JobTeardown {
		d, _, err := findDistribution(ctx, e)
		if err != nil {
			return Observation{}, err
		}
		if d == nil || !hasAlias(d.DistributionConfig, e.name()) {
			if e.DryRun {
				return absent("Once the name has moved"), nil
			}
			return ready("Stays until the name has moved"), nil
		}
	}
	row, ok := e.proofRow()
	if !ok {
		return ready("There is no TXT record of apifront's"), nil
	}
	if !row.Owned || !samePlace(row, setup.Resource{Attributes: e.zoneAttribute()}) {
		if err := e.gone(ctx, row); err != nil {
			return Observation{}, err
		}
		return ready("The TXT record " + row.ID + " is yours, and not needed any more. Delete it at your DNS provider"), nil
	}
	o := absent("Takes TXT " + row.ID + " away from Route 53")
	set, _, err := proofSet(ctx, e, row)
	if err != nil || set != nil {
		return o, err
	}
	done, err := published(ctx, e, setup.KeyRecordProof)
	if err != nil {
		return o, err
	}
	if !done {
		return pending("Route 53 is publishing the change"), nil
	}
	if err := e.gone(ctx, row); err != nil {
		return o, err
	}
	return ready("TXT " + row.ID + " is gone from Route 53"), nil
}

// proofSet is the set with our value at the name of the row; nil if it is not there.
func proofSet(ctx context.Context, e *Env, row setup.Resource) (set *types.ResourceRecordSet, all []types.ResourceRecordSet, err error) {
	list := recordsOf(row)
	if len(list) == 0 {
		return nil, nil, nil
	}
	all, err = recordSets(ctx, e, list[0].Name)
	if set = ofType(all, types.RRTypeTxt); set != nil && (routing(*set) != "" || !proves(set, list[0].Value)) {
		set = nil
	}
	return set, all, err
}

// takeProof takes our value away from the TXT record, and the record if it has no other.
func takeProof(ctx context.Context, e *Env, row setup.Resource) error {
	set, all, err := proofSet(ctx, e, row)
	if err != nil || set == nil {
		return err
	}
	changes, rest := deletions([]types.ResourceRecordSet{*set}), *set
	rest.ResourceRecords = slices.DeleteFunc(slices.Clone(set.ResourceRecords), func(v types.ResourceRecord) bool {
		return unrooted(strings.Trim(aws.ToString(v.Value), `"`)) == recordsOf(row)[0].Value
	})
	if len(rest.ResourceRecords) > 0 {
		changes = append(changes, types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &rest})
	}
	change, err := changeAsSeen(ctx, e, changes, all, recordsOf(row)[0].Name)
	if err != nil {
		return err
	}
	row.State, row.Attributes = string(types.ChangeStatusPending), maps.Clone(row.Attributes)
	row.Attributes[setup.AttrChange] = change
	return e.store(ctx, row)
}

// removeProof is Step.Remove: nobody wants the name to move any more.
func removeProof(ctx context.Context, e *Env, row setup.Resource) error {
	if !samePlace(row, setup.Resource{Attributes: e.zoneAttribute()}) {
		return e.leave(ctx, row, "It is in another hosted zone than the one that the setup names.")
	}
	if err := takeProof(ctx, e, row); err != nil {
		return err
	}
	return e.gone(ctx, row)
}
