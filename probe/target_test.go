package probe_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/probe"
	"apifront/setup"
)

// What is configured says what is to be asked.
func TestAim(t *testing.T) {
	t.Parallel()
	c := setup.Configured{
		Distribution: &setup.ConfiguredDistribution{DomainName: "d1.cloudfront.net", ReadTimeout: 120 * time.Second, KeepsAnswers: true, KeyQuery: true, KeyHeaders: []string{"Host"}},
		Domain:       &setup.ConfiguredDomain{Region: "eu-west-1", Target: "d-1.execute-api.eu-west-1.amazonaws.com"},
		APIs: []setup.ConfiguredAPI{
			{Path: "", Kind: setup.APIKindREST, APIID: "a1", Stage: "prod", Silence: 29 * time.Second},
			{Path: "off", Kind: setup.APIKindHTTP, APIID: "a2", Stage: "$default", ExecuteDisabled: true},
		},
	}
	want := probe.Target{
		Name: theName, Regional: "d-1.execute-api.eu-west-1.amazonaws.com", Distribution: "d1.cloudfront.net", Patience: 130 * time.Second,
		Unique: probe.Unique{Query: true, Headers: []string{"Host"}},
		Paths: []probe.TargetPath{
			{Kind: setup.APIKindREST, APIHost: "a1.execute-api.eu-west-1.amazonaws.com", Stage: "prod"},
			{Mapping: "off", Kind: setup.APIKindHTTP, Stage: "$default"},
		},
	}
	if diff := cmp.Diff(want, probe.Aim(theName, c)); diff != "" {
		t.Error(diff)
	}
	c.Distribution.KeepsAnswers = false // nothing is kept, so nothing must differ
	if got := probe.Aim(theName, c).Unique; got.Query || got.Headers != nil {
		t.Errorf("%+v", got)
	}
	c.Distribution.KeepsAnswers, c.Distribution.PolicyUnknown = true, true
	if got := probe.Aim(theName, c).Unique; got.Query || got.Headers != nil {
		t.Errorf("%+v", got)
	}
	c.Distribution.ReadTimeout, c.APIs[0].Silence = time.Second, 0
	if got := probe.Aim(theName, c).Patience; got != 11*time.Second {
		t.Errorf("patient for %v", got)
	}
	c.APIs[0].Silence = 5 * time.Minute
	if got := probe.Aim(theName, c).Patience; got != 310*time.Second {
		t.Errorf("patient for %v", got)
	}
	if diff := cmp.Diff(probe.Target{Name: theName}, probe.Aim(theName, setup.Configured{})); diff != "" {
		t.Error(diff)
	}
}

// Each kind of API has its own address at its own name; what is asked below a
// mapping is the same everywhere.
func TestTargetAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path      probe.TargetPath
		own, name string
	}{
		{probe.TargetPath{Kind: setup.APIKindREST, Stage: "prod"}, "/prod/", "/"},
		{probe.TargetPath{Mapping: "v2/shop", Kind: setup.APIKindREST, Stage: "prod"}, "/prod/", "/v2/shop"},
		{probe.TargetPath{Mapping: "shop", Kind: setup.APIKindREST, Stage: "prod", Below: "/items/7"}, "/prod/items/7", "/shop/items/7"},
		{probe.TargetPath{Kind: setup.APIKindHTTP, Stage: "$default", Below: "health"}, "/health", "/health"},
		{probe.TargetPath{Mapping: "shop", Kind: setup.APIKindHTTP, Stage: "$default"}, "/", "/shop"},
		{probe.TargetPath{Mapping: "shop", Kind: setup.APIKindHTTP, Stage: "beta"}, "/beta/", "/shop"},
		{probe.TargetPath{Mapping: "chat", Kind: setup.APIKindWebSocket, Stage: "prod"}, "/prod", "/chat"},
	} {
		c.path.APIHost = "a1.example.org"
		p := probe.New(probe.Settings{DNS: []string{"127.0.0.1:1"}, Dial: nowhereDial}, nil)
		looks := p.Climb(t.Context(), probe.Target{Name: theName, Paths: []probe.TargetPath{c.path}, Rungs: []setup.Rung{setup.RungAPI, setup.RungName}})
		path := "/" + c.path.Mapping
		if got := at(t, looks, setup.RungAPI, path).Evidence.URL; got != "https://a1.example.org"+c.own {
			t.Errorf("%+v: %s", c.path, got)
		}
		if got := at(t, looks, setup.RungName, path).Evidence.URL; got != "https://"+theName+c.name {
			t.Errorf("%+v: %s", c.path, got)
		}
		if got := at(t, looks, setup.RungName, path); got.Phase() != probe.PhaseResolve || got.Evidence.Failed != "dns" || got.Evidence.Error == "" {
			t.Errorf("%+v", got.Evidence)
		}
	}
}

func nowhereDial(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("no network")
}
