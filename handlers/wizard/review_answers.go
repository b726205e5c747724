package wizard

import (
	"slices"
	"strings"
	"time"

	"apifront/handlers"
	"apifront/setup"
	"apifront/web"
	webwizard "apifront/web/wizard"
)

// answerBlocks are the answers, page by page. connection returns the name of a
// connection by its ID; provider is the DNS provider of the name, or "".
// leaves says that the change takes DNS away from Route 53; there is what is in place
// already.
func answerBlocks(connection func(id string) string, d setup.Draft, provider string, leaves bool, there standing) []webwizard.AnswerBlock {
	sp := d.Spec
	block := func(id setup.PageID, pairs ...web.Pair) webwizard.AnswerBlock {
		return webwizard.AnswerBlock{Page: string(id), Title: setup.Pages()[id.Number()-1].Title, Href: handlers.DraftPageURL(d.ID, id) + "?return=review", Pairs: pairs}
	}
	account := []web.Pair{{Key: "Connection", Value: connection(sp.Account.Connection)}}
	if sp.Account.AccountID != "" {
		account = append(account, web.Pair{Key: "AWS account", Value: web.AccountNumber(sp.Account.AccountID), Num: true})
	}
	account = append(account, web.Pair{Key: "API region", Value: orUnanswered(regionTitle(sp.Account.Region))})
	var api []web.Pair
	for _, m := range sp.API.Mappings {
		name := m.APIName
		if name == "" {
			name = m.APIID
		}
		api = append(api, web.Pair{Key: m.DisplayPath(), KeyRaw: true, Value: orUnanswered(name) + ", stage " + m.Stage, Note: m.APIID})
		if words := m.Words(); words != "" {
			api = append(api, web.Pair{Key: "Test of " + m.DisplayPath(), Value: words})
		}
	}
	if len(api) == 0 {
		api = []web.Pair{{Key: "API", Value: "Not answered yet"}}
	}
	if provider == "" || provider == setup.ProviderRoute53 {
		provider = "Another provider or account"
	}
	needed, _ := recordsText(sp)
	dns := provider + ". You add " + strings.Replace(needed, "DNS ", "", 1)
	switch {
	case there.unknown:
		dns = provider
	case there.records:
		dns = provider + ". Its records are there already"
	}
	if leaves {
		dns = provider + ". What apifront added in Route 53 stays, and leads callers until the name servers of the domain have changed. Before that, add " + strings.Replace(needed, "DNS ", "", 1) + " at the new provider"
	}
	if sp.Domain.DNS == setup.DNSRoute53 {
		dns = "Route 53"
		if sp.Domain.ZoneName != "" {
			dns += ", hosted zone " + sp.Domain.ZoneName
		}
		if sp.Domain.Connection != "" {
			dns += ", over the connection " + connection(sp.Domain.Connection)
		}
	}
	zone := ""
	if sp.Domain.DNS == setup.DNSRoute53 {
		zone = sp.Domain.ZoneID
	}
	moves := "Later, by hand"
	if sp.Domain.Switch == setup.SwitchAtEnd {
		moves = "At the end of the job"
	}
	certificate := func(arn, region string, standing bool) string {
		switch {
		case arn != "":
			return "Reused, " + region + ", " + certificateID(arn)
		case standing:
			return "There already, " + region + ", validated by DNS"
		case there.unknown:
			return "Requested by apifront, " + region + ", validated by DNS"
		}
		return "New, " + region + ", validated by DNS"
	}
	certs := []web.Pair{{Key: "For CloudFront", Value: certificate(sp.Certificates.Edge, setup.EdgeRegion, there.edge)}}
	if sp.OneCertificate() {
		certs = append(certs, web.Pair{Key: "For API Gateway", Value: "The same one"})
	} else {
		certs = append(certs, web.Pair{Key: "For API Gateway", Value: certificate(sp.Certificates.Regional, orUnanswered(sp.Account.Region), there.regional)})
	}
	policy, forwarded := sp.Edge.MinimumTLS, "Host and all other headers, cookies and query strings"
	if sp.StaysFound(setup.FoundViewerTLS) {
		policy = ""
	}
	if sp.CachingAsFound() {
		forwarded = asFound
	}
	edge := []web.Pair{{Key: "Caching", Value: cachingText(sp)}}
	if sp.Edge.Caching != setup.CachingOff {
		edge = append(edge, web.Pair{Key: "Told apart by", Value: web.KeyText(sp.Edge)}, web.Pair{Key: "Shared answers", Value: sharedText(sp.Edge)})
	}
	edge = append(edge, []web.Pair{
		{Key: "Forwarded", Value: forwarded},
		{Key: "Methods", Value: optionText(methodChoices(), sp.Edge.Methods)},
		{Key: "Viewers", Value: viewersText(sp), Note: policy},
		{Key: "Compression", Value: compressionText(sp.Edge)},
		{Key: "Edge locations", Value: orFound(sp, setup.FoundPriceClass, optionText(whereChoices(), sp.Edge.PriceClass))},
		{Key: "Waits for the API", Value: orFound(sp, setup.FoundReadTimeout, setup.Span(time.Duration(sp.Edge.ReadTimeout)*time.Second))},
	}...)
	endpoints := "As they are"
	if sp.Edge.CloseEndpoints {
		endpoints = "Closed once traffic has moved: callers get 403 there"
	}
	edge = append(edge, web.Pair{Key: "Default endpoints", Value: endpoints})
	secret := "None"
	if sp.Edge.OriginHeader != "" {
		secret = sp.Edge.OriginHeader + ", added to each request to the API"
	}
	edge = append(edge, web.Pair{Key: "Secret header", Value: secret})
	if sp.Edge.WebACL != "" {
		edge = append(edge, web.Pair{Key: "Firewall", Value: sp.Edge.WebACL, Code: true})
	}
	if logs := sp.Edge.AccessLogs; logs.Wanted() {
		edge = append(edge, web.Pair{Key: "Access logs", Value: logs.Words()})
	}
	if sp.Edge.Comment != "" {
		edge = append(edge, web.Pair{Key: "Comment", Value: sp.Edge.Comment})
	}
	if len(sp.Edge.Tags) > 0 {
		edge = append(edge, web.Pair{Key: "Tags", Value: strings.ReplaceAll(writeTags(sp.Edge.Tags), "\n", ", ")})
	}
	if found := sp.FoundWords(); found != "" {
		edge = append(edge, web.Pair{Key: "Left as found", Value: found})
	}
	made := len(slices.DeleteFunc(sp.NewCertificates(), func(region string) bool {
		return there.unknown || there.edge && region == setup.EdgeRegion || there.regional && region == sp.Account.Region
	}))
	if made > 0 {
		records := "1 to validate it"
		if made > 1 {
			records = "1. The same record validates both"
		}
		certs = append(certs, web.Pair{Key: "Records needed", Value: records})
	}
	domain := []web.Pair{
		{Key: "Domain name", Value: orUnanswered(sp.Domain.Name), Code: sp.Domain.Name != ""},
		{Key: "DNS", Value: dns, Note: zone},
		{Key: "Traffic moves", Value: moves},
	}
	domain = append(domain, web.Pair{Key: "TLS of the custom domain", Value: policyText(sp)})
	if sp.Domain.FromEdge {
		domain = append(domain, web.Pair{Key: "Edge-optimised custom domain", Value: "Moved, and Regional from then on"})
	}
	return []webwizard.AnswerBlock{
		block(setup.PageAccount, account...),
		block(setup.PageAPI, api...),
		block(setup.PageDomain, domain...),
		block(setup.PageCertificates, certs...),
		block(setup.PageEdge, edge...),
	}
}

