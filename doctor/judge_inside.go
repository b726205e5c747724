package doctor

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"apifront/cloud"
	"apifront/setup"
)

// unasked says that a look was not made, and what it needs.
func (e *exam) unasked(look setup.DoctorLookID, needs string) {
	text := e.inside.why + " It needs " + needs + "."
	if p := e.inside.failed; p != nil {
		text = "AWS gave no answer: " + p.What + " " + p.Why
	}
	e.chart.end(look, setup.DoctorUnasked, text)
}

// judgeInside says what AWS has on the way of the name.
func (e *exam) judgeInside() {
	if !e.inside.asked() {
		e.unasked(setup.DoctorDistribution, "an account that may be read: cloudfront:ListDistributions")
		e.unasked(setup.DoctorOrigin, "the distribution, which AWS says")
		e.unasked(setup.DoctorHost, "the policies of the distribution, which AWS says")
		e.unasked(setup.DoctorDomain, "an account that may be read: apigateway:GET")
		e.unasked(setup.DoctorStage, "the API, which AWS says")
		e.unasked(setup.DoctorRenewal, "the certificates, which AWS says")
		return
	}
	e.judgeDistribution()
	e.judgeOrigin()
	e.judgeHost()
	e.judgeDomain()
	e.judgeStage()
}

// judgeDistribution says whether a distribution of the account has the name.
func (e *exam) judgeDistribution() {
	i, d := &e.inside, e.inside.configured.Distribution
	end := func(state setup.DoctorLookState, text string) {
		e.chart.end(setup.DoctorDistribution, state, text, e.asksDistribution("", text, state == setup.DoctorWrong))
	}
	switch {
	case i.listErr != nil:
		end(setup.DoctorUnknown, cloud.CouldNotRead("The distributions of account "+i.who.AccountID, i.listErr))
	case i.found == nil && i.domain != nil && i.domain.EdgeTarget != "":
		end(setup.DoctorRemark, "API Gateway keeps the distribution itself, "+i.domain.EdgeTarget+": the custom domain is edge-optimised.")
	case i.found == nil && i.domain == nil:
		end(setup.DoctorUnknown, "No distribution of account "+i.who.AccountID+" has the name. "+e.foreignWords())
	case i.found == nil && e.served():
		end(setup.DoctorRemark, "No distribution of account "+i.who.AccountID+" has the name or leads to its custom domain. Callers are served by one of somebody else. "+e.foreignWords())
	case i.found == nil:
		end(setup.DoctorWrong, "No distribution of account "+i.who.AccountID+" has the name or leads to its custom domain.")
	case d == nil:
		end(setup.DoctorUnknown, i.found.ID+" was found, and could not be read. "+strings.Join(i.configured.Unread, " "))
	case !d.Enabled:
		end(setup.DoctorWrong, d.ID+" is disabled.")
	case i.how == byRecord:
		end(setup.DoctorWrong, "DNS leads to "+d.ID+", and "+e.q.Name+" is not among its alternate domain names.")
	case i.how == byOrigin:
		end(setup.DoctorWrong, d.ID+" leads to the custom domain, and "+e.q.Name+" is not among its alternate domain names.")
	case !d.Deployed:
		end(setup.DoctorRemark, d.ID+" has the name and is enabled. CloudFront is copying changed settings to its locations.")
	case i.how == byWildcard:
		end(setup.DoctorRight, d.ID+", enabled, deployed, has "+covering(d.Aliases, e.host)+" as alternate domain name.")
	default:
		end(setup.DoctorRight, d.ID+", enabled, deployed, has the name as alternate domain name.")
	}
}

// covering is the alias that covers a host.
func covering(aliases []string, host string) string {
	for _, a := range aliases {
		if setup.Covers(a, host) {
			return a
		}
	}
	return ""
}

// foreignWords say whose the distribution may be that answers for the name.
func (e *exam) foreignWords() string {
	if name := e.outside.edgeName(); name != "" {
		return "DNS leads to " + name + ", which another account has, or a service that makes distributions of its own: an edge-optimised custom domain, Amplify or Cognito."
	}
	if by := e.outside.byName(); by != nil && by.ThroughEdge() {
		return "CloudFront answers for it all the same: another account has the distribution, or a service that makes distributions of its own."
	}
	return ""
}

