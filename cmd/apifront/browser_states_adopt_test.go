//go:build browser

package main

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/store"
)

// stagedAdoption is what a look finds of a name that others made.
func stagedAdoption(name string) setup.DiagnosisBody {
	b := stagedHealthy()
	b.Verdict, b.Head, b.Text = setup.VerdictRemarks, "Works, 3 remarks", "Requests reach the API. 3 settings differ from what apifront would make."
	b.Calls = 12
	spec := stageSpec(name, 2)
	spec.Account.Connection, spec.Account.AccountID, spec.Account.Region = setup.DefaultConnection, "482177301954", "eu-west-1"
	edge, regional := "arn:aws:acm:us-east-1:482177301954:certificate/2f6b0c4e-91d7-4a08-b3c5-6e0d2f9a7184", "arn:aws:acm:eu-west-1:482177301954:certificate/77a1e3d9-04bc-4f52-8e16-a9d3c5b70f2e"
	spec.Certificates = setup.Certificates{Edge: edge, Regional: regional}
	spec.AsFound = []string{"distribution/AllowedMethods", "distribution/ErrorCachingMinTTL", "distribution/ForwardedValues"}
	b.Adoption = &setup.Adoption{
		ReadAt: time.Now(), Spec: spec,
		Resources: []setup.Resource{
			{Key: setup.KeyDistribution, Type: "Distribution", ID: "E1MVQ08Z4KD2RC", ARN: "arn:aws:cloudfront::482177301954:distribution/E1MVQ08Z4KD2RC", State: "Deployed", Attributes: map[string]string{setup.AttrDomainName: "d1x7q2k9v4m0ab.cloudfront.net"}},
			{Key: setup.KeyDomain, Type: "Custom domain", ID: name, Region: "eu-west-1", State: "AVAILABLE", Attributes: map[string]string{setup.AttrTarget: "d-3h7xk2m9qa.execute-api.eu-west-1.amazonaws.com"}},
			{Key: setup.MappingKey(""), Type: "Path mapping", ID: "m1", Region: "eu-west-1"}, {Key: setup.MappingKey("orders"), Type: "Path mapping", ID: "m2", Region: "eu-west-1"},
		},
		Taken: []setup.AdoptedThing{
			{Thing: setup.Thing{What: "Distribution", ID: "E1MVQ08Z4KD2RC", State: "Deployed"}},
			{Thing: setup.Thing{What: "Custom domain", Region: "eu-west-1", ID: "d-3h7xk2m9qa", State: "Regional"}},
			{Thing: setup.Thing{What: "2 path mappings", ID: "/ and /orders", State: "Deployed stages"}},
			{Thing: setup.Thing{What: "Certificate", Region: "us-east-1", ID: edge, State: "88 days left"}, Others: "1 other distribution", Stays: "Never deleted from here"},
			{Thing: setup.Thing{What: "Certificate", Region: "eu-west-1", ID: regional, State: "88 days left"}},
		},
		Stays: []setup.Thing{{What: "the APIs behind the paths"}, {What: "the hosted zone", ID: "harborview.example"}, {What: "the log bucket", ID: "harborview-logs"}},
		Differs: []setup.Difference{
			{Key: "distribution/AllowedMethods", Title: "Only GET and HEAD are let through", Text: "POST, PUT, PATCH, DELETE and OPTIONS get 403 from CloudFront.", Is: "GET, HEAD", Want: "GET, HEAD, OPTIONS, PUT, POST, PATCH, DELETE"},
			{Key: "distribution/ForwardedValues", Title: "Headers are passed on with legacy cache settings", Text: "They work, but a distribution on a flat-rate plan may not have them.", Is: "ForwardedValues: Host, Authorization", Want: "CachingDisabled and AllViewer"},
			{Key: "distribution/ErrorCachingMinTTL", Title: "Errors are kept for 5 minutes", Text: "After a 500 the API can be healthy again and callers still get the error.", Is: "500: 300 s", Want: "500: 0 s", Keep: true},
		},
		Makers: []setup.Maker{{Tool: "Terraform", What: "this distribution", Sign: "Its tag says ManagedBy: terraform", Line: "terraform state rm aws_cloudfront_distribution.legacy"}},
	}
	return b
}

// adopted adopts what a look has found, and puts one thing right.
func (s *stage) adopted(b setup.DiagnosisBody) string {
	s.t.Helper()
	right := b.Adoption.Spec
	right.AsFound = right.AsFound[1:]
	done, err := s.store.Adopt(s.t.Context(), store.Adopting{Found: *b.Adoption, Right: &right, By: demoName})
	if err != nil {
		s.t.Fatal(err)
	}
	return done.SetupID
}

