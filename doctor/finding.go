package doctor

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"apifront/probe"
	"apifront/setup"
	"apifront/steps"
)

// find makes findings of what was seen, and alternatives of what looks alike.
func (e *exam) find() {
	for _, c := range e.pathFaults(e.ownNameFaults(e.causes())) {
		settled := e.inside.configured.Distribution == nil && slices.Contains(settledByVerdict, c.Symptom) && e.said() != ""
		if c.Problem == nil || settled {
			continue
		}
		c = e.unsettled(c)
		if c.Symptom == "kept-answer" && e.inside.configured.Distribution == nil && e.answered() {
			e.findings = append(e.findings, e.keptRemark(c))
			continue
		}
		if len(c.Or) > 0 {
			e.leaveOpen(c)
			continue
		}
		e.findings = append(e.findings, e.finding(c))
	}
	e.taken()
	e.findings = append(e.findings, e.remarks()...)
	if len(e.wrong()) > 0 { // what looks alike may come of what is known to be wrong
		e.either = nil
	}
	e.sort()
}

// causes are what is wrong, as far as requests, DNS and AWS tell together.
func (e *exam) causes() []setup.Cause {
	traffic, besides := e.trafficCause(), e.outside.traffic.Beside()
	if traffic == nil && e.inside.configured.Distribution == nil {
		// That nobody answers for the zone is wrong wherever the name should lead.
		if c := e.outside.traffic.Cause(probe.Hosted{}); c != nil && c.Symptom == "servers-silent" {
			traffic = c
		}
	}
	if !e.outside.walked || e.outside.silent() {
		traffic, besides = nil, nil
	}
	list := slices.Clone(e.reading.Causes)
	switch {
	case e.reading.Proved() && (traffic == nil || traffic.Passing):
		if traffic != nil {
			list = append(list, *traffic)
		}
		return append(list, besides...)
	case traffic == nil || e.through() && !e.reading.Proved():
		return append(list, besides...)
	}
	list = slices.DeleteFunc(list, func(c setup.Cause) bool { return c.Rung == setup.RungName || c.Setting == traffic.Setting })
	return append([]setup.Cause{*traffic}, list...)
}

// through says whether every answer by the name came through CloudFront.
func (e *exam) through() bool {
	for _, p := range e.reading.Paths {
		if p.Seen == nil || p.Rung != setup.RungName || !probe.ThroughEdge(p.Seen) {
			return false
		}
	}
	return len(e.reading.Paths) > 0
}

// elsewhere are the rows of the table of symptoms that look the same where the name
// leads to another server than its distribution, so that only the distribution tells.
var elsewhere = map[string][]setup.Setting{
	"edge-has-other-certificate": {setup.SettingTrafficRecord, setup.SettingAlias},
	"edge-certificate-expired":   {setup.SettingTrafficRecord},
	"edge-speaks-other-tls":      {setup.SettingTrafficRecord},
	"alias-missing":              {setup.SettingTrafficRecord, setup.SettingEnabled},
	"misdirected":                {setup.SettingTrafficRecord, setup.SettingOriginDomain},
	"origin-unknown":             {setup.SettingCustomDomain},
	"origin-unreachable":         {setup.SettingRegionalCertificate, setup.SettingOriginTLS, setup.SettingDomainMTLS},
	"unmapped-or-guarded":        {setup.SettingRoutingMode, setup.SettingOriginPath, setup.SettingOriginDomain, setup.SettingTrafficRecord, setup.SettingDeployed, setup.SettingAPIPolicy},
	"error-page":                 {setup.SettingBackend},
	"no-server":                  {setup.SettingTrafficRecord},
}

// unsettled leaves a cause open that only an account could settle, where none did.
func (e *exam) unsettled(c setup.Cause) setup.Cause {
	if e.inside.configured.Distribution != nil {
		return c
	}
	c.Or = slices.Clone(c.Or)
	for _, s := range elsewhere[c.Symptom] {
		if s != c.Setting && !slices.Contains(c.Or, s) {
			c.Or = append(c.Or, s)
		}
	}
	return c
}

