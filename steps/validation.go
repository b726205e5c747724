package steps

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"apifront/probe"
	"apifront/setup"
)

func validationStep() Step {
	return Step{
		ID:         "validation",
		Thing:      "validation record",
		Title:      "Add validation record",
		Why:        "One CNAME record proves to ACM that the name is yours. It serves both certificates and their renewals, so it stays.",
		Service:    "DNS",
		ServiceFor: dnsService,
		Tutorial:   1,
		Settings:   []setup.Setting{setup.SettingValidationRecord},
		Needs:      []setup.StepID{"certificate-edge", "certificate-regional"},
		Kinds:      []setup.JobKind{setup.JobApply},
		Parts:      []setup.Part{setup.PartName},
		Page:       setup.PageDomain,
		Mark:       setup.MarkValidation,
		Keys:       []string{setup.KeyRecordValidation},
		Wait:       Wait{Every: personWait, Settle: 3 * time.Second, Limit: 5 * time.Minute, Usual: time.Minute},
		Brief:      recordsBrief,
		Actions:    recordActions,
		Grants: func(s Scope) []Grant {
			return s.recordGrants(s.validationName(), []string{"CNAME"})
		},
		Applies: func(s setup.Spec) (bool, string) {
			if len(newCertificates(s)) == 0 {
				return false, "No certificate is new, so there is nothing to validate."
			}
			return true, ""
		},
		Reads:   readsValidation,
		Observe: observeValidation,
		Apply:   applyValidation,
	}
}

// newCertificates are the places for which the spec wants a new certificate.
func newCertificates(s setup.Spec) []certificatePlace {
	var places []certificatePlace
	for _, region := range s.NewCertificates() {
		if region == setup.EdgeRegion {
			places = append(places, edgeCertificate(s))
		} else {
			places = append(places, regionalCertificate(s))
		}
	}
	return places
}

// validationTTL is the TTL of a new validation record, in seconds.
const validationTTL = 300

// validationRecords are the records that prove the name to ACM, each once,
// since ACM asks for the same record in every region. issued says that ACM has
// issued all certificates.
func validationRecords(e *Env) (records []setup.Record, issued bool) {
	issued = true
	seen := map[string]bool{}
	for _, p := range newCertificates(e.Setup.Spec) {
		r := e.Resources[p.key]
		name, value := r.Attributes[setup.AttrRecordName], r.Attributes[setup.AttrRecordValue]
		if r.State != string(types.CertificateStatusIssued) || r.Region != p.region {
			issued = false
		}
		if name == "" || seen[name+" "+value] {
			continue
		}
		seen[name+" "+value] = true
		records = append(records, setup.Record{
			Type: "CNAME", Name: name, Value: value, TTL: validationTTL,
			Why: "Proves to ACM that the name is yours. Keep it: renewals look for it.",
		})
	}
	return records, issued && len(records) > 0
}

// shared says for what the records are: "1 record for both certificates".
func shared(e *Env, records []setup.Record) string {
	s := setup.Count(max(len(records), 1), "record")
	if len(newCertificates(e.Setup.Spec)) > 1 {
		return s + " for both certificates"
	}
	return s + " for the certificate"
}

func observeValidation(ctx context.Context, e *Env) (Observation, error) {
	records, issued := validationRecords(e)
	if len(records) == 0 {
		if atRoute53(e.Setup.Spec) {
			return absent(shared(e, nil) + ", written to Route 53"), nil
		}
		o := absent(shared(e, nil) + ", for you to add")
		if e.DryRun {
			o.State = Person
		}
		return o, nil
	}
	if !atRoute53(e.Setup.Spec) {
		return observeValidationElsewhere(ctx, e, records, issued)
	}
	if waits, err := publishing(ctx, e, setup.KeyRecordValidation); waits || err != nil {
		return pending("Route 53 is publishing the record"), err
	}
	missing := 0
	var changes []setup.Change
	for _, r := range records {
		sets, err := recordSets(ctx, e, r.Name)
		if err != nil {
			return Observation{}, err
		}
		if pr := validationRouted(r, sets); pr != nil {
			return foreign(pr), nil
		}
		set := ofType(sets, r53types.RRTypeCname)
		switch {
		case set == nil:
			missing++
		case values(asRecords(*set)) != r.Value:
			changes = append(changes, setup.Change{Field: "CNAME " + r.Name, Is: values(asRecords(*set)), Want: r.Value})
		}
	}
	switch {
	case len(changes) > 0:
		return Observation{State: Drifted, Summary: "The validation record has another value", Changes: changes}, nil
	case missing > 0 || unconfirmed(e, setup.KeyRecordValidation):
		return absent(shared(e, records) + ", written to Route 53"), nil
	}
	done, err := published(ctx, e, setup.KeyRecordValidation)
	if err != nil {
		return Observation{}, err
	}
	r := validationResource(e, records)
	r.ID = records[0].Name
	r.Attributes[setup.AttrChange] = e.recordRow(setup.KeyRecordValidation).Attributes[setup.AttrChange]
	if !done {
		if err := e.keepRecords(ctx, r); err != nil {
			return Observation{}, err
		}
		return pending("Route 53 is publishing the record"), nil
	}
	r.State = changeInsync
	if err := e.keepRecords(ctx, r); err != nil {
		return Observation{}, err
	}
	o := ready(shared(e, records) + ", in Route 53")
	o.Records = found(records)
	return o, nil
}

// validationResource is the resource of the records. It is owned if a job of
// this setup wrote them, or stored that it would.
func validationResource(e *Env, records []setup.Record) setup.Resource {
	old := e.recordRow(setup.KeyRecordValidation)
	r := setup.Resource{
		Key: setup.KeyRecordValidation, Type: "DNS record", Owned: old.Owned, Token: old.Token, State: old.State,
		Attributes: e.zoneAttribute(),
	}
	r.Attributes[setup.AttrRecords] = recordsJSON(records)
	maps.Copy(r.Attributes, e.wayBack(setup.KeyRecordValidation))
	return r
}