// judgeOrigin says how CloudFront calls the origin.
func (e *exam) judgeOrigin() {
	i, d := &e.inside, e.inside.configured.Distribution
	end := func(state setup.DoctorLookState, text, field string) {
		e.chart.end(setup.DoctorOrigin, state, text, e.asksDistribution(field, text, state == setup.DoctorWrong))
	}
	if d == nil {
		e.chart.end(setup.DoctorOrigin, setup.DoctorUnknown, "No distribution was read of which it could be said.")
		return
	}
	var target string
	if i.configured.Domain != nil {
		target = i.configured.Domain.Target
	}
	switch {
	case d.OriginProtocol == "":
		end(setup.DoctorWrong, "The origin "+cmp.Or(d.OriginDomain, "of the default behavior")+" is a bucket or a group of origins, and no API.", "")
	case d.OriginProtocol != "https-only":
		end(setup.DoctorWrong, "OriginProtocolPolicy is "+d.OriginProtocol+". API Gateway answers HTTPS only.", "OriginProtocolPolicy")
	case d.OriginPort != 443:
		end(setup.DoctorWrong, "HTTPSPort is "+strconv.Itoa(d.OriginPort)+". API Gateway listens on 443 only.", "HTTPSPort")
	case len(d.OriginTLS) > 0 && !slices.Contains(d.OriginTLS, "TLSv1.2"):
		end(setup.DoctorWrong, "OriginSslProtocols is "+setup.And(d.OriginTLS)+". API Gateway wants TLSv1.2.", "OriginSslProtocols")
	case i.ownName():
		end(setup.DoctorRemark, "HTTPS only, to the API's own name "+d.OriginDomain+d.OriginPath+", without a custom domain.", "DomainName")
	case target != "" && !strings.EqualFold(d.OriginDomain, target):
		end(setup.DoctorWrong, "The origin is "+d.OriginDomain+", and not the target of the custom domain, "+target+".", "DomainName")
	case d.OriginPath != "":
		end(setup.DoctorWrong, "OriginPath is "+d.OriginPath+". The stage is in the mapping already.", "OriginPath")
	default:
		end(setup.DoctorRight, "HTTPS only, "+d.OriginDomain+", empty path.", "OriginProtocolPolicy")
	}
}

// judgeHost says whether the name arrives at API Gateway.
func (e *exam) judgeHost() {
	i, d := &e.inside, e.inside.configured.Distribution
	end := func(state setup.DoctorLookState, text string) {
		e.chart.end(setup.DoctorHost, state, text, e.asksDistribution("OriginRequestPolicyId", text, state == setup.DoctorWrong))
	}
	switch {
	case d == nil:
		e.chart.end(setup.DoctorHost, setup.DoctorUnknown, "No distribution was read of which it could be said.")
	case d.PolicyUnknown:
		end(setup.DoctorUnknown, "What the policies pass on could not be read.")
	case i.ownName():
		end(setup.DoctorRemark, "Host is not passed on, as the API's own name as origin wants it.")
	case d.PassesHost:
		end(setup.DoctorRight, policyWords(d)+" passes it on.")
	default:
		end(setup.DoctorWrong, policyWords(d)+" does not pass it on.")
	}
}

// policyWords are by what a distribution passes headers on, or not.
func policyWords(d *setup.ConfiguredDistribution) string {
	switch {
	case d.CachePolicy == "" && len(d.KeyHeaders) == 0:
		return "ForwardedValues without headers"
	case d.CachePolicy == "":
		return "ForwardedValues with " + setup.And(d.KeyHeaders)
	case d.OriginRequestPolicy == "":
		return "The cache policy " + cmp.Or(setup.Managed(d.CachePolicy), d.CachePolicy) + " alone"
	}
	return cmp.Or(setup.Managed(d.OriginRequestPolicy), d.OriginRequestPolicy)
}

