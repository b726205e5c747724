package steps

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"apifront/cloud"
	"apifront/setup"
)

func removeStep() Step {
	return Step{
		ID:      removeID,
		Thing:   "what is not wanted any more",
		Title:   "Remove what is not wanted any more",
		Why:     "Paths that were taken out, and the policies, certificates and custom domains that others have replaced. This step comes last, after a request from outside has shown that all is well without them. What apifront did not make stays.",
		Service: "AWS",
		Needs:   []setup.StepID{endpointID, strictID, accessLogsID},
		Kinds:   []setup.JobKind{setup.JobApply},
		Page:    setup.PageReview,
		// For up to a quarter of an hour, ACM may still show a certificate as
		// in use. Other resources are free after seconds.
		Wait:  Wait{Every: 30 * time.Second, Settle: 3 * time.Second, Limit: 40 * time.Minute, Usual: 2 * time.Second},
		Brief: func(setup.Spec) (string, bool) { return "What others have replaced", false },
		Actions: []string{
			"acm:DescribeCertificate", "acm:ListTagsForCertificate", "acm:ListCertificates", "acm:DeleteCertificate",
			"apigateway:GET", "apigateway:PUT", "apigateway:PATCH", "apigateway:DELETE", "apigateway:RemoveCertificateFromDomain",
			"cloudfront:GetCachePolicy", "cloudfront:ListCachePolicies", "cloudfront:DeleteCachePolicy", "cloudfront:ListDistributions",
			"route53:ListResourceRecordSets", "route53:ChangeResourceRecordSets", "route53:GetChange",
			"logs:DescribeDeliveries", "logs:DeleteDelivery", "logs:DeleteDeliveryDestination", "logs:DeleteDeliverySource",
		},
		Grants:  Scope.removeGrants,
		Observe: observeRemove,
		Apply:   applyRemove,
	}
}

// removeID is the last step of a job, which deletes what is not wanted any
// more.
const removeID setup.StepID = "remove"

// An unwantedRow is a resource of ours that the spec does not want.
type unwantedRow struct {
	setup.Resource
	setup.Removal
}

// Removals are the resources of ours that a spec does not want, in the order in
// which they are deleted: a resource goes before those that it uses. Resources
// that are not ours are never among them. Neither are the DNS records that lead
// visitors or renew certificates, since others may need them too, nor
// distributions, because a distribution is deleted only with the whole setup.
func Removals(spec setup.Spec, resources setup.Resources, former setup.Former) []setup.Removal {
	var list []setup.Removal
	for _, u := range unwanted(spec, resources, former) {
		list = append(list, u.Removal)
	}
	return list
}

func unwanted(spec setup.Spec, resources setup.Resources, former setup.Former) []unwantedRow {
	var rows []setup.Resource
	inUse := map[string]bool{spec.Certificates.Edge: true, spec.Certificates.Regional: true}
	for _, r := range resources {
		rows = append(rows, r)
	}
	rows = append(rows, former...)
	var list []unwantedRow
	for _, r := range rows {
		if !r.Owned || !r.RemovedAt.IsZero() || elsewhere(spec, r) {
			continue
		}
		maker, ok := makerOf(r.Key)
		if !ok || maker.Remove == nil {
			continue
		}
		wanted, why := maker.Wants(spec, r)
		now, ok := resources[r.Key]
		current := ok && now.Number == r.Number
		switch {
		case wanted && current:
			inUse[r.ARN] = true
			continue
		case wanted && !ok:
			continue // its step will use it again
		case wanted && sameThing(r, now):
			continue
		case wanted:
			why = "Another one has taken its place."
		}
		u := unwantedRow{r, setup.Removal{Key: r.Key, Number: r.Number, Type: r.Type, ID: r.ID, Region: r.Region, Why: why}}
		if path, ok := strings.CutPrefix(r.Key, setup.MappingKey("")); ok {
			u.Path = "/" + path
			if slices.Contains(spec.API.Left, path) {
				u.Stays, u.Why = true, "You chose to leave it mapped."
			}
		}
		if !r.LeftSince.IsZero() {
			u.Stays, u.Why = true, cmp.Or(r.Attributes[setup.AttrLeft], u.Why)
		}
		list = append(list, u)
	}
	list = slices.DeleteFunc(list, func(u unwantedRow) bool { return u.ARN != "" && inUse[u.ARN] })
	order := map[setup.StepID]int{}
	for i, s := range All() {
		order[s.ID] = i
	}
	slices.SortFunc(list, func(a, b unwantedRow) int {
		x, _ := makerOf(a.Resource.Key)
		y, _ := makerOf(b.Resource.Key)
		return cmp.Or(order[y.ID]-order[x.ID], cmp.Compare(a.Resource.Region, b.Resource.Region),
			cmp.Compare(a.Resource.Key, b.Resource.Key), a.Resource.Number-b.Resource.Number)
	})
	return list
}

// elsewhere says whether a resource is in another account than the spec's.
func elsewhere(spec setup.Spec, r setup.Resource) bool {
	parts := strings.Split(r.ARN, ":") // arn:partition:service:region:account:…
	return len(parts) > 5 && parts[4] != "" && spec.Account.AccountID != "" && parts[4] != spec.Account.AccountID
}

