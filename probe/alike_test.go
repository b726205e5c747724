package probe

import (
	"slices"
	"testing"

	"apifront/setup"
)

// answeredBy is what an answer showed: header names and values by turns.
func answeredBy(r setup.Rung, status int, header ...string) setup.Evidence {
	e := setup.Evidence{Rung: r, Path: "/a", Method: "GET", Status: status, Header: map[string]string{}}
	for i := 0; i+1 < len(header); i += 2 {
		e.Header[header[i]] = header[i+1]
	}
	return e
}

func changed(e setup.Evidence, change look) setup.Evidence {
	change(&e)
	return e
}

// saying is a change of an error's words.
func saying(message string, members ...string) look {
	return func(e *setup.Evidence) { e.Message, e.Members = message, append([]string{"message"}, members...) }
}

var (
	restAPI  = []string{"X-Amz-Apigw-Id", "a", "X-Amzn-Requestid", "b"}
	throughE = []string{"X-Amz-Cf-Id", "c", "X-Cache", "Miss from cloudfront"}
)

// outside is what came through CloudFront.
func outside(r setup.Rung, status int, header ...string) setup.Evidence {
	return answeredBy(r, status, slices.Concat(throughE, header)...)
}

// What showed at the custom domain must show again farther out, as long as
// nobody knows that the way leads to the API.
func TestAlike(t *testing.T) {
	t.Parallel()
	refused := slices.Concat([]string{"X-Amzn-Errortype", "ForbiddenException"}, restAPI)
	inner := answeredBy(regionally, 200, restAPI...)
	denial := changed(answeredBy(regionally, 400, refused...), saying("No"))
	for name, c := range map[string]struct {
		inner, outer setup.Evidence
		want         bool
	}{
		"the same, with other IDs": {inner, outside(atEdge, 200, "X-Amz-Apigw-Id", "x", "X-Amzn-Requestid", "y"), true},
		"one header lost":          {inner, outside(atEdge, 200, "X-Amzn-Requestid", "y"), false},
		"all lost":                 {inner, outside(atEdge, 200), false},
		"of another kind":          {inner, outside(atEdge, 200, "Apigw-Requestid", "y"), false},
		"one header more":          {answeredBy(regionally, 200, "X-Amzn-Requestid", "y"), outside(atEdge, 200, restAPI...), false},
		"another status":           {inner, outside(atEdge, 204, restAPI...), false},
		"an error for an answer":   {inner, outside(atEdge, 404, restAPI...), false},
		"an answer for an error":   {answeredBy(regionally, 404, restAPI...), outside(atEdge, 200, restAPI...), false},
		"refused alike":            {denial, changed(outside(atEdge, 400, refused...), saying("No")), true},
		"other words":              {denial, changed(outside(atEdge, 400, refused...), saying("Never")), false},
		"other members":            {denial, changed(outside(atEdge, 400, refused...), saying("No", "connectionId")), false},
		"another error":            {denial, changed(outside(atEdge, 400, restAPI...), saying("No")), false},
		"kept farther out":         {inner, outside(atEdge, 200, slices.Concat(restAPI, []string{"Age", "3"})...), false},
		"kept, and found again":    {inner, outside(atEdge, 200, slices.Concat(restAPI, []string{"X-Cache", "RefreshHit from cloudfront"})...), false},
		"no answer":                {inner, changed(outside(atEdge, 0), breaks(PhaseHTTP, "cut off")), false},
		"another path":             {inner, changed(outside(atEdge, 200, restAPI...), func(e *setup.Evidence) { e.Path = "/b" }), false},
		"another method":           {inner, changed(outside(atEdge, 200, restAPI...), func(e *setup.Evidence) { e.Method = "HEAD" }), false},
		"a path below":             {inner, changed(outside(atEdge, 200, restAPI...), func(e *setup.Evidence) { e.Below = true }), false},
		"a handshake":              {inner, changed(outside(atEdge, 200, restAPI...), func(e *setup.Evidence) { e.Upgrade = true }), false},
	} {
		if got := answered(&c.outer) && !KeptCopy(&c.outer) && alike(&c.inner, &c.outer); got != c.want {
			t.Errorf("%s: alike %t", name, got)
		}
		if c.outer.Path != c.inner.Path || c.outer.Below {
			continue // that is no evidence of the path
		}
		for _, status := range []int{0, c.outer.Status} {
			if status != 0 && c.inner.Status != status {
				continue // then the inner one is no example
			}
			w := Wanted{Name: "api.example.com", Paths: []WantedPath{{Path: "/a", Status: status}}}
			r := Decode([]setup.Evidence{c.inner, c.outer}, setup.Configured{}, w)
			if r.Proved() != c.want || c.want == (len(r.Causes) > 0) {
				t.Errorf("%s, for the status %d: %+v", name, status, r)
			}
		}
	}
}

