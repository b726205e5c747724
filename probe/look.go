package probe

import (
	"net/http"
	"net/url"

	"apifront/setup"
)

// A Look is one request of a climb: what it showed, and what of that is kept.
type Look struct {
	Verdict
	Evidence setup.Evidence
}

// Looks are all requests of a climb.
type Looks []Look

// At is the request for a path by a rung: not the one paired with it, nor the
// one for methods where another method was asked for. The path is that of the
// mapping as people see it, "/orders".
func (ls Looks) At(r setup.Rung, path string) (Look, bool) {
	return ls.first(func(l Look) bool {
		return l.Evidence.Rung == r && l.Evidence.Path == path && !l.Evidence.Below
	})
}

// Below is the request for a random path below the mapping, by a rung.
func (ls Looks) Below(r setup.Rung, path string) (Look, bool) {
	return ls.first(func(l Look) bool {
		return l.Evidence.Rung == r && l.Evidence.Path == path && l.Evidence.Below
	})
}

// first is the first look that is wanted; for one path and rung, the one that
// was asked for comes first.
func (ls Looks) first(wanted func(Look) bool) (Look, bool) {
	for _, l := range ls {
		if wanted(l) {
			return l, true
		}
	}
	return Look{}, false
}

// Evidence is what is kept of all looks.
func (ls Looks) Evidence() []setup.Evidence {
	all := make([]setup.Evidence, 0, len(ls))
	for _, l := range ls {
		all = append(all, l.Evidence)
	}
	return all
}

// judge says what the answer to an ask shows, of a name that visitors ask for.
func (a ask) judge(name string, resp Response, err error) Verdict {
	v := Judge(resp, err)
	switch {
	case err != nil:
	case a.rung == setup.RungPlain:
		v.judgePlain(name)
	case a.handshake:
		v.judgeHandshake()
	case a.path.Status != 0 && a.method != http.MethodOptions:
		v.judgeStatus(a.path.Status)
	}
	return v
}

// judgeStatus goes by the status that a person named, which may be that of an
// API that wants a key, or of one that fails.
func (v *Verdict) judgeStatus(want int) {
	switch {
	case v.By != ByAPIGateway || v.Cached:
	case v.Response.Status == want:
		v.Symptom, v.Proof = NoSymptom, ProofByStatus
	case v.Symptom == NoSymptom:
		v.Symptom, v.Proof = OtherStatus, NoProof
	}
}

// judgeHandshake: only an open WebSocket is proof. A 101 that is none comes from
// a server that has not read the request.
func (v *Verdict) judgeHandshake() {
	switch {
	case v.Response.Upgraded:
		v.Symptom, v.Proof = NoSymptom, ProofByUpgrade
	case v.Response.Status == http.StatusSwitchingProtocols:
		v.Symptom, v.Proof = Stranger, NoProof
	case v.Symptom == NoSymptom:
		v.Symptom, v.Proof = NotUpgraded, NoProof
	}
}

// judgePlain: a redirect to HTTPS of the same name, or CloudFront's refusal, is
// as it should be. Neither proves anything of the API.
func (v *Verdict) judgePlain(name string) {
	v.Proof = NoProof
	switch {
	case toHTTPS(v.Response, name):
		v.Symptom = NoSymptom
	case v.Symptom == RefusedByEdge:
		v.Symptom = NoSymptom
	case v.By == ByAPIGateway || v.Response.Status < http.StatusMultipleChoices && v.Edge:
		v.Symptom = InClear
	}
}

// toHTTPS says whether an answer leads to HTTPS of the same name.
func toHTTPS(r Response, name string) bool {
	to, err := url.Parse(r.Header.Get("Location"))
	return err == nil && r.Status >= http.StatusMultipleChoices && r.Status < http.StatusBadRequest &&
		to.Scheme == "https" && setup.FoldName(to.Hostname()) == setup.FoldName(name)
}
