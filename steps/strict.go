package steps

import (
	"context"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"apifront/setup"
)

// strictID is the step that makes the access mode of the custom domain STRICT.
const strictID setup.StepID = "strict"

// strictDelay is the time within which API Gateway enforces the access mode STRICT.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html (documented)
const strictDelay = 15 * time.Minute

// strictStep comes after the requests from outside have passed with the access mode
// BASIC, as AWS recommends, and asks again once STRICT is enforced.
func strictStep() Step {
	return Step{
		ID:      strictID,
		Thing:   "access mode",
		Title:   "Make the custom domain strict",
		Why:     "With the endpoint access mode STRICT, API Gateway answers only where the name of the TLS handshake is that of the Host header. CloudFront passes Host on, so both are the same. All paths are tested again once it is enforced, 15 minutes after the change.",
		Service: "API Gateway",
		Needs:   []setup.StepID{"live"},
		Kinds:   []setup.JobKind{setup.JobApply},
		Parts:   []setup.Part{setup.PartGateway},
		Page:    setup.PageDomain,
		Wait:    Wait{Every: 5 * time.Second, Settle: 3 * time.Second, Limit: 90 * time.Minute, Usual: 20 * time.Minute},
		Brief:   func(setup.Spec) (string, bool) { return "Once all paths have answered", true },
		Actions: append([]string{"apigateway:PATCH"}, trialActions...),
		Pass:    LongestPass,
		Rare:    true,
		Instead: "live",
		Grants: func(s Scope) []Grant {
			own := s.domain("")
			return append(trialGrants(s),
				Grant{For: "Read", Actions: []string{"apigateway:GET"}, Resources: []string{own}},
				Grant{For: "Change", Use: Writes, Actions: []string{"apigateway:PATCH"}, Resources: []string{own}},
			)
		},
		Applies: func(s setup.Spec) (bool, string) {
			return s.Domain.AccessMode == setup.AccessStrict, "The access mode of the custom domain is not STRICT."
		},
		Reads:   readsDomain,
		Observe: observeStrict,
		Apply:   applyStrict,
	}
}

func observeStrict(ctx context.Context, e *Env) (Observation, error) {
	d, err := remembered(ctx, e, readDomain, describeDomain)
	if err != nil {
		return Observation{}, err
	}
	if d == nil || foreignDomain(e, d) != nil || moving(e, d) || len(domainPolicyChanges(e, d)) > 0 { // the step domain says why
		o := pending("Once the custom domain has its TLS policy")
		if e.DryRun {
			o.State = Absent
		}
		return o, nil
	}
	if o, waits := unavailable(e, d); waits {
		return o, nil
	}
	if d.EndpointAccessMode != agtypes.EndpointAccessModeStrict {
		return Observation{
			State: Drifted, Summary: "The custom domain answers whatever name its TLS handshake has",
			Changes: []setup.Change{{Field: fieldAccess, Is: string(d.EndpointAccessMode), Want: setup.AccessStrict}},
		}, nil
	}
	done := ready("API Gateway, STRICT")
	row, _ := e.known(domainResource(e))
	since, err := time.Parse(time.RFC3339, row.Attributes[attrStrict]) // to the second
	if err != nil || e.DryRun || e.Terms != nil {                      // proved, or found so
		return done, e.keepStrict(ctx, d, strictProved)
	}
	if left := since.Add(strictDelay + time.Second).Sub(e.Now()); left > 0 {
		o := pending("API Gateway enforces it within 15 minutes. All paths are tested then")
		o.After = left
		return o, nil
	}
	t, err := try(ctx, e, setup.RungDistribution)
	switch {
	case err != nil:
		return Observation{}, err
	case !t.Proved():
		return t.pending(e), nil
	}
	done.Summary += ". " + t.words()
	return done, e.keepStrict(ctx, d, strictProved)
}

// keepStrict stores on the row of the custom domain how far its access mode is. Only a
// job does.
func (e *Env) keepStrict(ctx context.Context, d *apigateway.GetDomainNameOutput, word string) error {
	row, ok := e.known(domainResource(e))
	if !ok || e.DryRun || e.Terms != nil || row.Attributes[attrStrict] == word {
		return nil
	}
	row.State, row.Attributes = string(d.DomainNameStatus), maps.Clone(row.Attributes)
	row.Attributes[attrStrict] = word
	return e.keep(ctx, row)
}

func applyStrict(ctx context.Context, e *Env) error {
	d, err := remembered(ctx, e, readDomain, describeDomain)
	if err != nil {
		return err
	}
	if d == nil {
		return domainGone(e)
	}
	if p := foreignDomain(e, d); p != nil {
		return p
	}
	if err := claimDomain(ctx, e, e.Account, d, e.Setup.Spec.Account.Region); err != nil {
		return err
	}
	if err := e.keepStrict(ctx, d, e.stamp()); err != nil {
		return err
	}
	return patchDomain(ctx, e, "", patchOf(agtypes.OpReplace, fieldAccess, setup.AccessStrict))
}
