package probe

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"apifront/setup"
)

// Wanted is what should be there: what the decoder compares with.
type Wanted struct {
	Name    string
	Paths   []WantedPath
	Methods []string // that callers may use; none: nobody asks
	// ViewerProtocol is what becomes of plain HTTP, as AWS writes it; "": nobody asks.
	ViewerProtocol string
	Keeps          *bool // whether CloudFront may keep answers; nil: nobody asks
}

// A WantedPath is a mapped path.
type WantedPath struct {
	Path   string // as people write it: "/orders"
	Kind   setup.APIKind
	APIID  string
	Stage  string
	Status int // that proves that the API works; 0: any that it answers itself
}

// A Reading is what the decoder makes of evidence.
type Reading struct {
	Paths  []PathReading
	Causes []setup.Cause // what is wrong; several where several things are
}

// A PathReading is whether one path works.
type PathReading struct {
	Path  string
	Proof Proof
	Rung  setup.Rung      // the outermost that was looked at
	Seen  *setup.Evidence // there
}

// Proved says whether every path works and nothing is wrong, but for what goes
// away by waiting.
func (r Reading) Proved() bool {
	return len(r.Paths) > 0 && !slices.ContainsFunc(r.Causes, func(c setup.Cause) bool { return !c.Passing }) && !slices.ContainsFunc(r.Paths, func(p PathReading) bool { return p.Proof == NoProof })
}

// A Proof is how it is known that a request reached its API.
type Proof string

// The proofs.
const (
	NoProof        Proof = ""
	ProofByHeader  Proof = "header"    // the answer has a header of API Gateway and is not from a cache
	ProofByStatus  Proof = "status"    // likewise, and its status is the one that a person named
	ProofByUpgrade Proof = "websocket" // a WebSocket was opened

	// These come from comparing with the answer on a lower rung.
	ProofByRefusal    Proof = "refusal"    // the API refuses the request itself: it wants a key, a signature or a token
	ProofBelow        Proof = "below"      // CloudFront kept the answer; the configuration is right, and the request past it brings one now
	ProofByComparison Proof = "comparison" // the answer is that of a host at which only API Gateway answers
)

// A sight is all that is known of one path.
type sight struct {
	name  string
	want  WantedPath
	c     setup.Configured
	at    map[setup.Rung]*setup.Evidence
	below map[setup.Rung]*setup.Evidence // of a path below the mapping that nobody knows
	right bool                           // nothing that AWS said of the configuration is wrong
}

// ladder are the rungs from the lowest.
var ladder = []setup.Rung{setup.RungAPI, setup.RungRegional, setup.RungDistribution, setup.RungName}

// Decode says which paths work, and what is wrong where they do not. What could
// not be read of the configuration leaves a cause open: Cause.Or then has the
// settings that would look alike, and Cause.Tell the look that tells.
func Decode(seen []setup.Evidence, c setup.Configured, w Wanted) Reading {
	var r Reading
	var causes causes
	misfits := w.misfits(c)
	right := !slices.ContainsFunc(misfits, func(m foundMisfit) bool { return m.told != beside })
	broken := false
	for _, want := range w.Paths {
		s := newSight(seen, c, w.Name, want)
		s.right = right
		p := PathReading{Path: want.Path}
		p.Rung, p.Seen = s.top()
		p.Proof = s.proof()
		r.Paths = append(r.Paths, p)
		if p.Proof != NoProof && throttled(p.Seen) {
			causes.add(symptomOf("throttled").cause(s, p.Rung))
		}
		if p.Proof != NoProof || p.Seen == nil {
			continue
		}
		broken = true
		for _, f := range s.causes() {
			causes.add(f.row.cause(s, f.rung))
		}
	}
	if broken {
		causes.settle(misfits)
	}
	for _, m := range misfits {
		if broken || m.told == always || m.told == beside {
			causes.add(m.Cause)
		}
	}
	r.Causes = causes.list
	return r
}

func newSight(seen []setup.Evidence, c setup.Configured, name string, want WantedPath) *sight {
	s := &sight{name: name, want: want, c: c, at: map[setup.Rung]*setup.Evidence{}, below: map[setup.Rung]*setup.Evidence{}}
	for i := range seen {
		e := &seen[i]
		if e.Path != want.Path {
			continue
		}
		if want.Kind == setup.APIKindWebSocket && !e.Upgrade && e.Failed == "" && fromGateway(e) {
			continue // a plain GET of a WebSocket API proves nothing, whatever is answered
		}
		if e.Below {
			s.below[e.Rung] = e
		} else {
			s.at[e.Rung] = e
		}
	}
	return s
}