// leave stores that a resource is not deleted, and why, as a sentence.
func (e *Env) leave(ctx context.Context, r setup.Resource, why string) error {
	attributes := map[string]string{setup.AttrLeft: why}
	for k, v := range r.Attributes {
		if k != setup.AttrLeft {
			attributes[k] = v
		}
	}
	r.Attributes, r.LeftSince = attributes, e.Now()
	return e.store(ctx, r)
}

// stillUsed is the error for a resource that AWS does not delete because
// something uses it. Its problem is shown if that does not end in time.
type stillUsed struct {
	summary string
	problem *setup.Problem
}

func (s *stillUsed) Error() string { return s.summary }

// readUsed is the key, in the memory of a pass, of what it could not delete
// yet.
const readUsed = "in use"

func observeRemove(ctx context.Context, e *Env) (Observation, error) {
	list := unwanted(e.Setup.Spec, e.Resources, e.Former)
	var o Observation
	var todo []string
	for _, u := range list {
		if !u.Stays {
			todo = append(todo, u.Name())
		}
		if !e.DryRun {
			if err := e.judge(ctx, u); err != nil {
				return o, err
			}
		}
		if u.Stays || !e.DryRun || u.Resource.ID != "" {
			o.Removals = append(o.Removals, u.Removal)
		}
	}
	if !e.DryRun { // a plan has no job
		o.Removals = append(e.removedByJob(), o.Removals...)
	}
	used, waits := e.read[readUsed].(*stillUsed)
	switch {
	case len(todo) == 0:
		o.State = Ready
		o.Summary = removedWords(o.Removals)
	case waits:
		o.State, o.Summary, o.Problem, o.InVain = Pending, used.summary, used.problem, true
	default:
		o.State, o.Summary = Absent, firstOf(todo)
	}
	return o, nil
}

// judge stores whether a resource that the spec does not want is to be removed
// or left.
func (e *Env) judge(ctx context.Context, u unwantedRow) error {
	switch {
	case u.Stays && u.LeftSince.IsZero():
		return e.leave(ctx, u.Resource, u.Why)
	case !u.Stays && u.UnwantedSince.IsZero():
		return e.unwant(ctx, u.Resource)
	}
	return nil
}

// removedByJob are the removals that this job has carried out.
func (e *Env) removedByJob() []setup.Removal {
	var list []setup.Removal
	for _, r := range e.Former {
		maker, ok := makerOf(r.Key)
		if !ok || maker.Remove == nil || r.ID == "" || r.RemovedAt.IsZero() || r.RemovedAt.Before(e.Job.CreatedAt) {
			continue
		}
		list = append(list, goneRemoval(r))
	}
	return list
}

// goneRemoval is a resource that a job has removed. A default endpoint that another
// setup wants closed is not the setup's any more, and stays as it is.
func goneRemoval(r setup.Resource) setup.Removal {
	gone := removalOf(r)
	gone.Gone, gone.Stays, gone.Why = true, false, "It is gone from AWS."
	if why := r.Attributes[setup.AttrLeft]; why != "" && isEndpoint(r) {
		gone.Gone, gone.Stays, gone.Why = false, true, why
	}
	return gone
}

// removedWords says what a job deleted, and what stays.
func removedWords(list []setup.Removal) string {
	var gone, stays []string
	for _, r := range list {
		if r.Gone {
			gone = append(gone, r.Name())
		} else {
			stays = append(stays, r.Name())
		}
	}
	text := "Nothing to remove"
	if len(gone) > 0 {
		text = "Removed: " + firstOf(gone)
	}
	if len(stays) > 0 {
		text += ". Stays: " + firstOf(stays)
	}
	return text
}

// fewNames is how many resources a summary names.
const fewNames = 3

// firstOf names the first few of several resources: "a, b, c and 2 more".
func firstOf(names []string) string {
	if more := len(names) - fewNames; more > 0 {
		return strings.Join(names[:fewNames], ", ") + " and " + strconv.Itoa(more) + " more"
	}
	return setup.And(names)
}

// applyRemove deletes what is not wanted. If a resource cannot be deleted, what
// it uses stays too; all the rest is deleted.
func applyRemove(ctx context.Context, e *Env) error {
	var rows []setup.Resource
	for _, u := range unwanted(e.Setup.Spec, e.Resources, e.Former) {
		if !u.Stays {
			rows = append(rows, u.Resource)
		}
	}
	return removeRows(ctx, e, rows)
}

// removeRows deletes resources, in their order.
func removeRows(ctx context.Context, e *Env, rows []setup.Resource) error {
	var later, first error
	delete(e.read, readUsed)
	kept := map[string]setup.StepID{} // region → step whose resources could not be deleted
	for _, r := range rows {
		maker, _ := makerOf(r.Key)
		by, waits := kept[r.Region]
		if waits && by != maker.ID {
			continue
		}
		err := maker.Remove(ctx, e, r)
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return err
		}
		if r.Region != "" && !waits {
			kept[r.Region] = maker.ID
		}
		if used, ok := errors.AsType[*stillUsed](err); ok {
			e.remember(readUsed, used)
			continue
		}
		if _, ok := errors.AsType[*cloud.NotYet](err); ok {
			later = cmp.Or(later, err)
			continue
		}
		if cloud.Refused(err) {
			err = mayNotRemove(e, err, r)
		}
		first = cmp.Or(first, err)
	}
	return cmp.Or(first, later)
}
