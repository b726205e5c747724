package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"apifront/setup"
)

// foundAt is what a look finds of a name: a distribution, a custom domain and a mapping,
// with two settings that stay as they are.
func foundAt(name string) setup.Adoption {
	spec := setup.DefaultSpec()
	spec.Account = setup.Account{Connection: setup.DefaultConnection, AccountID: "111122223333", Region: "eu-west-1"}
	spec.API.Mappings = []setup.Mapping{{APIID: "a1b2c3d4e5", APIName: "orders-api", Kind: setup.APIKindHTTP, Stage: "$default"}}
	spec.Domain.Name, spec.Domain.DNS = name, setup.DNSElsewhere
	spec.Certificates = setup.Certificates{Edge: "arn:aws:acm:us-east-1:111122223333:certificate/2f6b", Regional: "arn:aws:acm:eu-west-1:111122223333:certificate/77a1"}
	spec.AsFound = []string{"distribution/AllowedMethods", "distribution/ForwardedValues"}
	id := "E" + strings.ToUpper(strings.NewReplacer(".", "", "-", "").Replace(name))
	return setup.Adoption{
		ReadAt: time.Now(), Spec: spec,
		Resources: []setup.Resource{
			{Key: setup.KeyDistribution, Type: "Distribution", ID: id, ARN: "arn:aws:cloudfront::111122223333:distribution/" + id, Owned: true, State: "Deployed",
				Attributes: map[string]string{setup.AttrDomainName: "d1.cloudfront.net", setup.AttrAdopted: "2020-01-01T00:00:00Z"}},
			{Key: setup.KeyDomain, Type: "Custom domain", ID: name, Region: "eu-west-1", Owned: true, State: "AVAILABLE"},
			{Key: setup.MappingKey(""), Type: "Path mapping", ID: "m1", Region: "eu-west-1", Owned: true},
		},
		Differs: []setup.Difference{{Key: "distribution/AllowedMethods", Title: "Only GET", Is: "GET", Want: "all"}},
	}
}

// What was adopted is a setup at once, with its revision, what exists, a check that is
// due, a change that puts things right, and lines in the audit trail; a second time
// nothing is written.
func TestAdoptedOnce(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	now := stopped(s)
	found := foundAt("api.example.com")
	right := found.Spec
	right.AsFound = right.AsFound[1:]
	done, err := s.Adopt(ctx, Adopting{Found: found, Right: &right, Note: "to put right: distribution/AllowedMethods", By: "Ada"})
	must(t, err)
	v, err := s.Setup(ctx, done.SetupID)
	must(t, err)
	if v.Revision != 1 || v.AccountID != "111122223333" || v.CreatedBy.Name != "Ada" || !reflect.DeepEqual(v.Spec.AsFound, found.Spec.AsFound) {
		t.Errorf("the setup is %+v", v)
	}
	rev, err := s.Revision(ctx, v.ID, 1)
	must(t, err)
	if rev.Why != setup.WhyAdopted || rev.CreatedBy.Name != "Ada" || rev.Format != setup.SpecFormat {
		t.Errorf("revision 1 is %+v", rev)
	}
	have, err := s.Resources(ctx, v.ID)
	must(t, err)
	if len(have) != 3 {
		t.Errorf("%d resources", len(have))
	}
	for key, r := range have {
		if !r.Owned || r.Attributes[setup.AttrAdopted] != now.UTC().Format(time.RFC3339) {
			t.Errorf("%s: %+v", key, r)
		}
	}
	if have.Attr(setup.KeyDistribution, setup.AttrDomainName) != "d1.cloudfront.net" {
		t.Error("the distribution has lost its domain name")
	}
	d, err := s.Draft(ctx, done.DraftID)
	must(t, err)
	if d.SetupID != v.ID || d.BeganFrom != 1 || d.Page != setup.PageReview || !d.Changes(v) || !reflect.DeepEqual(d.Spec.AsFound, right.AsFound) {
		t.Errorf("the change is %+v", d)
	}
	stateIs(t, s, v, setup.StateNotChecked) // nobody has seen that callers are served
	p := nextCheck(ctx, t, s, v.ID, setup.CheckBySchedule)
	if p.Before.ID != "" {
		t.Errorf("the first check has one before it: %+v", p.Before)
	}
	must(t, s.FinishCheck(ctx, "w", p, CheckOutcome{Result: setup.CheckHealthy, Sight: serves}))
	stateIs(t, s, v, setup.StateServing)
	if plan, err := s.Schedule(ctx, v.ID); err != nil || plan.Next.IsZero() || plan.Every != setup.CheckUsually {
		t.Errorf("planned: %+v, %v", plan, err)
	}
	lines, err := s.AuditBefore(ctx, AuditFilter{}, 0, 10)
	must(t, err)
	if lines[0].Action != ActSetupAdopt || lines[0].On != "api.example.com" || !strings.Contains(lines[0].Detail, "revision 1, 3 resources, to put right: distribution/AllowedMethods") {
		t.Errorf("the audit trail says %+v", lines[0])
	}
	if may, err := s.MayBeInPlace(ctx, v.ID); err != nil || len(may) != 1 {
		t.Errorf("%d revisions may be in place, %v", len(may), err)
	}

	before := rowCounts(ctx, t, s)
	again, err := s.Adopt(ctx, Adopting{Found: found, Right: &right, By: "Bob"})
	must(t, err)
	if !again.Before || again.SetupID != v.ID || again.DraftID != "" {
		t.Errorf("the second time: %+v", again)
	}
	if after := rowCounts(ctx, t, s); !reflect.DeepEqual(before, after) {
		t.Error("the second time something was written")
	}
	if list, counts, err := s.Setups(ctx, SetupFilter{Limit: 10}); err != nil || len(list) != 1 || counts[GroupServing] != 1 || list[0].LastJob != nil {
		t.Errorf("the list has %+v, %v, %v", list, counts, err)
	}
	h, err := s.History(ctx, HistoryFilter{SetupID: v.ID, Limit: 20})
	must(t, err)
	if h.Revisions != 1 || h.Jobs != 0 || !slices.ContainsFunc(h.Entries, func(x setup.HistoryEntry) bool { return x.Revision.Number == 1 && x.Job.ID == 0 }) {
		t.Errorf("the history is %+v", h)
	}
}

