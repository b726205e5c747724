package wizard

import "apifront/setup"

// providerOf is the name of the provider with these name servers, or "".
func providerOf(servers []string) string {
	p, _ := setup.ProviderOf(servers)
	return p.Name
}

// dnsHelp is a question and an answer about the pitfalls of a provider.
func dnsHelp(provider string) (question, risk string) {
	switch provider {
	case setup.ProviderRoute53:
		return "Which account has the hosted zone?", "The name servers belong to Route 53, yet the hosted zone may be in another AWS account. Then choose Another provider or account, and add the records there."
	case setup.ProviderCloudflare:
		return "Anything to watch for at Cloudflare?", "Set the records to “DNS only” (grey cloud). With the proxy on, certificates are not validated, and callers reach Cloudflare in front of CloudFront: they get 403, or too many redirects."
	case "":
		return "How do I find out?", "Whoever runs the name servers manages DNS, which is often not the registrar where the name was bought. Many providers add the domain to a record’s name by themselves: with the whole name it ends up twice, and nobody finds the record."
	}
	return "Anything to watch for at " + provider + "?", "Many providers add the domain to a record’s name by themselves: with the whole name it ends up twice, and nobody finds the record. apifront shows both forms to copy."
}
