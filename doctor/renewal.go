package doctor

import (
	"context"
	"slices"
	"strings"
	"time"

	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"

	"apifront/cloud"
	"apifront/setup"
	"apifront/steps"
)

// lookAtRenewal says whether ACM will renew the two certificates.
func (e *exam) lookAtRenewal(ctx context.Context) {
	e.chart.begin(setup.DoctorRenewal)
	var list []steps.Renewing
	for _, c := range e.inside.certificates {
		if c.detail != nil {
			list = append(list, steps.Renewing{Region: c.region, User: c.user, Detail: c.detail})
		}
	}
	terms, found, unseen := steps.Renewals(ctx, e.q.Prober, time.Now(), list)
	e.inside.terms, e.inside.renewals, e.inside.termsUnseen = terms, found, unseen
}

// renewals are what is to be said of the renewals: what stops them is wrong, though
// callers are served until the end. What belongs to a certificate as it was made is a
// remark.
func (e *exam) renewals() (list []setup.FindingBody) {
	lost := slices.ContainsFunc(e.findings, func(f setup.FindingBody) bool { return f.Setting == setup.SettingDelegation && !f.Beside })
	for _, f := range e.inside.renewals {
		if lost && strings.HasPrefix(f.Key, "renewal/"+string(setup.StopDNS)) {
			continue // whoever does not find the zone does not find the record in it
		}
		f.Beside = f.Passes || strings.HasPrefix(f.Key, "renewal/ends/") && !e.stopped()
		if strings.HasPrefix(f.Key, "renewal/"+string(setup.StopUnused)) {
			f.Fix = "Give the certificate to what should use it, or delete it."
		}
		f.Key = "doctor/" + f.Key
		f.Title = strings.TrimSuffix(f.Title, ".")
		f.Evidence = append(f.Evidence, e.asksCertificates()...)
		list = append(list, f)
	}
	return list
}

// stopped says whether something keeps ACM from renewing a certificate.
func (e *exam) stopped() bool { return setup.Guard{Terms: e.inside.terms}.Stopped() }

// judgeRenewal says it in its look.
func (e *exam) judgeRenewal() {
	i := &e.inside
	if !i.asked() {
		return // judgeInside has said so
	}
	var unread []string
	for _, c := range i.certificates {
		switch {
		case c.err != nil:
			unread = append(unread, cloud.CouldNotRead("The certificate in "+c.region, c.err))
		case c.detail == nil:
			unread = append(unread, "ACM has no certificate "+c.arn+".")
		case c.detail.Status != acmtypes.CertificateStatusIssued:
			unread = append(unread, "ACM says "+string(c.detail.Status)+" of the certificate in "+c.region+".")
		}
	}
	words := steps.RenewalWords(i.terms, time.Now())
	switch {
	case len(unread) > 0:
		e.chart.end(setup.DoctorRenewal, setup.DoctorUnknown, strings.Join(unread, " ")+" "+words, e.asksCertificates()...)
	case words == "":
		e.chart.end(setup.DoctorRenewal, setup.DoctorUnknown, "No certificate was found of which it could be said.")
	case e.stopped() && !e.expected():
		e.chart.end(setup.DoctorRenewal, setup.DoctorWrong, words+".", e.asksCertificates()...)
	case e.stopped(), i.termsUnseen:
		e.chart.end(setup.DoctorRenewal, setup.DoctorRemark, words+".", e.asksCertificates()...)
	default:
		e.chart.end(setup.DoctorRenewal, setup.DoctorRight, words+".", e.asksCertificates()...)
	}
}

// expected says whether all that stops renewals belongs to the certificates as they
// were made.
func (e *exam) expected() bool {
	for _, t := range e.inside.terms {
		for _, s := range t.Stops {
			if !s.Expected() {
				return false
			}
		}
	}
	return true
}

// asksCertificates are what ACM said of the certificates.
func (e *exam) asksCertificates() (list []setup.Asked) {
	for _, c := range e.inside.certificates {
		answer := "It could not be read"
		if c.detail != nil {
			answer = string(c.detail.Status) + ", " + string(c.detail.Type)
			if c.detail.NotAfter != nil {
				answer += ", until " + c.detail.NotAfter.UTC().Format("2 Jan 2006")
			}
		}
		list = append(list, setup.NewAsked("ACM DescribeCertificate in "+c.region, answer,
			awsLine("Certificate.[Status,Type,NotAfter,RenewalEligibility]", "acm", "describe-certificate", "--region", c.region, "--certificate-arn", c.arn)))
	}
	return list
}
