//go:build browser

package main

import (
	"strings"
	"testing"

	"apifront/handlers"
	"apifront/setup"
)

// testStates are the pages where people say how paths are tested: with several
// paths, keys that are bound and one that is not, all answers wrong, and what
// becomes of a test in a change.
func testStates(t *testing.T) []state {
	t.Helper()
	const orders, long = "APIFRONT_PROBE_KEY_ORDERS", "APIFRONT_PROBE_KEY_OF_THE_PEOPLE_WHO_LOOK_AFTER_THE_PUBLIC_APIS"
	s := newStageWith(t, true, handlers.Config{ProbeKeys: []string{orders, long}})
	for _, k := range []setup.ProbeKey{
		{Variable: orders, Host: "tests.harborview.example", Header: "X-Api-Key"},
		{Variable: long, Host: "tests.harborview.example", Header: "X-Key-Of-The-People"},
	} {
		if err := s.store.BindProbeKey(t.Context(), k, demoName); err != nil {
			t.Fatal(err)
		}
	}
	spec := stageSpec("tests.harborview.example", 3)
	spec.API.Mappings[0].Test = setup.Test{Path: "/health?full=1", Status: 200, Key: orders}
	spec.API.Mappings[1].Test = setup.Test{Path: "/" + strings.Repeat("a-long-part-of-the-path/", 10), Method: "HEAD", Status: 404, Key: long}
	spec.API.Mappings[2].Test = setup.Test{Key: "APIFRONT_PROBE_KEY_THAT_WAS_UNBOUND"}
	draft := "/drafts/" + s.draft(spec).ID + "/"
	s.read(draft+"api", draft+"review")
	form := formOf(s.open(draft + "api"))
	form.Set("test_path-0", "https://other.example/"+strings.Repeat("long-", 30))
	form.Set("test_status-0", "two hundred and something")
	form.Set("test_method-1", "POST")
	form.Set("test_path-1", "/health#top")
	form.Set("go", "next")

	made := stageSpec("change.harborview.example", 1)
	made.API.Mappings[0].Test = setup.Test{Path: "/health", Status: 200}
	d := s.draft(made)
	job := s.start(d, setup.JobApply, setup.JobInput{})
	job.finish()
	s.read("/setups/" + d.ID)
	s.v.press("Change", nil)
	change := "/drafts/" + strings.Split(s.v.at.Path, "/")[2] + "/"
	s.read(change + "api")
	s.v.press("Next", map[string]string{"test_path-0": "/ready", "test_method-0": "HEAD"})
	s.read(change + "review")
	return []state{
		{name: "api-tests", on: s, path: draft + "api"},
		{name: "api-tests-422", on: s, path: draft + "api", form: form, status: 422},
		{name: "review-tests", on: s, path: draft + "review"},
		{name: "change-test", on: s, path: change + "review"},
	}
}
