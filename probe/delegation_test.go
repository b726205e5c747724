package probe_test

import (
	"errors"
	"testing"

	"apifront/probe"
	"apifront/setup"
)

// Whether DNS leads to a hosted zone is a matter of the zone that holds the
// name and of the servers its parent names, never of a zone further up.
func TestDelegation(t *testing.T) {
	t.Parallel()
	ours := []string{"ns-1.awsdns-1.com", "ns-2.awsdns-2.net", "ns-3.awsdns-3.org", "ns-4.awsdns-4.co.uk"}
	foreign := []string{"ns1.provider.test", "ns2.provider.test"}
	lame := func(names []string, n int) (list []probe.NameServer) {
		for i, name := range names {
			s := probe.NameServer{Name: name}
			if i < n {
				s.Err = errors.New("refused")
			}
			list = append(list, s)
		}
		return list
	}
	cut := func(zone string, servers []string, lameOnes int) probe.Cut {
		return probe.Cut{Zone: zone, Parent: servers, Servers: lame(servers, lameOnes)}
	}
	com := cut("com", []string{"a.gtld-servers.net"}, 0)
	for name, tt := range map[string]struct {
		walk probe.Walk
		apex string
		want setup.DelegationState
	}{
		"here":                      {probe.Walk{Cuts: []probe.Cut{com, cut("example.com", ours, 0)}}, "example.com", setup.DelegatedHere},
		"another spelling":          {probe.Walk{Cuts: []probe.Cut{com, cut("example.com", ours, 0)}}, "Example.COM.", setup.DelegatedHere},
		"one server is lame":        {probe.Walk{Cuts: []probe.Cut{com, cut("example.com", ours, 1)}}, "example.com", setup.DelegatedHere},
		"all are lame":              {probe.Walk{Cuts: []probe.Cut{com, cut("example.com", ours, 4)}}, "example.com", setup.DelegatedLame},
		"a twin":                    {probe.Walk{Cuts: []probe.Cut{com, cut("example.com", foreign, 0)}}, "example.com", setup.DelegatedElsewhere},
		"a lame twin":               {probe.Walk{Cuts: []probe.Cut{com, cut("example.com", foreign, 2)}}, "example.com", setup.DelegatedElsewhere},
		"ours and others":           {probe.Walk{Cuts: []probe.Cut{com, cut("example.com", append(ours[:2:2], foreign...), 0)}}, "example.com", setup.DelegatedPartly},
		"some of ours":              {probe.Walk{Cuts: []probe.Cut{com, cut("example.com", ours[:3], 0)}}, "example.com", setup.DelegatedHere},
		"not named":                 {probe.Walk{Cuts: []probe.Cut{com}}, "example.com", setup.NotDelegated},
		"the parent holds the name": {probe.Walk{Cuts: []probe.Cut{com, cut("example.com", ours, 0)}}, "api.example.com", setup.NotDelegated},
		"a zone between":            {probe.Walk{Cuts: []probe.Cut{com, cut("example.com", ours, 0), cut("eu.example.com", foreign, 0)}}, "example.com", setup.DelegatedBelow},
		"broken above":              {probe.Walk{Cuts: []probe.Cut{com}, Broken: errors.New("silence")}, "example.com", setup.DelegationUnknown},
		"broken at the zone":        {probe.Walk{Cuts: []probe.Cut{com, cut("example.com", ours, 4)}, Broken: errors.New("silence")}, "example.com", setup.DelegatedLame},
		"nothing known":             {probe.Walk{}, "example.com", setup.DelegationUnknown},
		"a name that looks alike":   {probe.Walk{Cuts: []probe.Cut{com, cut("xample.com", ours, 0)}}, "ample.com", setup.NotDelegated},
	} {
		if got := tt.walk.Cut().To(tt.apex, ours); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	if got := (probe.Walk{Cuts: []probe.Cut{com, cut("example.com", ours, 0)}}).Cut().To("example.com", nil); got != setup.DelegationUnknown {
		t.Errorf("without the zone's servers it says %s", got)
	}
}
