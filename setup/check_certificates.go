package setup

import (
	"regexp"
	"slices"
)

func checkCertificates(j *judge, s Spec, f Facts) {
	c := s.Certificates
	if !c.Answered && f.Certificates.Awaited() {
		j.say(FaultAwaits, "certificates.edge", "", "list of certificates")
	}
	if s.Domain.Name != "" && s.CertificateName() == "" {
		if made := s.NewCertificates(); len(made) > 0 {
			for _, region := range made {
				j.stop(certificateField(region), "Choose a certificate that exists in "+region+", or a shorter name: ACM makes none for a name this long")
			}
			return
		}
	}
	checkCertificate(j, s, EdgeRegion, c.Edge, f.Certificates)
	if !s.OneCertificate() && IsRegion(s.Account.Region) { // a missing region is a fault of the page Account and region
		checkCertificate(j, s, s.Account.Region, c.Regional, f.Certificates)
	}
}

func certificateField(region string) string {
	if region == EdgeRegion {
		return "certificates.edge"
	}
	return "certificates.regional"
}

// checkCertificate judges a certificate that is to be reused. If the
// certificate is in the list, its entry counts, and otherwise what its ARN
// says. If the list is not known, the job finds out the rest.
func checkCertificate(j *judge, s Spec, region, arn string, list Fact[[]CertificateInfo]) {
	if arn == "" {
		return
	}
	stop := func(text string) { j.stop(certificateField(region), "Choose again for "+region+": "+text) }
	before := "the certificate chosen before "
	if i := slices.IndexFunc(list.Value, func(x CertificateInfo) bool { return x.ARN == arn && x.Region == region }); i >= 0 {
		switch x := list.Value[i]; {
		case x.Refused != "":
			stop(x.Refused)
		case validName(s.Domain.Name) && !CoversAny(x.Names, s.Domain.Name):
			stop(before + "does not cover " + s.Domain.Name)
		case x.Remark() != "":
			j.say(FaultNotice, certificateField(region), "The certificate in "+region+" ends on "+x.NotAfter.UTC().Format("2 January 2006"), x.Remark())
		}
		return
	}
	switch at, account, ok := CertificateARN(arn); {
	case !ok:
		stop(before + "is not given by its ARN")
	case at != region:
		stop(before + "is in " + at)
	case s.Account.AccountID != "" && account != s.Account.AccountID:
		stop(before + "is of account " + AccountNumber(account))
	case list.Have && !UnreadCertificates(list.Value, region):
		stop(before + "is gone or does not cover " + s.Domain.Name)
	}
}

// validName says whether clients can call the name. If they cannot, the fault
// is on the page Domain and DNS.
func validName(name string) bool {
	_, err := CleanServed(name)
	return err == nil
}

// UnreadCertificates says whether the certificates of a region could not all be
// listed.
func UnreadCertificates(list []CertificateInfo, region string) bool {
	return slices.ContainsFunc(list, func(x CertificateInfo) bool { return x.Unread && x.Region == region })
}

// certificatePattern matches the ARN of an ACM certificate.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscertificatemanager.html
var certificatePattern = regexp.MustCompile(`^arn:aws[a-z-]*:acm:([a-z0-9-]+):([0-9]{12}):certificate/[A-Za-z0-9-]+$`)

// CertificateARN reads the region and the account from the ARN of a
// certificate; ok is false if the text is no such ARN.
func CertificateARN(arn string) (region, account string, ok bool) {
	m := certificatePattern.FindStringSubmatch(arn)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}