// validationRouted is the problem that a record with a routing policy has the
// name of a validation record; nil if there is none.
func validationRouted(r setup.Record, sets []r53types.ResourceRecordSet) *setup.Problem {
	set := ofType(sets, r53types.RRTypeCname)
	if set == nil || routing(*set) == "" {
		return nil
	}
	return problem("The validation record was not added.",
		"Route 53 has a CNAME with a routing policy at "+r.Name+" ("+routing(*set)+"), and a simple record cannot stand beside it.",
		"Decide in Route 53 what becomes of it. ACM looks for the value "+r.Value+" there; then re-run this step.")
}

func found(records []setup.Record) []setup.Record {
	for i := range records {
		records[i].Found, records[i].Seen = true, []string{records[i].Value}
	}
	return records
}

// observeValidationElsewhere looks for the records that a person adds.
func observeValidationElsewhere(ctx context.Context, e *Env, records []setup.Record, issued bool) (Observation, error) {
	wanted := recordsJSON(records)
	missing := 0
	var failed error
	for i := range records {
		r, err := seeRecord(ctx, e, records[i])
		if err != nil {
			failed = err
		}
		if !r.Found {
			missing++
		}
		records[i] = r
	}
	if now := e.Resources[setup.KeyRecordValidation]; missing == 0 && now.Owned && servedByRoute53(ctx, e, records[0].Name) {
		o := ready(shared(e, records) + ", which apifront added in Route 53. It stays until DNS has moved to your other provider")
		o.Records = records
		return o, nil
	}
	if missing == 0 || issued {
		r := validationResource(e, records)
		r.ID = records[0].Name
		r.Attributes[setup.AttrRecords] = wanted
		if err := e.keepRecords(ctx, r); err != nil {
			return Observation{}, err
		}
		o := ready(shared(e, records) + ", found in public DNS")
		if missing > 0 {
			o.Summary = "The certificates are issued, but the record is not in public DNS. Add it again: renewals look for it"
		}
		o.Records = whereAdded(ctx, e, records)
		return o, nil
	}
	o := Observation{State: Person, Summary: "Waits for your CNAME record", Records: whereAdded(ctx, e, records)}
	if failed != nil {
		o.Summary += ". DNS could not be asked just now"
	}
	for _, r := range records {
		if r.Found {
			continue
		}
		// The step waits for a record that is not there yet; everything else is wrong.
		if cause, _ := recordCauseEverywhere(ctx, e, r.Name, r.Value); cause != nil && !cause.Passing && cause.Symptom != probe.RecordMissing {
			o.Causes = []setup.Cause{*cause}
			o.Problem, o.Sure = causeProblem(*cause, e.Setup.Spec), true
			break
		}
	}
	return o, nil
}

func applyValidation(ctx context.Context, e *Env) error {
	records, _ := validationRecords(e)
	if !atRoute53(e.Setup.Spec) || len(records) == 0 {
		return nil
	}
	var remove, seen []r53types.ResourceRecordSet
	var create []r53types.Change
	var replaced []setup.Record
	for _, r := range records {
		sets, err := recordSets(ctx, e, r.Name)
		if err != nil {
			return err
		}
		if pr := validationRouted(r, sets); pr != nil {
			return pr
		}
		seen = append(seen, sets...)
		put := &r53types.ResourceRecordSet{
			Name: aws.String(r.Name), Type: r53types.RRTypeCname, TTL: aws.Int64(validationTTL),
			ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(r.Value)}},
		}
		if set := ofType(sets, r53types.RRTypeCname); set != nil {
			right := values(asRecords(*set)) == r.Value
			if right && !unconfirmed(e, setup.KeyRecordValidation) {
				continue
			}
			if right {
				put = set
			} else {
				replaced = append(replaced, asRecords(*set)...)
			}
			remove = append(remove, *set)
		}
		create = append(create, r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: put})
	}
	if len(create) == 0 {
		return nil
	}
	res := validationResource(e, records)
	res.Owned, res.State, res.Token = true, "", e.Token(res.Number)
	keepReplacedValidation(&res, replaced)
	if err := e.keepRecords(ctx, res); err != nil {
		return err
	}
	change, err := changeAsSeen(ctx, e, append(deletions(remove), create...), seen, names(records)...)
	res.State = string(r53types.ChangeStatusPending)
	if len(replaced) == 0 && len(remove) == len(records) && code(err, "InvalidChangeBatch") {
		res.State, err = changeInsync, nil // the records exist, and Route 53 does not write them again
	}
	if err != nil {
		return err
	}
	res.ID = records[0].Name
	if change != "" {
		res.Attributes[setup.AttrChange] = change
	}
	return e.keepRecords(ctx, res)
}

// keepReplacedValidation stores the records that the validation records
// replace.
func keepReplacedValidation(r *setup.Resource, replaced []setup.Record) {
	previous := readRecordsJSON(r.Attributes[setup.AttrPrevious])
	for _, o := range replaced {
		if !slices.ContainsFunc(previous, func(p setup.Record) bool {
			return p.Name == o.Name && sameRecords([]setup.Record{p}, []setup.Record{o})
		}) {
			previous = append(previous, o)
		}
	}
	if len(previous) > 0 {
		r.Attributes[setup.AttrPrevious] = recordsJSON(previous)
	}
}

func names(records []setup.Record) []string {
	var list []string
	for _, r := range records {
		list = append(list, r.Name)
	}
	return list
}
