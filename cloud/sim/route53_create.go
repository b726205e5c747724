package sim

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strings"
)

// createHostedZone makes a public zone nobody delegates to yet, as in life.
// It is delegated from the start if its parent zone's records say so.
func (s *Sim) createHostedZone(req *request) (answer, error) {
	var in struct {
		Name            string
		CallerReference string
		Config          struct {
			Comment     string
			PrivateZone bool
			Others      []xmlOther `xml:",any"`
		} `xml:"HostedZoneConfig"`
		VPC             *xmlVPC    `xml:"VPC"`
		DelegationSetID string     `xml:"DelegationSetId"`
		Others          []xmlOther `xml:",any"`
	}
	if err := readXML(req, "CreateHostedZoneRequest", &in); err != nil {
		return answer{}, err
	}
	if in.DelegationSetID != "" {
		return answer{}, notModelled("reusable delegation sets")
	}
	if others := slices.Concat(in.Others, in.Config.Others); len(others) > 0 {
		return answer{}, notModelled("the element %s of CreateHostedZone", others[0].XMLName.Local)
	}
	name := canonicalName(in.Name)
	if !validName(name) || !strings.Contains(strings.TrimSuffix(name, "."), ".") {
		return answer{}, refuse("InvalidDomainName", "%s is not a valid domain name", in.Name)
	}
	for _, z := range s.zones {
		if z.Account == req.account.ID && z.Reference == in.CallerReference {
			return answer{}, refuseWith(http.StatusConflict, "HostedZoneAlreadyExists", "A hosted zone has already been created with the specified caller reference.")
		}
	}
	z := s.addZone(req.account.ID, name)
	z.Reference, z.Comment, z.Private = in.CallerReference, in.Config.Comment, in.Config.PrivateZone || in.VPC != nil
	s.dnsChanged()
	now := s.now()
	c := &change{ID: s.newID("C", 20), SubmittedAt: now, InsyncAt: now.Add(s.cfg.Pace.Insync)}
	s.global(req.account.ID).changes[c.ID] = c
	out := struct {
		XMLName     xml.Name      `xml:"https://route53.amazonaws.com/doc/2013-04-01/ CreateHostedZoneResponse"`
		Zone        xmlZone       `xml:"HostedZone"`
		Info        xmlChangeInfo `xml:"ChangeInfo"`
		NameServers []string      `xml:"DelegationSet>NameServers>NameServer,omitempty"`
		VPC         *xmlVPC       `xml:"VPC"`
	}{Zone: z.xml(), Info: c.xml(now), VPC: in.VPC}
	if !z.Private {
		for _, ns := range z.NameServers {
			out.NameServers = append(out.NameServers, strings.TrimSuffix(ns, "."))
		}
	}
	a, err := xmlAnswer(http.StatusCreated, out)
	if err == nil {
		a.Header.Set("Location", "https://route53.amazonaws.com/2013-04-01/hostedzone/"+z.ID)
	}
	return a, err
}

func (s *Sim) deleteHostedZone(req *request) (answer, error) {
	z, err := s.findZone(req)
	if err != nil {
		return answer{}, err
	}
	if len(z.Records) > 2 {
		return answer{}, refuse("HostedZoneNotEmpty", "The specified hosted zone contains non-required resource record sets  and so cannot be deleted.")
	}
	delete(s.zones, z.ID)
	s.dnsChanged()
	now := s.now()
	c := &change{ID: s.newID("C", 20), SubmittedAt: now, InsyncAt: now.Add(s.cfg.Pace.Insync)}
	s.global(req.account.ID).changes[c.ID] = c
	return xmlAnswer(http.StatusOK, struct {
		XMLName xml.Name      `xml:"https://route53.amazonaws.com/doc/2013-04-01/ DeleteHostedZoneResponse"`
		Info    xmlChangeInfo `xml:"ChangeInfo"`
	}{Info: c.xml(now)})
}