// keptRemark says that callers get an answer that CloudFront kept, which nobody can see
// behind without an account.
func (e *exam) keptRemark(c setup.Cause) setup.FindingBody {
	f := setup.FindingBody{
		Key: "doctor/caching/kept", Part: setup.SettingCaching.Hop(), Setting: setup.SettingCaching, Beside: true, Paths: c.Paths,
		Title: "Callers get an answer that CloudFront kept, which says nothing of how things stand behind it", Fix: fixes[setup.SettingCaching],
	}
	if by := e.outside.byName(); by != nil {
		f.Evidence = []setup.Asked{e.askedRequest(*by)}
	}
	return f
}

// settledByVerdict are rows that the verdict says in its own words: the name leads
// past CloudFront, to another server, or nowhere.
var settledByVerdict = []string{"name-past-cloudfront", "name-at-stranger", "name-has-no-address", "stranger"}

// leaveOpen makes alternatives of a cause that may be another one as well.
func (e *exam) leaveOpen(c setup.Cause) {
	for _, s := range append([]setup.Setting{c.Setting}, c.Or...) {
		a := alternatives[s]
		if s == setup.SettingAPIAccess && e.sentKey() != "" {
			a = setup.Alternative{
				Title: "The API does not accept the key that was sent in " + e.sentKey(), Text: "It may have ended, belong to no usage plan of this stage, or be looked for in another header. Or the API wants a signature.",
				Fix: "Look at the key and its usage plan.",
			}
		}
		if a.Title == "" {
			a.Title, a.Text = "Something is wrong with "+s.Words(), s.Harm()
		}
		a.Setting = s
		if s == c.Setting && a.Text == "" {
			a.Text = c.Problem.Why
		}
		if !slices.ContainsFunc(e.either, func(o setup.Alternative) bool { return o.Title == a.Title }) {
			e.either = append(e.either, a)
			e.open = append(e.open, s)
		}
	}
	e.openWhy = cmp.Or(e.openWhy, c.Problem.Why)
}

// finding is a cause as a finding, with the old and the new line.
func (e *exam) finding(c setup.Cause) setup.FindingBody {
	step, _ := steps.StepFor(c.Setting)
	f := setup.FindingBody{
		Key: "doctor/" + string(c.Setting) + "/" + c.Symptom, StepID: step.ID, Part: c.Setting.Hop(), Setting: c.Setting,
		Paths: c.Paths, Passes: c.Passing, Fix: cmp.Or(fixes[c.Setting], e.delegationFix(c), c.Problem.Fix),
	}
	if c.Rung != "" || c.Setting.Hop() == setup.PartName || !e.reading.Proved() {
		f.Effect = c.Problem
	}
	if !c.Passing { // what goes away by waiting has no other line to come
		e.line(&f, c)
	}
	f.Title = e.title(f, c)
	if c.Symptom == "resolvers-fail" || e.atEdge(c) || e.served() && (c.Passing || e.ownOrigin(c.Setting)) {
		f.Beside = true // callers are served all the same
	}
	f.Evidence = first(e.evidenceOf(f), askedOfFinding)
	return f
}

// served says whether an answer proves of every path that its API is reached.
func (e *exam) served() bool {
	return len(e.reading.Paths) > 0 && !slices.ContainsFunc(e.reading.Paths, func(p probe.PathReading) bool { return p.Proof == probe.NoProof })
}

// ownOrigin says whether the setting is right by the API's own name as origin, though a
// custom domain of the name is there.
func (e *exam) ownOrigin(s setup.Setting) bool {
	d := e.inside.configured.Distribution
	return d != nil && apiName(d.OriginDomain) && slices.Contains([]setup.Setting{setup.SettingOriginDomain, setup.SettingOriginPath, setup.SettingHostHeader}, s)
}

