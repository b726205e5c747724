package worker_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"apifront/cloud/sim"
	"apifront/setup"
	"apifront/store"
)

// The key that tests send, and the variable that holds it.
const (
	theKey    = "APIFRONT_PROBE_KEY_ORDERS"
	theSecret = "s3cr3t-key-of-the-orders-api"
)

// bindKey does what an administrator does, unless it is done.
func (w *world) bindKey(s *setup.Spec) {
	w.t.Helper()
	err := w.store.BindProbeKey(w.t.Context(), setup.ProbeKey{Variable: theKey, Host: s.Domain.Name, Header: "X-Api-Key"}, "Ada")
	if err != nil && !errors.Is(err, store.ErrConflict) {
		w.t.Fatal(err)
	}
}

// A path that wants a key is proved with it, by the status that a person named.
// The key stands nowhere afterwards.
func TestNamedKey(t *testing.T) {
	t.Parallel()
	inPacedWorld(t, quickPace(), func(w *world) {
		id := w.sim.AddAPI(w.demo.AccountID, "eu-west-1", sim.API{
			Name: "keyed", Kind: "REST", Stages: []string{"prod"}, Keys: []string{theSecret},
			Methods: []sim.Method{{Key: "GET /health", APIKey: true}},
		})
		s := w.draft(variant{rest: true, change: func(sp *setup.Spec) {
			sp.API.Mappings = []setup.Mapping{{
				Path: "orders", APIID: id, APIName: "keyed", Kind: setup.APIKindREST, Stage: "prod",
				Test: setup.Test{Path: "/health", Status: 200, Key: theKey},
			}}
		}})
		w.bindKey(&s.Spec)
		job := w.begin(setup.JobApply, s)
		w.done(job)
		story := w.story(job)
		if strings.Count(story, "GET /orders/health answers 200, with the key "+theKey) < 2 {
			t.Errorf("the job does not name its proof:\n%s", story)
		}
		w.rested(s)
		_, _, _ = w.check(s)
		way, err := w.store.Way(w.t.Context(), s.ID)
		must(t, err)
		checks, err := w.store.Checks(w.t.Context(), s.ID, 1)
		must(t, err)
		line := `curl -i -H "X-Api-Key: $` + theKey + `" https://` + s.Name() + `/orders/health`
		if seen := fmt.Sprintf("%+v %+v", way, checks); strings.Count(seen, line) < 2 || strings.Contains(seen, theSecret) {
			t.Errorf("the check does not say how to ask again, or holds the key:\n%s", seen)
		}
		calls, err := w.store.Calls(w.t.Context(), job, "", 10_000, 0)
		must(t, err)
		ledger, err := json.Marshal(calls)
		must(t, err)
		w.stop()
		for what, text := range map[string][]byte{"the ledger": ledger, "the story": []byte(story)} {
			if bytes.Contains(text, []byte(theSecret)) {
				t.Errorf("%s holds the key", what)
			}
		}
		for _, end := range []string{"", "-wal"} {
			file, err := os.ReadFile(w.path + end)
			if err == nil && bytes.Contains(file, []byte(theSecret)) {
				t.Errorf("the database%s holds the key", end)
			}
			if end == "" && (err != nil || !bytes.Contains(file, []byte(theKey))) {
				t.Errorf("the database does not name the variable: %v", err)
			}
		}
		w.start()
	})
}
