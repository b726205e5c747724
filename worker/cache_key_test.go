package worker_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"apifront/setup"
)

// formerEdge is how a setup with caching was stored before the headers of the
// key were a part of it.
const formerEdge = `{"caching":"fixed","ttl":3600,"methods":"all","viewer_protocol":"redirect-to-https","minimum_tls":"TLSv1.2_2021",` +
	`"http_version":"http2and3","ipv6":true,"compress":true,"price_class":"PriceClass_All","read_timeout":60}`

// deciding are headers by which an API may decide who reads an answer.
var deciding = []string{"Authorization", "Origin", "X-Api-Key", "X-Tenant-Id"}

// A caller never gets an answer that was made for another value of a header in
// the key, whatever keeps the answers; with a header that is not in the key
// one does, so the product has to say it.
func TestCallersAreToldApartByTheKey(t *testing.T) {
	for _, c := range []struct {
		name, caching string
		key           []string // nil: a new setup's
	}{
		{"fixed time", setup.CachingFixed, nil},
		{"the API's max-age", setup.CachingAPI, nil},
		{"a header of the API's own", setup.CachingFixed, append(setup.KeyHeaders(), "X-Tenant-Id")},
		{"no headers, fixed time", setup.CachingFixed, []string{}},
		{"some headers, the API's max-age", setup.CachingAPI, []string{"Authorization", "Origin"}},
	} {
		if underRace && c.key != nil { // all of them without it
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, func(w *world) {
				s := w.draft(variant{rest: true, change: func(s *setup.Spec) {
					s.Edge.Caching, s.Edge.TTL = c.caching, 3600
					if c.key != nil {
						s.Edge.KeyHeaders, s.Edge.Accepts = c.key, setup.SharedKinds()
					}
				}})
				w.done(w.begin(setup.JobApply, s))
				for _, header := range deciding {
					shared := w.shares(header)
					if want := !slices.Contains(s.Spec.Edge.KeyHeaders, header); shared != want {
						w.t.Errorf("callers who differ in %s share answers: %t, want %t", header, shared, want)
					}
					if slices.Contains(setup.KeyHeaders(), header) && shared != slices.Contains(s.Spec.Edge.Undistinguished(), header) {
						w.t.Errorf("the product says that %v are not told apart", s.Spec.Edge.Undistinguished())
					}
				}
			})
		})
	}
}

// shares says whether a caller without the header gets what a caller with it
// was answered, by an API that answers 403 without it.
func (w *world) shares(header string) bool {
	w.t.Helper()
	path := "/orders/1?sim-cache-control=max-age=600&sim-require=" + header
	with := func(value string) answer { return w.visitWith(path, http.Header{header: {value}}) }
	if got := w.visit(path); got.status != http.StatusForbidden {
		w.t.Fatalf("without %s: %+v", header, got)
	}
	time.Sleep(time.Minute) // nothing is kept of a refusal
	if got := with("one"); got.status != http.StatusOK || got.cache != "Miss from cloudfront" {
		w.t.Fatalf("with %s: %+v", header, got)
	}
	if got := with("one"); got.cache != "Hit from cloudfront" {
		w.t.Fatalf("the same caller again, with %s: %+v", header, got)
	}
	without, other := w.visit(path), with("two")
	if shared := without.status == http.StatusOK; shared != (other.cache == "Hit from cloudfront") {
		w.t.Errorf("%s: without it %+v, with another value %+v", header, without, other)
	}
	return without.status == http.StatusOK
}

// A setup that was stored before the headers were in the spec keeps its key:
// no drift, and no write of a second job. The change that its page offers
// tells callers apart.
func TestFormerCacheKeyStaysUntilItIsChanged(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.draft(variant{rest: true, change: func(s *setup.Spec) {
			s.Edge = setup.Edge{}
			must(w.t, json.Unmarshal([]byte(formerEdge), &s.Edge))
			s.Edge.Accepts = setup.SharedKinds()
		}})
		w.done(w.begin(setup.JobApply, s))
		w.repair(s, 0)
		if !w.shares("X-Api-Key") || !w.shares("Origin") || w.shares("Authorization") {
			w.t.Error("the key is another one than it was")
		}

		better := s
		better.Spec.Edge.KeyHeaders = append(slices.Clone(s.Spec.Edge.KeyHeaders), s.Spec.Edge.Undistinguished()...)
		w.done(w.begin(setup.JobApply, better))
		for _, header := range setup.KeyHeaders() {
			if header != "Host" && w.shares(header) {
				w.t.Errorf("after the change callers who differ in %s share answers", header)
			}
		}
	})
}