// elseAnswers says whether CloudFront answers callers of a name that our distribution
// does not have: then another one has it, or a wildcard that covers it.
func (e *exam) elseAnswers() bool {
	by := e.outside.byName()
	return e.inside.found != nil && by != nil && by.Failed == "" && by.Status != 0 && by.Status != 421 && probe.ThroughEdge(by)
}

// atEdge says whether DNS leads to another distribution while callers reach the API:
// CloudFront goes by the name, wherever in it DNS leads.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-restrictions
func (e *exam) atEdge(c setup.Cause) bool {
	return c.Symptom == "traffic-elsewhere" && e.served() && strings.HasSuffix(e.outside.edgeName(), ".cloudfront.net")
}

// title is what callers get, because of what. It has no full stop.
func (e *exam) title(f setup.FindingBody, c setup.Cause) string {
	text := c.Problem.Why
	switch harm := f.Setting.Harm(); {
	case titles[c.Symptom] != "":
		text = titles[c.Symptom]
	case f.Setting == setup.SettingAlias && e.elseAnswers():
		text = "Callers get what another distribution answers, because " + e.inside.found.ID + " does not have the name"
	case e.atEdge(c):
		text = "DNS leads the name to another distribution, and callers are answered all the same: CloudFront goes by the name that they ask for. They are not once that distribution is deleted"
	case f.Passes:
	case f.Setting == setup.SettingHostHeader && f.Field != "":
		text = "Callers get 403, because CloudFront does not pass on the Host that they ask for"
	case f.Field != "" && (harm != "" || f.Setting == setup.SettingEnabled):
		text = steps.Consequence(f)
	case harm != "":
		text = harm
	}
	return strings.TrimSuffix(text, ".")
}

// delegationFix is what to do about a zone to which DNS does not lead, with its name
// servers; "" where nobody knows them.
func (e *exam) delegationFix(c setup.Cause) string {
	z := e.inside.hosted
	if c.Symptom != "zone-not-asked" || z == nil || len(z.NameServers) == 0 {
		return ""
	}
	return "Enter these name servers for " + z.Name + " where the domain was bought, or in the zone above: " + setup.And(z.NameServers) + "."
}

// askedOfFinding is how many questions a finding has at most.
const askedOfFinding = 4