// adoptStates are the page that adopts a name, and the pages of what was adopted.
func adoptStates(t *testing.T) []state {
	t.Helper()
	const name = "legacy.harborview.example"
	some, after := newStage(t, true), newStage(t, true)
	at := some.diagnosed(name, setup.DefaultConnection, stagedAdoption(name))
	refused := stagedAdoption("three.harborview.example")
	refused.Adoption.Refused = []setup.Problem{
		{What: "The distribution has 3 behaviors.", Why: "A setup of apifront has one behavior for all paths, so a job would take the other two away.", Fix: "Give /static and /media a distribution of their own, then look again."},
		{What: "Another installation of apifront looks after it.", Why: "The tag apifront:install of the distribution names another one.", Fix: "Remove it from the list there, or take the tag off, then look again."},
	}
	refused.Adoption.Differs = nil
	long := stagedAdoption("long.harborview.example")
	for i := range 50 {
		long.Adoption.Differs = append(long.Adoption.Differs, setup.Difference{
			Key: fmt.Sprintf("distribution/F%d", i), Title: strings.Repeat("unbroken", 20), Text: strings.Repeat("What callers notice of it. ", 10), Is: strings.Repeat("<b>value</b>", 20), Want: strings.Repeat("want-", 40), Keep: i%2 == 0,
		})
	}
	long.Adoption.Differs[10].Only = strings.Repeat("There is no setting that says it. ", 6)
	paths := make([]string, 100)
	for i := range paths {
		paths[i] = fmt.Sprintf("/v1/a-rather-long-path/%d", i)
		long.Adoption.Taken = append(long.Adoption.Taken, setup.AdoptedThing{Thing: setup.Thing{What: "Path mapping", Region: "eu-west-1", ID: paths[i], State: "Deployed"}})
	}
	long.Adoption.Taken[2].ID, long.Adoption.Taken[3].Others = strings.Join(paths, ", "), strings.Repeat("another distribution ", 12)
	long.Adoption.Makers = append(long.Adoption.Makers, setup.Maker{Tool: "CloudFormation", What: strings.Repeat("the stack of many words ", 6), Sign: "Its tag says aws:cloudformation:stack-name: " + strings.Repeat("stack", 30)})
	longName := strings.Repeat("a-rather-long-label-as-some-people-have-them.", 5) + "example"
	empty := stagedAdoption("plain.harborview.example")
	empty.Adoption.Differs, empty.Adoption.Makers, empty.Adoption.Stays, empty.Way = nil, nil, nil, nil

	made := after.adopted(stagedAdoption(name))
	given := after.adopted(func() setup.DiagnosisBody {
		b := stagedAdoption("given.harborview.example")
		b.Adoption.Resources = b.Adoption.Resources[1:]
		return b
	}())
	if err := after.store.HideSetup(t.Context(), given, demoName); err != nil {
		t.Fatal(err)
	}
	drafts, err := after.store.DraftsOf(t.Context(), made)
	if err != nil || len(drafts) != 1 {
		t.Fatal(len(drafts), err)
	}
	carried := "?" + url.Values{"adopt": {"again"}, "seen": {"other"}, "keep": {"distribution/AllowedMethods"}}.Encode()
	return []state{
		{name: "adopt", on: some, path: at + "/adopt"},
		{name: "adopt-offer", on: some, path: at},
		{name: "adopt-carried", on: some, path: at + carried},
		{name: "adopt-changed", on: some, path: at + "/adopt" + carried},
		{name: "adopt-409", on: some, path: at + "/adopt", form: url.Values{"seen": {"other"}}, status: 409},
		{name: "adopt-refused", on: some, path: some.diagnosed("three.harborview.example", setup.DefaultConnection, refused) + "/adopt"},
		{name: "adopt-refused-offer", on: some, path: some.diagnosed("three-b.harborview.example", setup.DefaultConnection, refused)},
		{name: "adopt-long", on: some, path: some.diagnosed(longName, setup.DefaultConnection, long) + "/adopt"},
		{name: "adopt-empty", on: some, path: some.diagnosed("plain.harborview.example", setup.DefaultConnection, empty) + "/adopt"},
		{name: "adopt-after", on: after, path: "/setups/" + made},
		{name: "adopt-after-home", on: after, path: "/"},
		{name: "adopt-after-review", on: after, path: "/drafts/" + drafts[0].ID + "/review"},
		{name: "adopt-after-teardown", on: after, path: "/setups/" + made + "/teardown"},
		{name: "adopt-given-back", on: after, path: "/setups/" + given},
	}
}
