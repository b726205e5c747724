package probe

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"apifront/setup"
)

// Bounds of what is kept of one answer.
const (
	mostHeaderText = 256 // characters of one header's value
	mostMessage    = 256 // characters
	mostNames      = 50  // of a certificate
	mostName       = 253 // characters
	mostExcerpt    = 512 // octets
	mostError      = 500 // characters
)

// tellingHeaders are those that tell who answered, and nothing of who asked. No
// other is kept: not Set-Cookie, and nothing that an API adds by itself.
var tellingHeaders = []string{
	"Age", "Allow", "Apigw-Requestid", "Cache-Control", "Content-Type", "Location", "Retry-After",
	"Sec-Websocket-Accept", "Server", "Upgrade", "Via", "Www-Authenticate",
	"X-Amz-Apigw-Id", "X-Amz-Cf-Id", "X-Amz-Cf-Pop", "X-Amzn-Errortype", "X-Amzn-Requestid", "X-Amzn-Waf-Action", "X-Cache",
}

// evidence is what is kept of the answer to an ask; err is why none came.
func (a ask) evidence(sent Request, r Response, err error, at time.Time) setup.Evidence {
	e := setup.Evidence{
		Rung: a.rung, Path: a.path.path(), Method: a.method, Below: a.pair, Upgrade: a.handshake, Marked: a.marked,
		URL: address(sent.URL), Key: strings.Join(a.sent, ", "), Dialed: sent.ConnectTo, At: at.UTC(),
		Status: r.Status, Header: telling(r), Names: namesFor(hostOf(sent.URL), r.CertificateNames),
		Begins: r.CertificateBegins.UTC(), Expires: r.CertificateExpires.UTC(), Address: r.Address,
		Resolve: r.Took.Resolve, Connect: r.Took.Connect, TLS: r.Took.TLS, FirstByte: r.Took.FirstByte,
	}
	if r.Status >= http.StatusBadRequest {
		e.Message, e.Members = setup.Clip(printable(r.message()), mostMessage), members(r.Body)
	}
	if !fromGateway(&e) && !r.Upgraded {
		e.Excerpt = excerpt(r)
	}
	if err != nil {
		e.Key = "" // the request was not sent
		e.Error = setup.Clip(printable(err.Error()), mostError)
	}
	if failed, ok := errors.AsType[*RequestError](err); ok { // what the evidence has in other members is left out
		e.Failed, e.Error = failed.Phase, setup.Clip(printable(failed.Err.Error()), mostError)
		if e.Failed == PhaseHTTP {
			e.Key = strings.Join(a.sent, ", ")
		}
	}
	return e
}

// tellingMembers are those that API Gateway writes into its own errors. A
// WebSocket API says more than a custom domain that knows no API for a path.
var tellingMembers = []string{"Message", "connectionId", "message", "requestId"}

// members are the telling members of a JSON object; none of what is not one.
func members(body []byte) []string {
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil {
		return nil
	}
	var names []string
	for _, name := range tellingMembers {
		if _, has := object[name]; has {
			names = append(names, name)
		}
	}
	return names
}

// telling are the headers that are kept, as far as they are.
func telling(r Response) map[string]string {
	kept := map[string]string{}
	for _, name := range tellingHeaders {
		values := r.Header.Values(name)
		if len(values) == 0 {
			continue
		}
		text := strings.Join(values, ", ")
		switch name {
		case "Location":
			text = address(values[0])
		case "Www-Authenticate":
			text = strings.Join(schemes(values), ", ")
		case "Sec-Websocket-Accept":
			text = "wrong"
			if r.Upgraded {
				text = "right"
			}
		}
		if text = setup.Clip(printable(text), mostHeaderText); text != "" {
			kept[name] = text
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}

// schemes are the ways to prove who one is that an answer names, without their
// parameters.
// https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
func schemes(values []string) []string {
	var all []string
	for _, part := range splitUnquoted(strings.Join(values, ", ")) {
		word, _, _ := strings.Cut(strings.TrimSpace(part), " ")
		if word != "" && !strings.ContainsAny(word, `="`) && !slices.Contains(all, word) {
			all = append(all, word)
		}
	}
	return all
}

// splitUnquoted cuts a text at commas that do not stand in quotation marks.
func splitUnquoted(s string) []string {
	quoted, escaped := false, false
	return strings.FieldsFunc(s, func(r rune) bool {
		switch {
		case escaped:
			escaped = false
		case quoted && r == '\\':
			escaped = true
		case r == '"':
			quoted = !quoted
		}
		return r == ',' && !quoted
	})
}

// namesFor are the first names of a certificate, those that cover the host
// before the others.
func namesFor(host string, names []string) []string {
	names = slices.Clone(names)
	for i := range names {
		names[i] = setup.Clip(printable(names[i]), mostName)
	}
	if len(names) <= mostNames {
		return names
	}
	slices.SortStableFunc(names, func(a, b string) int { return covering(b, host) - covering(a, host) })
	return names[:mostNames]
}

func covering(name, host string) int {
	if setup.Covers(name, host) {
		return 1
	}
	return 0
}

// excerpt is the beginning of a text, in one line.
func excerpt(r Response) string {
	kind := strings.ToLower(r.Header.Get("Content-Type"))
	text := kind == "" || strings.HasPrefix(kind, "text/") || strings.Contains(kind, "json") || strings.Contains(kind, "xml")
	if !text || r.Header.Get("Content-Encoding") != "" {
		return ""
	}
	s := printable(string(r.Body[:min(len(r.Body), 4*mostExcerpt)]))
	end := min(len(s), mostExcerpt)
	for end < len(s) && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// printable is a text without what does not print, its blanks as one space each.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError || !unicode.IsPrint(r):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
