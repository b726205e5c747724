package probe

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"apifront/setup"
)

// A Difference is in what two looks at the same path differ.
type Difference string

// The differences, in the order in which they are looked for.
const (
	Alike         Difference = ""
	OtherQuestion Difference = "question"   // they did not ask the same of the same path
	NoAnswerThere Difference = "no answer"  // one of them brought none
	KeptAnswer    Difference = "kept"       // one of them was kept by CloudFront
	StatusDiffers Difference = "status"     // also: a WebSocket was opened by one of them only
	ErrorDiffers  Difference = "error"      // X-Amzn-Errortype, the message, or which members the JSON text has
	LostSignature Difference = "signature"  // a header of API Gateway's on the inner answer is not on the outer one
	NewSignature  Difference = "new header" // one is on the outer answer only
)

// signature are the headers that API Gateway puts on what it passes on. Each
// kind of API has its own, so that an API of another kind, or another service of
// AWS's, does not pass for it.
var signature = []string{"X-Amz-Apigw-Id", "X-Amzn-Requestid", "Apigw-Requestid"}

// Differs says in what a look differs from one at the same path by a lower rung:
// what a request shows at the API or at the custom domain must show again at the
// distribution and at the name. Lost are the headers that do not.
func (l Look) Differs(inner Look) (d Difference, lost []string) {
	in, out := inner.Response, l.Response
	lost = missing(in.Header, out.Header)
	switch {
	case !sameQuestion(inner.Evidence, l.Evidence):
		return OtherQuestion, nil
	case inner.Err != nil || l.Err != nil:
		return NoAnswerThere, nil
	case inner.Cached || l.Cached:
		return KeptAnswer, nil
	case in.Status != out.Status || in.Upgraded != out.Upgraded:
		return StatusDiffers, lost
	case in.Status >= http.StatusBadRequest && !sameError(in, out):
		return ErrorDiffers, lost
	case len(lost) > 0:
		return LostSignature, lost
	case len(missing(out.Header, in.Header)) > 0:
		return NewSignature, nil
	}
	return Alike, nil
}

func sameQuestion(a, b setup.Evidence) bool {
	return a.Path == b.Path && a.Method == b.Method && a.Below == b.Below && a.Upgrade == b.Upgrade
}

// missing are the headers of API Gateway's that are on one answer and not on the
// other. Their values differ for each request.
func missing(on, off http.Header) []string {
	var all []string
	for _, name := range signature {
		if on.Get(name) != "" && off.Get(name) == "" {
			all = append(all, name)
		}
	}
	return all
}

// sameError says whether two errors are told in the same words. API Gateway's
// own and those of an API that passed them on may have the same message, but
// rarely the same members.
func sameError(a, b Response) bool {
	return a.Header.Get("X-Amzn-Errortype") == b.Header.Get("X-Amzn-Errortype") &&
		a.Message() == b.Message() && slices.Equal(members(a.Body), members(b.Body))
}

// members are the names of a JSON object; none of what is not one.
func members(body []byte) []string {
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(object))
}

// Reached says whether the request for a path by a rung has reached the path's
// API, and by what that is known; if not, and a lower rung did, in what the two
// differ. The path is that of the mapping as people see it.
//
// Where the custom domain itself showed proof, the outer rungs must show the
// same. The API's own name must not: an application may answer by its path, and
// there the mapping is no part of it.
func (ls Looks) Reached(r setup.Rung, path string) (Proof, Difference) {
	outer, asked := ls.At(r, path)
	if !asked || r == setup.RungPlain {
		return NoProof, OtherQuestion
	}
	regional, asked := ls.At(setup.RungRegional, path)
	if asked && r != setup.RungRegional && r != setup.RungAPI && regional.Proof != NoProof {
		if d, _ := outer.Differs(regional); d != Alike {
			return NoProof, d
		}
	}
	if outer.Proof != NoProof {
		return outer.Proof, Alike
	}
	for _, lower := range []setup.Rung{setup.RungRegional, setup.RungAPI} {
		inner, asked := ls.At(lower, path)
		if !asked || lower == r || r == setup.RungAPI {
			continue
		}
		d, _ := outer.Differs(inner)
		switch {
		case d == Alike && guarded(inner, outer):
			return ProofByRefusal, Alike
		case d == Alike && stripped(inner, outer):
			return ProofByComparison, Alike
		}
	}
	return NoProof, Alike
}

// guarded says whether a WebSocket was refused alike at the API's own name: its
// route $connect is guarded then.
func guarded(inner, outer Look) bool {
	s := outer.Response.Status
	return outer.Evidence.Upgrade && inner.Evidence.Rung == setup.RungAPI && inner.By == ByAPIGateway &&
		(s == http.StatusUnauthorized || s == http.StatusForbidden)
}

// stripped says whether the inner answer, of a host where only API Gateway
// answers, has none of its headers: the API takes them away.
func stripped(inner, outer Look) bool {
	return inner.Symptom == Stranger && outer.Symptom == Stranger && !outer.Evidence.Upgrade &&
		inner.Response.Header.Get("Content-Type") == outer.Response.Header.Get("Content-Type") &&
		outer.Response.Status < http.StatusInternalServerError
}
