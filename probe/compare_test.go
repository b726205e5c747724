package probe_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"apifront/probe"
	"apifront/setup"
)

// looked is a look with an answer: header names and values by turns, "" for a
// body without one.
func looked(r setup.Rung, status int, body string, header ...string) probe.Look {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	v := probe.Judge(probe.Response{Status: status, Header: h, Body: []byte(body)}, nil)
	return probe.Look{Verdict: v, Evidence: setup.Evidence{Rung: r, Path: "/a", Method: "GET"}}
}

func changed(l probe.Look, change func(*probe.Look)) probe.Look {
	change(&l)
	return l
}

// What showed at the custom domain must show again farther out.
func TestDiffers(t *testing.T) {
	t.Parallel()
	rest := []string{"X-Amz-Apigw-Id", "a", "X-Amzn-Requestid", "b"}
	edge := []string{"X-Amz-Cf-Id", "c", "X-Cache", "Miss from cloudfront"}
	refused := append([]string{"X-Amzn-Errortype", "ForbiddenException"}, rest...)
	const r, d = setup.RungRegional, setup.RungDistribution
	inner := looked(r, 200, "{}", rest...)
	for name, c := range map[string]struct {
		inner, outer probe.Look
		want         probe.Difference
		lost         []string
	}{
		"the same, with other IDs": {inner, looked(d, 200, "{}", append([]string{"X-Amz-Apigw-Id", "x", "X-Amzn-Requestid", "y"}, edge...)...), probe.Alike, nil},
		"another body":             {inner, looked(d, 200, `{"now":1}`, append(edge, rest...)...), probe.Alike, nil},
		"one header lost":          {inner, looked(d, 200, "{}", append(edge, "X-Amzn-Requestid", "y")...), probe.LostSignature, []string{"X-Amz-Apigw-Id"}},
		"all lost":                 {inner, looked(d, 200, "{}", edge...), probe.LostSignature, []string{"X-Amz-Apigw-Id", "X-Amzn-Requestid"}},
		"of another kind":          {inner, looked(d, 200, "{}", append(edge, "Apigw-Requestid", "y")...), probe.LostSignature, []string{"X-Amz-Apigw-Id", "X-Amzn-Requestid"}},
		"signed farther out only":  {looked(r, 200, "{}"), looked(d, 200, "{}", rest...), probe.NewSignature, nil},
		"another status":           {inner, looked(d, 204, "", append(edge, rest...)...), probe.StatusDiffers, nil},
		"refused alike":            {looked(r, 403, `{"message":"Forbidden"}`, refused...), looked(d, 403, `{"message":"Forbidden"}`, append(edge, refused...)...), probe.Alike, nil},
		"other words":              {looked(r, 403, `{"message":"Forbidden"}`, refused...), looked(d, 403, `{"message":"No"}`, append(edge, refused...)...), probe.ErrorDiffers, nil},
		"other members":            {looked(r, 403, `{"message":"Forbidden","connectionId":"x"}`, refused...), looked(d, 403, `{"message":"Forbidden"}`, append(edge, refused...)...), probe.ErrorDiffers, nil},
		"another error":            {looked(r, 403, `{"message":"Forbidden"}`, refused...), looked(d, 403, `{"message":"Forbidden"}`, append(edge, rest...)...), probe.ErrorDiffers, nil},
		"kept farther out":         {inner, looked(d, 200, "{}", append([]string{"Age", "3"}, rest...)...), probe.KeptAnswer, nil},
		"kept, and found again":    {inner, looked(d, 200, "{}", append([]string{"X-Cache", "RefreshHit from cloudfront"}, rest...)...), probe.KeptAnswer, nil},
		"no answer":                {inner, changed(looked(d, 0, ""), func(l *probe.Look) { l.Err = errors.New("cut off") }), probe.NoAnswerThere, nil},
		"another path":             {inner, changed(looked(d, 200, "{}", rest...), func(l *probe.Look) { l.Evidence.Path = "/b" }), probe.OtherQuestion, nil},
		"another method":           {inner, changed(looked(d, 200, "{}", rest...), func(l *probe.Look) { l.Evidence.Method = "HEAD" }), probe.OtherQuestion, nil},
		"a path below":             {inner, changed(looked(d, 200, "{}", rest...), func(l *probe.Look) { l.Evidence.Below = true }), probe.OtherQuestion, nil},
		"a handshake":              {inner, changed(looked(d, 200, "{}", rest...), func(l *probe.Look) { l.Evidence.Upgrade = true }), probe.OtherQuestion, nil},
	} {
		got, lost := c.outer.Differs(c.inner)
		if got != c.want || (got == probe.LostSignature || got == probe.Alike) && !slices.Equal(lost, c.lost) {
			t.Errorf("%s: %q, lost %v", name, got, lost)
		}
	}
}