// line fills in what is there, and what should be in its place.
func (e *exam) line(f *setup.FindingBody, c setup.Cause) {
	d, domain := e.inside.configured.Distribution, e.inside.configured.Domain
	set := func(field, is, want string) { f.Field, f.Is, f.Want = field, is, want }
	target := ""
	if domain != nil {
		target = domain.Target
	}
	switch {
	case f.Setting == setup.SettingTrafficRecord && d != nil:
		set(e.recordKind(c)+" "+e.q.Name, setup.And(e.outside.traffic.Leads), d.DomainName)
	case f.Setting == setup.SettingMapping && e.inside.domain != nil && len(c.Paths) > 0:
		set("Mapping "+c.Paths[0], "", "An API and its stage")
	case f.Setting == setup.SettingMapping && e.inside.domain != nil:
		set("Mapping "+cmp.Or(e.unmapped(), "/"), "", "An API and its stage")
	case f.Setting == setup.SettingRoutingMode && domain != nil:
		set("routingMode", domain.RoutingMode, "API_MAPPING_ONLY")
	case f.Setting == setup.SettingDomainMTLS && domain != nil:
		set("mutualTlsAuthentication", "on", "off")
	case f.Setting == setup.SettingRegionalCertificate && domain != nil:
		set("regionalCertificateArn", domain.Certificate, "An issued certificate in "+domain.Region+" that covers "+e.q.Name)
	case f.Setting == setup.SettingCustomDomain && e.inside.asked() && e.inside.domain == nil:
		set("Custom domain", "", "A Regional custom domain "+e.q.Name)
	}
	if d == nil {
		return
	}
	switch c.Symptom { // faults beside the recipe
	case "own-name-host":
		set("OriginRequestPolicyId", cmp.Or(setup.Managed(d.OriginRequestPolicy), d.OriginRequestPolicy, "none"), "AllViewerExceptHostHeader")
		return
	case "own-name-off":
		set("DomainName", d.OriginDomain, "The target of a custom domain")
		return
	case "own-behavior":
		set("CacheBehaviors", e.behaviorOf(cmp.Or(e.q.Path, "/")).Pattern, "none for the path")
		return
	case "root-object":
		set("DefaultRootObject", d.RootObject, "(empty)")
		return
	}
	switch f.Setting {
	case setup.SettingOriginProtocol:
		if d.OriginProtocol != "https-only" {
			set("OriginProtocolPolicy", d.OriginProtocol, "https-only")
		} else {
			set("HTTPSPort", strconv.Itoa(d.OriginPort), "443")
		}
	case setup.SettingHostHeader:
		if d.CachePolicy == "" {
			set("ForwardedValues.Headers", cmp.Or(strings.Join(d.KeyHeaders, ", "), "none"), strings.Join(append(slices.Clone(d.KeyHeaders), "Host"), ", "))
		} else {
			set("OriginRequestPolicyId", cmp.Or(setup.Managed(d.OriginRequestPolicy), d.OriginRequestPolicy, "none"), "AllViewer")
		}
	case setup.SettingOriginDomain:
		set("DomainName", d.OriginDomain, cmp.Or(target, "The target of the custom domain"))
	case setup.SettingOriginPath:
		set("OriginPath", d.OriginPath, "(empty)")
	case setup.SettingOriginTLS:
		set("OriginSslProtocols", strings.Join(d.OriginTLS, ", "), "TLSv1.2")
	case setup.SettingAlias:
		set("Aliases", cmp.Or(strings.Join(d.Aliases, ", "), "none"), strings.Join(append(slices.Clone(d.Aliases), e.q.Name), ", "))
	case setup.SettingEnabled:
		set("Enabled", strconv.FormatBool(d.Enabled), "true")
	case setup.SettingEdgeCertificate:
		set("ACMCertificateArn", cmp.Or(d.Certificate, "CloudFront's own"), "An issued certificate in us-east-1 that covers "+e.q.Name)
	case setup.SettingOriginTimeout:
		set("OriginReadTimeout", strconv.Itoa(int(d.ReadTimeout.Seconds())), "Longer than the API takes")
	case setup.SettingFirewall:
		set("WebACLId", cmp.Or(d.WebACL, "none"), "One that lets the request through")
	default:
	}
}

// recordKind is the type of the record that leads the name elsewhere.
func (e *exam) recordKind(c setup.Cause) string {
	o := &e.outside
	leads := func(views []probe.View) bool {
		return slices.ContainsFunc(views, func(v probe.View) bool {
			return v.Err == nil && slices.ContainsFunc(v.Answer.Records, func(r string) bool { return slices.Contains(o.traffic.Leads, r) })
		})
	}
	switch {
	case len(o.cnames()) > 0 || len(o.traffic.Leads) == 0:
		return "CNAME"
	case c.Symptom == "traffic-families" && leads(o.traffic.AAAA) && !leads(o.traffic.A):
		return "AAAA"
	}
	return "A"
}

