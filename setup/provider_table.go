package setup

// providers are the common DNS providers, as far as a source says how their forms look.
// Porkbun, NS1 and Netlify are not here: no page was found that says what their fields are
// called, and Netlify's zones are on the name servers of NS1.
var providers = []Provider{
	{
		Name: ProviderCloudflare, Servers: []string{".ns.cloudflare.com."},
		NameField: "Name", ValueField: "Target", TTLField: "TTL", Relative: true, Root: "@",
		TopType: "CNAME", Top: "Cloudflare takes a CNAME for the zone itself and answers with its addresses (CNAME flattening).",
		Note:   "Set Proxy status to DNS only. A proxied record hides its target.",
		Source: "https://developers.cloudflare.com/dns/manage-dns-records/reference/dns-record-types/", Grade: GradeDocumented,
	},
	{
		Name: ProviderRoute53, Servers: []string{".awsdns-"},
		NameField: "Record name", ValueField: "Value", TTLField: "TTL (seconds)", Relative: true, Blank: true,
		TopType: "A", Top: "Switch Alias on, choose Alias to CloudFront distribution, and enter the value.",
		Source: "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-alias-common.html", Grade: GradeDocumented,
	},
	{
		Name: "GoDaddy", Servers: []string{".domaincontrol.com."},
		NameField: "Name", ValueField: "Value", TTLField: "TTL", Relative: true,
		Top:    "GoDaddy takes no CNAME for the zone itself.",
		Source: "https://ca.hostadvice.com/hosting-company/godaddy-reviews/cname-record/", Grade: GradeReported,
	},
	{
		Name: "Namecheap", Servers: []string{".registrar-servers.com."},
		NameField: "Host", ValueField: "Value", TTLField: "TTL", Relative: true, Root: "@",
		Source: "https://www.namecheap.com/support/knowledgebase/article.aspx/9646/10/how-can-i-set-up-a-cname-record-for-my-domain", Grade: GradeDocumented,
	},
	{
		Name: "IONOS", Servers: []string{".ui-dns.com.", ".ui-dns.org.", ".ui-dns.de.", ".ui-dns.biz."},
		NameField: "Hostname", ValueField: "Point to", TTLField: "TTL", Relative: true,
		Source: "https://www.ionos.com/help/domains/configuring-cname-records-for-subdomains/configuring-a-cname-record-for-a-subdomain", Grade: GradeDocumented,
	},
	{
		Name: "OVHcloud", Servers: []string{".ovh.net.", ".ovh.ca."},
		NameField: "Sub-domain", ValueField: "Target", TTLField: "TTL", Relative: true, Dot: true,
		Top:    "OVHcloud takes no CNAME for the zone itself.",
		Source: "https://github.com/ovh/docs/blob/develop/pages/web_cloud/domains/dns_zone_edit/guide.en-gb.md", Grade: GradeDocumented,
	},
	{
		Name: "Gandi", Servers: []string{".gandi.net."},
		NameField: "Name", TTLField: "TTL", Relative: true, Root: "@", Dot: true,
		Source: "https://docs.gandi.net/fr/noms_domaine/operations_courantes/enregistrements_dns.html", Grade: GradeDocumented,
	},
	{
		Name: "DNSimple", Servers: []string{".dnsimple.com.", ".dnsimple-edge.net.", ".dnsimple-edge.org."},
		NameField: "Name", ValueField: "Content", TTLField: "TTL", Relative: true,
		TopType: "ALIAS", Top: "DNSimple has the type ALIAS for this.",
		Source: "https://support.dnsimple.com/articles/manage-cname-record/", Grade: GradeDocumented,
	},
	{
		Name: "Azure DNS", Servers: []string{".azure-dns.com.", ".azure-dns.net.", ".azure-dns.org.", ".azure-dns.info."},
		NameField: "Name", TTLField: "TTL", Relative: true, Root: "@",
		Top:    "Azure DNS has alias records to Azure's own resources alone.",
		Source: "https://learn.microsoft.com/en-us/azure/dns/dns-alias", Grade: GradeDocumented,
	},
	{
		// The zones of Squarespace are on these servers too.
		Name: "Google Cloud DNS", Servers: []string{".googledomains.com."},
		TopType: "ALIAS", Top: "Google Cloud DNS has the type ALIAS for this, by gcloud or its API and not in the console, and not in a zone with DNSSEC.",
		Source: "https://docs.cloud.google.com/dns/docs/records-overview", Grade: GradeDocumented,
	},
	{
		Name: "DigitalOcean", Servers: []string{".digitalocean.com."},
		NameField: "Hostname", TTLField: "TTL", Relative: true, Root: "@",
		Top:    "DigitalOcean has no record that leads the zone itself to another name.",
		Source: "https://docs.digitalocean.com/products/networking/dns/details/features/", Grade: GradeDocumented,
	},
	{
		Name: "Vercel", Servers: []string{".vercel-dns.com."},
		NameField: "Name", ValueField: "Value", TTLField: "TTL", Relative: true, Root: "@",
		TopType: "ALIAS", Top: "Vercel has the type ALIAS for this.",
		Source: "https://vercel.com/docs/cli/dns", Grade: GradeDocumented,
	},
	{
		// The words of its pages, as others cite them.
		Name: "Hetzner", Servers: []string{".ns.hetzner.com.", ".ns.hetzner.de."},
		NameField: "Name", ValueField: "Value", TTLField: "TTL", Relative: true, Root: "@", Dot: true,
		Source: "https://docs.hetzner.com/networking/dns/faq/records/", Grade: GradeReported,
	},
}
