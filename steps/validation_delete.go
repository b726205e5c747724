package steps

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/setup"
)

func validationDeleteStep() Step {
	return Step{
		ID:         "validation-delete",
		Thing:      "validation record",
		Title:      "Remove the validation record",
		Why:        "It goes last, and only if no other certificate renews with it.",
		Service:    "DNS",
		ServiceFor: dnsService,
		Needs:      []setup.StepID{"certificate-edge-delete", "certificate-regional-delete"},
		Kinds:      teardownOnly,
		Parts:      []setup.Part{setup.PartName},
		Wait:       Wait{Every: personWait, Settle: 3 * time.Second, Limit: 10 * time.Minute, Usual: time.Minute},
		Actions:    []string{"acm:DescribeCertificate", "acm:ListCertificates", "route53:ListResourceRecordSets", "route53:GetChange", "route53:ChangeResourceRecordSets"},
		Grants: func(s Scope) []Grant {
			if len(newCertificates(s.Spec)) == 0 && !s.validated() {
				return nil
			}
			var grants []Grant
			for _, p := range certificatePlaces(s.Spec) {
				grants = append(grants,
					Grant{For: "List", Actions: []string{"acm:ListCertificates"}, Resources: []string{"*"}},
					Grant{For: "Read", Actions: []string{"acm:DescribeCertificate"}, Resources: []string{s.arn("acm", Literal(p.region), Literal(s.Spec.Account.AccountID), "certificate/*")}})
			}
			changes := []string{"DELETE"}
			if s.Resources.Attr(setup.KeyRecordValidation, setup.AttrPrevious) != "" {
				changes = recordChanges // it is put back
			}
			records := destroying(s.recordGrants(s.validationName(), []string{"CNAME"}))
			for i := range records {
				if records[i].Use == Destroys {
					records[i].Conditions = changing(s.validationName(), []string{"CNAME"}, changes)
				}
			}
			return append(grants, records...)
		},
		Observe: observeValidationDelete,
		Apply:   applyValidationDelete,
	}
}

// validated says whether there is, or was, a validation record of the setup.
func (s Scope) validated() bool {
	_, ok := s.Resources[setup.KeyRecordValidation]
	return ok || slices.ContainsFunc(s.Former, func(r setup.Resource) bool { return isValidation(r.Key) })
}

// certificatePlaces are the places of the setup's certificates, each region
// once.
func certificatePlaces(s setup.Spec) []certificatePlace {
	places := []certificatePlace{edgeCertificate(s)}
	if !s.OneCertificate() {
		places = append(places, regionalCertificate(s))
	}
	return places
}

func isValidation(key string) bool { return key == setup.KeyRecordValidation }

// validationRow is the row of the validation records that apifront wrote to the
// zone that the spec names; false if there is none.
func (e *Env) validationRow() (setup.Resource, bool) {
	rows := slices.DeleteFunc(e.ownRows(isValidation), func(r setup.Resource) bool {
		return !samePlace(r, setup.Resource{Attributes: e.zoneAttribute()})
	})
	if len(rows) == 0 {
		return setup.Resource{}, false
	}
	return rows[len(rows)-1], true
}

func observeValidationDelete(ctx context.Context, e *Env) (Observation, error) {
	row, ok := e.validationRow()
	if !ok || !atRoute53(e.Setup.Spec) {
		o := ready("apifront wrote no validation record")
		if o.Removals = e.removals(isValidation); len(o.Removals) > 0 {
			o.Summary = deletedWords(o.Removals)
		}
		if !atRoute53(e.Setup.Spec) && len(e.rows(isValidation)) > 0 {
			o.Summary = "The validation record is yours: delete it at your DNS provider if no other certificate needs it"
		}
		return o, nil
	}
	user, err := recordUser(ctx, e, recordsOf(row))
	if err != nil {
		return Observation{}, err
	}
	if user != "" {
		if err := e.leave(ctx, row, user+" renews with it."); err != nil {
			return Observation{}, err
		}
		o := ready("Stays, because " + user + " renews with it")
		o.Removals = e.removals(isValidation)
		return o, nil
	}
	ours, _, err := validationSets(ctx, e, row)
	if err != nil {
		return Observation{}, err
	}
	if len(ours) > 0 {
		o := absent("Removes " + setup.Count(len(ours), "record") + " from Route 53")
		o.Removals = e.removals(isValidation)
		return o, nil
	}
	done, err := published(ctx, e, setup.KeyRecordValidation)
	if err != nil {
		return Observation{}, err
	}
	if !done {
		return pending("Route 53 is publishing the change"), nil
	}
	if err := e.gone(ctx, row); err != nil {
		return Observation{}, err
	}
	o := ready("Removed from Route 53")
	o.Removals = e.removals(isValidation)
	return o, nil
}

