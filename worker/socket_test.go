package worker_test

import (
	"slices"
	"testing"

	"apifront/setup"
)

// WebSocket APIs take the place of the only path that is mapped, in whatever order
// the paths are listed: API Gateway maps them beside no others.
func TestWebSocketsTakeThePlaceOfTheOnlyPath(t *testing.T) {
	inPacedWorld(t, quickPace(), func(w *world) {
		s := w.changed(w.settled(), func(w *world, s *setup.Spec) {
			w.toMap(s, 0, "orders", setup.APIKindWebSocket, 1, "prod")
			w.toMap(s, 1, "chat", setup.APIKindWebSocket, 1, "prod")
			slices.Reverse(s.API.Mappings)
		})
		j, err := w.store.Job(w.t.Context(), w.newestJob(s))
		must(w.t, err)
		if j.State != setup.JobSucceeded {
			w.t.Errorf("the job is %s", j.State)
		}
	})
}
