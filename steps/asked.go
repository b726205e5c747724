package steps

import (
	"cmp"
	"slices"
	"strings"

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

// askedRequest is one request, with the query and the key that the test of its path has.
func (o Outside) askedRequest(e setup.Evidence) setup.Asked {
	return probe.AskedRequest(e, o.queryOf(e), o.keys)
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
		list = append(list, probe.AskedDNS(a))
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
				list = append(list, probe.AskedDNS(a))
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
				list = append(list, probe.AskedDNS(a))
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