// evidenceOf is what says that a finding is so: what AWS has, what DNS says, and a
// request that did not get through beside one that did.
func (e *exam) evidenceOf(f setup.FindingBody) (list []setup.Asked) {
	words := f.Field + ": " + cmp.Or(f.Is, "not there")
	if f.Field == "" {
		words = f.Title
	}
	switch f.Setting.Hop() {
	case setup.PartName:
		if f.Setting == setup.SettingDelegation {
			list = append(list, first(e.delegationAsked(), 2)...)
		}
		kind, _, _ := strings.Cut(f.Field, " ") // what the finding is about comes first
		answers := e.outside.answers()
		slices.SortStableFunc(answers, func(a, b setup.Asked) int {
			about := func(a setup.Asked) int { return map[bool]int{true: 0, false: 1}[strings.HasPrefix(a.What, kind+" ")] }
			return about(a) - about(b)
		})
		return append(list, answers...)
	case setup.PartEdge:
		if e.inside.asked() && f.Field != "" {
			list = append(list, e.asksDistribution(f.Field, words, true))
		}
	case setup.PartOrigin:
		switch {
		case !e.inside.asked():
		case slices.Contains([]setup.Setting{setup.SettingCustomDomain, setup.SettingRegionalCertificate, setup.SettingDomainMTLS, setup.SettingDomainTLS}, f.Setting):
			list = append(list, e.asksDomain(words, true))
		default:
			list = append(list, e.asksDistribution(f.Field, words, true))
		}
	case setup.PartGateway:
		switch {
		case !e.inside.asked():
		case f.Setting == setup.SettingMapping:
			list = append(list, e.asksMappings(mappingWords(e.inside.domain.Mappings), true))
		case f.Setting == setup.SettingRoutingMode:
			list = append(list, e.asksDomain(words, true))
		case f.Setting == setup.SettingRoute:
			for _, a := range e.inside.configured.APIs {
				list = append(list, e.asksStage(a))
			}
		default:
		}
	}
	list = append(list, e.requestsOf(f)...)
	if by := e.outside.byName(); len(list) == 0 && by != nil {
		list = append(list, e.askedRequest(*by))
	}
	return append(list, first(e.outside.answers(), 1)...)
}

// requestsOf are a request that did not get through, and one that did past the fault.
func (e *exam) requestsOf(f setup.FindingBody) (list []setup.Asked) {
	for _, p := range e.reading.Paths {
		about := len(f.Paths) == 0 || slices.Contains(f.Paths, p.Path)
		if p.Seen == nil || p.Proof != probe.NoProof || !about {
			continue
		}
		a := e.askedRequest(*p.Seen)
		a.Bad = true
		list = append(list, a)
		for _, v := range e.outside.lower {
			if v.Path == p.Path && !v.Below && v.Status != 0 && v.Status < 500 && v.Rung != p.Rung {
				return append(list, e.askedRequest(v))
			}
		}
		return list
	}
	return nil
}

// wrong are the findings that callers may notice, now or later.
func (e *exam) wrong() []setup.FindingBody {
	return slices.DeleteFunc(slices.Clone(e.findings), func(f setup.FindingBody) bool { return f.Beside })
}

// statusSeen is the status that callers get of the first path that does not work; "":
// they get none.
func (e *exam) statusSeen() string {
	for _, p := range e.reading.Paths {
		if p.Proof == probe.NoProof && p.Seen != nil && p.Seen.Status != 0 {
			return statusOf(*p.Seen)
		}
	}
	return ""
}

// sort puts what callers notice first before all, then the others in the order of the
// tutorial, then the remarks.
func (e *exam) sort() {
	rank := func(f setup.FindingBody) int {
		n := f.Setting.Tutorial()
		if n == 0 {
			n = 7
		}
		if f.Beside {
			n += 10
		}
		return n
	}
	slices.SortStableFunc(e.findings, func(a, b setup.FindingBody) int { return rank(a) - rank(b) })
	if e.reading.Proved() {
		return
	}
	best := -1
	for i, f := range e.findings {
		if f.Beside || f.Effect == nil || f.Hop() == "" {
			continue
		}
		at, status := slices.Index(setup.Parts(), f.Hop()), e.statusSeen()
		switch {
		case best < 0, at < slices.Index(setup.Parts(), e.findings[best].Hop()):
			best = i
		case f.Hop() == e.findings[best].Hop() && status != "" && strings.Contains(f.Title, status) && !strings.Contains(e.findings[best].Title, status):
			best = i // its title says what callers get
		}
	}
	if best > 0 {
		f := e.findings[best]
		e.findings = slices.Insert(slices.Delete(e.findings, best, best+1), 0, f)
	}
}