// What is proof on one rung alone need not be on all.
func TestReached(t *testing.T) {
	t.Parallel()
	handshake := func(e setup.Evidence, message string, members ...string) setup.Evidence {
		e.Upgrade = true
		saying(message, members...)(&e)
		return e
	}
	forbid := saying("Forbidden")
	own := answeredBy(regionally, 200, restAPI...)
	bare := []string{"Content-Type", "text/html"}
	all := func(list ...setup.Evidence) []setup.Evidence { return list }
	for name, c := range map[string]struct {
		seen  []setup.Evidence
		proof Proof
		row   string
		right bool // AWS says that the way is right
		named int  // the status that a person named
	}{
		"asked too often meanwhile":                  {seen: all(own, changed(outside(atEdge, 429, restAPI...), saying("Too Many Requests"))), proof: ProofByHeader, row: "throttled"},
		"named, and another one without":             {seen: all(answeredBy(regionally, 404, restAPI...), outside(atEdge, 200, restAPI...)), named: 200, proof: ProofByStatus},
		"the same without headers, another question": {seen: all(answeredBy(regionally, 200, bare...), changed(outside(atEdge, 200, bare...), func(e *setup.Evidence) { e.Method = "HEAD" })), row: "stranger"},
		"a 101 that opens nothing":                   {seen: all(handshake(answeredBy(regionally, 101, "Sec-Websocket-Accept", "right"), ""), handshake(outside(atEdge, 101, "X-Amzn-Requestid", "b"), "")), right: true, row: "not-upgraded"},
		"silent by the name alone":                   {seen: all(outside(atEdge, 200, restAPI...), changed(answeredBy(byName, 0), breaks(PhaseHTTP, "context deadline exceeded"))), row: "broke-off"},

		"by headers":                             {seen: all(own, outside(atEdge, 200, restAPI...)), proof: ProofByHeader},
		"by headers, and nothing to compare":     {seen: all(outside(byName, 200, restAPI...)), proof: ProofByHeader},
		"another service of AWS's":               {seen: all(own, outside(byName, 200, "X-Amzn-Requestid", "x")), row: "answers-differ"},
		"another API":                            {seen: all(own, outside(byName, 404, restAPI...)), row: "answers-differ"},
		"the same, and the way is known":         {seen: all(own, outside(byName, 404, restAPI...)), right: true, proof: ProofByHeader},
		"the origin is locked":                   {seen: all(changed(answeredBy(regionally, 403, restAPI...), forbid), outside(atEdge, 200, restAPI...)), proof: ProofByHeader},
		"the API's own name may differ":          {seen: all(answeredBy(theAPI, 404, restAPI...), own, outside(atEdge, 200, restAPI...)), proof: ProofByHeader},
		"headers are taken away at the API":      {seen: all(answeredBy(regionally, 200, bare...), outside(atEdge, 200, bare...)), proof: ProofByComparison},
		"the same without headers, another type": {seen: all(answeredBy(regionally, 200, bare...), outside(atEdge, 200, "Content-Type", "text/plain")), row: "stranger"},
		"the same without headers, another path": {seen: all(answeredBy(regionally, 200, bare...), outside(atEdge, 404, bare...)), row: "stranger"},
		"a custom domain without headers alone":  {seen: all(answeredBy(regionally, 200, bare...))},
		"Forbidden alike is no proof":            {seen: all(changed(answeredBy(theAPI, 403, restAPI...), forbid), changed(outside(atEdge, 403, restAPI...), forbid)), row: "unmapped-or-guarded"},
		"$connect is guarded":                    {seen: all(handshake(answeredBy(theAPI, 401, restAPI...), "Unauthorized"), handshake(outside(atEdge, 401, restAPI...), "Unauthorized")), right: true, proof: ProofByRefusal},
		"$connect is guarded, 403":               {seen: all(handshake(answeredBy(theAPI, 403, restAPI...), "Forbidden", "requestId"), handshake(outside(byName, 403, restAPI...), "Forbidden", "requestId")), right: true, proof: ProofByRefusal},
		"refused in other words":                 {seen: all(handshake(answeredBy(theAPI, 403, restAPI...), "Forbidden", "requestId"), handshake(outside(byName, 403, restAPI...), "Forbidden")), right: true, row: "unmapped-or-guarded"},
		"refused at the custom domain too":       {seen: all(handshake(answeredBy(regionally, 403, restAPI...), "Forbidden"), handshake(outside(byName, 403, restAPI...), "Forbidden")), right: true, row: "unmapped-or-guarded"},
		"open at the API, refused farther out":   {seen: all(handshake(answeredBy(theAPI, 101, "Sec-Websocket-Accept", "right"), ""), handshake(outside(byName, 403, restAPI...), "Forbidden")), right: true, row: "unmapped-or-guarded"},
		"a handshake that fails alike":           {seen: all(handshake(answeredBy(theAPI, 500, restAPI...), "Internal server error"), handshake(outside(byName, 500, restAPI...), "Internal server error")), right: true, row: "integration-failed"},
		"kept":                                   {seen: all(own, outside(byName, 200, slices.Concat(restAPI, []string{"X-Cache", "Hit from cloudfront"})...)), row: "kept-answer"},
		"not asked":                              {},
	} {
		configured, w := setup.Configured{}, orders()
		if c.right {
			configured = rightly()
		}
		for i := range c.seen {
			c.seen[i].Path, w.Paths[0].Status = w.Paths[0].Path, c.named
			if c.seen[i].Upgrade {
				w.Paths[0].Kind = setup.APIKindWebSocket
			}
		}
		r := Decode(c.seen, configured, w)
		if r.Paths[0].Proof != c.proof || r.Proved() != (c.proof != NoProof) {
			t.Errorf("%s: proof %q", name, r.Paths[0].Proof)
		}
		if c.row == "" != (len(r.Causes) == 0) || c.row != "" && r.Causes[0].Symptom != c.row {
			t.Errorf("%s: want row %q, got %+v", name, c.row, r.Causes)
		}
	}
}

// A copy is known by the ID that API Gateway gave the first request, and where it
// gave none, by what CloudFront says.
func TestCopies(t *testing.T) {
	t.Parallel()
	of := func(header ...string) reply { return reply{seen: answeredBy(atEdge, 200, header...)} }
	for name, c := range map[string]struct {
		one, other reply
		want       bool
	}{
		"the same ID":             {of("Apigw-Requestid", "a"), of("Apigw-Requestid", "a"), true},
		"another ID":              {of("Apigw-Requestid", "a"), of("Apigw-Requestid", "b", "X-Cache", "Hit from cloudfront"), false},
		"no ID, and kept":         {of(), of("X-Cache", "Hit from cloudfront"), true},
		"no ID, and of some age":  {of(), of("Age", "3"), true},
		"no ID, and made just so": {of(), of("X-Cache", "Miss from cloudfront"), false},
	} {
		if got := copies(c.one, c.other); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
