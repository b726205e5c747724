package steps

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"apifront/probe"
	"apifront/setup"
)

// wrongClaims say in a few words what is wrong where a setting is.
var wrongClaims = map[setup.Setting]string{
	setup.SettingTrafficRecord:       "Leads elsewhere",
	setup.SettingDelegation:          "Another zone is asked",
	setup.SettingProxy:               "A proxy stands before it",
	setup.SettingEdgeCertificate:     "Another certificate",
	setup.SettingAlias:               "Does not know the name",
	setup.SettingEnabled:             "Switched off",
	setup.SettingDeployed:            "Not the same everywhere",
	setup.SettingMethods:             "Other methods allowed",
	setup.SettingCacheKey:            "Tells callers apart otherwise",
	setup.SettingCaching:             "Keeps answers otherwise",
	setup.SettingFirewall:            "A firewall refuses",
	setup.SettingRestriction:         "Countries are refused",
	setup.SettingErrorPages:          "Answers with pages of its own",
	setup.SettingEdgeFunction:        "A function answers",
	setup.SettingOriginDomain:        "Goes to another origin",
	setup.SettingOriginProtocol:      "Not over HTTPS only",
	setup.SettingHostHeader:          "Host is not kept",
	setup.SettingOriginPath:          "A path is put before",
	setup.SettingOriginTLS:           "Other TLS versions",
	setup.SettingOriginTimeout:       "Other waiting time",
	setup.SettingForwarding:          "Headers are left out",
	setup.SettingCustomDomain:        "No custom domain",
	setup.SettingRegionalCertificate: "Another certificate",
	setup.SettingDomainMTLS:          "Wants client certificates",
	setup.SettingMapping:             "A path leads elsewhere",
	setup.SettingRoutingMode:         "Does not go by mappings",
	setup.SettingRoute:               "Does not know the path",
	setup.SettingAPIAccess:           "Refuses the request",
	setup.SettingAPIPolicy:           "Its policy refuses",
	setup.SettingBackend:             "Does not answer rightly",
	setup.SettingThrottling:          "Too many requests",
}

// wrongClaim says in a few words what is wrong.
func wrongClaim(f setup.FindingBody) string {
	switch _, about, _ := strings.Cut(f.Key, "/"); {
	case about == "missing" && f.Setting == setup.SettingTrafficRecord, strings.HasPrefix(f.Key, "live/"+string(setup.SettingTrafficRecord)+"/traffic-none"):
		return "Has no record"
	case about == "missing":
		s, _ := Find(f.StepID)
		return "Missing: " + s.Thing
	case f.Is == "" && f.Setting == setup.SettingMapping && f.Field != "":
		return "A path is not mapped"
	case f.Is == "" && f.Setting == setup.SettingTrafficRecord && f.Field != "":
		return "A record is missing"
	}
	return cmp.Or(wrongClaims[f.Setting], "Differs")
}

// wrongText says it as it was seen.
func wrongText(f setup.FindingBody, revision int) string {
	if f.Field == "" {
		return strings.TrimSuffix(cmp.Or(effectWords(f), f.Title), ".") + "."
	}
	is, want := "not there", "nothing there"
	if f.Is != "" {
		is = valueWords(f.Is)
	}
	if f.Want != "" {
		want = valueWords(f.Want)
	}
	return f.Field + " is " + is + ". Revision " + strconv.Itoa(revision) + " wants " + want + "."
}

func effectWords(f setup.FindingBody) string {
	if f.Effect == nil {
		return ""
	}
	return setup.Clip(f.Effect.Why, 200)
}

// valueWords is a value in a sentence. A policy of AWS's own has a name.
func valueWords(v string) string { return setup.Clip(cmp.Or(setup.Managed(v), v), 100) }

// awayText says where a name leads that has not moved, or not any more.
func (s *Survey) awayText() (text, id string) {
	o, _ := s.of(dnsStep())
	var seen []string
	kinds := map[string][]string{}
	for _, r := range o.Records {
		for _, v := range r.Seen {
			kind := r.Type
			switch {
			case isAddress(v) && strings.Contains(v, ":"):
				kind = "AAAA"
			case isAddress(v):
				kind = "A"
			}
			if !slices.Contains(kinds[kind], v) {
				kinds[kind], seen = append(kinds[kind], v), append(seen, v)
			}
		}
	}
	seen = slices.Compact(seen)
	where := "DNS has "
	if atRoute53(s.Env.Setup.Spec) {
		where = "Route 53 has "
	}
	if len(seen) == 0 {
		return where + "no address of the name.", ""
	}
	return where + setup.And(seen) + ".", seen[0]
}

