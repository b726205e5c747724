//go:build browser

package main

import (
	"testing"

	"apifront/setup"
)

// moveStates are the pages of a setup whose name another distribution of the account has
// and gives to it.
func moveStates(t *testing.T) []state {
	t.Helper()
	const from = "E1MVQ08Z4KD2RC"
	s, moved := newStage(t, true), newStage(t, true)
	s.looks[setup.LookName] = setup.NameFacts{HolderID: from, CNAME: "d2x8k5q1m7.cloudfront.net"}
	offered, chosen := stageSpec("api.harborview.example", 1), stageSpec("shop.harborview.example", 1)
	chosen.Domain.MoveFrom = from
	draft, second := "/drafts/"+s.draft(offered).ID+"/", "/drafts/"+s.draft(chosen).ID+"/"
	s.read(draft+"domain", draft+"domain", second+"domain", second+"domain")
	offered.Domain.MoveFrom = from
	d := moved.draft(offered)
	plain := d
	plain.Spec.Domain.MoveFrom = "" // whose steps finish knows
	moved.start(plain, setup.JobApply, setup.JobInput{}).finish()
	path := "/setups/" + d.ID
	strict := stageSpec("tls.harborview.example", 1) // the settings that few people need are open
	strict.API.Mappings[0].Kind = setup.APIKindREST
	strict.Domain.SecurityPolicy, strict.Domain.AccessMode = setup.SecurityPolicies()[4], setup.AccessStrict
	tls := "/drafts/" + s.draft(strict).ID + "/"
	s.read(tls+"domain", tls+"domain")
	return []state{
		{name: "domain-move-offered", on: s, path: draft + "domain"},
		{name: "domain-move-chosen", on: s, path: second + "domain"},
		{name: "domain-tls", on: s, path: tls + "domain"},
		{name: "setup-moved", on: moved, path: path},
		{name: "teardown-moved", on: moved, path: path + "/teardown"},
	}
}
