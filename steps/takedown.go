package steps

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"apifront/setup"
)

// ownRows are the resources with such keys that apifront made for the setup and
// that are not known to be gone from AWS. What another account has is not
// among them.
func (e *Env) ownRows(of func(key string) bool) []setup.Resource {
	var rows []setup.Resource
	for _, r := range e.rows(of) {
		if r.Owned {
			rows = append(rows, r)
		}
	}
	return rows
}

// rows are the resources with such keys that are not known to be gone from AWS,
// by region, key and number.
func (e *Env) rows(of func(key string) bool) []setup.Resource {
	var rows []setup.Resource
	for _, r := range e.Resources {
		rows = append(rows, r)
	}
	rows = append(rows, e.Former...)
	rows = slices.DeleteFunc(rows, func(r setup.Resource) bool {
		return !of(r.Key) || !r.RemovedAt.IsZero() || elsewhere(e.Setup.Spec, r)
	})
	slices.SortFunc(rows, func(a, b setup.Resource) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Key, b.Key), a.Number-b.Number)
	})
	return rows
}

// madeBy says whether a step makes the resources with a key.
func madeBy(id setup.StepID) func(key string) bool {
	return func(key string) bool {
		maker, ok := makerOf(key)
		return ok && maker.ID == id
	}
}

// readTried is the key, in the memory of a pass, that says that the pass has
// tried to delete what it could. What stays was judged then.
const readTried = "tried"

// deletes makes the two functions of a step of a teardown that deletes the
// resources which the step id made. nothing is the summary if there are none.
func deletes(id setup.StepID, nothing string) (func(context.Context, *Env) (Observation, error), func(context.Context, *Env) error) {
	of := madeBy(id)
	observe := func(_ context.Context, e *Env) (Observation, error) { return observeDeleted(e, of, nothing), nil }
	apply := func(ctx context.Context, e *Env) error {
		e.remember(readTried, true)
		return removeRows(ctx, e, e.ownRows(of))
	}
	return observe, apply
}

// observeDeleted says how far a step of a teardown is. What an earlier pass left
// is judged anew, because a person may have changed it since.
func observeDeleted(e *Env, of func(key string) bool, nothing string) Observation {
	o := Observation{Removals: e.removals(of)}
	var todo []string
	_, tried := e.read[readTried].(bool)
	for _, r := range e.ownRows(of) {
		if r.LeftSince.IsZero() || !tried {
			todo = append(todo, removalOf(r).Name())
		}
	}
	used, waits := e.read[readUsed].(*stillUsed)
	switch {
	case len(todo) == 0 && len(o.Removals) == 0:
		o.State, o.Summary = Ready, nothing
	case len(todo) == 0:
		o.State, o.Summary = Ready, deletedWords(o.Removals)
	case waits:
		o.State, o.Summary, o.Problem, o.InVain = Pending, used.summary, used.problem, true
	default:
		o.State, o.Summary = Absent, firstOf(todo)
	}
	return o
}

// removals are the resources with such keys as a teardown shows them: those that
// this job has deleted, those that are still to be deleted, and those that stay.
func (e *Env) removals(of func(key string) bool) []setup.Removal {
	var list []setup.Removal
	for _, r := range e.Former {
		if of(r.Key) && r.Owned && r.ID != "" && !r.RemovedAt.IsZero() && !r.RemovedAt.Before(e.Job.CreatedAt) {
			list = append(list, goneRemoval(r))
		}
	}
	for _, r := range e.rows(of) {
		if r.ID != "" || r.Owned && !r.LeftSince.IsZero() {
			list = append(list, removalOf(r))
		}
	}
	return list
}

