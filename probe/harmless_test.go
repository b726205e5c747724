package probe_test

import (
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
		kept := p.Climb(t.Context(), probe.Target{Name: theName, Rungs: []setup.Rung{setup.RungName}, Paths: []probe.TargetPath{{Mapping: "a", Method: method}}})
		if kept[0].Error == "" || kept[0].Status != 0 {
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

// A climb is guarded, goes to the HTTPS port alone, and is led nowhere.
func TestClimbIsGuarded(t *testing.T) {
	t.Parallel()
	target := probe.Target{Name: theName, Paths: []probe.TargetPath{{Mapping: "a"}}}
	for _, inside := range []string{"127.0.0.1", "169.254.169.254", "fd00:ec2::254"} {
		p, dialled := served(t, inside, nil, func(http.ResponseWriter, *http.Request) {})
		seen := p.Climb(t.Context(), target)
		if len(seen) != 1 || !strings.Contains(seen[0].Error, "inside a network") || len(*dialled) > 0 || seen[0].Failed != probe.PhaseConnect {
			t.Errorf("%s: %+v, dialled %v", inside, seen, *dialled)
		}
	}
	for _, to := range []string{"https://" + theName + "/a", "https://www.example.com/", "http://" + theName + "/a", "http://169.254.169.254/latest/meta-data/", "/a"} {
		p, dialled := served(t, "198.51.100.7", nil, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
		})
		seen := p.Climb(t.Context(), target)
		if len(seen) != 1 || seen[0].Status != http.StatusFound || seen[0].Header["Location"] != to || !slices.Equal(*dialled, []string{"198.51.100.7:443"}) {
			t.Errorf("led to %s: %+v, dialled %v", to, seen, *dialled)
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
		seen := probe.New(f.settings, nil).Climb(t.Context(), target)
		if took := time.Since(start); len(seen) != 30 || took < 4*time.Second || took > 5*time.Second {
			t.Errorf("%d requests in %v, want four turns of a second", len(seen), took)
		}
		for address, n := range away.most {
			if strings.HasSuffix(address, ":443") && n != 8 {
				t.Errorf("%d connections at once to %s", n, address)
			}
		}
	})
}
