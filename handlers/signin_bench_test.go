package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"apifront/handlers"
	"apifront/handlers/handlerstest"
	"apifront/store"
)

// BenchmarkUnknownUser signs in with a wrong password, as somebody who exists
// and as somebody who does not, in turn. The answers are the same; this
// measures whether their time tells the two apart:
//
//   - unknown/known is the ratio of the medians, best 1;
//   - told-apart is how often the slower one of a pair is the one who exists,
//     best 0.5, with 0.5 ± 1/√n being chance.
//
// To repeat:
//
//	go test -run '^$' -bench UnknownUser -benchtime 400x ./handlers
func BenchmarkUnknownUser(b *testing.B) {
	st, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "a.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			b.Error(err)
		}
	}()
	err = st.CreateUser(b.Context(), store.User{Email: handlerstest.Email, Name: "Mira", Role: store.RoleAdmin, PasswordHash: handlerstest.PasswordHash()})
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now()
	st.SetClock(func() time.Time { return now })
	site := handlers.New(handlers.Config{Store: st})
	try := func(email string) time.Duration {
		now = now.Add(24 * time.Hour) // wrong tries are forgotten by then
		form := url.Values{"email": {email}, "password": {"not the password"}}
		r := httptest.NewRequest(http.MethodPost, "http://localhost/sign-in", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		began := time.Now()
		site.ServeHTTP(w, r)
		took := time.Since(began)
		if w.Code != http.StatusUnprocessableEntity {
			b.Fatalf("%s: status %d", email, w.Code)
		}
		return took
	}
	var known, unknown []time.Duration
	slower := 0
	for i := 0; b.Loop(); i++ {
		var k, u time.Duration
		if i%2 == 0 {
			k = try(handlerstest.Email)
			u = try("nobody@example.com")
		} else {
			u = try("nobody@example.com")
			k = try(handlerstest.Email)
		}
		known, unknown = append(known, k), append(unknown, u)
		if k > u {
			slower++
		}
	}
	median := func(d []time.Duration) time.Duration {
		slices.Sort(d)
		return d[len(d)/2]
	}
	k, u := median(known), median(unknown)
	b.ReportMetric(float64(k.Microseconds())/1000, "ms-known")
	b.ReportMetric(float64(u)/float64(k), "unknown/known")
	b.ReportMetric(float64(slower)/float64(len(known)), "told-apart")
}