// rightServers say how many servers lead the name here.
func rightServers(t *probe.Traffic) string {
	own, resolvers, silent, kinds := 0, 0, 0, map[string]bool{}
	for i, v := range t.A {
		switch {
		case v.Err != nil && t.AAAA[i].Err != nil:
			silent++
			continue
		case !slices.Contains(t.Right, v.Server):
			continue
		case v.Resolver:
			resolvers++
		default:
			own++
		}
		kinds["A"] = kinds["A"] || v.Err == nil && v.Answer.Exists()
		kinds["AAAA"] = kinds["AAAA"] || t.AAAA[i].Err == nil && t.AAAA[i].Answer.Exists()
	}
	var what, where []string
	for _, k := range []string{"A", "AAAA"} {
		if kinds[k] {
			what = append(what, k)
		}
	}
	if own > 0 {
		where = append(where, setup.Count(own, "name server"))
	}
	if resolvers > 0 {
		where = append(where, setup.Count(resolvers, "resolver"))
	}
	text := cmp.Or(setup.And(what), "Records") + ", the same at " + setup.And(where) + "."
	if own+resolvers == 1 {
		text = strings.Replace(text, ", the same at ", " at ", 1)
	}
	if silent > 0 {
		text = strings.TrimSuffix(text, ".") + "; " + strconv.Itoa(silent) + " gave no answer."
	}
	return text
}

// nameAsked are questions of DNS that show where the name leads: one of a name server
// and one of a resolver.
func (s *Survey) nameAsked() (list []setup.Asked) {
	t := s.traffic()
	if t == nil {
		if o, ok := s.of(dnsStep()); ok {
			return first([]setup.Asked{askedAgain(s.Env, dnsStep(), "", o.Summary)}, 1)
		}
		return nil
	}
	wrong := func(server string) bool { return slices.Contains(t.Other, server) || slices.Contains(t.None, server) }
	for _, bad := range []bool{true, false} {
		for _, resolver := range []bool{false, true} {
			for _, v := range t.A {
				if v.Resolver != resolver || wrong(v.Server) != bad {
					continue
				}
				a := probe.AskedDNS(v.Kept())
				a.Bad = a.Bad || bad
				list = append(list, a)
				break
			}
		}
	}
	return first(list, 2)
}

// edgeText says how CloudFront answered.
func edgeText(e setup.Evidence) string {
	text := "CloudFront answered"
	if pop := e.Header["X-Amz-Cf-Pop"]; pop != "" {
		text = "CloudFront (" + setup.Clip(pop, 20) + ") answered"
	}
	if took := e.Resolve + e.Connect + e.TLS + e.FirstByte; took > 0 {
		text += " in " + probe.ShortSpan(took)
	}
	if !e.Expires.IsZero() {
		text += " with a certificate that is valid until " + e.Expires.UTC().Format("2 Jan 2006")
	}
	return text + "."
}

// pathsInHop is how many paths a hop names.
const pathsInHop = 4

// apiWords say what the paths answered.
func apiWords(paths []probe.PathReading, rung setup.Rung, left []setup.Mapping, past bool) (claim, text string) {
	n := len(paths)
	claim = strconv.Itoa(n) + " of " + setup.Count(n+len(left), "path") + " answer"
	if n == 1 {
		claim += "s"
	}
	var said []string
	for _, p := range paths[:min(n, pathsInHop)] {
		words := p.Path
		if p.Seen != nil {
			words += " " + strconv.Itoa(p.Seen.Status)
		}
		if p.Proof == probe.ProofBelow {
			words += " (kept by CloudFront; past it the API answers)"
		}
		if p.Proof == probe.ProofByRefusal {
			words += " (it asks callers for a key or a signature)"
		}
		said = append(said, words)
	}
	if n > pathsInHop {
		said = append(said, strconv.Itoa(n-pathsInHop)+" more")
	}
	text = strings.Join(said, ", ") + "."
	switch {
	case past && rung == setup.RungRegional:
		text = "Asked at API Gateway with this name: " + text
	case past && rung == setup.RungAPI:
		text = "Asked at the API's own name: " + text
	case past:
		text = "Asked past DNS: " + text
	}
	if len(left) > 0 {
		text += " " + setup.Count(len(left), "other") + " left out: Check now asks each."
	}
	return claim, text
}
