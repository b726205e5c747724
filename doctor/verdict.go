package doctor

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"apifront/probe"
	"apifront/setup"
)

// body is all that the diagnosis says.
func (e *exam) body(ctx context.Context) setup.DiagnosisBody {
	b := setup.DiagnosisBody{
		Looks: e.chart.list(), Findings: e.findings, Either: e.either, Calls: int(e.inside.calls.Load()),
		AccountID: e.inside.who.AccountID, Things: e.things(), Adoption: e.inside.adoption,
	}
	if ctx.Err() != nil {
		b.Verdict, b.Head = setup.VerdictStopped, "Stopped"
		b.Text = stoppedText(b.Looks)
		return b
	}
	b.Verdict = cmp.Or(e.said(), e.told())
	b.Zone, b.Servers = e.serversToEnter(b.Verdict)
	b.Head, b.Text = e.words(b.Verdict)
	b.Way, b.Needs, b.Takeover = e.way(), e.needs(b.Verdict), e.takeover()
	if b.Verdict == setup.VerdictHealthy || b.Verdict == setup.VerdictRemarks {
		b.Doors = e.doors()
	}
	if b.KeyHeader = e.sentKey(); e.withheld {
		b.Text += withheldText
	}
	return b
}

// stoppedText says which looks were made before the end.
func stoppedText(looks []setup.DoctorLook) string {
	made, wrong := 0, 0
	for _, l := range looks {
		switch l.State {
		case setup.DoctorRight, setup.DoctorRemark, setup.DoctorUnknown:
			made++
		case setup.DoctorWrong:
			made, wrong = made+1, wrong+1
		case setup.DoctorWaiting, setup.DoctorLooking, setup.DoctorUnasked:
		}
	}
	text := fmt.Sprintf("%d of %d looks were made", made, len(looks))
	switch {
	case wrong > 0:
		text += ", " + strconv.Itoa(wrong) + " of them show a fault"
	case made > 0:
		text += ", and none of them shows a fault"
	}
	return text + "."
}

// said is the verdict where the name ends the way by itself; "": it does not.
func (e *exam) said() setup.Verdict {
	o, i := &e.outside, &e.inside
	by := o.byName()
	switch {
	case o.silent() && (by == nil || by.Failed == probe.PhaseResolve):
		return setup.VerdictCouldNot
	case e.undelegated():
		return setup.VerdictNotDelegated
	case o.traffic.Nowhere() && len(o.addresses) == 0:
		return setup.VerdictNoName
	case len(o.secluded) > 0 && len(o.secluded) == len(o.addresses):
		return setup.VerdictPrivate
	case by != nil && by.FromGateway() && !probe.ThroughEdge(by) && i.configured.Distribution == nil:
		return setup.VerdictPastCloudFront
	case e.stranger():
		return setup.VerdictStranger
	}
	return ""
}

// undelegated says whether there is a zone for the name to which DNS does not lead: a
// hosted zone of the account, or one whose name servers do not know it any more.
func (e *exam) undelegated() bool {
	o := &e.outside
	if !o.walked || o.walkErr != nil {
		return false
	}
	cut := o.walk.Cut()
	lame := len(cut.Lame) > 0 && len(cut.Lame) == len(cut.Servers)
	if len(o.addresses) > 0 || !lame && (len(e.inside.zones) == 0 || !o.traffic.Nowhere()) {
		return false
	}
	return !slices.ContainsFunc(e.inside.zones, func(z setup.Zone) bool {
		return z.Name == cut.Apex && (len(z.NameServers) == 0 || slices.ContainsFunc(cut.Servers, func(s string) bool { return slices.Contains(z.NameServers, s) }))
	})
}

// told is the verdict by findings and answers.
func (e *exam) told() setup.Verdict {
	switch {
	case len(e.wrong()) > 0:
		return setup.VerdictWrong
	case len(e.either) > 0:
		return setup.VerdictUnsure
	case !e.answered():
		return setup.VerdictUnsure
	case len(e.findings) > 0:
		return setup.VerdictRemarks
	}
	return setup.VerdictHealthy
}

