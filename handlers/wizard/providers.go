package wizard

import "strings"

// route53 is the name of AWS's DNS service.
const route53 = "Route 53"

// providers are the common DNS providers, by a part of their name servers'
// names. A provider that is not in the list is named by its server.
var providers = []struct{ part, name string }{
	{".awsdns-", route53},
	{".ns.cloudflare.com", "Cloudflare"},
	{".domaincontrol.com", "GoDaddy"},
	{".googledomains.com", "Google Cloud DNS"},
	{".azure-dns.", "Azure DNS"},
	{".registrar-servers.com", "Namecheap"},
	{".gandi.net", "Gandi"},
	{".ovh.", "OVHcloud"},
	{".ui-dns.", "IONOS"},
	{".digitalocean.com", "DigitalOcean"},
	{".vercel-dns.com", "Vercel"},
	{".dnsimple", "DNSimple"},
	{".hetzner.", "Hetzner"},
}

// providerOf is the provider with these name servers, or "".
func providerOf(servers []string) string {
	for _, ns := range servers {
		for _, p := range providers {
			if strings.Contains(strings.ToLower(ns), p.part) {
				return p.name
			}
		}
	}
	return ""
}

// dnsHelp is a question and an answer about the pitfalls of a provider.
func dnsHelp(provider string) (question, risk string) {
	switch provider {
	case route53:
		return "Which account has the hosted zone?", "The name servers belong to Route 53, yet the hosted zone may be in another AWS account. Then choose Another provider or account, and add the records there."
	case "Cloudflare":
		return "Anything to watch for at Cloudflare?", "Set the records to “DNS only” (grey cloud). With the proxy on, certificates are not validated, and callers reach Cloudflare in front of CloudFront: they get 403, or too many redirects."
	case "":
		return "How do I find out?", "Whoever runs the name servers manages DNS, which is often not the registrar where the name was bought. Many providers add the domain to a record’s name by themselves: with the whole name it ends up twice, and nobody finds the record."
	}
	return "Anything to watch for at " + provider + "?", "Many providers add the domain to a record’s name by themselves: with the whole name it ends up twice, and nobody finds the record. apifront shows both forms to copy."
}