func orUnanswered(text string) string {
	if text == "" {
		return "Not answered yet"
	}
	return text
}

// asFound stands in place of an answer that decides nothing: what was adopted stays.
const asFound = "As it was found"

// orFound is an answer in words, unless what it is about stays as it was found.
func orFound(spec setup.Spec, key, words string) string {
	if spec.StaysFound(key) {
		return asFound
	}
	return words
}

func cachingText(spec setup.Spec) string {
	e := spec.Edge
	switch {
	case spec.CachingAsFound():
		return asFound
	case e.Caching == setup.CachingAPI:
		return "For as long as the API's Cache-Control says"
	case e.Caching == setup.CachingFixed:
		return "Every GET answer for " + setup.Span(e.KeepFor())
	}
	return "None. Every request reaches the API"
}

func compressionText(e setup.Edge) string {
	if e.Compress {
		return "Gzip and Brotli, where callers take it"
	}
	return "None"
}

func viewersText(spec setup.Spec) string {
	e := spec.Edge
	plain := "HTTP redirects to HTTPS"
	if e.ViewerProtocol == setup.ViewerHTTPSOnly {
		plain = "Plain HTTP is refused"
	}
	parts := []string{}
	for _, p := range []struct{ key, found, words string }{
		{setup.FoundViewerProtocol, "Plain HTTP as it was found", plain},
		{setup.FoundViewerTLS, "TLS as it was found", tlsFloor(e.MinimumTLS) + " or newer"},
		{setup.FoundHTTPVersion, "HTTP versions as found", optionText(versionChoices(), e.HTTPVersion)},
	} {
		if spec.StaysFound(p.key) {
			p.words = p.found
		}
		parts = append(parts, p.words)
	}
	if e.IPv6 {
		parts = append(parts, "IPv4 and IPv6")
	}
	return strings.Join(parts, ", ")
}