// top is the outermost rung that was looked at.
func (s *sight) top() (setup.Rung, *setup.Evidence) {
	for _, rung := range slices.Backward(ladder) {
		if e := s.at[rung]; e != nil {
			return rung, e
		}
	}
	return "", nil
}

// fine says whether the API was reached on a rung.
func (s *sight) fine(rung setup.Rung) bool { return reached(s.at[rung]) }

// allBroke says whether every request broke off in the phase, on two rungs at
// least.
func (s *sight) allBroke(phase string, words ...string) bool {
	for _, e := range s.at {
		if !brokeOff(e, phase, words...) {
			return false
		}
	}
	return len(s.at) > 1
}

// aliased says whether the distribution has the name, as far as AWS said.
func (s *sight) aliased() bool {
	return s.c.Distribution != nil && hasAlias(s.c.Distribution.Aliases, s.name)
}

func hasAlias(aliases []string, name string) bool {
	return slices.ContainsFunc(aliases, func(a string) bool { return strings.EqualFold(a, name) || setup.Covers(a, name) })
}

// serving says whether the distribution is on, as far as AWS said.
func (s *sight) serving() bool { return s.c.Distribution == nil || s.c.Distribution.Enabled }

// passesHost says whether AWS says that Host is passed on.
func (s *sight) passesHost() bool {
	d := s.c.Distribution
	return d != nil && !d.PolicyUnknown && d.PassesHost
}

// deploying says whether CloudFront is still bringing a configuration that leads
// to the API to all of its locations.
func (s *sight) deploying() bool {
	d := s.c.Distribution
	return d != nil && !d.Deployed && d.Enabled && s.aliased() && s.configured() && d.OriginPath == "" && s.fine(setup.RungRegional)
}

// byMappings says whether the custom domain goes by mappings, as far as AWS said.
func (s *sight) byMappings() bool {
	return s.c.Domain == nil || s.c.Domain.RoutingMode != "ROUTING_RULE_ONLY"
}

// slower says whether the API takes longer than CloudFront waits.
func (s *sight) slower() bool {
	e := s.at[setup.RungRegional]
	return s.fine(setup.RungRegional) && s.c.Distribution != nil && s.c.Distribution.ReadTimeout > 0 && e.FirstByte > s.c.Distribution.ReadTimeout
}

// strictTLS says whether the custom domain or the API takes TLS 1.3 alone.
func (s *sight) strictTLS() bool {
	strict := func(policy string) bool { return strings.Contains(policy, "TLS13_1_3") }
	return s.c.Domain != nil && strict(s.c.Domain.SecurityPolicy) || strict(s.api().SecurityPolicy)
}

// api is what AWS said of the API; empty if nothing.
func (s *sight) api() setup.ConfiguredAPI {
	i := slices.IndexFunc(s.c.APIs, func(a setup.ConfiguredAPI) bool { return "/"+a.Path == s.want.Path })
	if i < 0 {
		return setup.ConfiguredAPI{}
	}
	return s.c.APIs[i]
}

// access is what the API asks of callers; "" is not known.
func (s *sight) access() string { return s.api().Access }

// mapped says whether AWS says that the path is mapped as wanted.
func (s *sight) mapped() bool {
	return s.c.Domain != nil && slices.ContainsFunc(s.c.Domain.Mappings, func(m setup.Mapping) bool {
		return m.DisplayPath() == s.want.Path && m.APIID == s.want.APIID && m.Stage == s.want.Stage
	})
}

// proof is why the path works on the outermost rung.
func (s *sight) proof() Proof {
	rung, e := s.top()
	switch {
	case e == nil, e.Failed != "":
		return NoProof
	case rung == setup.RungName && !ThroughEdge(e) && !e.Upgrade, rung == setup.RungDistribution && !ThroughEdge(e) && !e.Upgrade:
		return NoProof
	case errorPaged(e):
		return NoProof
	case s.want.Status != 0:
		if e.Status == s.want.Status && fromGateway(e) && (!KeptCopy(e) || s.keptIsRight()) && !s.differs() {
			return ProofByStatus
		}
		return NoProof
	case s.want.Kind == setup.APIKindWebSocket:
		return s.handshake(e)
	case s.guarded():
		return ProofByRefusal
	case s.stripped():
		return ProofByComparison
	case forbidden(e), failedBehind(e), !fromGateway(e):
		return NoProof
	case KeptCopy(e):
		if s.keptIsRight() {
			return ProofBelow
		}
		return NoProof
	case s.differs():
		return NoProof
	case unauthorized(e), denied(e):
		return ProofByRefusal
	}
	return ProofByHeader
}