// removalOf is a resource as a teardown shows it.
func removalOf(r setup.Resource) setup.Removal {
	m := setup.Removal{Key: r.Key, Number: r.Number, Type: r.Type, ID: r.ID, Region: r.Region, Why: "The setup is taken down."}
	if path, ok := strings.CutPrefix(r.Key, setup.MappingKey("")); ok {
		m.Path = "/" + path
	}
	switch {
	case !r.Owned && isRecord(r.Key) && placeOf(r) == "":
		m.Stays, m.Why = true, "It is at your DNS provider: only you can change or delete it."
	case !r.Owned:
		m.Stays, m.Why = true, "apifront did not make it."
	case !r.LeftSince.IsZero():
		m.Stays, m.Why = true, cmp.Or(r.Attributes[setup.AttrLeft], "It was left as it is.")
	}
	return m
}

// deletedWords says what a step of a teardown deleted, and what stays.
func deletedWords(list []setup.Removal) string {
	text := removedWords(list)
	if rest, ok := strings.CutPrefix(text, "Removed: "); ok {
		return "Deleted: " + rest
	}
	if rest, ok := strings.CutPrefix(text, "Nothing to remove. "); ok {
		return rest
	}
	return text
}

// certificateLimit is how long a teardown waits until ACM shows a certificate as
// free. ACM shows a use for a quarter of an hour after it has ended, and
// sometimes for hours (reported); after a day a person is to look.
const certificateLimit = 24 * time.Hour

// teardownOnly are the kinds of job with the steps of a teardown.
var teardownOnly = []setup.JobKind{setup.JobTeardown}

// OnlyTeardown says whether the step is only in teardowns.
func (s Step) OnlyTeardown() bool { return slices.Equal(s.Kinds, teardownOnly) }

func mappingsDeleteStep() Step {
	observe, apply := deletes("mappings", "No path was mapped")
	return Step{
		ID:      "mappings-delete",
		Thing:   "path mappings",
		Title:   "Delete path mappings",
		Why:     "API Gateway forgets which API answers for the name. The APIs themselves stay.",
		Service: "API Gateway",
		Needs:   []setup.StepID{"disable"},
		Kinds:   teardownOnly,
		Parts:   []setup.Part{setup.PartGateway},
		Wait:    Wait{Every: 5 * time.Second, Settle: 2 * time.Second, Limit: 10 * time.Minute, Usual: 3 * time.Second},
		Actions: []string{"apigateway:GET", "apigateway:PUT", "apigateway:DELETE"},
		Grants: func(s Scope) []Grant {
			return s.deleteGrants(isMapping)
		},
		Observe: observe,
		Apply:   apply,
	}
}

func domainDeleteStep() Step {
	observe, apply := deletes("domain", "No custom domain was made")
	return Step{
		ID:      "domain-delete",
		Thing:   "custom domain",
		Title:   "Delete custom domain",
		Why:     "API Gateway lets go of the name. It takes few such calls, so the step may wait for its turn, and says so.",
		Service: "API Gateway",
		Needs:   []setup.StepID{"mappings-delete"},
		Kinds:   teardownOnly,
		Parts:   []setup.Part{setup.PartOrigin},
		Wait:    Wait{Every: 15 * time.Second, Settle: 3 * time.Second, Limit: time.Hour, Usual: 5 * time.Second},
		Actions: []string{"apigateway:GET", "apigateway:PUT", "apigateway:DELETE", "apigateway:RemoveCertificateFromDomain"},
		Grants: func(s Scope) []Grant {
			return s.deleteGrants(func(r setup.Resource) bool { return r.Key == setup.KeyDomain })
		},
		Observe: observe,
		Apply:   apply,
	}
}

func policiesDeleteStep() Step {
	observe, apply := deletes("policies", "No cache policy was made")
	return Step{
		ID:      "policies-delete",
		Thing:   "cache policy",
		Title:   "Delete cache policy",
		Why:     "CloudFront keeps a cache policy as long as a distribution uses it, so it goes after the distribution.",
		Service: "CloudFront",
		Needs:   []setup.StepID{"distribution-delete"},
		Kinds:   teardownOnly,
		Parts:   []setup.Part{setup.PartEdge},
		Wait:    Wait{Every: 15 * time.Second, Settle: 3 * time.Second, Limit: 40 * time.Minute, Usual: 2 * time.Second},
		Actions: []string{"cloudfront:GetCachePolicy", "cloudfront:ListCachePolicies", "cloudfront:DeleteCachePolicy", "cloudfront:ListDistributions"},
		Grants: func(s Scope) []Grant {
			return s.deleteGrants(func(r setup.Resource) bool { return r.Key == setup.KeyCachePolicy })
		},
		Observe: observe,
		Apply:   apply,
	}
}