// validationSets are the sets in Route 53 that are as apifront wrote them, and
// all sets at their names.
func validationSets(ctx context.Context, e *Env, row setup.Resource) (ours, all []types.ResourceRecordSet, err error) {
	for _, r := range recordsOf(row) {
		sets, err := recordSets(ctx, e, r.Name)
		if p, ok := errors.AsType[*setup.Problem](err); ok && p.Code == "NoSuchHostedZone" {
			return nil, nil, nil // no record is in it
		}
		if err != nil {
			return nil, nil, err
		}
		all = append(all, sets...)
		if set := ofType(sets, types.RRTypeCname); set != nil && routing(*set) == "" && values(asRecords(*set)) == unrooted(r.Value) {
			ours = append(ours, *set)
		}
	}
	return ours, all, nil
}

// recordUser names a certificate, or another setup, that needs one of the
// records; "" if nothing does. ACM gives all certificates of a name in an
// account the same record, in every region. apifront looks in the regions of
// this setup, and asks the store for its other setups.
// https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
func recordUser(ctx context.Context, e *Env, records []setup.Record) (string, error) {
	needs := func(name string) bool {
		return slices.ContainsFunc(records, func(r setup.Record) bool { return unrooted(r.Name) == unrooted(name) })
	}
	if e.Needs != nil {
		for _, r := range records {
			others, err := e.Needs(ctx, unrooted(r.Name))
			if err != nil {
				return "", err
			}
			if len(others) > 0 {
				return "the setup of " + others[0], nil
			}
		}
	}
	for _, p := range certificatePlaces(e.Setup.Spec) {
		pages := acm.NewListCertificatesPaginator(e.Account.ACM(p.region), &acm.ListCertificatesInput{
			CertificateStatuses: []acmtypes.CertificateStatus{acmtypes.CertificateStatusPendingValidation, acmtypes.CertificateStatusIssued},
			Includes:            &acmtypes.Filters{KeyTypes: acmtypes.KeyAlgorithm("").Values()},
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return "", fmt.Errorf("list certificates in %s: %w", p.region, err)
			}
			for _, c := range page.CertificateSummaryList {
				if !mayNeed(c, e.certificateName()) {
					continue
				}
				arn := aws.ToString(c.CertificateArn)
				d, err := describeCertificate(ctx, e, p.region, arn)
				if err != nil {
					return "", err
				}
				if d != nil && slices.ContainsFunc(d.DomainValidationOptions, func(v acmtypes.DomainValidation) bool {
					return v.ResourceRecord != nil && needs(aws.ToString(v.ResourceRecord.Name))
				}) {
					return "the certificate " + arn, nil
				}
			}
		}
	}
	return "", nil
}

// mayNeed says whether a certificate may need the validation record of a name:
// it has the name, or the name with another label for *.
func mayNeed(c acmtypes.CertificateSummary, name string) bool {
	bare := strings.TrimPrefix(name, "*.")
	if aws.ToBool(c.HasAdditionalSubjectAlternativeNames) {
		return true // ACM lists the first 100 alone
	}
	names := append([]string{aws.ToString(c.DomainName)}, c.SubjectAlternativeNameSummaries...)
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(strings.TrimPrefix(n, "*."), bare) })
}

func applyValidationDelete(ctx context.Context, e *Env) error {
	row, ok := e.validationRow()
	if !ok {
		return nil
	}
	ours, all, err := validationSets(ctx, e, row)
	if err != nil || len(ours) == 0 {
		return err
	}
	changes := deletions(ours)
	for _, was := range readRecordsJSON(row.Attributes[setup.AttrPrevious]) { // a CNAME that it replaced
		if slices.ContainsFunc(ours, func(o types.ResourceRecordSet) bool { return recordName(o) == unrooted(was.Name) }) {
			changes = append(changes, types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: &asSets([]setup.Record{was})[0]})
		}
	}
	keep := func(state, change string) error {
		row.State, row.Attributes = state, maps.Clone(row.Attributes)
		delete(row.Attributes, setup.AttrChange)
		if change != "" {
			row.Attributes[setup.AttrChange] = change
		}
		return e.store(ctx, row)
	}
	if err := keep("", ""); err != nil {
		return err
	}
	change, err := changeAsSeen(ctx, e, changes, all, names(recordsOf(row))...)
	if err != nil {
		return err
	}
	return keep(string(types.ChangeStatusPending), change)
}