// judgeDomain says whether there is a Regional custom domain, with mappings.
func (e *exam) judgeDomain() {
	i := &e.inside
	end := func(state setup.DoctorLookState, text string) {
		e.chart.end(setup.DoctorDomain, state, text, e.asksDomain(text, state == setup.DoctorWrong))
	}
	switch d := i.domain; {
	case d == nil && len(i.domainErr) > 0:
		end(setup.DoctorUnknown, cloud.CouldNotRead("The custom domain", i.domainErr[0]))
	case d == nil && i.found == nil:
		end(setup.DoctorUnknown, "Account "+i.who.AccountID+" has no custom domain "+e.q.Name+" in "+regionWords(i.searched)+".")
	case d == nil && i.ownName():
		end(setup.DoctorRemark, "There is none: CloudFront calls the API by its own name.")
	case d == nil:
		end(setup.DoctorWrong, "Account "+i.who.AccountID+" has no custom domain "+e.q.Name+" in "+regionWords(i.searched)+".")
	case d.Regional == nil && d.Has(agtypes.EndpointTypeEdge):
		end(setup.DoctorRemark, "It is edge-optimised, in "+d.Region+": "+mappingWords(d.Mappings)+".")
	case d.Regional == nil:
		end(setup.DoctorWrong, "It is "+strings.Join(d.Types, " and ")+" in "+d.Region+", and not Regional.")
	case !d.Regional.Available:
		end(setup.DoctorRemark, "API Gateway is still at work at the custom domain in "+d.Region+".")
	case d.Regional.RoutingMode == "ROUTING_RULE_ONLY":
		end(setup.DoctorWrong, "Its routing mode is ROUTING_RULE_ONLY, in which API Gateway ignores mappings.")
	case d.Regional.MTLS:
		end(setup.DoctorWrong, "It asks for a client certificate (mutual TLS), and CloudFront shows none.")
	case len(d.Mappings) == 0 && d.Regional.RoutingMode != "ROUTING_RULE_THEN_BASE_PATH_MAPPING":
		end(setup.DoctorWrong, "It is Regional, in "+d.Region+", and no path is mapped on it.")
	case e.unmapped() != "":
		end(setup.DoctorWrong, e.unmapped()+" is not mapped on it: "+mappingWords(d.Mappings)+".")
	case d.Has(agtypes.EndpointTypeEdge):
		end(setup.DoctorRemark, "It is Regional and edge-optimised at once, in "+d.Region+": "+mappingWords(d.Mappings)+".")
	default:
		end(setup.DoctorRight, "Regional, in "+d.Region+": "+mappingWords(d.Mappings)+".")
	}
}

// unmapped is the path in question, where it is not mapped; "": it is.
func (e *exam) unmapped() string {
	for _, w := range e.wanted.Paths {
		if w.APIID == "" {
			return w.Path
		}
	}
	return ""
}

// regionWords are regions in a sentence, or how many there are.
func regionWords(list []string) string {
	if len(list) > 4 {
		return setup.Count(len(list), "region")
	}
	return setup.And(list)
}

// mappingWords say where paths lead.
func mappingWords(list []setup.Mapping) string {
	var words []string
	for _, m := range list[:min(len(list), 4)] {
		words = append(words, m.DisplayPath()+" goes to "+m.APIID+", stage "+m.Stage)
	}
	if n := len(list) - 4; n > 0 {
		words = append(words, strconv.Itoa(n)+" more")
	}
	return cmp.Or(strings.Join(words, "; "), "no path is mapped")
}

// judgeStage says whether the stages are there and deployed.
func (e *exam) judgeStage() {
	i := &e.inside
	var right, wrong, unknown []string
	var asked []setup.Asked
	for _, a := range i.configured.APIs {
		name := cmp.Or(i.apis[a.APIID], a.APIID)
		switch {
		case i.apiErrs[a.APIID] != nil:
			unknown = append(unknown, cloud.CouldNotRead("The API "+a.APIID, i.apiErrs[a.APIID]))
		case a.StageGone:
			wrong = append(wrong, "API Gateway does not know the stage "+a.Stage+" of "+name)
		case !a.Deployed:
			wrong = append(wrong, "The stage "+a.Stage+" of "+name+" has no deployment")
		default:
			right = append(right, name+", stage "+a.Stage)
		}
		asked = append(asked, e.asksStage(a))
	}
	switch {
	case len(wrong) > 0:
		e.chart.end(setup.DoctorStage, setup.DoctorWrong, strings.Join(wrong, "; ")+".", asked...)
	case len(unknown) > 0:
		e.chart.end(setup.DoctorStage, setup.DoctorUnknown, strings.Join(unknown, " "), asked...)
	case len(right) > 0:
		e.chart.end(setup.DoctorStage, setup.DoctorRight, strings.Join(right, "; ")+".", asked...)
	default:
		e.chart.end(setup.DoctorStage, setup.DoctorUnknown, "No API was found of which it could be said.")
	}
}

// ownName says whether CloudFront calls an API by its own name, without Host and with
// the stage as path, in the place of a custom domain.
func (i *inside) ownName() bool {
	d := i.configured.Distribution
	return d != nil && i.domain == nil && !d.PassesHost && !d.PolicyUnknown && apiName(d.OriginDomain)
}

// apiName says whether a host is an API's own name, and targetName whether it is the
// target of a custom domain.
func apiName(host string) bool { return regionOf.MatchString(host) && !strings.HasPrefix(host, "d-") }

func targetName(host string) bool {
	return regionOf.MatchString(host) && strings.HasPrefix(host, "d-")
}

// toGateway says whether the origin is one of API Gateway's names.
func (i *inside) toGateway() bool {
	d := i.configured.Distribution
	return d != nil && regionOf.MatchString(d.OriginDomain)
}
