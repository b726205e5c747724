package setup

import (
	"fmt"
	"testing"
)

// Learn fills in the numbers of the accounts, and never replaces one.
func TestSpecLearnsItsAccounts(t *testing.T) {
	t.Parallel()
	s, f := rightWorld()
	s.Domain.Connection = "c2"
	s.Learn(f)
	if s.Account.AccountID != "111122223333" || s.Domain.AccountID != "444455556666" {
		t.Fatalf("accounts %+v %+v", s.Account, s.Domain)
	}
	s.Account.AccountID, s.Domain.Connection, s.Domain.AccountID = "999900001111", "", ""
	s.Learn(f)
	if s.Account.AccountID != "999900001111" || s.Domain.AccountID != "" {
		t.Fatalf("accounts %+v %+v", s.Account, s.Domain)
	}
	s.Account.AccountID = ""
	s.Learn(f)
	if faults := s.Check(f); s.Account.AccountID != f.Identity.Value.AccountID || len(faults) > 1 {
		t.Errorf("after learning: %s", fmt.Sprint(faults))
	}
}