// answered says whether callers of each path get an answer of the API.
func (e *exam) answered() bool {
	asked := false
	for _, p := range e.reading.Paths {
		if p.Seen == nil { // a WebSocket that was not opened
			continue
		}
		if asked = true; p.Proof == probe.NoProof && !e.kept(p) {
			return false
		}
	}
	return asked
}

// words are the verdict in a few words, and in a sentence or two.
func (e *exam) words(v setup.Verdict) (head, text string) {
	o, cut := &e.outside, e.outside.walk.Cut()
	switch v {
	case setup.VerdictHealthy:
		return "Nothing wrong", e.reachedText() + " If a caller still sees a fault, it is on the caller's side or in the API."
	case setup.VerdictRemarks:
		n := len(e.findings)
		return "Works, " + setup.Count(n, "remark"), e.reachedText() + " " + setup.Count(n, "thing") + strings.Replace(" differ from what apifront would make.", "differ", map[bool]string{true: "differs", false: "differ"}[n == 1], 1)
	case setup.VerdictWrong:
		wrong := e.wrong()
		text = wrong[0].Title + "."
		if len(wrong) > 1 {
			text += " Apart from that: " + wrong[1].Title + "."
		}
		return strconv.Itoa(len(wrong)) + " wrong", text
	case setup.VerdictUnsure:
		return e.unsureWords()
	case setup.VerdictPastCloudFront:
		return "Not on CloudFront", "The name leads straight to API Gateway" + e.pastWords() + "."
	case setup.VerdictStranger:
		return "Not an API Gateway", e.strangerText()
	case setup.VerdictNoName:
		where := cmp.Or(cut.Apex, "its zone")
		if setup.IsRegistry(cut.Apex) {
			return "Name not found", "The zone " + cut.Apex + " knows no domain of this name: it is not registered, or no name servers were entered for it. Callers get \"host not found\"."
		}
		return "Name not found", "No name server of " + where + " has an address for this name. Callers get \"host not found\"."
	case setup.VerdictNotDelegated:
		return "Domain not delegated", e.undelegatedText(cut)
	case setup.VerdictPrivate:
		return "Private name", "It leads to " + setup.And(o.secluded) + ", which is not on the public Internet. CloudFront cannot serve callers there. It was looked up and not called."
	case setup.VerdictCouldNot:
		return "Could not look", "This machine reaches no DNS server that answers for the public Internet. That says nothing about the name."
	case setup.VerdictStopped:
		return "Stopped", stoppedText(e.chart.list())
	}
	return "", ""
}

