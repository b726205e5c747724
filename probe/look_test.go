package probe_test

import (
	"fmt"
	"net/http"
	"testing"

	"apifront/probe"
	"apifront/setup"
)

// What an answer shows depends on what was asked for: a handshake, a status that
// a person named, or plain HTTP.
func TestLookJudges(t *testing.T) {
	t.Parallel()
	signed := http.Header{"X-Amzn-Requestid": {"r"}}
	with := func(pairs ...string) http.Header {
		h := signed.Clone()
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	socket := probe.TargetPath{Mapping: "a", Kind: setup.APIKindWebSocket}
	named := probe.TargetPath{Mapping: "a", Status: http.StatusOK}
	for name, c := range map[string]struct {
		path    probe.TargetPath
		plain   bool
		status  int
		header  http.Header
		symptom probe.Symptom
		proof   probe.Proof
	}{
		"a handshake that $connect refuses": {socket, false, 401, signed, probe.NotUpgraded, probe.NoProof},
		"the status that was named":         {named, false, 200, signed, probe.NoSymptom, probe.ProofByStatus},
		"another one":                       {named, false, 204, signed, probe.OtherStatus, probe.NoProof},
		"the named one, but kept":           {named, false, 200, with("Age", "3"), probe.Cached, probe.NoProof},
		"the named one of somebody else":    {named, false, 200, http.Header{}, probe.Stranger, probe.NoProof},
		"led to plain HTTP again":           {probe.TargetPath{Mapping: "a"}, true, 302, http.Header{"Location": {"http://" + theName + "/b"}}, probe.Stranger, probe.NoProof},
		"the API in clear":                  {probe.TargetPath{Mapping: "a"}, true, 200, signed, probe.InClear, probe.NoProof},
	} {
		answer := func(w http.ResponseWriter, _ *http.Request) {
			for k, v := range c.header {
				w.Header()[k] = v
			}
			w.WriteHeader(c.status)
			if c.status != http.StatusNoContent {
				fmt.Fprint(w, `{}`)
			}
		}
		rung := setup.RungName
		p, _ := served(t, "198.51.100.7", nil, answer)
		if c.plain {
			rung = setup.RungPlain
			p, _ = plainServer(t, answer)
		}
		target := probe.Target{Name: theName, Handshakes: true, Rungs: []setup.Rung{rung}, Paths: []probe.TargetPath{c.path}}
		if l := at(t, p.Climb(t.Context(), target), rung, "/a"); l.Symptom != c.symptom || l.Proof != c.proof {
			t.Errorf("%s: %q, proof %q, %v", name, l.Symptom, l.Proof, l.Err)
		}
	}
}
