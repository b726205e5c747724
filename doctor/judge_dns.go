package doctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"apifront/probe"
	"apifront/setup"
)

// judgeDelegation says how DNS leads to the zone of the name.
func (e *exam) judgeDelegation() {
	o := &e.outside
	end := func(state setup.DoctorLookState, text string) {
		e.chart.end(setup.DoctorDelegation, state, text, e.delegationAsked()...)
	}
	if o.walkErr != nil {
		end(setup.DoctorUnknown, "No DNS server that was asked gave an answer.")
		return
	}
	cut, broken := o.walk.Cut(), o.walk.Broken != nil
	useless := append(slices.Clone(cut.Lame), cut.Silent...)
	switch {
	case cut.Apex == "" && !o.walk.Direct:
		end(setup.DoctorUnknown, "Only resolvers could be asked, and they know no top-level domain.")
	case cut.Apex == "":
		end(setup.DoctorWrong, "DNS did not lead beyond the root. "+cut.Ends)
	case setup.IsRegistry(cut.Apex):
		end(setup.DoctorWrong, "The zone "+cut.Apex+" names no name servers for a domain of "+e.host+".")
	case len(cut.Servers) > 0 && len(useless) == len(cut.Servers):
		end(setup.DoctorWrong, "DNS leads to "+setup.And(cut.Servers)+" for "+cut.Apex+", and none of them answers for it.")
	case broken:
		end(setup.DoctorWrong, "The way to "+e.host+" ends in "+cut.Apex+": "+cut.Ends)
	case len(useless) > 0:
		end(setup.DoctorWrong, fmt.Sprintf("%d of %s of %s give no answer for it: %s.", len(useless), setup.Count(len(cut.Servers), "name server"), cut.Apex, setup.And(useless)))
	case !o.walk.Direct:
		end(setup.DoctorUnknown, "Only resolvers could be asked. They say that the zone is "+cut.Apex+", on "+setup.And(cut.Servers)+".")
	default:
		end(setup.DoctorRight, setup.Count(len(cut.Servers), "name server")+" of "+cut.Apex+delegationAgrees(o.walk.Last())+".")
	}
}

// delegationAgrees says whether the parent zone and the zone itself name the same
// servers.
func delegationAgrees(c *probe.Cut) string {
	if c == nil || c.Own == nil || c.Parent == nil {
		return ""
	}
	if parent := slices.Sorted(slices.Values(c.Parent)); slices.Equal(parent, c.Own) {
		return ", the same in the zone above and in the zone"
	}
	return "; the zone itself names " + setup.And(c.Own)
}

// delegationAsked are the questions on the way to the zone, the last first.
func (e *exam) delegationAsked() (list []setup.Asked) {
	for _, a := range slices.Backward(e.outside.walk.Kept()) {
		list = append(list, probe.AskedDNS(a))
	}
	return list
}

// judgeServers says whether all who know the name say the same.
func (e *exam) judgeServers() {
	o := &e.outside
	took := e.chart.of(setup.DoctorServers).Took
	end := func(state setup.DoctorLookState, text string) {
		e.chart.end(setup.DoctorServers, state, text, o.answers()...)
		e.chart.change(setup.DoctorServers, func(l *setup.DoctorLook) { l.Took = took })
	}
	if o.silent() {
		end(setup.DoctorUnknown, "No DNS server that was asked gave an answer.")
		return
	}
	c := e.trafficCause()
	switch {
	case c != nil && c.Passing:
		end(setup.DoctorRemark, c.Problem.Why)
	case c != nil:
		end(setup.DoctorWrong, c.Problem.Why)
	case o.traffic.Nowhere():
		end(setup.DoctorWrong, "No server that was asked has an address for "+e.host+".")
	default:
		if text := o.uneven(); text != "" {
			end(setup.DoctorWrong, text)
			return
		}
		state, text := setup.DoctorRight, o.evenWords()
		if besides := o.traffic.Beside(); len(besides) > 0 {
			state, text = setup.DoctorWrong, besides[0].Problem.Why
		}
		end(state, text)
	}
}

// trafficCause is why the name does not lead to its distribution everywhere; nil: it
// does, or no distribution of it is known.
func (e *exam) trafficCause() *setup.Cause {
	if e.inside.configured.Distribution == nil || e.outside.traffic.Target == "" {
		return nil
	}
	return e.outside.traffic.Cause(e.inside.hostedIn())
}

// uneven says how the zone's own servers differ, where it is not known where the name
// should lead; "": they do not. Addresses alone may differ: those of CloudFront do from
// question to question.
func (o *outside) uneven() string {
	answers, none := says(o.traffic.A, true)
	if len(answers) > 0 && len(none) > 0 {
		return "Some of the name servers do not have the name: " + setup.And(none) + "."
	}
	if len(answers) < 2 {
		return ""
	}
	var words []string
	for to, servers := range answers {
		if to == "" {
			to = "addresses"
		}
		words = append(words, setup.And(servers)+" say "+to)
	}
	slices.Sort(words)
	return "The name servers do not say the same: " + strings.Join(words, "; ") + "."
}

// evenWords say where all servers lead the name.
func (o *outside) evenWords() string {
	own, resolvers := 0, 0
	for i, v := range o.traffic.A {
		switch {
		case v.Err != nil && o.traffic.AAAA[i].Err != nil:
		case v.Resolver:
			resolvers++
		default:
			own++
		}
	}
	var where []string
	if own > 0 {
		where = append(where, setup.Count(own, "name server"))
	}
	if resolvers > 0 {
		where = append(where, setup.Count(resolvers, "resolver"))
	}
	return o.leadsWords() + ", asked at " + setup.And(where) + "."
}

// leadsWords say where the name leads.
func (o *outside) leadsWords() string {
	if c := o.cnames(); len(c) > 0 {
		return "CNAME " + c[0]
	}
	var addresses []string
	for _, v := range slices.Concat(o.traffic.A, o.traffic.AAAA) {
		for _, r := range v.Answer.Records {
			if !slices.Contains(addresses, r) {
				addresses = append(addresses, r)
			}
		}
	}
	slices.Sort(addresses)
	if n := len(addresses) - 3; n > 0 {
		return strings.Join(addresses[:3], ", ") + " and " + strconv.Itoa(n) + " more"
	}
	return strings.Join(addresses, ", ")
}