// handshake is the proof of a WebSocket API.
func (s *sight) handshake(e *setup.Evidence) Proof {
	own := s.at[setup.RungAPI]
	switch {
	case opened(e):
		return ProofByUpgrade
	case e.Upgrade && status(e, 401, 403) && own != nil && alike(own, e) && s.configured():
		return ProofByRefusal // $connect asks the same of everybody
	}
	return NoProof
}

// keptIsRight says whether an answer that CloudFront kept is that of the API:
// the API answers without CloudFront now, and the configuration leads to it.
func (s *sight) keptIsRight() bool {
	return s.right && s.configured() && s.fine(setup.RungRegional)
}

// configured says whether AWS says that the path leads to the API: the mapping,
// the origin and the Host header. What could not be read is not right.
func (s *sight) configured() bool {
	d := s.c.Distribution
	return d != nil && s.mapped() && d.OriginDomain == s.c.Domain.Target && d.OriginProtocol == "https-only" && !d.PolicyUnknown && d.PassesHost
}

// guarded says whether a refusal is the API's own, which asks for a key or a
// signature: the path is mapped, Host arrives, and still it is refused.
func (s *sight) guarded() bool {
	rung, e := s.top()
	if !forbidden(e) {
		return false
	}
	if other := s.below[rung]; other != nil && unknownRoute(other) {
		return true // the mapping answers for a path that the API does not have
	}
	if s.fine(setup.RungAPI) || s.fine(setup.RungRegional) || s.access() == "NONE" {
		return false // the API asks for nothing
	}
	return s.right && s.configured()
}

// stripped says whether the API takes API Gateway's headers off its answers: at
// the target of the custom domain, where only API Gateway answers, they are
// missing too, and the answers are alike.
func (s *sight) stripped() bool {
	_, e := s.top()
	direct := s.at[setup.RungRegional]
	return answered(direct) && e != direct && !fromGateway(direct) && !fromGateway(e) && ThroughEdge(e) && !fromEdge(e) && !KeptCopy(e) &&
		alike(direct, e) && e.Status < 500 && e.Header["Content-Type"] == direct.Header["Content-Type"]
}

// differs says whether the API answers otherwise when it is asked without
// CloudFront: the request was changed on the way, or another API answered. Where
// AWS says that the path leads to the API, only a refusal that the API does not
// make by itself counts: it may answer by what CloudFront adds to a request.
func (s *sight) differs() bool {
	_, e := s.top()
	direct := s.at[setup.RungRegional]
	if e == direct || !reached(direct) || s.want.Status != 0 && direct.Status != s.want.Status {
		return false
	}
	refusal := func(e *setup.Evidence) bool { return unauthorized(e) || denied(e) || unknownRoute(e) }
	switch {
	case refusal(e) && !refusal(direct):
		return true
	case throttled(e), throttled(direct), s.right && s.configured():
		return false
	}
	return !alike(direct, e)
}

// An explained rung is one that fails, with the row that says why.
type explained struct {
	row  *symptom
	rung setup.Rung
}

// causes are the rows that explain why the path does not work: that of the lowest
// rung that fails with all above it, and those above which show whatever is wrong
// below.
func (s *sight) causes() []explained {
	var list []explained
	for _, rung := range s.failing() {
		i := slices.IndexFunc(symptoms, func(row symptom) bool { return slices.Contains(row.rungs, rung) && row.when(s, s.at[rung]) })
		if i < 0 || len(list) > 0 && (!symptoms[i].own || list[len(list)-1].row == &symptoms[i]) {
			continue
		}
		list = append(list, explained{&symptoms[i], rung})
	}
	return list
}

// failing are the rungs that fail, from the lowest above which none works. One
// below which another works says nothing: the API's own name may be switched off.
// Of two through CloudFront, one that the test left off says less than the outer.
func (s *sight) failing() []setup.Rung {
	var list []setup.Rung
	for _, rung := range slices.Backward(ladder) {
		e := s.at[rung]
		if e == nil {
			continue
		}
		if s.fine(rung) && len(list) > 0 {
			break
		}
		if outer := s.at[setup.RungName]; rung == setup.RungDistribution && leftOff(e) && (ThroughEdge(outer) || outer != nil && leftOff(outer)) {
			continue
		}
		list = append(list, rung)
	}
	slices.Reverse(list)
	return list
}

