package probe

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"apifront/setup"
)

// alike says whether two rungs were answered alike. What a request shows at the
// custom domain must show again at the distribution and at the name: the status,
// the words of an error, and which headers API Gateway put on. Their values, and
// bodies, differ each time.
func alike(a, b *setup.Evidence) bool {
	return sameQuestion(a, b) && a.Status == b.Status && (a.Status < 400 || sameError(a, b)) &&
		!slices.ContainsFunc(setup.GatewayIDs(), func(name string) bool { return (a.Header[name] == "") != (b.Header[name] == "") })
}

// sameQuestion says whether the same was asked of the same path.
func sameQuestion(a, b *setup.Evidence) bool {
	return a.Path == b.Path && a.Method == b.Method && a.Below == b.Below && a.Upgrade == b.Upgrade
}

// sameError says whether two errors are told in the same words. API Gateway's own
// and those of an API may have the same message, but rarely the same members.
func sameError(a, b *setup.Evidence) bool {
	return a.Header["X-Amzn-Errortype"] == b.Header["X-Amzn-Errortype"] && a.Message == b.Message && slices.Equal(a.Members, b.Members)
}

// judging are the headers of an answer that say what it is, and for whom.
var judging = []string{
	"Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods", "Access-Control-Allow-Origin",
	"Content-Encoding", "Content-Language", "Content-Type", "Location",
}

// differ says whether another answer differs from two to one and the same
// request, in what those two have in common: times and IDs differ each time.
// Known is false where the two have too little in common to tell.
func differ(one, again, other Response) (differs, known bool) {
	if one.Status != again.Status {
		return false, false
	}
	if one.Status != other.Status {
		return true, true
	}
	for _, name := range judging {
		if v := one.Header.Get(name); v == again.Header.Get(name) && v != other.Header.Get(name) {
			return true, true
		}
	}
	a, b, c := leaves(one.Body), leaves(again.Body), leaves(other.Body)
	if a == nil || b == nil || c == nil {
		if same := bytes.Equal(one.Body, again.Body); !same {
			return false, false
		}
		return !bytes.Equal(one.Body, other.Body), true
	}
	for at, v := range a {
		if was, is := b[at]; is && was == v && c[at] != v {
			return true, true
		}
	}
	for at := range c {
		_, first := a[at]
		if _, second := b[at]; !first && !second {
			return true, true
		}
	}
	return false, true
}

// leaves are the values of a JSON text by their places; nil of what is none.
func leaves(body []byte) map[string]string {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return nil
	}
	all := map[string]string{}
	gather("", v, all)
	return all
}

func gather(at string, v any, into map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			gather(at+"/"+key, v[key], into)
		}
	case []any:
		for i, e := range v {
			gather(at+"/"+strconv.Itoa(i), e, into)
		}
	default:
		b, err := json.Marshal(v)
		if err != nil {
			b = nil // what was read from JSON can be written again
		}
		into[at] = string(b)
	}
}