// What is proof on one rung alone need not be on all.
func TestReached(t *testing.T) {
	t.Parallel()
	rest := []string{"X-Amz-Apigw-Id", "a", "X-Amzn-Requestid", "b"}
	handshake := func(r setup.Rung, status int, body string, header ...string) probe.Look {
		return changed(looked(r, status, body, header...), func(l *probe.Look) {
			l.Evidence.Upgrade, l.Proof = true, probe.NoProof
			if l.Symptom == probe.NoSymptom {
				l.Symptom = probe.NotUpgraded
			}
		})
	}
	const a, r, d, n = setup.RungAPI, setup.RungRegional, setup.RungDistribution, setup.RungName
	own := looked(r, 200, "{}", rest...)
	bare := []string{"Content-Type", "text/html"}
	for name, c := range map[string]struct {
		looks probe.Looks
		rung  setup.Rung
		proof probe.Proof
		diff  probe.Difference
	}{
		"by headers":                             {probe.Looks{own, looked(d, 200, "{}", rest...)}, d, probe.ProofByHeader, probe.Alike},
		"by headers, and nothing to compare":     {probe.Looks{looked(n, 200, "{}", rest...)}, n, probe.ProofByHeader, probe.Alike},
		"another service of AWS's":               {probe.Looks{own, looked(n, 200, "{}", "X-Amzn-Requestid", "x")}, n, probe.NoProof, probe.LostSignature},
		"another API":                            {probe.Looks{own, looked(n, 404, "{}", rest...)}, n, probe.NoProof, probe.StatusDiffers},
		"the origin is locked":                   {probe.Looks{looked(r, 403, `{"message":"Forbidden"}`, rest...), looked(d, 200, "{}", rest...)}, d, probe.ProofByHeader, probe.Alike},
		"the API's own name may differ":          {probe.Looks{looked(a, 404, "{}", rest...), own, looked(d, 200, "{}", rest...)}, d, probe.ProofByHeader, probe.Alike},
		"headers are taken away at the API":      {probe.Looks{looked(r, 200, "x", bare...), looked(d, 200, "y", bare...)}, d, probe.ProofByComparison, probe.Alike},
		"the same without headers, another type": {probe.Looks{looked(r, 200, "x", bare...), looked(d, 200, "y", "Content-Type", "text/plain")}, d, probe.NoProof, probe.Alike},
		"the same without headers, another path": {probe.Looks{looked(r, 200, "x", bare...), looked(d, 404, "y", bare...)}, d, probe.NoProof, probe.Alike},
		"a custom domain without headers alone":  {probe.Looks{looked(r, 200, "x", bare...)}, r, probe.NoProof, probe.Alike},
		"Forbidden alike is no proof":            {probe.Looks{looked(a, 403, `{"message":"Forbidden"}`, rest...), looked(d, 403, `{"message":"Forbidden"}`, rest...)}, d, probe.NoProof, probe.Alike},
		"$connect is guarded":                    {probe.Looks{handshake(a, 401, `{"message":"Unauthorized"}`, rest...), handshake(d, 401, `{"message":"Unauthorized"}`, rest...)}, d, probe.ProofByRefusal, probe.Alike},
		"$connect is guarded, 403":               {probe.Looks{handshake(a, 403, `{"message":"Forbidden","requestId":"1"}`, rest...), handshake(n, 403, `{"message":"Forbidden","requestId":"2"}`, rest...)}, n, probe.ProofByRefusal, probe.Alike},
		"refused in other words":                 {probe.Looks{handshake(a, 403, `{"message":"Forbidden","requestId":"1"}`, rest...), handshake(n, 403, `{"message":"Forbidden"}`, rest...)}, n, probe.NoProof, probe.Alike},
		"refused at the custom domain too":       {probe.Looks{handshake(r, 403, `{"message":"Forbidden"}`, rest...), handshake(n, 403, `{"message":"Forbidden"}`, rest...)}, n, probe.NoProof, probe.Alike},
		"open at the API, refused farther out":   {probe.Looks{changed(handshake(a, 101, ""), func(l *probe.Look) { l.Proof, l.Response.Upgraded = probe.ProofByUpgrade, true }), handshake(n, 403, `{"message":"Forbidden"}`, rest...)}, n, probe.NoProof, probe.Alike},
		"a handshake that fails alike":           {probe.Looks{handshake(a, 500, `{"message":"Internal server error"}`, rest...), handshake(n, 500, `{"message":"Internal server error"}`, rest...)}, n, probe.NoProof, probe.Alike},
		"kept":                                   {probe.Looks{own, looked(n, 200, "{}", append([]string{"X-Cache", "Hit from cloudfront"}, rest...)...)}, n, probe.NoProof, probe.KeptAnswer},
		"not asked":                              {probe.Looks{own}, n, probe.NoProof, probe.OtherQuestion},
	} {
		proof, diff := c.looks.Reached(c.rung, "/a")
		if proof != c.proof || diff != c.diff {
			t.Errorf("%s: %q, %q", name, proof, diff)
		}
	}
}
