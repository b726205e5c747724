package doctor_test

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/cloud/sim"
	"apifront/setup"
)

// unrecord takes records of the name out of the zone.
func unrecord(kinds ...string) func(*clinic) {
	return func(c *clinic) {
		for _, k := range kinds {
			c.sim.AddRecord(c.zone, hostName, k, 60)
		}
		time.Sleep(time.Hour)
	}
}

// record puts another record in the place of the name's.
func record(kind, value string) func(*clinic) {
	return func(c *clinic) { unrecord("A", "AAAA", "CNAME")(c); c.leads(kind, value) }
}

// validation changes the validation record of the certificates.
func (c *clinic) validation(values ...string) {
	out, err := c.account.ACM(setup.EdgeRegion).DescribeCertificate(c.t.Context(), &acm.DescribeCertificateInput{CertificateArn: &c.edge})
	c.must(err)
	r := out.Certificate.DomainValidationOptions[0].ResourceRecord
	c.sim.AddRecord(c.zone, setup.FoldName(aws.ToString(r.Name)), "CNAME", 300, values...)
	time.Sleep(time.Hour)
}

// second is another distribution of the account, without the name, as a copy of ours was
// made.
func (c *clinic) second() string {
	all, err := c.account.Distributions(c.t.Context())
	c.must(err)
	d, err := c.account.CloudFront().GetDistributionConfig(c.t.Context(), &cloudfront.GetDistributionConfigInput{Id: &all[0].ID})
	c.must(err)
	copied := d.DistributionConfig
	copied.CallerReference, copied.Aliases = aws.String("second"), &cftypes.Aliases{Quantity: aws.Int32(0)}
	copied.ViewerCertificate = &cftypes.ViewerCertificate{CloudFrontDefaultCertificate: aws.Bool(true)}
	out, err := c.account.CloudFront().CreateDistribution(c.t.Context(), &cloudfront.CreateDistributionInput{DistributionConfig: copied})
	c.must(err)
	time.Sleep(time.Hour)
	return aws.ToString(out.Distribution.DomainName)
}

