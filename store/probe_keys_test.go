package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

// A key is bound to a host once, by somebody, and said in the audit trail. Who
// uses it is told by host.
func TestProbeKeys(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := WithActor(t.Context(), Actor{UserID: "u1", Name: "Ada"})
	k := setup.ProbeKey{Variable: "APIFRONT_PROBE_KEY_A", Host: "api.example.com", Header: "X-Api-Key"}
	other := setup.ProbeKey{Variable: "APIFRONT_PROBE_KEY_A", Host: "api.example.org", Header: "Authorization"}
	must(t, s.BindProbeKey(ctx, k, "Ada"))
	must(t, s.BindProbeKey(ctx, other, "Ada"))
	wants(t, s.BindProbeKey(ctx, k, "Ada"), ErrConflict)
	list, err := s.ProbeKeys(ctx)
	must(t, err)
	if len(list) != 2 || list[0].Host != k.Host || list[0].Header != "X-Api-Key" || list[0].CreatedBy != (setup.Person{ID: "u1", Name: "Ada"}) || list[0].CreatedAt.IsZero() || list[1].Header != "Authorization" {
		t.Errorf("bound: %+v", list)
	}
	spec := setup.DefaultSpec()
	spec.Domain.Name = k.Host
	spec.API.Mappings = []setup.Mapping{{APIID: "a1", Stage: "prod", Test: setup.Test{Key: k.Variable}}}
	_, err = s.CreateDraft(ctx, "Ada", spec)
	must(t, err)
	for _, x := range []struct {
		host string
		want []string
	}{{k.Host, []string{"a draft of api.example.com"}}, {other.Host, nil}} {
		got, err := s.ProbeKeyUsers(ctx, k.Variable, x.host)
		must(t, err)
		if diff := cmp.Diff(x.want, got); diff != "" {
			t.Errorf("users on %s: %s", x.host, diff)
		}
	}
	must(t, s.UnbindProbeKey(ctx, k.Variable, k.Host, "Ada"))
	wants(t, s.UnbindProbeKey(ctx, k.Variable, k.Host, "Ada"), ErrNotFound)
	list, err = s.ProbeKeys(ctx)
	must(t, err)
	if len(list) != 1 || list[0].Host != other.Host {
		t.Errorf("left: %+v", list)
	}
}