// rowCounts are how many rows the tables have that an adoption writes to.
func rowCounts(ctx context.Context, t *testing.T, s *Store) (rows []string) {
	t.Helper()
	for _, table := range []string{"setups", "revisions", "resources", "drafts", "checks", "states", "schedules", "findings", "audit", "jobs"} {
		var n int
		must(t, s.reader.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+table).Scan(&n))
		rows = append(rows, fmt.Sprintf("%s: %d", table, n))
	}
	return rows
}

// Many at once, as from tabs and replicas, make one setup and one change.
func TestManyAdoptOne(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	found := foundAt("api.example.com")
	var all sync.WaitGroup
	results := make([]Adopted, 6)
	for i := range results {
		all.Go(func() {
			var err error
			if results[i], err = s.Adopt(ctx, Adopting{Found: found, Right: &found.Spec, By: "Ada"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	made := 0
	for _, r := range results {
		if r.SetupID != results[0].SetupID {
			t.Error("there are two setups")
		}
		if !r.Before {
			made++
		}
	}
	if made != 1 {
		t.Errorf("it was made %d times", made)
	}
	if list, err := s.Drafts(ctx); err != nil || len(list) != 1 {
		t.Errorf("%d changes, %v", len(list), err)
	}
}

// What cannot be adopted writes nothing: what is refused, what another setup has, and a
// name at which a job is at work.
func TestWhatIsNotAdopted(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	first, err := s.Adopt(ctx, Adopting{Found: foundAt("a.example.com"), By: "Ada"})
	must(t, err)
	j := start(t, s, draft(t, s, "busy.example.com").ID)
	before := rowCounts(ctx, t, s)
	refuse := func(why string, found setup.Adoption, is func(error) bool) {
		t.Helper()
		if _, err := s.Adopt(ctx, Adopting{Found: found, Right: &found.Spec, By: "Ada"}); !errors.Is(err, ErrConflict) || !is(err) {
			t.Errorf("%s: %v", why, err)
		}
		if after := rowCounts(ctx, t, s); !reflect.DeepEqual(before, after) {
			t.Errorf("%s: something was written: %v, before %v", why, after, before)
		}
	}
	anything := func(error) bool { return true }
	refused := foundAt("b.example.com")
	refused.Refused = []setup.Problem{{What: "w"}}
	refuse("it is refused", refused, anything)
	nobody := foundAt("b.example.com")
	nobody.Spec.Account.AccountID = ""
	refuse("nobody knows its account", nobody, anything)
	held := func(err error) bool {
		h, is := errors.AsType[*HeldError](err)
		return is && h.Setup == first.SetupID && h.Name == "a.example.com"
	}
	other := foundAt("b.example.com")
	other.Resources[0].ID, other.Resources[0].ARN = foundAt("a.example.com").Resources[0].ID, foundAt("a.example.com").Resources[0].ARN
	refuse("its distribution is another's", other, held)
	other = foundAt("b.example.com")
	other.Resources[1].ID = "a.example.com"
	refuse("its domain is another's", other, held)
	busy := foundAt("busy.example.com")
	busy.Spec.Account.AccountID = "444455556666"
	refuse("a job is at work on the name", busy, func(err error) bool {
		active, is := errors.AsType[*ActiveJobError](err)
		return is && active.Job == j
	})
	shared := foundAt("c.example.com") // a certificate may have several users
	shared.Resources[2] = setup.Resource{Key: setup.KeyRecordValidation, Type: "Record", ID: "_a79.example.com"}
	if _, err := s.Adopt(ctx, Adopting{Found: shared, By: "Ada"}); err != nil {
		t.Error(err)
	}
}

// An adopted setup that no job has changed is given back: nothing of it is checked, shown
// or held any more, its history stays, and it can be adopted or set up again. Once a job
// has changed something it is taken down like any other.
func TestGivenBack(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	now := stopped(s)
	found := foundAt("api.example.com")
	adopt := func() setup.Setup {
		t.Helper()
		*now = now.Add(time.Minute)
		done, err := s.Adopt(ctx, Adopting{Found: found, Right: &found.Spec, By: "Ada"})
		must(t, err)
		v, err := s.Setup(ctx, done.SetupID)
		must(t, err)
		return v
	}
	v := adopt()
	typed, err := s.OpenChange(ctx, Change{By: "Ada", Setup: v, Spec: found.Spec})
	must(t, err)
	if _, err := s.SaveDraft(ctx, typed.Draft.ID, 0, setup.PageEdge, "Ada", func(sp *setup.Spec) { sp.Edge.Comment = "typed" }); err != nil {
		t.Fatal(err)
	}
	if _, err := s.OpenChange(ctx, Change{By: "Bob", Setup: v, Spec: found.Spec}); err != nil {
		t.Fatal(err)
	}
	p := nextCheck(ctx, t, s, v.ID, setup.CheckBySchedule)
	must(t, s.FinishCheck(ctx, "w", p, CheckOutcome{Result: setup.CheckFindings, Sight: serves, Findings: []setup.FindingBody{enabled}, Looked: []setup.StepID{"distribution"}}))
	stateIs(t, s, v, setup.StateDrifted)
	clearing, err := s.StartJob(ctx, NewJob{SetupID: v.ID, Kind: setup.JobInvalidate, By: "Ada", Steps: diamond()})
	must(t, err)
	if err := s.HideSetup(ctx, v.ID, "Ada"); !errors.As(err, new(*ActiveJobError)) {
		t.Errorf("while a job clears: %v", err)
	}
	must(t, s.CancelJob(ctx, clearing, "Ada"))
	must(t, s.AskCheck(ctx, v.ID, "Ada"))
	open := nextCheck(ctx, t, s, v.ID, setup.CheckByPerson)
	*now = now.Add(time.Minute)
	must(t, s.HideSetup(ctx, v.ID, "Ada"))
	must(t, s.HideSetup(ctx, v.ID, "Ada")) // twice is once
	if v, err = s.Setup(ctx, v.ID); err != nil || v.Revision != 2 || !v.Spec.GivenBack() || v.HiddenAt.IsZero() {
		t.Errorf("given back: %+v, %v", v, err)
	}
	stateIs(t, s, v, setup.StateGivenBack)
	if err := s.FinishCheck(ctx, "w", open, CheckOutcome{Result: setup.CheckHealthy, Sight: serves}); !errors.Is(err, ErrFenced) {
		t.Errorf("the check that was under way: %v", err)
	}
	stateIs(t, s, v, setup.StateGivenBack)
	if list, err := s.DraftsOf(ctx, v.ID); err != nil || len(list) != 1 || list[0].Spec.Edge.Comment != "typed" {
		t.Errorf("the changes are %+v, %v", list, err)
	}
	if have, former, err := s.AllResources(ctx, v.ID); err != nil || len(have)+len(former) > 0 {
		t.Errorf("it still has %v, %v, %v", have, former, err)
	}
	if now, err := s.Situation(ctx, v); err != nil || len(now.Findings) > 0 || now.Givable || !now.Adopted.IsZero() {
		t.Errorf("it stands so: %+v, %v", now, err)
	}
	if plan, err := s.Schedule(ctx, v.ID); err != nil || !plan.Next.IsZero() {
		t.Errorf("the next check: %+v, %v", plan, err)
	}
	if err := s.AskCheck(ctx, v.ID, "Ada"); !errors.Is(err, ErrConflict) {
		t.Errorf("a check of what was given back: %v", err)
	}
	if list, counts, err := s.Setups(ctx, SetupFilter{Limit: 10}); err != nil || len(list) > 0 || counts.Of("") > 0 {
		t.Errorf("the list has %+v, %v, %v", list, counts, err)
	}
	lines, err := s.AuditBefore(ctx, AuditFilter{}, 0, 10)
	must(t, err)
	if lines[0].Action != ActSetupGiveBack {
		t.Errorf("the audit trail says %+v", lines[0])
	}

	back := adopt() // what another setup could adopt too
	if back.ID != v.ID || back.Revision != 3 || !back.HiddenAt.IsZero() {
		t.Errorf("adopted again: %+v", back)
	}
	stateIs(t, s, back, setup.StateNotChecked) // the checks of before say nothing
	if have, err := s.Resources(ctx, v.ID); err != nil || len(have) != 3 {
		t.Errorf("it has %v, %v", have, err)
	}
	if p = nextCheck(ctx, t, s, v.ID, setup.CheckBySchedule); p.Before.ID != "" {
		t.Error("the check has one before it, of the time before it was given back")
	}
	must(t, s.FinishCheck(ctx, "w", p, CheckOutcome{Result: setup.CheckHealthy, Sight: serves}))
	stateIs(t, s, back, setup.StateServing)

	*now = now.Add(time.Minute)
	job, err := s.StartJob(ctx, NewJob{SetupID: v.ID, Kind: setup.JobApply, By: "Ada", Steps: diamond()})
	must(t, err)
	stateIs(t, s, back, setup.StateBeingChanged)
	*now = now.Add(time.Minute)
	must(t, s.CancelJob(ctx, job, "Ada"))
	stateIs(t, s, back, setup.StateServing)
	if err := s.HideSetup(ctx, v.ID, "Ada"); !errors.Is(err, ErrConflict) {
		t.Errorf("a job may have changed it, and it is given back: %v", err)
	}
	gone := back.Spec
	gone.Gone = &setup.Gone{Name: setup.GoneMoved}
	*now = now.Add(time.Minute)
	down, err := s.StartJob(ctx, NewJob{SetupID: v.ID, Kind: setup.JobTeardown, Want: &gone, Why: "Take down", By: "Ada", Steps: diamond()})
	must(t, err)
	for _, id := range []string{"a", "b", "c", "d"} {
		end(t, s, down, id, setup.StepDone)
	}
	stateIs(t, s, back, setup.StateGone)

	again := adopt() // somebody has made it again by other means
	if again.Revision != 5 {
		t.Errorf("revision %d", again.Revision)
	}
	stateIs(t, s, again, setup.StateNotChecked)
	must(t, s.HideSetup(ctx, v.ID, "Ada"))
	*now = now.Add(time.Minute)
	fresh := start(t, s, draft(t, s, "api.example.com").ID) // by the wizard
	j, err := s.Job(ctx, fresh)
	must(t, err)
	if j.SetupID != v.ID {
		t.Errorf("set up anew: %+v", j)
	}
	stateIs(t, s, again, setup.StateBeingMade) // what was given back is nothing of it
	*now = now.Add(time.Minute)
	must(t, s.CancelJob(ctx, fresh, "Ada"))
	stateIs(t, s, again, setup.StateNotFinished)
}

// What was adopted is kept whole or not at all.
func TestAnAdoptionIsKeptWhole(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	for _, n := range []int{0, 200, 2000} {
		found := foundAt("api.example.com")
		for i := range n {
			m := setup.Mapping{Path: fmt.Sprintf("v1/orders/%d", i), APIID: "a1b2c3d4e5", APIName: "orders-api", Kind: setup.APIKindREST, Stage: "prod"}
			found.Spec.API.Mappings = append(found.Spec.API.Mappings, m)
			found.Resources = append(found.Resources, setup.Resource{Key: setup.MappingKey(m.Path), Type: "Path mapping", ID: "q8w7e6", Region: "eu-west-1", Owned: true, Attributes: map[string]string{setup.AttrVia: "v2", setup.AttrStage: "prod", setup.AttrAPI: "a1b2c3d4e5"}})
		}
		b := twoWrong
		b.Adoption = &found
		b.Looks = slices.Repeat([]setup.DoctorLook{{Title: strings.Repeat("a", 1000)}}, 300)
		d, err := s.AskDiagnosis(ctx, NewDiagnosis{Name: fmt.Sprintf("n%d.example.com", n), Connection: "default", By: "Ada"})
		must(t, err)
		_, taken, err := s.NextDiagnosis(ctx, "w")
		must(t, err)
		if !taken {
			t.Fatal("none waits")
		}
		must(t, s.FinishDiagnosis(ctx, "w", d.ID, b))
		got, err := s.LastDiagnosis(ctx, d.Name, "default")
		must(t, err)
		if got.ID != d.ID || got.Adoption == nil {
			t.Fatalf("with %d mappings it is gone", n)
		}
		if n < 2000 && got.Adoption.Digest() != found.Digest() || n == 2000 && len(got.Adoption.Refused) != 1 {
			t.Errorf("with %d mappings it has %d, refused %v", n, len(got.Adoption.Spec.API.Mappings), got.Adoption.Refused)
		}
	}
	if _, err := s.LastDiagnosis(ctx, "n0.example.com", ""); !errors.Is(err, ErrNotFound) {
		t.Errorf("by no connection: %v", err)
	}
}
