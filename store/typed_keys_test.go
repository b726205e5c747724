package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"apifront/setup"
)

// A key that somebody typed is handed to a worker of the same process, once and for two
// minutes. Its diagnosis is like no other, no other process takes it as long as there is
// a key.
func TestTypedKeys(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	now := s.Now()
	s.SetClock(func() time.Time { return now })
	other := &Store{DB: s.DB, reader: s.reader, typed: newTypedKeys()} // of another process
	const secret = "Zq7-typed-key"
	ask := func() setup.Diagnosis {
		t.Helper()
		d, err := s.AskDiagnosis(asking(ctx, "Ada"), NewDiagnosis{Name: "api.example.com", By: "Ada", Key: setup.TypedKey{Header: "X-Api-Key", Value: setup.NewSecret(secret)}})
		must(t, err)
		kept, err := s.Diagnosis(ctx, d.ID)
		must(t, err)
		if !d.Keyed || !kept.Keyed {
			t.Fatalf("it is not known to have a key: %+v", d)
		}
		text, err := json.Marshal(d)
		must(t, err)
		if strings.Contains(string(text)+fmt.Sprintf("%+v %#v", d, s.typed), secret) {
			t.Errorf("the key shows: %s", text)
		}
		return d
	}
	takes := func(s *Store, by, want string) {
		t.Helper()
		if got := nextDiagnosis(ctx, t, s, by); got != want {
			t.Fatalf("%s gets %q, want %q", by, got, want)
		}
	}
	gone := func(id string) {
		t.Helper()
		for _, s := range []*Store{s, other} {
			if k, ok := s.TakeKey(id); ok || !k.IsZero() {
				t.Error("the key is there")
			}
		}
	}

	bare := askDiagnosis(ctx, t, s, "api.example.com", "Ada")
	first, second := ask(), ask()
	if again := askDiagnosis(ctx, t, s, "api.example.com", "Ada"); first.ID == second.ID || first.ID == bare.ID || again.ID != bare.ID {
		t.Errorf("one with a key and one without are the same: %s %s %s %s", bare.ID, first.ID, second.ID, again.ID)
	}
	takes(other, "w2", bare.ID)
	must(t, other.FinishDiagnosis(ctx, "w2", bare.ID, twoWrong))
	takes(other, "w2", "")
	takes(s, "w1", first.ID)
	if k, ok := s.TakeKey(first.ID); !ok || k.Header != "X-Api-Key" || k.Value.Reveal() != secret {
		t.Errorf("the worker gets %t, %v", ok, k)
	}
	gone(first.ID)
	now = now.Add(diagnosisLease + time.Second)
	takes(other, "w2", first.ID) // its process died: any worker says so
	gone(first.ID)

	must(t, s.StopDiagnosis(ctx, second.ID, "Ada"))
	gone(second.ID)

	third := ask()
	must(t, other.FinishDiagnosis(ctx, "w2", first.ID, setup.DiagnosisBody{}.KeyLost()))
	takes(other, "w2", "")
	now = now.Add(setup.KeyLasts + time.Second)
	takes(other, "w2", third.ID)
	gone(third.ID)

	_, err := s.AskDiagnosis(asking(ctx, "Ada"), NewDiagnosis{Name: strings.Repeat("a", 10), By: "Ada", Key: setup.TypedKey{Header: "X-Api-Key", Value: setup.NewSecret(secret)}})
	must(t, err)
	for range 20 {
		if _, err = s.AskDiagnosis(asking(ctx, "Ada"), NewDiagnosis{Name: "api.example.com", By: "Ada", Key: setup.TypedKey{Header: "X-Api-Key", Value: setup.NewSecret(secret)}}); err != nil {
			break
		}
	}
	wants(t, err, ErrConflict)
	if n := len(s.typed.keys); n > diagnosesAMinute {
		t.Errorf("%d keys of looks that were refused are kept", n)
	}
}
