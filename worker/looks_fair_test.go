package worker_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"apifront/setup"
)

// A connection whose AWS does not answer holds up no other one, however many
// questions about it wait, and each of its own ends at its deadline with a
// problem.
func TestAHangingConnectionHoldsUpNoOther(t *testing.T) {
	inWorld(t, func(w *world) {
		t, ctx := w.t, w.t.Context()
		hangs := w.role(w.demo.AccountID, "hangs")
		w.wire.mu.Lock()
		w.wire.hang = func(r *http.Request) bool { // all that the role asks
			return r.Header.Get("Authorization") != "" && !strings.Contains(r.Header.Get("Authorization"), w.demo.KeyID)
		}
		w.wire.mu.Unlock()
		ask := func(connection string, i int) setup.LookKey {
			k := setup.LookKey{Kind: setup.LookCertificates, Connection: connection, Region: "eu-central-1", Subject: fmt.Sprintf("n%d.example.com", i)}
			_, err := w.store.AskLook(ctx, k, 0)
			must(t, err)
			return k
		}
		var slow, quick []setup.LookKey
		for i := range 100 {
			slow = append(slow, ask(hangs.ID, i))
		}
		time.Sleep(time.Second) // the worker is at them
		for i := range 40 {
			quick = append(quick, ask(setup.DefaultConnection, i))
		}
		time.Sleep(5 * time.Second)
		for _, k := range quick {
			if l, err := w.store.Look(ctx, k); err != nil || l.Pending || l.Problem != nil {
				t.Fatalf("%s beside a connection that hangs: pending %v, %+v, %v", k.Subject, l.Pending, l.Problem, err)
			}
		}
		time.Sleep(30 * time.Second)
		ended := 0
		for _, k := range slow {
			l, err := w.store.Look(ctx, k)
			must(t, err)
			if !l.Pending {
				ended++
				if l.Problem == nil || l.Problem.Fix == "" {
					t.Errorf("%s ended with %+v", k.Subject, l.Problem)
				}
			}
		}
		if ended == 0 || ended > 8 {
			t.Errorf("%d questions of the connection that hangs ended within 36 s, want some, and no more than a few at once", ended)
		}
	})
}
