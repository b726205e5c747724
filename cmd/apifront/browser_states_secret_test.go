//go:build browser

package main

import (
	"net/url"
	"testing"

	"apifront/handlers"
	"apifront/seal"
	"apifront/setup"
)

// secretStates are the pages of the secret header of an origin.
func secretStates(t *testing.T) []state {
	t.Helper()
	keys, err := seal.New([][]byte{make([]byte, 32)}, seal.OriginPurpose)
	if err != nil {
		t.Fatal(err)
	}
	s, keyless := newStageWith(t, true, handlers.Config{Seals: keys}), newStage(t, true)
	made := func(name string, next bool) string {
		spec := stageSpec(name, 1)
		spec.Edge.OriginHeader = setup.OriginHeader
		spec.API.Mappings = []setup.Mapping{
			{Path: "orders", APIID: "a1b2c3d4e5", APIName: "orders-api", Kind: setup.APIKindREST, Stage: "prod"},
			{Path: "catalog", APIID: "k3v9x2p1qa", APIName: "catalog-api", Kind: setup.APIKindHTTP, Stage: "$default"},
			{Path: "live", APIID: "w3v9x2p1qa", APIName: "live-api", Kind: setup.APIKindWebSocket, Stage: "prod"},
		}
		d := s.draft(spec)
		s.start(d, setup.JobApply, setup.JobInput{}).finish()
		sealed, err := keys.Seal(seal.AboutOrigin(d.ID), []byte("c2VjcmV0LW9mLXRoZS1zaG9wLWZvci10aGUtcGljdHVyZQ"))
		if err != nil {
			t.Fatal(err)
		}
		row := setup.Resource{Key: setup.KeyDistribution, Type: "Distribution", ID: "E2QWX7K1M9PLTB", Owned: true, State: "Deployed", Attributes: map[string]string{
			setup.AttrDomainName: "d1x7q2k9v4m0ab.cloudfront.net", setup.AttrOriginHeader: setup.OriginHeader, setup.AttrOriginSecret: sealed,
		}}
		if next {
			row.Attributes[setup.AttrOriginNext] = sealed
		}
		if err := s.store.SaveResource(t.Context(), d.ID, row); err != nil {
			t.Fatal(err)
		}
		return "/setups/" + d.ID
	}
	path, changing := made("api.harborview.example", false), made("shop.harborview.example", true)
	without := stageSpec("plain.harborview.example", 1)
	none := s.draft(without)
	s.start(none, setup.JobApply, setup.JobInput{}).finish()
	draft := "/drafts/" + s.draft(stageSpec("next.harborview.example", 1)).ID + "/edge"
	second := "/drafts/" + keyless.draft(stageSpec("next.harborview.example", 1)).ID + "/edge"
	form := func(header string) url.Values {
		return url.Values{
			"caching": {setup.CachingOff}, "methods": {setup.MethodsAll}, "viewer": {setup.ViewerRedirect}, "tls": {"TLSv1.2_2021"}, "http_version": {"http2and3"},
			"where": {"PriceClass_All"}, "wait": {"60"}, "ipv6": {"1"}, "secrets": {"1"}, "origin_secret": {"1"}, "origin_header": {header},
		}
	}
	return []state{
		{name: "secret", on: s, path: path + "/secret"},
		{name: "secret-shown", on: s, path: path + "/secret/show", from: path + "/secret", form: url.Values{}},
		{name: "secret-changing", on: s, path: changing + "/secret"},
		{name: "secret-none", on: s, path: "/setups/" + none.ID + "/secret"},
		{name: "secret-teardown", on: s, path: path + "/teardown"},
		{name: "edge-secret-422", on: s, path: draft, form: form("x-amz-verify"), status: 422},
		{name: "edge-secret-keyless-422", on: keyless, path: second, form: form(setup.OriginHeader), status: 422},
	}
}