// symptomOf is the row of the table with the ID.
func symptomOf(id string) *symptom {
	i := slices.IndexFunc(symptoms, func(row symptom) bool { return row.id == id })
	return &symptoms[i]
}

// cause is the row for a path, in words.
func (row *symptom) cause(s *sight, rung setup.Rung) setup.Cause {
	e := s.at[rung]
	p := &setup.Problem{What: "The test of " + s.want.Path + " did not reach the API.", Why: s.fill(row.why, e), Fix: s.fill(row.fix, e), Code: row.id}
	if answered(e) {
		p.Why = e.Method + " " + s.want.Path + " answered " + strconv.Itoa(e.Status) + ". " + p.Why
		p.Said = strings.TrimSpace(strconv.Itoa(e.Status) + " " + Said(e))
		p.Ref = requestID(func(name string) string { return e.Header[name] })
		switch {
		case fromGateway(e):
			p.Service = "API Gateway"
		case ThroughEdge(e):
			p.Service = "CloudFront"
		}
	} else {
		p.Service, p.Said = "apifront", setup.ClipMessage(e.Error)
	}
	if row.setting == setup.SettingBackend {
		p.What = "The API behind " + s.want.Path + " does not answer as it should."
	}
	return setup.Cause{
		Symptom: row.id, Setting: row.setting, Or: row.or, Tell: row.tell, Passing: row.passing,
		Rung: rung, Paths: []string{s.want.Path}, Problem: p,
	}
}

func (s *sight) fill(text string, e *setup.Evidence) string {
	target, origin := "the d-….execute-api name", ""
	if s.c.Domain != nil && s.c.Domain.Target != "" {
		target = s.c.Domain.Target
	}
	if s.c.Distribution != nil && s.c.Distribution.OriginDomain != "" {
		origin = ", " + s.c.Distribution.OriginDomain + ","
	}
	server := ""
	if name := e.Header["Server"]; name != "" && name != "CloudFront" {
		server = " (" + setup.First(name, 40) + ")"
	}
	names := setup.And(e.Names[:min(len(e.Names), 3)])
	return strings.NewReplacer(
		"{name}", s.name, "{path}", s.want.Path, "{api}", cmp.Or(hostOf(e.URL), "the API"), "{target}", target,
		"{origin-words}", origin, "{status}", strconv.Itoa(e.Status), "{server-words}", server,
		"{server}", cmp.Or(e.Dialed, hostOf(e.URL), "the server"), "{names}", cmp.Or(names, "no name"),
		"{certificate}", certificateWords(e, names, s.name),
		"{waited}", setup.Span(e.FirstByte.Round(time.Second)),
	).Replace(text)
}

// certificateWords say what was shown in place of a certificate that is trusted and
// valid for the name. The errors are those of crypto/tls and crypto/x509.
func certificateWords(e *setup.Evidence, names, name string) string {
	switch {
	case strings.Contains(e.Error, "does not look like a TLS handshake"):
		return "no certificate, since it does not speak TLS on this port"
	case strings.Contains(e.Error, "unknown authority"):
		return "a certificate of an authority that is not trusted"
	case names == "":
		return "no certificate that is valid for " + name
	}
	return "a certificate for " + names + ", which is not valid for " + name
}

// causes joins causes that are the same for several paths.
type causes struct{ list []setup.Cause }

func (cs *causes) add(c setup.Cause) {
	for i := range cs.list {
		have := &cs.list[i]
		if have.Setting == c.Setting && (have.Symptom == c.Symptom || len(c.Paths) == 0) {
			if have.Symptom != c.Symptom { // what AWS says is surer than what it looks like
				c.Paths, c.Rung = have.Paths, have.Rung
				*have = c
				return
			}
			have.Paths = append(have.Paths, c.Paths...)
			return
		}
	}
	cs.list = append(cs.list, c)
}

// settle drops causes that were a guess between settings, where AWS says that
// something is wrong on the way.
func (cs *causes) settle(misfits []foundMisfit) {
	misfits = slices.DeleteFunc(slices.Clone(misfits), func(m foundMisfit) bool { return m.told == beside })
	if len(misfits) == 0 {
		return
	}
	cs.list = slices.DeleteFunc(cs.list, func(c setup.Cause) bool {
		return len(c.Or) > 0 && !slices.ContainsFunc(misfits, func(m foundMisfit) bool { return m.Setting == c.Setting })
	})
}
