package export

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"apifront/setup"
)

// waits writes down what has to be so before the item, as apifront waited for it.
func (b *builder) waits(i *item) {
	service := i.call.Command
	if service != "acm" {
		i.in.walk("", func(_ string, s *node) {
			for _, p := range s.splice {
				i.fresh = b.issued(p.value) || i.fresh
			}
		})
	}
	if strings.HasPrefix(service, "apigateway") {
		i.in.walk("", func(_ string, s *node) {
			if d := b.domains[s.raw]; d != nil {
				b.available(s.raw, d)
			}
		})
	}
	if op := i.call.Operation; op == "UpdateDistribution" || op == "DeleteDistribution" {
		b.callersGone()
	}
	traffic := service == "route53" && moves(i.in)
	if traffic || movesAlias(i.call.Operation) || i.call.Operation == "DeleteDistribution" {
		b.deployed(false)
	}
	if b.ttl > 0 && !tags(i.call.Operation) {
		b.gone()
	}
	if i.call.Operation == "DeleteCertificate" {
		b.released(i)
	}
}

// released waits until nothing uses a certificate any more, which AWS may say minutes after
// that was deleted. The CLI has no waiter for it.
// https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html (documented: ResourceInUseException)
func (b *builder) released(i *item) {
	arn := i.in.member("CertificateArn")
	if arn == nil {
		return
	}
	b.has["until"] = true
	b.comment("A certificate can be deleted once nothing uses it:")
	words := []string{"aws", "acm", "describe-certificate"}
	if i.call.Region != "" {
		words = append(words, "--region", i.call.Region)
	}
	b.line("until_is 0 %s --certificate-arn %s --query %s --output text", setup.ShellLine(words...), b.wordOf(arn), setup.ShellWord("length(Certificate.InUseBy || `[]`)"))
}

// issued waits for a certificate, if the script has requested it. The CLI's own waiter has
// patience for five minutes only.
// https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html (documented: Status)
func (b *builder) issued(v *variable) (uses bool) {
	if v == nil || v.of == nil || v.of.call.Operation != "RequestCertificate" {
		return false
	}
	if b.waited[v] {
		return true
	}
	b.waited[v] = true
	b.comment("A certificate can be used once ACM has seen the validation record:")
	b.has["until"] = true
	b.line(`until_is ISSUED aws acm describe-certificate --region %s --certificate-arn "$%s" --query Certificate.Status --output text`, setup.ShellWord(v.of.call.Region), b.names.of(v))
	return true
}

// available waits until a custom domain can be changed. The CLI has no waiter for it.
// https://docs.aws.amazon.com/apigateway/latest/api/API_DomainName.html (documented: domainNameStatus)
func (b *builder) available(name string, d *item) {
	delete(b.domains, name)
	b.has["until"] = true
	path := "domainNameStatus"
	if d.call.Command == "apigatewayv2" {
		path = "DomainNameConfigurations[0].DomainNameStatus"
	}
	words := []string{"aws", d.call.Command, "get-domain-name"}
	if d.call.Region != "" {
		words = append(words, "--region", d.call.Region)
	}
	words = append(words, "--domain-name", name, "--query", path, "--output", "text")
	b.line("until_is AVAILABLE %s", setup.ShellLine(words...))
}

// deployed waits for the distributions that the script has written to.
// https://docs.aws.amazon.com/cli/latest/reference/cloudfront/wait/distribution-deployed.html (documented)
func (b *builder) deployed(last bool) {
	var told bool
	seen := map[string]bool{}
	for _, d := range b.dirty {
		id := b.distribution(d)
		if id == "" || seen[id] {
			continue
		}
		if seen[id] = true; !told {
			told = true
			b.comment(cmpText(last, "What was asked is in force once CloudFront has deployed it:", "Before callers come, or the distribution goes, CloudFront has to have deployed it:"))
		}
		b.line("aws cloudfront wait distribution-deployed --id %s", id)
	}
	b.dirty = nil
}

