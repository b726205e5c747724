package doctor

import (
	"net/http"
	"slices"
	"strings"

	"apifront/probe"
	"apifront/setup"
)

// A refusal is a kind of answer by which API Gateway turns callers away though the way to
// the API works: what it says of whom, and what would tell more. The table is that of
// AWS's knowledge centre; rows on HTTP APIs are reported by users.
// https://repost.aws/knowledge-center/api-gateway-troubleshoot-403-forbidden (documented)
type refusal struct {
	id      string
	setting setup.Setting
	is      func(v *setup.Evidence, access string) bool // access: what AWS says the path asks for; "": not known
	title   string                                      // {path} and {status} are replaced
	fix     string
	tell    setup.NeedKind // of the look that would tell more; "": none is needed
}

// Key words of refusals. AWS documents the codes, and the sentences by examples.
func missesToken(v *setup.Evidence) bool { return v.Message == "Missing Authentication Token" }

func deniesCaller(v *setup.Evidence) bool {
	return v.Status == 403 && (v.Header["X-Amzn-Errortype"] == "AccessDeniedException" || strings.Contains(v.Message, "not authorized"))
}

func badSignature(v *setup.Evidence) bool {
	kind := v.Header["X-Amzn-Errortype"]
	return v.Status == 403 && slices.ContainsFunc([]string{"InvalidSignature", "UnrecognizedClient", "IncompleteSignature", "ExpiredToken"}, func(s string) bool { return strings.Contains(kind, s) })
}

// refusalTable is tried in this order.
var refusalTable = []refusal{
	{"key", setup.SettingAPIAccess, func(v *setup.Evidence, access string) bool { return v.Message == "Forbidden" && access == "API_KEY" },
		"The API asks callers for an API key: {path} answers {status} Forbidden to whoever sends none",
		"Callers send the header x-api-key with a key of a usage plan that has the stage. Ask once with a key to see what they get.", setup.NeedKey},
	{"signature", setup.SettingAPIAccess, func(v *setup.Evidence, access string) bool {
		return access == "AWS_IAM" && (v.Message == "Forbidden" || missesToken(v))
	},
		"The API asks callers for a signature of AWS (IAM): {path} answers {status} to whoever signs nothing",
		"Callers sign with SigV4 for the service execute-api and the Host that they ask for. IAM must allow them execute-api:Invoke.", ""},
	{"guarded", setup.SettingAPIAccess, func(v *setup.Evidence, _ string) bool { return v.Status == 403 && v.Message == "Forbidden" },
		"The API refuses {path} with {status} Forbidden, as it does to callers without a key or a signature",
		"Callers send a key (x-api-key) or sign their requests, as the API asks. Ask once with a key to see what they get.", setup.NeedKey},
	{"signed-wrong", setup.SettingAPIAccess, func(v *setup.Evidence, _ string) bool { return badSignature(v) },
		"The API does not accept the signature: {path} answers {status}",
		"Sign for the Host that callers ask for, in the region of the API, with credentials that have not ended.", ""},
	{"denied", setup.SettingAPIPolicy, func(v *setup.Evidence, _ string) bool { return deniesCaller(v) },
		"The API refuses this caller: {path} answers {status}, as a resource policy, an IAM policy or an authorizer does",
		"Look at the resource policy of the API first, then at its authorizer. Behind CloudFront, aws:SourceIp is an address of CloudFront: conditions on it keep callers out.", setup.NeedOwner},
	{"token", setup.SettingAPIAccess, func(v *setup.Evidence, _ string) bool { return v.Status == 401 },
		"The API asks callers for a token: {path} answers {status} to whoever sends none, as an authorizer does",
		"Callers send the token that the authorizer looks at, mostly in the header Authorization. Ask once with a token to see what they get.", setup.NeedKey},
	{"unknown", setup.SettingRequest, func(v *setup.Evidence, access string) bool {
		return missesToken(v) && access == ""
	},
		"The API is reached, and has no route for {path} that a plain GET finds, or the route wants a signature (IAM): it answers {status} Missing Authentication Token to both",
		"Ask at a path that the API has. If this is one, callers have to sign their requests.", setup.NeedPath},
	{"route", setup.SettingRequest, func(v *setup.Evidence, _ string) bool {
		return missesToken(v) || v.Status == 404 && v.Message == "Not Found"
	},
		"The API is reached, and has no route for {path} that a plain GET finds: it answers {status} {message}",
		"Ask at a path that the API has.", setup.NeedPath},
}

