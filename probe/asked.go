package probe

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"apifront/setup"
)

// Digs are the words of a line of dig. Without the comments, which have the status, no
// such name, no record and a refusal would look the same: nothing.
func Digs(qtype, name string) []string {
	return []string{"dig", "+noall", "+comments", "+answer", qtype, name}
}

// AskedDNS is one question of DNS.
func AskedDNS(a setup.DNSAnswer) setup.Asked {
	words := Digs(a.Type, a.Name)
	server := a.Server
	switch host, port, err := net.SplitHostPort(server); {
	case server == "":
		// A server of the zone above refers to those of the zone in the authority section.
		// Who asks a resolver hears what the zone says of itself.
		if server = "the zone above"; a.Address != "" {
			words = append(words, "@"+a.Address, "+authority", "+norecurse")
		}
	case err == nil:
		words = append(words, "@"+host)
		if server = host; port != "53" {
			words = append(words, "-p", port)
			server = a.Server
		}
	default:
		words = append(words, "@"+server)
	}
	if a.Resolver {
		server = "resolver " + server
	}
	out := setup.NewAsked(a.Type+" "+a.Name+" at "+server, answerOf(a), setup.ShellLine(words...))
	out.Bad = a.Error != "" || a.Code != "NOERROR"
	return out
}

// answerOf is what a server said.
func answerOf(a setup.DNSAnswer) string {
	switch {
	case a.Error != "":
		return "No use: " + a.Error
	case a.Code == "NXDOMAIN":
		return "No such name"
	case a.Code == "":
		return "No answer"
	case a.Code != "NOERROR":
		return a.Code
	case len(a.CNAMEs) > 0:
		return "by way of " + strings.Join(a.CNAMEs, ", ") + ": " + cmp.Or(strings.Join(a.Records, ", "), "no record")
	}
	return cmp.Or(strings.Join(a.Records, ", "), "No record")
}

// rungWords say by which way a request went, after what was asked for.
var rungWords = map[setup.Rung]string{
	setup.RungAPI: ", at the API's own name", setup.RungRegional: ", at API Gateway with this name", setup.RungDistribution: ", at CloudFront past DNS",
}

// AskedRequest is one request. Query is the one that it had, which evidence does not
// keep. A key that was sent stands in the line as the variable that holds it, and not
// as it is; keys say in which header.
func AskedRequest(e setup.Evidence, query string, keys []setup.ProbeKey) setup.Asked {
	what := e.Method + " " + e.URL + rungWords[e.Rung]
	if e.Upgrade {
		what = "WebSocket " + e.URL + rungWords[e.Rung]
	}
	out := setup.NewAsked(what, requestWords(e), Curl(e, query, keys))
	out.Bad = e.Status == 0 || e.Status >= 500
	return out
}

// requestWords is what a request got.
func requestWords(e setup.Evidence) string {
	if e.Status == 0 {
		phases := map[string]string{PhaseResolve: "no address", PhaseConnect: "no connection", PhaseTLS: "TLS failed", PhaseHTTP: "it broke off"}
		text := "No answer: " + cmp.Or(phases[e.Failed], "not sent")
		if e.Error != "" {
			text += " (" + setup.Clip(e.Error, 160) + ")"
		}
		return text
	}
	text := strconv.Itoa(e.Status)
	if by := e.AnsweredBy(); by != "" {
		text += " from " + by
	}
	if took := e.Resolve + e.Connect + e.TLS + e.FirstByte; took > 0 {
		text += " in " + ShortSpan(took)
	}
	for _, name := range []string{"X-Cache", "X-Amz-Cf-Pop", "X-Amzn-Errortype", "Age"} {
		if v := e.Header[name]; v != "" {
			text += ", " + name + ": " + setup.Clip(v, 60)
		}
	}
	if e.Message != "" {
		text += ", message: " + setup.Clip(e.Message, 80)
	}
	return text
}

// ShortSpan is how long something took, to the millisecond.
func ShortSpan(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", max(d.Milliseconds(), 1))
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}

var (
	variablePattern = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)
	headerPattern   = regexp.MustCompile(`^[A-Za-z0-9-]+$`)
)

// Curl is the line that makes a request again: with the query that it had, and the key by its variable.
func Curl(e setup.Evidence, query string, keys []setup.ProbeKey) string {
	u, err := url.Parse(e.URL)
	if err != nil || u.Host == "" {
		return ""
	}
	u.RawQuery = query
	if e.Marked && u.RawQuery != "" {
		u.RawQuery += "&"
	}
	if e.Marked {
		u.RawQuery += "apifront="
	}
	words := []string{"curl", "-i"}
	switch e.Method {
	case http.MethodHead:
		words = []string{"curl", "-I"}
	case http.MethodGet, "":
	default:
		words = append(words, "-X", e.Method)
	}
	if strings.ContainsAny(u.String(), "[]{}") {
		words = append(words, "--globoff") // curl would ask for each of several paths
	}
	if strings.Contains(u.EscapedPath(), "/.") {
		words = append(words, "--path-as-is")
	}
	if e.Upgrade {
		// A WebSocket that opens stays open.
		words = append(words, "--max-time", "5", "--http1.1", "-H", "Connection: Upgrade", "-H", "Upgrade: websocket", "-H", "Sec-WebSocket-Version: 13", "-H", "Sec-WebSocket-Key: YXBpZnJvbnQtcHJvYmUtMQ==")
		u.Scheme = "https"
	}
	if port := cmp.Or(u.Port(), "443"); e.Dialed != "" && e.Dialed != u.Hostname() {
		words = append(words, "--connect-to", u.Hostname()+":"+port+":"+e.Dialed+":"+port)
	}
	line := setup.ShellLine(words...)
	if e.Key != "" {
		i := slices.IndexFunc(keys, func(k setup.ProbeKey) bool { return k.Variable == e.Key })
		if i < 0 || !variablePattern.MatchString(e.Key) || !headerPattern.MatchString(keys[i].Header) {
			return "" // without the key another answer would come
		}
		line += ` -H "` + keys[i].Header + ": $" + e.Key + `"`
	}
	line += " " + setup.ShellWord(u.String())
	if e.Marked {
		line += "$(date +%s)" // or what CloudFront has kept would come
	}
	return line
}

// AskedTLS is the certificate that a request was shown.
func AskedTLS(e setup.Evidence) setup.Asked {
	u, err := url.Parse(e.URL)
	if err != nil || u.Hostname() == "" || e.Expires.IsZero() {
		return setup.Asked{}
	}
	host := u.Hostname()
	dialed := cmp.Or(e.Dialed, host)
	return setup.NewAsked("TLS with "+host+rungWords[e.Rung], "Certificate for "+strings.Join(e.Names, ", ")+", until "+e.Expires.UTC().Format("2 Jan 2006"),
		setup.ShellLine("openssl", "s_client", "-connect", dialed+":443", "-servername", host)+" </dev/null | openssl x509 -noout -text")
}