func cmpText(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

// distribution is the ID of the distribution that a write was about, for the shell.
func (b *builder) distribution(i *item) string {
	if path := needed[i.call.Operation]; path != "" {
		return `"$` + b.names.of(i.variable(path)) + `"`
	}
	if id := i.in.member("Id"); id != nil {
		return b.wordOf(id)
	}
	return ""
}

// gone waits until resolvers do not lead callers to where a changed record led.
// https://docs.aws.amazon.com/cli/latest/reference/route53/wait/resource-record-sets-changed.html (documented)
func (b *builder) gone() {
	b.insync()
	b.comment(fmt.Sprintf("Resolvers may keep what was there before for %s:", setup.Span(time.Duration(b.ttl)*time.Second)))
	b.line("sleep %d", b.ttl)
	b.ttl = 0
}

// insync waits until all servers of Route 53 know the last change of traffic.
func (b *builder) insync() {
	if b.change == nil {
		return
	}
	dns := "aws"
	if b.about.DNS != "" {
		dns = "dns"
	}
	b.comment("All servers of Route 53 have to know the record:")
	b.line(`%s route53 wait resource-record-sets-changed --id "$%s"`, dns, b.names.of(b.change))
	b.change = nil
}

// since notes what a write has begun that later ones wait for.
func (b *builder) since(i *item) {
	switch op := i.call.Operation; {
	case op == "CreateDomainName" || op == "UpdateDomainName":
		b.domains[i.in.member("DomainName").value()] = i
	case op == "DeleteDomainName":
		delete(b.domains, i.in.member("DomainName").value())
	case strings.HasPrefix(op, "CreateDistribution") || op == "UpdateDistribution":
		b.dirty = append(b.dirty, i)
	case op == "CreateInvalidation":
		b.created["invalidation"] = true
	case op == "ChangeResourceRecordSets" && moves(i.in):
		b.change, b.ttl = i.variable(needed[op]), max(b.ttl, longestKept(i.in))
	}
	b.created[i.call.Operation] = true
}

// callersGone asks, once and before a distribution is switched off, whether callers are gone
// that somebody led elsewhere by hand.
func (b *builder) callersGone() {
	if b.asked || !b.about.Hand || b.about.Job.Kind != setup.JobTeardown {
		return
	}
	b.asked = true
	if slices.ContainsFunc(b.items, func(i *item) bool { return i.call.Command == "route53" && moves(i.in) }) {
		return
	}
	for _, s := range b.about.Steps {
		if len(b.hand[s.ID]) > 0 && slices.ContainsFunc(s.Records, func(r setup.Record) bool { return !strings.HasPrefix(r.Name, "_") }) {
			return // it is asked there
		}
	}
	b.has["person"] = true
	b.comment("Somebody leads callers elsewhere by hand, or nowhere, where the DNS of the name is:")
	b.line("say %s", setup.ShellWord(setup.Printable("The DNS of "+b.about.Job.SetupName+" must not lead to CloudFront any more, for longer than resolvers keep the old record.")))
	b.line("person")
}

// movesAlias says whether an operation gives a name to another distribution.
func movesAlias(operation string) bool {
	return operation == "AssociateAlias" || operation == "UpdateDomainAssociation"
}

func tags(operation string) bool {
	return strings.Contains(operation, "Tag")
}

// changes calls visit for each change of records, without those that prove something to
// ACM or CloudFront: their names begin with an underscore.
func changes(in *node, visit func(action string, set *node)) {
	list := in.member("ChangeBatch", "Changes")
	if list == nil {
		return
	}
	for _, c := range list.inner {
		set := c.member("ResourceRecordSet")
		if name := set.member("Name").value(); set != nil && !strings.HasPrefix(name, "_") {
			visit(c.member("Action").value(), set)
		}
	}
}

// moves says whether a change of records moves callers.
func moves(in *node) (yes bool) {
	changes(in, func(string, *node) { yes = true })
	return yes
}

// aliasTTL is how long resolvers keep the answer for an alias, in seconds.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html (documented)
const aliasTTL = 60

// longestKept is how long resolvers keep what a change takes away, in seconds.
func longestKept(in *node) (ttl int) {
	changes(in, func(action string, set *node) {
		if action == "CREATE" {
			return
		}
		kept := aliasTTL
		if n := set.member("TTL"); n != nil {
			if _, err := fmt.Sscan(n.raw, &kept); err != nil {
				kept = aliasTTL
			}
		}
		ttl = max(ttl, kept)
	})
	return ttl
}

// hands writes down what a person did by hand until then.
func (b *builder) hands(until time.Time, more bool) {
	for _, s := range b.about.Steps {
		list := b.hand[s.ID]
		if len(list) == 0 || b.handed[s.ID] || until.IsZero() != s.FinishedAt.IsZero() && !until.IsZero() || s.FinishedAt.After(until) && !until.IsZero() {
			continue
		}
		b.handed[s.ID] = true
		b.line("")
		title := s.Title
		if s.Number > 0 {
			title = fmt.Sprintf("%d. %s", s.Number, title)
		}
		b.comment(title + ". Somebody adds this by hand where the DNS of the name is:")
		b.line("say %s", setup.ShellWord(setup.Printable(title)))
		b.block("hand-"+shellName(string(s.ID)), "", func() { b.hand1(s, list, more) })
	}
}

// hand1 writes down the records of one step.
func (b *builder) hand1(s setup.Step, list [][]piece, more bool) {
	traffic := false
	for _, r := range list {
		for _, p := range r {
			b.ask(p.value)
		}
	}
	for i, r := range list {
		traffic = traffic || !strings.HasPrefix(s.Records[i].Name, "_")
		if traffic {
			b.deployed(false)
		}
		b.line("say 'Add this record where the DNS of the name is, if it is not there:'")
		b.line("say %s", b.shell(r))
	}
	if traffic && more {
		b.has["person"] = true
		b.line("person")
	}
}

// end waits for what the job waited for.
func (b *builder) end() {
	b.hands(time.Time{}, false)
	b.line("")
	b.insync()
	b.deployed(true)
	for _, i := range b.items {
		// https://docs.aws.amazon.com/cli/latest/reference/cloudfront/wait/invalidation-completed.html (documented)
		if i.call.Operation == "CreateInvalidation" && i.in.member("DistributionId") != nil {
			b.line(`aws cloudfront wait invalidation-completed --distribution-id %s --id "$%s"`,
				b.wordOf(i.in.member("DistributionId")), b.names.of(i.variable(needed[i.call.Operation])))
		}
	}
	b.line("say Done.")
}
