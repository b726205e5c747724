package sim

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A visitor who has gone gets no answer, not even an empty 200, which a client whose time
// has ended just then would take for one.
func TestAVisitorWhoHasGoneGetsNoAnswer(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	if err := s.AddSite(Site{Names: []string{"slow.hosting.example"}, Answer: Answer{Delay: time.Hour}}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("it ended with %v and status %d", err, w.Code)
		}
	}()
	s.visitors(placeForeign, false).ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "http://slow.hosting.example/", nil))
}
