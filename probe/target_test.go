package probe_test

import (
	"context"
	"errors"
	"net"
	"testing"

	"apifront/probe"
	"apifront/setup"
)

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
		seen := p.Climb(t.Context(), probe.Target{Name: theName, Paths: []probe.TargetPath{c.path}, Rungs: []setup.Rung{setup.RungAPI, setup.RungName}})
		path := "/" + c.path.Mapping
		if got := at(t, seen, setup.RungAPI, path).URL; got != "https://a1.example.org"+c.own {
			t.Errorf("%+v: %s", c.path, got)
		}
		if got := at(t, seen, setup.RungName, path).URL; got != "https://"+theName+c.name {
			t.Errorf("%+v: %s", c.path, got)
		}
		if got := at(t, seen, setup.RungName, path); got.Failed != probe.PhaseResolve || got.Error == "" {
			t.Errorf("%+v", got)
		}
	}
}

func nowhereDial(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("no network")
}
