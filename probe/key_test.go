package probe_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"apifront/probe"
	"apifront/setup"
)

const secret = "s3cr3t/of+the\"shop"

// However a key is printed, what it opens stays closed.
func TestKeyNeverShows(t *testing.T) {
	t.Parallel()
	key := probe.NewKey(secret)
	type inner struct{ hidden probe.Key }
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", key, "in", inner{key}, "header", probe.KeyHeader{Typed: key})
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", key, "in", inner{key}, "header", probe.KeyHeader{Typed: key})
	said := []string{log.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		said = append(said, fmt.Sprintf(verb, key), fmt.Sprintf(verb, &key), fmt.Sprintf(verb, inner{key}), fmt.Sprintf(verb, []probe.Key{key}),
			fmt.Sprintf(verb, probe.Settings{Keys: map[string]probe.Key{"A": key}}), fmt.Sprintf(verb, probe.Target{Keys: []probe.KeyHeader{{Typed: key}}}))
	}
	for _, v := range []any{key, &key, probe.KeyHeader{Typed: key}, map[string]probe.Key{"A": key}} {
		b, err := json.Marshal(v)
		if err != nil || !strings.Contains(string(b), "redacted") {
			t.Errorf("%s, %v", b, err)
		}
		said = append(said, string(b))
	}
	for _, s := range said {
		if strings.Contains(s, "s3cr3t") || strings.Contains(s, fmt.Sprintf("%x", "s3cr3t")) {
			t.Errorf("shows in %q", s)
		}
	}
	if said := fmt.Sprintf("%v %+v %#v %s", key, key, key, []probe.Key{key}); said != "[redacted] [redacted] [redacted] [[redacted]]" {
		t.Errorf("printed as %s", said)
	}
	if !(probe.Key{}).IsZero() || !probe.NewKey("").IsZero() || key.IsZero() {
		t.Error("wrong about which key is there")
	}
}

// A key goes to exactly the host that it is bound to, over TLS, and on no
// other rung; and an answer that repeats it does not bring it anywhere.
func TestKeyGoesToItsHostOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFront(t)
		defer f.sim.Close()
		f.settings.Keys = map[string]probe.Key{"APIFRONT_PROBE_KEY_SHOP": probe.NewKey("s3cr3t-of-the-shop")}
		target := f.target()
		target.Paths = target.Paths[:1]
		target.Paths[0].Below = "items?sim-require=X-Api-Key"
		bound := probe.KeyHeader{Host: "API.example.com.", Header: "x-api-key", Variable: "APIFRONT_PROBE_KEY_SHOP"}
		for name, c := range map[string]struct {
			keys []probe.KeyHeader
			open []setup.Rung
		}{
			"the name":      {[]probe.KeyHeader{bound}, []setup.Rung{setup.RungRegional, setup.RungDistribution, setup.RungName}},
			"the API":       {[]probe.KeyHeader{{Host: f.rest + hostOfRegion, Header: "X-Api-Key", Variable: bound.Variable}}, []setup.Rung{setup.RungAPI}},
			"typed":         {[]probe.KeyHeader{{Host: theName, Header: "X-Api-Key", Typed: probe.NewKey("typed-by-a-person")}}, []setup.Rung{setup.RungRegional, setup.RungDistribution, setup.RungName}},
			"a parent":      {[]probe.KeyHeader{{Host: "example.com", Header: "X-Api-Key", Variable: bound.Variable}}, nil},
			"a child":       {[]probe.KeyHeader{{Host: "x." + theName, Header: "X-Api-Key", Variable: bound.Variable}}, nil},
			"a wildcard":    {[]probe.KeyHeader{{Host: "*.example.com", Header: "X-Api-Key", Variable: bound.Variable}}, nil},
			"where dialled": {[]probe.KeyHeader{{Host: f.distribution, Header: "X-Api-Key", Variable: bound.Variable}, {Host: f.regional, Header: "X-Api-Key", Variable: bound.Variable}}, nil},
			"nobody":        {[]probe.KeyHeader{{Header: "X-Api-Key", Variable: bound.Variable}}, nil},
		} {
			target.Keys = c.keys
			calls := &ledger{}
			seen := probe.New(f.settings, calls.record).Climb(t.Context(), target)
			var open []setup.Rung
			for _, r := range rungs() {
				if e := at(t, seen, r, "/shop"); e.Status == 200 {
					open = append(open, r)
				}
			}
			if fmt.Sprint(open) != fmt.Sprint(c.open) {
				t.Errorf("bound to %s: open at %v, want %v", name, open, c.open)
			}
			hidden(t, seen, calls.all(), "s3cr3t", "typed-by")
		}
	})
}

// hidden says that words stand nowhere in what a climb leaves.
func hidden(t *testing.T, seen []setup.Evidence, calls []setup.Call, words ...string) {
	t.Helper()
	var all strings.Builder
	for _, e := range seen {
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "%s %+v", b, e)
	}
	reading := probe.Decode(seen, setup.Configured{}, probe.Wanted{Name: theName, Paths: []probe.WantedPath{{Path: "/shop", Status: 1}}})
	for _, c := range reading.Causes {
		fmt.Fprintf(&all, "%+v %+v", c, c.Problem)
	}
	if len(reading.Causes) == 0 {
		t.Error("nothing is told, so what is hidden in it is not known")
	}
	fmt.Fprintf(&all, "%+v", calls)
	for _, w := range words {
		if strings.Contains(all.String(), w) {
			i := strings.Index(all.String(), w)
			t.Errorf("%q is in %q", w, all.String()[max(0, i-80):min(all.Len(), i+80)])
		}
	}
}