// refusals say of each path that is turned away by whom, and what would tell more.
func (e *exam) refusals(add adder) {
	for i, p := range e.reading.Paths {
		s := p.Seen
		if s == nil || p.Proof == probe.NoProof || !s.FromGateway() || probe.KeptCopy(s) || s.Status < 400 || s.Status >= 500 {
			continue
		}
		n := slices.IndexFunc(refusalTable, func(r refusal) bool { return r.is(s, e.accessOf(i)) })
		if n < 0 {
			continue // the API's own word
		}
		r := refusalTable[n]
		if header := e.sentKey(); header != "" && r.tell == setup.NeedKey {
			r = refusedKey(r, header, s.Status)
		}
		words := strings.NewReplacer("{path}", e.askedPath(i), "{status}", statusOf(*s), "{message}", s.Message)
		add(r.setting, r.id, words.Replace(r.title), "", "", "", r.fix, e.askedRequest(*s))
		e.tell, e.tellIn = r.tell, "X-Api-Key"
		if s.Status == http.StatusUnauthorized {
			e.tellIn = "Authorization"
		}
		return
	}
}

// refusedKey is a refusal of a request that had a key. That CloudFront passes the header
// on cannot be seen from outside; AllViewer passes all of them on, and Authorization needs
// that policy or a place in the cache key.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html#add-origin-custom-headers-forward-authorization (documented)
func refusedKey(r refusal, header string, status int) refusal {
	r.id += "-refused"
	r.title = "The API refuses the key that was sent in " + header + ": {path} answers {status}"
	r.fix = "Look whether the key is enabled, belongs to a usage plan that has this stage, and is sent in x-api-key. CloudFront has to pass " + header + " on, as it does with the origin request policy AllViewer."
	if status == http.StatusUnauthorized {
		r.fix = "Look whether the token is one that the authorizer takes, has not ended, and stands in the header that it looks at. CloudFront has to pass " + header + " on, as it does with the origin request policy AllViewer."
	}
	return r
}

// accessOf is what AWS says that a path asks of callers; "": not known, as below the
// mapping, where other methods answer.
func (e *exam) accessOf(n int) string {
	if e.target.Paths[n].Below != "" {
		return ""
	}
	for _, a := range e.inside.configured.APIs {
		if "/"+a.Path == e.reading.Paths[n].Path {
			return a.Access
		}
	}
	return ""
}

// askedPath is a path as it was asked for.
func (e *exam) askedPath(n int) string {
	p := e.target.Paths[n]
	if below := strings.TrimPrefix(p.Below, "/"); below != "" {
		return strings.TrimSuffix("/"+p.Mapping, "/") + "/" + below
	}
	return e.reading.Paths[n].Path
}

// policyNeed is the resource policy, which only the owner of the API can read.
func (e *exam) policyNeed() setup.Need {
	words := []string{"apigateway", "get-rest-apis"}
	query := "items[].[name,id,policy]"
	if l := e.inside.configured.APIs; len(l) > 0 {
		words, query = []string{"apigateway", "get-rest-api", "--rest-api-id", l[0].APIID}, "policy"
	}
	if e.inside.apiRegion != "" {
		words = append(words, "--region", e.inside.apiRegion)
	}
	return setup.Need{Kind: setup.NeedOwner, Title: "Have the owner run this", Text: "It shows the resource policy of the API: whom it lets in, and under which condition.", Line: awsLine(query, words...)}
}
