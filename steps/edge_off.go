package steps

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"apifront/setup"
)

// edgeOffStep takes the edge endpoint away, and then gives the custom domain what a
// Regional one of the setup has.
func edgeOffStep() Step {
	return Step{
		ID:       "edge-off",
		Thing:    "custom domain",
		Title:    "Remove the edge endpoint",
		Why:      "Its distribution, which AWS owns, holds the name. From here on the way back is the Regional endpoint: a new edge endpoint takes about 40 minutes and has another domain name.",
		Service:  "API Gateway",
		Tutorial: 2,
		Needs:    []setup.StepID{"edge-wait"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Asked:    true,
		Parts:    []setup.Part{setup.PartGateway},
		Page:     setup.PageDomain,
		Wait:     Wait{Every: 5 * time.Second, Settle: 3 * time.Second, Limit: time.Hour, Usual: 5 * time.Minute},
		Actions:  []string{"acm:DescribeCertificate", "apigateway:GET", "apigateway:PATCH", "apigateway:AddCertificateToDomain", "apigateway:RemoveCertificateFromDomain"},
		Applies:  fromEdge,
		Grants: func(s Scope) []Grant {
			all, own := s.gateway("/domainnames"), s.domain("")
			return append(edgeReads(s),
				Grant{For: "Certificate", Use: Writes, Actions: []string{"apigateway:AddCertificateToDomain"}, Resources: []string{all, own}},
				Grant{For: "Change", Use: Writes, Actions: []string{"apigateway:PATCH", "apigateway:RemoveCertificateFromDomain"}, Resources: []string{own}},
				Grant{For: "Wait", Actions: []string{"acm:DescribeCertificate"}, Resources: []string{s.certificates(regionalCertificate(s.Spec))}, Explains: true},
			)
		},
		Reads:   readsDomain,
		Observe: observeEdgeOff,
		Apply:   applyEdgeOff,
	}
}

func observeEdgeOff(ctx context.Context, e *Env) (Observation, error) {
	d, err := remembered(ctx, e, readDomain, describeDomain)
	switch {
	case err != nil:
		return Observation{}, err
	case d == nil && e.DryRun:
		return absent("After the custom domain"), nil
	case d == nil:
		return foreign(domainGone(e)), nil
	}
	if p := foreignDomain(e, d); p != nil {
		return foreign(p), nil
	}
	if o, waits := unavailable(e, d); waits {
		return o, nil
	}
	if moving(e, d) {
		if !e.DryRun {
			if o, err := edgeUnused(ctx, e, d); err != nil || o.State != Ready {
				return o, err
			}
		}
		return Observation{State: Drifted, Summary: "Takes the edge endpoint away", Changes: edgeOffChanges(e, d)}, nil
	}
	if err := settleWayBack(ctx, e); err != nil {
		return Observation{}, err
	}
	changes := settledChanges(e, d)
	if len(changes) > 0 {
		return Observation{
			State: Drifted, Summary: "The edge endpoint is gone. The custom domain has other settings", Changes: changes,
			Fits: fitting(ctx, e, regionalCertificate(e.Setup.Spec), "regionalCertificateArn", changes),
		}, nil
	}
	return ready("API Gateway, Regional"), strictAgain(ctx, e, d)
}

// strictAgain forgets that the access mode was strict once it is so again.
func strictAgain(ctx context.Context, e *Env, d *apigateway.GetDomainNameOutput) error {
	r := e.Resources[setup.KeyDomain]
	if r.Attributes[attrWasStrict] == "" || d.EndpointAccessMode != agtypes.EndpointAccessModeStrict {
		return nil
	}
	r.Attributes = mergedAttributes(r.Attributes, map[string]string{attrWasStrict: ""})
	return e.keep(ctx, r)
}

// edgeOffChanges are what becomes of the custom domain when its edge endpoint goes.
func edgeOffChanges(e *Env, d *apigateway.GetDomainNameOutput) []setup.Change {
	changes := []setup.Change{{Field: fieldTypes, Is: string(agtypes.EndpointTypeEdge) + ", " + string(agtypes.EndpointTypeRegional), Want: string(agtypes.EndpointTypeRegional)}}
	if is := aws.ToString(d.CertificateArn); is != "" {
		changes = append(changes, setup.Change{Field: "certificateArn", Is: is})
	}
	for _, c := range settledChanges(e, d) {
		if c.Field != "regionalCertificateArn" || hasEndpoint(d, agtypes.EndpointTypeRegional) { // the step before adds the first one
			changes = append(changes, c)
		}
	}
	return changes
}

// settledChanges are those that API Gateway takes only with one endpoint type.
func settledChanges(e *Env, d *apigateway.GetDomainNameOutput) []setup.Change {
	changes := domainChanges(e, d)
	strict := e.Resources.Attr(setup.KeyDomain, attrWasStrict) != "" && asksPolicy(e.Setup.Spec) == ""
	if strict && d.EndpointAccessMode == agtypes.EndpointAccessModeBasic {
		changes = append(changes, setup.Change{Field: fieldAccess, Is: string(d.EndpointAccessMode), Want: string(agtypes.EndpointAccessModeStrict)})
	}
	return changes
}

func applyEdgeOff(ctx context.Context, e *Env) error {
	d, err := remembered(ctx, e, readDomain, describeDomain)
	if err != nil || d == nil {
		return err
	}
	if p := foreignDomain(e, d); p != nil {
		return p
	}
	arn := regionalCertificate(e.Setup.Spec).arn(e)
	if !moving(e, d) {
		var ops []agtypes.PatchOperation
		for _, c := range settledChanges(e, d) {
			ops = append(ops, patchOf(agtypes.OpReplace, c.Field, c.Want))
		}
		if len(ops) == 0 {
			return nil
		}
		if err := gatewayKnows(e, arn); err != nil {
			return err
		}
		if err := e.intendPolicy(ctx); err != nil {
			return err
		}
		return patchDomain(ctx, e, arn, ops...)
	}
	if !hasEndpoint(d, agtypes.EndpointTypeRegional) {
		return from("domain", "Make the Regional endpoint", problem("The edge endpoint was not removed.", "The custom domain has no Regional endpoint, so nothing would answer the name.", `Choose "Re-run from here" at the step `+domainTitle(e.Setup.Spec)+"."))
	}
	// AWS's own sample removes both members of the certificate.
	// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-regional-api-custom-domain-migrate.html
	ops := []agtypes.PatchOperation{patchOf(agtypes.OpRemove, fieldTypes, string(agtypes.EndpointTypeEdge))}
	if aws.ToString(d.CertificateName) != "" {
		ops = append(ops, patchOf(agtypes.OpRemove, "certificateName", ""))
	}
	if aws.ToString(d.CertificateArn) != "" {
		ops = append(ops, patchOf(agtypes.OpRemove, "certificateArn", ""))
	}
	return patchDomain(ctx, e, "", ops...)
}

// settleWayBack makes the record to the Regional endpoint the one to go back to: what
// stood there before leads to an edge endpoint that is gone. It is stored once.
func settleWayBack(ctx context.Context, e *Env) error {
	row := e.recordRow(setup.KeyRecordTraffic)
	target := domainTarget(e)
	records := recordsOf(row)
	if e.DryRun || target == "" || len(records) == 0 || records[0].Value != target {
		return nil
	}
	row.ID, row.Owned, row.State, row.Token = "", false, "", ""
	row.Attributes = mergedAttributes(e.zoneAttribute(), map[string]string{setup.AttrPrevious: recordsJSON(records)})
	return e.keepRecords(ctx, row)
}