// A server that says back what it was sent, in a body, in headers and in where
// it leads to, does not bring a key into what is kept.
func TestKeyIsRedacted(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []string
	p, _ := served(t, "198.51.100.7", func(s *probe.Settings) {
		s.Keys = map[string]probe.Key{"APIFRONT_PROBE_KEY_SHOP": probe.NewKey(secret)}
	}, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		got = append(got, r.Header.Get("X-Api-Key")+" "+r.Header.Get("Authorization"))
		mu.Unlock()
		w.Header().Set("Server", "echo "+r.Header.Get("X-Api-Key"))
		w.Header().Set("Location", "https://"+theName+"/"+url.PathEscape(r.Header.Get("X-Api-Key"))+"?"+url.QueryEscape(r.Header.Get("X-Api-Key")))
		w.Header().Set("Set-Cookie", "session=c00kie")
		w.WriteHeader(http.StatusBadRequest)
		if err := json.NewEncoder(w).Encode(map[string]string{"message": "no " + r.Header.Get("X-Api-Key") + " and no " + strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")}); err != nil {
			t.Error(err)
		}
	})
	target := probe.Target{
		Name: theName, Rungs: []setup.Rung{setup.RungName}, Keys: []probe.KeyHeader{{Host: theName, Header: "X-Api-Key", Variable: "APIFRONT_PROBE_KEY_SHOP"}},
		Paths: []probe.TargetPath{{Mapping: "shop", Below: "a?token=t0k3n-in-query", Header: http.Header{"Authorization": {"Bearer b3ar3r-token"}}}},
	}
	seen := p.Climb(t.Context(), target)
	if len(got) != 1 || got[0] != secret+" Bearer b3ar3r-token" {
		t.Fatalf("sent %q", got)
	}
	e := seen[0]
	if e.Message != "no [redacted] and no [redacted]" || e.Header["Server"] != "echo [redacted]" || e.Header["Location"] != "https://api.example.com/[redacted]" {
		t.Errorf("kept %+v", e)
	}
	hidden(t, seen, nil, "s3cr3t", "b3ar3r", "t0k3n")
	b, _ := json.Marshal(e)
	if strings.Contains(string(b), "c00kie") || strings.Contains(string(b), "Cookie") {
		t.Errorf("a cookie is kept: %s", b)
	}
}

// A request whose key is missing, or has no place in its header, is not sent.
func TestKeyMissing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header, value, code string
	}{
		"not set":       {"X-Api-Key", "", "KeyMissing"},
		"short":         {"X-Api-Key", "1234567", "KeyUnusable"},
		"two lines":     {"X-Api-Key", "12345678\r\nHost: x", "KeyUnusable"},
		"blank":         {"X-Api-Key", "12345678 ", "KeyUnusable"},
		"not ASCII":     {"X-Api-Key", "123456789é", "KeyUnusable"},
		"as Host":       {"host", "12345678", "KeyUnusable"},
		"as method":     {"X-HTTP-Method-Override", "12345678", "KeyUnusable"},
		"as cookie":     {"Cookie", "12345678", "KeyUnusable"},
		"as handshake":  {"Sec-WebSocket-Key", "12345678", "KeyUnusable"},
		"a broken name": {"X Api", "12345678", "KeyUnusable"},
		"no name":       {"", "12345678", "KeyUnusable"},
	} {
		p, dialled := served(t, "198.51.100.7", func(s *probe.Settings) {
			s.Keys = map[string]probe.Key{"APIFRONT_PROBE_KEY_A": probe.NewKey(c.value)}
		}, func(http.ResponseWriter, *http.Request) {})
		target := probe.Target{
			Name: theName, Rungs: []setup.Rung{setup.RungName}, Paths: []probe.TargetPath{{Mapping: "a"}},
			Keys: []probe.KeyHeader{{Host: theName, Header: c.header, Variable: "APIFRONT_PROBE_KEY_A"}},
		}
		problem, seen := p.Locked(target), p.Climb(t.Context(), target)
		if problem == nil || problem.Code != c.code || seen[0].Error == "" || seen[0].Error != strings.Join(strings.Fields(problem.Error()), " ") || seen[0].Status != 0 || len(*dialled) > 0 {
			t.Errorf("%s: %v, %+v, dialled %v", name, problem, seen[0], *dialled)
		}
		if proof, _ := reached(seen, setup.RungName, probe.WantedPath{Path: "/a"}); proof != probe.NoProof {
			t.Errorf("%s: proof %q", name, proof)
		}
		if c.value != "" && strings.Contains(fmt.Sprint(problem, seen[0]), c.value) {
			t.Errorf("%s: the key is in %v", name, problem)
		}
	}
}

// A certificate that is not valid for the host ends it before the key is sent.
func TestKeyNeedsTLS(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var heads []http.Header
	p, _ := served(t, "198.51.100.7", func(s *probe.Settings) {
		s.CA = nil // the system's do not know the server's
		s.Keys = map[string]probe.Key{"K": probe.NewKey("12345678")}
	}, func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		heads = append(heads, r.Header)
	})
	target := probe.Target{
		Name: theName, Paths: []probe.TargetPath{{Mapping: "a", Header: http.Header{"Authorization": {"Bearer 12345678"}}}},
		Keys: []probe.KeyHeader{{Host: theName, Header: "X-Api-Key", Variable: "K"}},
	}
	if e := at(t, p.Climb(t.Context(), target), setup.RungName, "/a"); e.Failed != probe.PhaseTLS || !strings.Contains(e.Error, "unknown authority") || len(heads) > 0 {
		t.Errorf("%s; sent %v", e.Error, heads)
	}
}