func certificateEdgeDeleteStep() Step {
	return certificateDeleteStep(Step{
		ID:    "certificate-edge-delete",
		Thing: "certificate in us-east-1",
		Title: "Delete certificate, " + setup.EdgeRegion,
		Needs: []setup.StepID{"distribution-delete", "domain-delete"},
		Parts: []setup.Part{setup.PartEdge},
	}, "certificate-edge", setup.KeyCertificateEdge)
}

func certificateRegionalDeleteStep() Step {
	return certificateDeleteStep(Step{
		ID:    "certificate-regional-delete",
		Thing: "certificate of API Gateway",
		Title: "Delete certificate of API Gateway",
		TitleFor: func(s setup.Spec) string {
			return "Delete certificate, " + s.Account.Region
		},
		Needs: []setup.StepID{"domain-delete"},
		Parts: []setup.Part{setup.PartGateway},
	}, "certificate-regional", setup.KeyCertificateRegional)
}

// certificateDeleteStep fills in what the two steps that delete certificates
// have in common. maker is the step that requested them.
func certificateDeleteStep(s Step, maker setup.StepID, key string) Step {
	s.Why = "ACM deletes a certificate that nothing uses. It may show a use for 15 minutes to some hours after that has ended."
	s.Service = "ACM"
	s.Kinds = teardownOnly
	s.Wait = Wait{Every: 30 * time.Second, Settle: 3 * time.Second, Limit: certificateLimit, Usual: 15 * time.Minute}
	s.Actions = []string{"acm:DescribeCertificate", "acm:ListTagsForCertificate", "acm:ListCertificates", "acm:DeleteCertificate"}
	s.Grants = func(sc Scope) []Grant {
		return sc.deleteGrants(func(r setup.Resource) bool { return r.Key == key })
	}
	s.Observe, s.Apply = deletes(maker, "No certificate was requested here")
	return s
}

// deleteGrants are the grants of a step of a teardown that deletes such
// resources.
func (s Scope) deleteGrants(of func(setup.Resource) bool) []Grant {
	s.Teardown = true
	return destroying(s.removeGrantsOf(of))
}

// destroying returns the grants with what they allow to change as what only a
// teardown may do.
func destroying(grants []Grant) []Grant {
	for i := range grants {
		if grants[i].Use != Reads {
			grants[i].Use = Destroys
		}
	}
	return grants
}

// TeardownPlan are the resources of a setup as a teardown that has not begun would
// find them: those to be deleted, in their order, and those that stay. AWS is not
// asked, so what others changed since the last job is not known.
func TeardownPlan(spec setup.Spec, resources setup.Resources, former setup.Former) []setup.Removal {
	e := &Env{Setup: setup.Setup{Spec: spec}, Resources: resources, Former: former}
	var list []setup.Removal
	for _, id := range []setup.StepID{"dns", endpointID, accessLogsID, "distribution", "policies", "mappings", "domain", "certificate-regional", "certificate-edge", "validation", proofID} {
		for _, r := range e.rows(madeBy(id)) {
			if r.ID == "" && !r.Owned {
				continue
			}
			if isRecord(r.Key) && !samePlace(r, setup.Resource{Attributes: e.zoneAttribute()}) {
				r.LeftSince, r.Attributes = r.SavedAt, map[string]string{setup.AttrLeft: "It is in another hosted zone than the one that the setup names."}
			} else {
				r.LeftSince = time.Time{} // a teardown judges anew
			}
			list = append(list, removalOf(r))
		}
	}
	return list
}
