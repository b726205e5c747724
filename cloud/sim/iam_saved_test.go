package sim

import (
	"testing"
)

// TestPoliciesAreSaved: a key that may do nothing may do nothing after a
// restart, too; none at all is another thing than no policies.
func TestPoliciesAreSaved(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	none, some, free := s.AddAccount(ours, "none"), s.AddAccount(ours, "some"), s.AddAccount(ours, "free")
	role := s.AddRole(ours, "r", "")
	s.SetTrust(role)
	for key, documents := range map[string][]string{none.ID: nil, some.ID: {statements(allowAll)}} {
		if err := s.SetPolicy(key, documents...); err != nil {
			t.Fatal(err)
		}
	}
	again := loaded(t, kept(t, s))
	for key, code := range map[Key]string{none: "AccessDeniedException", some: "none", free: "none"} {
		_, err := clientsOf(again, key, "").acm.ListCertificates(t.Context(), nil)
		wantCode(t, err, code)
	}
	if got := again.roles[role].Trusts; got == nil || len(got) != 0 {
		t.Errorf("got the trust %v, want none", got)
	}
}