// reachedText says that a request reaches the API, and how fast.
func (e *exam) reachedText() string {
	var names []string
	for _, n := range e.inside.apis {
		if n != "" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	what := "the API"
	if len(names) > 0 && len(names) <= 3 {
		what = setup.And(names)
	}
	by := e.outside.byName()
	text := "A request reaches " + what + " through CloudFront"
	if h := e.sentKey(); h != "" {
		text = "A request with a key in " + h + " reaches " + what + " through CloudFront"
	}
	if by == nil || by.Status == 0 {
		return text + "."
	}
	return text + " in " + probe.ShortSpan(by.Resolve+by.Connect+by.TLS+by.FirstByte) + "."
}

// unsureWords say that several causes look alike.
func (e *exam) unsureWords() (head, text string) {
	switch n := len(e.either); {
	case n == 2:
		head = "One of two causes"
	case n > 2 && n < 5:
		head = "One of " + strconv.Itoa(n) + " causes"
	case n > 2:
		head = "One of several causes"
	default:
		head = "Not known"
	}
	if e.served() {
		return head, e.openWhy
	}
	for _, p := range e.reading.Paths {
		if p.Seen == nil {
			text = p.Path + " is a WebSocket, and it was not opened: that would run its $connect."
			continue
		}
		if p.Proof == probe.NoProof {
			text = answerWords(p) + "."
			if len(e.either) > 1 {
				text += " Several causes look like that from here."
			}
			break
		}
	}
	return head, cmp.Or(text, "What was seen does not tell.")
}

// pastWords say where in API Gateway the name leads.
func (e *exam) pastWords() string {
	text := ""
	for _, c := range e.outside.cnames() {
		if m := regionOf.FindStringSubmatch(c); m != nil {
			text = " in " + m[1]
		}
	}
	if e.answered() || e.outside.byName().Status < 400 {
		return text + ", and works. A distribution of its own could be put before it"
	}
	return text + ", which answers " + statusOf(*e.outside.byName())
}

// strangerText says who answers, if not API Gateway.
func (e *exam) strangerText() string {
	by := e.outside.byName()
	who := "Another server answers"
	if probe.ThroughEdge(by) {
		who = "CloudFront answers, and its origin shows no sign of API Gateway"
	}
	if s := by.Header["Server"]; s != "" && s != "CloudFront" {
		who += " (" + setup.Clip(s, 40) + ")"
	}
	return who + ", with " + statusOf(*by) + ". apifront has nothing to say about it."
}

// serversToEnter are the name servers of the hosted zone to which DNS should lead, where
// to enter them is the cure.
func (e *exam) serversToEnter(v setup.Verdict) (zone string, servers []string) {
	asked := slices.ContainsFunc(e.findings, func(f setup.FindingBody) bool {
		return f.Setting == setup.SettingDelegation && !f.Beside && strings.HasSuffix(f.Key, "/zone-not-asked")
	})
	switch z := e.inside.hosted; {
	case asked && z != nil:
		return z.Name, z.NameServers
	case v == setup.VerdictNotDelegated:
		cut := e.outside.walk.Cut()
		for _, z := range e.inside.zones {
			below := setup.InZone(cut.Apex, z.Name) && cut.Apex != z.Name // there the record is the cure
			if len(z.NameServers) > 0 && !below {
				return z.Name, z.NameServers
			}
		}
	}
	return "", nil
}

// undelegatedText says which zone DNS does not lead to, and to where it leads.
func (e *exam) undelegatedText(cut setup.ZoneCut) string {
	for _, z := range e.inside.zones {
		if len(z.NameServers) == 0 {
			continue
		}
		if setup.InZone(cut.Apex, z.Name) && cut.Apex != z.Name {
			return "DNS leads to the zone " + cut.Apex + " on " + setup.And(cut.Servers) + ", below the hosted zone " + z.Name + ". Add the record there, or take the NS records of " + cut.Apex + " out of the zone above."
		}
		above := "DNS leads to " + setup.And(cut.Servers) + " instead"
		if z.Name != cut.Apex {
			above = "the zone " + cmp.Or(cut.Apex, "above it") + " names no name servers for it"
		}
		return "The hosted zone " + z.Name + " exists, and " + above + ". Enter these name servers where the domain was bought, or in the zone above: " + setup.And(z.NameServers) + "."
	}
	text := "DNS leads to " + setup.And(cut.Servers) + " for " + cut.Apex + ", and none of them answers for it."
	if len(cut.Servers) > 0 && !slices.ContainsFunc(cut.Servers, func(s string) bool { return !awsServer.MatchString(s) }) {
		text += " They are name servers of Route 53: the hosted zone was deleted, or made again with other servers."
	}
	return text
}

// needs are the looks that would tell more.
func (e *exam) needs(v setup.Verdict) (list []setup.Need) {
	guarded := v == setup.VerdictUnsure && slices.Contains(e.open, setup.SettingAPIAccess)
	switch e.tell {
	case setup.NeedKey:
		list = append(list, needsKey(e.tellIn, "It shows what callers with a key get."))
	case setup.NeedPath:
		list = append(list, setup.Need{Kind: setup.NeedPath, Title: "Ask at another path", Text: "One that the API has, such as a health check."})
	case setup.NeedOwner:
		list = append(list, e.policyNeed())
	case setup.NeedConnection:
	}
	if guarded && e.tell != setup.NeedKey {
		list = append(list, needsKey("X-Api-Key", "An answer of the API means that it only asks callers for a key."))
	}
	if guarded {
		list = append(list, setup.Need{Kind: setup.NeedPath, Title: "Ask at another path", Text: "One that needs no key, such as a health check. An answer of the API means that it only asks callers for a key."})
	}
	if v == setup.VerdictPrivate || v == setup.VerdictCouldNot {
		return list
	}
	switch i := &e.inside; {
	case i.failed != nil:
		list = append(list, setup.Need{Kind: setup.NeedConnection, Title: "Look inside AWS", Text: "AWS gave no answer: " + i.failed.What + " " + i.failed.Why + " " + i.failed.Fix})
	case i.why != "":
		list = append(list, setup.Need{Kind: setup.NeedConnection, Title: "Look inside AWS", Text: "With an account that may be read it would also say which distribution has the name, how it calls the origin, whether Host is passed on, what is mapped, and whether the certificates renew."})
	case i.found == nil && i.domain == nil:
		list = append(list, setup.Need{Kind: setup.NeedConnection, Title: "Look inside the account of the name", Text: "Account " + i.who.AccountID + " has neither a distribution nor a custom domain of the name."})
	}
	if guarded && !e.inside.asked() {
		words := []string{"apigatewayv2", "get-api-mappings", "--domain-name", e.q.Name}
		for _, c := range e.outside.cnames() {
			if m := regionOf.FindStringSubmatch(c); m != nil {
				words = append(words, "--region", m[1])
			}
		}
		list = append(list, setup.Need{Kind: setup.NeedOwner, Title: "Or have the owner run this", Text: "An empty list, or none for the path, means that the mapping is missing. Add the region of the API, if the line names none.", Line: awsLine("", words...)})
	}
	return list
}

// things are what there is in AWS.
func (e *exam) things() (list []setup.Thing) {
	i := &e.inside
	if f := i.found; f != nil {
		t := setup.Thing{What: "Distribution", ID: f.ID}
		if d := i.configured.Distribution; d != nil {
			switch {
			case !d.Enabled:
				t.State = "Disabled"
			case d.Deployed:
				t.State = "Deployed"
			default:
				t.State = "In progress"
			}
		}
		list = append(list, t)
		if d := i.configured.Distribution; d != nil {
			if d.WebACL != "" {
				list = append(list, setup.Thing{What: "Web ACL", ID: d.WebACL, State: "Attached to " + f.ID})
			}
			if d.PriceClass != "" {
				list = append(list, setup.Thing{What: "Price class", ID: d.PriceClass, State: "Of " + f.ID})
			}
		}
	}
	if d := i.domain; d != nil {
		t := setup.Thing{What: "Custom domain", Region: d.Region, ID: d.Name, State: strings.Join(d.Types, ", ")}
		list = append(list, t)
	}
	for _, c := range i.certificates {
		t := setup.Thing{What: "Certificate", Region: c.region, ID: c.arn}
		if c.detail != nil {
			t.State = string(c.detail.Status)
			if c.detail.NotAfter != nil {
				t.State += " until " + c.detail.NotAfter.UTC().Format("2 Jan 2006")
			}
		}
		list = append(list, t)
	}
	for _, a := range i.configured.APIs {
		list = append(list, setup.Thing{What: "API", Region: i.apiRegion, ID: a.APIID, State: "Stage " + cmp.Or(a.Stage, "of no name")})
	}
	if z := i.hosted; z != nil {
		list = append(list, setup.Thing{What: "Hosted zone", ID: z.ID, State: z.Name})
	}
	return list
}
