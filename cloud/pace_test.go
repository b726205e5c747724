package cloud_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"apifront/cloud"
)

// turns hands out one turn after the other, as the store does.
func turns(next map[string]time.Time, keys *[]string) func(context.Context, string, string, time.Duration) (time.Duration, error) {
	held := map[string]time.Time{}
	return func(_ context.Context, key, holder string, every time.Duration) (time.Duration, error) {
		*keys = append(*keys, key)
		now := time.Now()
		at, reserved := held[key+holder]
		if !reserved {
			at = next[key]
			if at.Before(now) {
				at = now
			}
			next[key] = at.Add(every)
		}
		if at.After(now) {
			held[key+holder] = at
			return at.Sub(now), nil
		}
		delete(held, key+holder)
		return 0, nil
	}
}

func TestTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var keys []string
		a, _ := wired(t, answer(200, nil, ""), func(s *cloud.Settings) { s.Turn = turns(map[string]time.Time{}, &keys) })
		a.ID = accountID
		if err := a.Turn(t.Context(), "apigateway:CreateDomainName"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(13 * time.Second)
		err := a.Turn(t.Context(), "apigateway:CreateDomainName")
		later, ok := errors.AsType[*cloud.NotYet](err)
		if !ok {
			t.Fatalf("got %v, want NotYet", err)
		}
		if want := "API Gateway allows one new domain name every 30 s; yours starts in 18 s."; later.Why != want {
			t.Errorf("got %q, want %q", later.Why, want)
		}
		if wait := time.Until(later.At); wait != 18*time.Second {
			t.Errorf("waits %s, want 18s: a second more than the quota", wait)
		}
		if err := a.Turn(t.Context(), "apigateway:DeleteDomainName"); err != nil {
			t.Errorf("a deletion has a clock of its own: %v", err)
		}
		time.Sleep(18 * time.Second)
		if err := a.Turn(t.Context(), "apigateway:CreateDomainName"); err != nil {
			t.Errorf("the reserved turn has come: %v", err)
		}
		if err := a.Turn(t.Context(), "apigateway:CreateApiMapping"); err != nil {
			t.Errorf("unlimited: %v", err)
		}
		want := []string{accountID + "/eu-west-1/apigateway:CreateDomainName", accountID + "/eu-west-1/apigateway:DeleteDomainName"}
		slices.Sort(keys)
		if diff := cmp.Diff(want, slices.Compact(keys)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestPaceScales(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var keys []string
		a, _ := wired(t, answer(200, nil, ""), func(s *cloud.Settings) {
			s.Turn = turns(map[string]time.Time{}, &keys)
			s.Pace = func(_ string, every time.Duration) time.Duration { return every / 10 }
		})
		_ = a.Turn(t.Context(), "apigateway:CreateDomainName")
		later, ok := errors.AsType[*cloud.NotYet](a.Turn(t.Context(), "apigateway:CreateDomainName"))
		if !ok || time.Until(later.At) != 3100*time.Millisecond || !strings.Contains(later.Why, "every 3 s") {
			t.Errorf("got %+v", later)
		}
	})
}

// TestRoute53Pace: its calls wait for their turn by themselves, retries too.
func TestRoute53Pace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var keys []string
		var at []time.Duration
		start := time.Now()
		a, _ := wired(t, func(r *http.Request) (*http.Response, error) {
			at = append(at, time.Since(start))
			return xmlError(400, "InvalidInput", "")(r)
		}, func(s *cloud.Settings) { s.Turn = turns(map[string]time.Time{}, &keys) })
		for range 3 {
			if err := changeRecords(t.Context(), a); err == nil {
				t.Fatal("no error")
			}
		}
		if diff := cmp.Diff([]time.Duration{0, 200 * time.Millisecond, 400 * time.Millisecond}, at); diff != "" {
			t.Error(diff)
		}
	})
}
