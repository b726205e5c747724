package probe_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"apifront/probe"
	"apifront/setup"
)

// No method leaves the prober that could change something.
func TestProbesAreHarmless(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []string
	p, dialled := served(t, "198.51.100.7", nil, func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, r.Method)
	})
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PURGE", "get", "GET\r\nX: y"} {
		if _, err := p.Get(t.Context(), probe.Request{Method: method, URL: "https://example.com/?q=s3cr3t"}); err == nil || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s was sent: %v", method, err)
		}
		looks := p.Climb(t.Context(), probe.Target{Name: theName, Rungs: []setup.Rung{setup.RungName}, Paths: []probe.TargetPath{{Mapping: "a", Method: method}}})
		if looks[0].Err == nil {
			t.Errorf("%s was sent", method)
		}
	}
	if len(*dialled) > 0 || len(seen) > 0 {
		t.Errorf("dialled %v, sent %v", *dialled, seen)
	}
	for _, method := range []string{"", "GET", "HEAD", "OPTIONS"} {
		if _, err := p.Get(t.Context(), probe.Request{Method: method, URL: "https://example.com/"}); err != nil {
			t.Errorf("%s: %v", method, err)
		}
	}
	if !slices.Equal(seen, []string{"GET", "GET", "HEAD", "OPTIONS"}) {
		t.Errorf("sent %v", seen)
	}
}

// Plain HTTP is guarded as HTTPS is, and leads nowhere.
func TestPlainIsGuarded(t *testing.T) {
	t.Parallel()
	plain := []setup.Rung{setup.RungPlain}
	for _, inside := range []string{"127.0.0.1", "169.254.169.254", "fd00:ec2::254"} {
		p, dialled := served(t, inside, nil, func(http.ResponseWriter, *http.Request) {})
		looks := p.Climb(t.Context(), probe.Target{Name: theName, Rungs: plain, Paths: []probe.TargetPath{{Mapping: "a"}}})
		if problem, ok := errors.AsType[*setup.Problem](looks[0].Err); !ok || problem.Code != "AddressRefused" || len(*dialled) > 0 || looks[0].Evidence.Failed != "connect" {
			t.Errorf("%s: %v, dialled %v", inside, looks[0].Err, *dialled)
		}
	}
	for to, symptom := range map[string]probe.Symptom{
		"https://" + theName + "/a":                probe.NoSymptom,
		"https://API.example.com:443/a":            probe.NoSymptom,
		"https://www.example.com/":                 probe.Stranger,
		"http://169.254.169.254/latest/meta-data/": probe.Stranger,
		"/a": probe.Stranger,
	} {
		p, seen := plainServer(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
		})
		l := at(t, p.Climb(t.Context(), probe.Target{Name: theName, Rungs: plain, Paths: []probe.TargetPath{{Mapping: "a"}}}), setup.RungPlain, "/a")
		if <-seen; l.Symptom != symptom || l.Evidence.Header["Location"] != to || len(seen) > 0 || l.Evidence.Names != nil {
			t.Errorf("led to %s: %q, %+v, %d more requests", to, l.Symptom, l.Evidence, len(seen))
		}
	}
}

// One host has eight requests at once, and no more.
func TestClimbSparesHosts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFront(t)
		defer f.sim.Close()
		target := f.target()
		target.Rungs = []setup.Rung{setup.RungName}
		for len(target.Paths) < 30 {
			target.Paths = append(target.Paths, target.Paths[0])
		}
		away := newFar(f, 10*time.Millisecond, func(string) time.Duration { return time.Second })
		f.settings.Dial = away.Dial
		start := time.Now()
		looks := probe.New(f.settings, nil).Climb(t.Context(), target)
		if took := time.Since(start); len(looks) != 30 || took < 4*time.Second || took > 5*time.Second {
			t.Errorf("%d looks in %v, want four turns of a second", len(looks), took)
		}
		for address, n := range away.most {
			if strings.HasSuffix(address, ":443") && n != 8 {
				t.Errorf("%d connections at once to %s", n, address)
			}
		}
	})
}
