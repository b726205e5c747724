package steps

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

	"apifront/probe"
	"apifront/setup"
)

// askedAgain is what a step reads in AWS of a field, with what was read.
func askedAgain(e *Env, s Step, field, answer string) setup.Asked {
	if s.Reads == nil {
		return setup.Asked{}
	}
	r := s.Reads(e, field)
	return setup.NewAsked(r.what, answer, setup.ShellLine(r.line...))
}

// fieldWords is what AWS holds of a field.
func fieldWords(field, is string) string {
	if is == "" {
		return field + ": nothing"
	}
	return field + ": " + is
}

// digs are the words of a line of dig. Without the comments, which have the status, no
// such name, no record and a refusal would look the same: nothing.
func digs(qtype, name string) []string {
	return []string{"dig", "+noall", "+comments", "+answer", qtype, name}
}

// askedDNS is one question of DNS.
func askedDNS(a setup.DNSAnswer) setup.Asked {
	words := digs(a.Type, a.Name)
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

// askedRequest is one request. A key that was sent stands in the line as the variable
// that holds it, and not as it is.
func (o Outside) askedRequest(e setup.Evidence) setup.Asked {
	what := e.Method + " " + e.URL + rungWords[e.Rung]
	if e.Upgrade {
		what = "WebSocket " + e.URL + rungWords[e.Rung]
	}
	out := setup.NewAsked(what, requestWords(e), o.curl(e))
	out.Bad = e.Status == 0 || e.Status >= 500
	return out
}

// requestWords is what a request got.
func requestWords(e setup.Evidence) string {
	if e.Status == 0 {
		phases := map[string]string{probe.PhaseResolve: "no address", probe.PhaseConnect: "no connection", probe.PhaseTLS: "TLS failed", probe.PhaseHTTP: "it broke off"}
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
		text += " in " + shortSpan(took)
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

// shortSpan is how long something took, to the millisecond.
func shortSpan(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", max(d.Milliseconds(), 1))
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}

var (
	variablePattern = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)
	headerPattern   = regexp.MustCompile(`^[A-Za-z0-9-]+$`)
)

// curl is the line that makes a request again.
func (o Outside) curl(e setup.Evidence) string {
	u, err := url.Parse(e.URL)
	if err != nil || u.Host == "" {
		return ""
	}
	u.RawQuery = o.queryOf(e)
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
		i := slices.IndexFunc(o.keys, func(k setup.ProbeKey) bool { return k.Variable == e.Key })
		if i < 0 || !variablePattern.MatchString(e.Key) || !headerPattern.MatchString(o.keys[i].Header) {
			return "" // without the key another answer would come
		}
		line += ` -H "` + o.keys[i].Header + ": $" + e.Key + `"`
	}
	line += " " + setup.ShellWord(u.String())
	if e.Marked {
		line += "$(date +%s)" // or what CloudFront has kept would come
	}
	return line
}

// queryOf is the query that the test of a path has. Evidence does not keep it, and
// without it another answer may come.
func (o Outside) queryOf(e setup.Evidence) string {
	if e.Below || o.tried == nil {
		return ""
	}
	for _, m := range o.tried.mappings {
		if m.DisplayPath() == e.Path {
			_, query, _ := strings.Cut(m.Test.Path, "?")
			return query
		}
	}
	return ""
}

// askedTLS is the certificate that a request was shown.
func askedTLS(e setup.Evidence) setup.Asked {
	u, err := url.Parse(e.URL)
	if err != nil || u.Hostname() == "" || e.Expires.IsZero() {
		return setup.Asked{}
	}
	host := u.Hostname()
	dialed := cmp.Or(e.Dialed, host)
	return setup.NewAsked("TLS with "+host+rungWords[e.Rung], "Certificate for "+strings.Join(e.Names, ", ")+", until "+e.Expires.UTC().Format("2 Jan 2006"),
		setup.ShellLine("openssl", "s_client", "-connect", dialed+":443", "-servername", host)+" </dev/null | openssl x509 -noout -text")
}

// How many questions a line of a check, a finding and a hop have at most.
const (
	askedOfLine    = 24
	askedOfFinding = 4
	askedOfHop     = 3
)

// Asked are the questions of one look, those with answers that tell of a fault first.
func (s *Survey) Asked(o Observed) []setup.Asked {
	var list []setup.Asked
	for _, a := range o.Out.answers {
		list = append(list, askedDNS(a))
	}
	for _, e := range o.Out.requests {
		list = append(list, o.Out.askedRequest(e))
	}
	bad := func(a setup.Asked) int {
		if a.Bad {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b setup.Asked) int { return bad(a) - bad(b) })
	var read []setup.Asked
	for _, c := range o.Obs.Changes {
		if a := askedAgain(s.Env, o.Step, c.Field, fieldWords(c.Field, c.Is)); a.What != "" {
			a.Bad = true
			read = append(read, a)
		}
	}
	if len(read) == 0 {
		if a := askedAgain(s.Env, o.Step, "", o.Obs.Summary); a.What != "" {
			read = append(read, a)
		}
	}
	return first(slices.Concat(read, list), askedOfLine)
}

// first are at most n of a list, each once, without those that say nothing.
func first(list []setup.Asked, n int) (all []setup.Asked) {
	for _, a := range list {
		if len(all) < n && a.What != "" && !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	return all
}

// Evidence is what says that a finding is so.
func (s *Survey) Evidence(f setup.FindingBody) []setup.Asked {
	var list []setup.Asked
	for _, o := range s.Seen {
		if o.Step.ID != f.StepID || o.Step.Mark == setup.MarkLive || o.Step.Mark == setup.MarkPreview {
			continue
		}
		answer := fieldWords(f.Field, f.Is)
		if f.Field == "" {
			answer = cmp.Or(f.Is, "There is none")
		}
		if a := askedAgain(s.Env, o.Step, f.Field, answer); a.What != "" {
			a.Bad = true
			list = append(list, a)
		}
		for _, a := range o.Out.answers {
			if strings.Contains(f.Field, a.Name) || f.Field == "" {
				list = append(list, askedDNS(a))
			}
		}
	}
	if f.Beside && len(list) == 0 {
		list = append(list, s.renewalEvidence(f)...)
	}
	if f.Effect != nil {
		list = append(first(list, askedOfFinding-2), s.effectEvidence(f)...)
	}
	return first(list, askedOfFinding)
}

// effectEvidence is what was seen from outside of a finding: of the name in DNS, or
// of a request that did not get through, beside one that did.
func (s *Survey) effectEvidence(f setup.FindingBody) (list []setup.Asked) {
	if f.Hop() == setup.PartName {
		list = append(list, s.nameAsked()...)
		if len(list) > 0 {
			return list
		}
	}
	out := s.outside()
	if out.tried == nil {
		return nil
	}
	bare := func(path string) string { return strings.Trim(path, "/") }
	about := func(path string) bool {
		return len(f.Paths) == 0 || slices.ContainsFunc(f.Paths, func(p string) bool { return bare(p) == bare(path) })
	}
	for _, p := range out.tried.Paths {
		if p.Seen == nil || p.Proof != probe.NoProof && len(f.Paths) == 0 || !about(p.Path) {
			continue
		}
		a := out.askedRequest(*p.Seen)
		a.Bad = true
		list = append(list, a)
		for _, e := range out.tried.seen {
			if e.Path == p.Path && e.Rung != p.Rung && !e.Below && e.Status != 0 && e.Status < 500 {
				return append(list, out.askedRequest(e)) // by this way it works
			}
		}
		return list
	}
	return list
}

// renewalEvidence is what keeps a certificate from being renewed: the answers of DNS,
// or what ACM says of it.
func (s *Survey) renewalEvidence(f setup.FindingBody) (list []setup.Asked) {
	for _, o := range s.Seen {
		if o.Step.ID != f.StepID {
			continue
		}
		for _, a := range o.Out.answers {
			if strings.Contains(f.Field+f.Title+f.Fix, a.Name) && a.Type != "NS" {
				list = append(list, askedDNS(a))
			}
		}
	}
	if len(list) > 0 {
		return list
	}
	for _, p := range []certificatePlace{edgeCertificate(s.Env.Setup.Spec), regionalCertificate(s.Env.Setup.Spec)} {
		if strings.Contains(f.Key+f.Field+f.Title, p.region) || p.key == setup.KeyCertificateEdge {
			r := readsCertificate(func(setup.Spec) certificatePlace { return p })(s.Env, "")
			list = append(list, setup.NewAsked(r.what, cmp.Or(f.Is, f.Title), setup.ShellLine(r.line...)))
		}
	}
	return list
}
