package doctor

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"apifront/probe"
	"apifront/setup"
)

// judgeRequests says what the requests by the name have shown.
func (e *exam) judgeRequests() {
	o := &e.outside
	by := o.byName()
	switch {
	case len(o.secluded) > 0 && len(o.secluded) == len(o.addresses):
		e.chart.end(setup.DoctorCertificate, setup.DoctorUnasked, "It was not called: "+setup.And(o.secluded)+" cannot be reached from the public Internet.")
		e.chart.end(setup.DoctorRequest, setup.DoctorUnasked, "It was not called: "+setup.And(o.secluded)+" cannot be reached from the public Internet.")
	case by == nil:
		e.chart.end(setup.DoctorCertificate, setup.DoctorUnknown, "No request was sent.")
		e.chart.end(setup.DoctorRequest, setup.DoctorUnknown, "No request was sent.")
	default:
		e.judgeShown(by)
		e.judgeAnswers()
	}
	e.judgeBeneath()
}

// judgeShown says which certificate is shown for the name.
func (e *exam) judgeShown(by *setup.Evidence) {
	asked := probe.AskedTLS(*by)
	switch {
	case by.Failed == probe.PhaseTLS:
		asked.Bad = true
		text := "The TLS handshake failed: " + by.Error
		if len(by.Names) > 0 {
			text = "The certificate that is shown is for " + namesWords(by.Names) + ": " + by.Error
		}
		e.chart.end(setup.DoctorCertificate, setup.DoctorWrong, text+".", asked, e.askedRequest(*by))
	case by.Failed != "" && by.Expires.IsZero():
		e.chart.end(setup.DoctorCertificate, setup.DoctorUnknown, "No connection came so far that a certificate was shown.")
	default:
		left := time.Until(by.Expires)
		state, text := setup.DoctorRight, "It covers the name until "+by.Expires.UTC().Format("2 Jan 2006")+", "+setup.Count(int(left/(24*time.Hour)), "day")+" left."
		e.chart.end(setup.DoctorCertificate, state, text, asked)
	}
}

// namesWords are the first names of a certificate.
func namesWords(names []string) string {
	if len(names) > 3 {
		return strings.Join(names[:3], ", ") + " and others"
	}
	return setup.And(names)
}

// judgeAnswers says how the paths were answered.
func (e *exam) judgeAnswers() {
	var said []string
	state := setup.DoctorRight
	for _, p := range e.reading.Paths {
		switch {
		case p.Seen == nil:
			said = append(said, p.Path+" is a WebSocket, which was not opened")
			continue
		case p.Proof == probe.NoProof && !e.kept(p):
			state = setup.DoctorWrong
		}
		said = append(said, answerWords(p))
	}
	switch {
	case state == setup.DoctorWrong && len(e.either) > 0 && len(e.findings) == 0, !slices.ContainsFunc(e.reading.Paths, func(p probe.PathReading) bool { return p.Seen != nil }):
		state = setup.DoctorUnknown
	case state == setup.DoctorWrong && e.stranger():
		state = setup.DoctorUnknown
	}
	var asked []setup.Asked
	for _, v := range e.outside.seen {
		a := e.askedRequest(v)
		a.Bad = a.Bad || state == setup.DoctorWrong && !v.Below
		asked = append(asked, a)
	}
	text := strings.Join(said, "; ")
	if text == "" {
		text = "No path was asked for"
	}
	e.chart.end(setup.DoctorRequest, state, text+".", asked...)
}

// answerWords say what a path was answered, and by whom.
func answerWords(p probe.PathReading) string {
	s := p.Seen
	if s.Failed != "" {
		return p.Path + " got no answer: " + s.Error
	}
	text := p.Path + " " + statusOf(*s)
	if by := s.AnsweredBy(); by != "" {
		text += " from " + by
	}
	if s.FromGateway() && probe.ThroughEdge(s) {
		text += ", through CloudFront"
	}
	if probe.KeptCopy(s) {
		text += ", a kept copy"
	}
	if p.Proof == probe.ProofByRefusal {
		text += " (the API asks callers for a key or a signature)"
	}
	return text
}

// judgeBeneath says what the custom domain shows when it is asked past CloudFront.
func (e *exam) judgeBeneath() {
	const look = setup.DoctorBeneath
	i := &e.inside
	n := slices.IndexFunc(e.outside.lower, func(v setup.Evidence) bool { return v.Rung == setup.RungRegional && !v.Below })
	switch {
	case n >= 0:
		v := e.outside.lower[n]
		asked := probe.AskedTLS(v)
		switch {
		case v.Failed == probe.PhaseTLS:
			asked.Bad = true
			text := "API Gateway shows no certificate that is valid for " + e.host
			if len(v.Names) > 0 {
				text = "API Gateway shows a certificate for " + namesWords(v.Names)
			}
			e.chart.end(look, setup.DoctorWrong, text+": "+v.Error+".", asked, e.askedRequest(v))
		case v.Expires.IsZero():
			e.chart.end(look, setup.DoctorUnknown, "No connection to it came so far: "+v.Error+".", e.askedRequest(v))
		default:
			e.chart.end(look, setup.DoctorRight, "API Gateway shows one for "+namesWords(v.Names)+", until "+v.Expires.UTC().Format("2 Jan 2006")+".", asked, e.askedRequest(v))
		}
	case !i.asked():
		e.unasked(look, "the target of the custom domain, which AWS says")
	case i.configured.Domain == nil:
		e.chart.end(look, setup.DoctorUnknown, "No Regional custom domain was found that could be asked.")
	case e.reading.Proved() && e.throughGateway():
		e.chart.end(look, setup.DoctorRight, "CloudFront reached API Gateway over HTTPS, which it does only where the certificate covers the name.")
	default:
		e.chart.end(look, setup.DoctorUnknown, "It was not asked past CloudFront.")
	}
}

// throughGateway says whether an answer came through CloudFront from API Gateway just
// now.
func (e *exam) throughGateway() bool {
	return slices.ContainsFunc(e.outside.seen, func(v setup.Evidence) bool {
		return probe.ThroughEdge(&v) && v.FromGateway() && !probe.KeptCopy(&v)
	})
}

// kept says whether callers of a path get a right answer though nothing proves where
// it is from: one that CloudFront kept, where no account says more.
func (e *exam) kept(p probe.PathReading) bool {
	return e.inside.configured.Distribution == nil && p.Seen != nil && probe.KeptCopy(p.Seen) && p.Seen.FromGateway() && p.Seen.Status < 400
}

// stranger says whether something answers that shows no sign of API Gateway, and no
// account says that it should.
func (e *exam) stranger() bool {
	by := e.outside.byName()
	if by == nil || by.Status == 0 || by.FromGateway() || len(e.wrong()) > 0 || e.inside.configured.Domain != nil || e.inside.configured.Distribution != nil && e.inside.toGateway() {
		return false
	}
	return !probe.ThroughEdge(by) || by.Status < 400 || by.Header["Server"] != "" && by.Header["Server"] != "CloudFront"
}

// askedRequest is one request, with the line that makes it again, and no word of an API
// or a function in it: those are for its callers. A key that was sent stands in it as a
// variable.
func (e *exam) askedRequest(v setup.Evidence) setup.Asked {
	return probe.AskedRequest(probe.Kept([]setup.Evidence{v})[0], "", []setup.ProbeKey{{Variable: KeyVariable, Header: http.CanonicalHeaderKey(e.q.Key.Header)}})
}