// nameWards are worlds in which DNS is wrong, or what ACM needs of it.
func nameWards() []ward {
	return []ward{
		{part: "DNS", what: "The record leads to an old distribution of the account", source: "22", remarks: "traffic-record", says: []string{"callers are answered all the same", "CNAME " + hostName}, asked: "A " + hostName, heals: byHand, hand: (*clinic).rerecord, outside: setup.VerdictHealthy, done: func(c *clinic) {
			record("CNAME", c.second()+".")(c)
		}},
		{what: "The record leads to the old server", source: "35", wrong: "traffic-record", says: []string{"old.hosting.test"}, asked: hostName, heals: byFix, outside: setup.VerdictStranger, done: func(c *clinic) {
			c.must(c.sim.AddSite(sim.Site{Names: []string{"old.hosting.test", hostName}, Like: "nginx"}))
			record("CNAME", "old.hosting.test.")(c)
		}},
		{what: "The record leads past CloudFront, to API Gateway", source: "24", wrong: "traffic-record", asked: hostName, heals: byFix, outside: setup.VerdictPastCloudFront, done: func(c *clinic) { record("CNAME", c.target+".")(c) }},
		{what: "The record was deleted", source: "26", wrong: "traffic-record", verdict: setup.VerdictNoName, says: []string{"has no DNS record", "No name server of example.com"}, asked: "A " + hostName, heals: byFix, outside: setup.VerdictNoName, done: unrecord("A", "AAAA")},
		{what: "There is no AAAA record", source: "27", remarks: "ipv6", says: []string{"AAAA " + hostName, "IPv6 is switched on there already"}, asked: "AAAA " + hostName, heals: byAdopt, outside: setup.VerdictRemarks, done: unrecord("AAAA")},
		{what: "The AAAA record leads elsewhere", source: "27", wrong: "traffic-record", says: []string{"the AAAA record leads elsewhere", "AAAA " + hostName + ": 2001:db8::1"}, asked: "AAAA " + hostName, heals: byFix, outside: setup.VerdictHealthy, done: func(c *clinic) {
			unrecord("AAAA")(c)
			c.leads("AAAA", "2001:db8::1")
		}},
		{what: "A private hosted zone has the name too", source: "D.2", remarks: "traffic-record", says: []string{"are led elsewhere", "A 10.0.0.7"}, asked: "ListResourceRecordSets", outside: setup.VerdictHealthy, done: func(c *clinic) {
			c.sim.AddRecord(c.sim.AddPrivateZone(accountID, "example.com"), hostName, "A", 60, "10.0.0.7")
		}},
		{what: "A private hosted zone of the domain does not have the name", source: "D.2", remarks: "traffic-record", says: []string{"do not find the name"}, asked: "ListResourceRecordSets", outside: setup.VerdictHealthy, done: func(c *clinic) {
			c.sim.AddPrivateZone(accountID, "example.com")
		}},
		{what: "The domain is delegated to an empty twin of the hosted zone", source: "45", wrong: "delegation", verdict: setup.VerdictNoName, says: []string{"Enter these name servers for example.com", "ns-64.awsdns-04.com"}, asked: "NS example.com", heals: byHand, hand: (*clinic).redelegate, outside: setup.VerdictNoName, done: func(c *clinic) {
			c.sim.Delegate("example.com", c.sim.NameServers(c.sim.AddTwinZone(accountID, "example.com"))...)
			time.Sleep(72 * time.Hour)
		}},
		{what: "The domain is delegated to nobody", source: "26 45", wrong: "delegation", verdict: setup.VerdictNotDelegated, says: []string{"Enter these name servers", "ns-64.awsdns-04.com"}, asked: "NS com", heals: byHand, hand: (*clinic).redelegate, outside: setup.VerdictNoName, done: func(c *clinic) {
			c.sim.Delegate("example.com")
			time.Sleep(72 * time.Hour)
		}},
		{what: "A second hosted zone, to which nobody leads, has the name", source: "45", remarks: "delegation", says: []string{"nobody asks it"}, asked: "ListResourceRecordSets", outside: setup.VerdictHealthy, done: func(c *clinic) {
			c.sim.AddRecord(c.sim.AddTwinZone(accountID, "example.com"), hostName, "A", 60, "192.0.2.9")
		}},
		{part: "Certificates", what: "The validation record was deleted", source: "44", wrong: "validation-record", says: []string{"has the record _", "will not renew"}, asked: "DescribeCertificate", heals: byHand, hand: (*clinic).revalidate, outside: setup.VerdictHealthy, done: func(c *clinic) { c.validation() }},
		{what: "The validation record has another value", source: "44", wrong: "validation-record", says: []string{"has the value _other.acm-validations.aws"}, asked: "DescribeCertificate", heals: byHand, hand: (*clinic).revalidate, outside: setup.VerdictHealthy, done: func(c *clinic) { c.validation("_other.acm-validations.aws.") }},
		{what: "CAA records forbid Amazon", source: "30 D.5", wrong: "caa", says: []string{`0 issue "amazon.com"`}, asked: "DescribeCertificate", heals: byHand, hand: func(c *clinic) { c.sim.AddRecord(c.zone, "example.com", "CAA", 60, `0 issue "amazon.com"`) }, outside: setup.VerdictHealthy, done: func(c *clinic) {
			c.sim.AddRecord(c.zone, "example.com", "CAA", 60, `0 issue "letsencrypt.org"`)
			time.Sleep(time.Hour)
		}},
		{what: "The certificate of the distribution has ended", source: "2", wrong: "edge-certificate", open: "edge-certificate traffic-record", says: []string{"has ended", "us-east-1"}, asked: "GetDistributionConfig", heals: byAdopt, outside: setup.VerdictUnsure, made: func(c *clinic) {
			c.edge = c.sim.AddCertificate(accountID, setup.EdgeRegion, sim.Certificate{Names: []string{hostName}, Type: "IMPORTED", NotAfter: time.Now().Add(50 * time.Hour)})
			c.complete()
			time.Sleep(72 * time.Hour)
		}},
		{what: "The certificate of the custom domain has ended", source: "2", wrong: "regional-certificate", open: brokenOpen, says: []string{"has ended"}, asked: "GetDomainName", heals: byAdopt, outside: setup.VerdictUnsure, made: func(c *clinic) {
			c.regional = c.sim.AddCertificate(accountID, "eu-west-1", sim.Certificate{Names: []string{hostName}, Type: "IMPORTED", NotAfter: time.Now().Add(50 * time.Hour)})
			c.complete()
			time.Sleep(72 * time.Hour)
		}},
		{what: "The distribution got the certificate of another name", source: "22", wrong: "alias", open: namelessOpen, says: []string{"with a certificate from us-east-1 that covers it"}, asked: "GetDistributionConfig", heals: byHand, hand: renamed, outside: setup.VerdictUnsure, made: func(c *clinic) {
			c.complete()
			other := c.certificate(setup.EdgeRegion, spareName)
			edged(func(d *cftypes.DistributionConfig) {
				aliased(spareName)(d)
				d.ViewerCertificate.ACMCertificateArn = &other
			})(c)
		}},
		{what: "The distribution has no name, and the only certificate for it is in another region", source: "A.1", wrong: "alias", remarks: "viewer-tls", open: namelessOpen, says: []string{"Request a certificate for " + hostName + " in ACM in us-east-1 first"}, asked: "GetDistributionConfig", heals: byAdopt, outside: setup.VerdictUnsure, made: func(c *clinic) {
			c.custom("eu-west-1")
			_, err := c.account.ACM(setup.EdgeRegion).DeleteCertificate(c.t.Context(), &acm.DeleteCertificateInput{CertificateArn: &c.edge})
			c.must(err)
			c.front(c.account, "")
			c.aliases(bothKinds...)
		}},
		{what: "The distribution shows CloudFront's own certificate, and has no name", source: "22", wrong: "alias", remarks: "viewer-tls", open: namelessOpen, asked: "GetDistributionConfig", heals: byFix, outside: setup.VerdictUnsure, done: edged(func(d *cftypes.DistributionConfig) {
			aliased()(d)
			d.ViewerCertificate = &cftypes.ViewerCertificate{CloudFrontDefaultCertificate: aws.Bool(true)}
		})},
	}
}
