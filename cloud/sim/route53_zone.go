package sim

import (
	"encoding/xml"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// route53Routes are the modelled operations of Route 53. SDKs other than Go's
// end some paths with a slash, which route ignores.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_Operations.html
var route53Routes = []route{
	{"GET", "/2013-04-01/hostedzone", "ListHostedZones", (*Sim).listHostedZones},
	{"POST", "/2013-04-01/hostedzone", "CreateHostedZone", (*Sim).createHostedZone},
	{"GET", "/2013-04-01/hostedzonesbyname", "ListHostedZonesByName", (*Sim).listHostedZonesByName},
	{"GET", "/2013-04-01/hostedzonecount", "GetHostedZoneCount", (*Sim).getHostedZoneCount},
	{"GET", "/2013-04-01/hostedzone/{zone}", "GetHostedZone", (*Sim).getHostedZone},
	{"DELETE", "/2013-04-01/hostedzone/{zone}", "DeleteHostedZone", (*Sim).deleteHostedZone},
	{"GET", "/2013-04-01/hostedzone/{zone}/rrset", "ListResourceRecordSets", (*Sim).listResourceRecordSets},
	{"POST", "/2013-04-01/hostedzone/{zone}/rrset", "ChangeResourceRecordSets", (*Sim).changeResourceRecordSets},
	{"GET", "/2013-04-01/change/{change}", "GetChange", (*Sim).getChange},
	{"GET", "/2013-04-01/tags/hostedzone/{zone}", "ListTagsForResource", (*Sim).listZoneTags},
	{"POST", "/2013-04-01/tags/hostedzone/{zone}", "ChangeTagsForResource", (*Sim).changeZoneTags},
}

// route53 answers Route 53's REST XML protocol.
func (s *Sim) route53(req *request) (answer, error) {
	// V31: five requests a second for the whole account, whatever they ask.
	if rate := s.cfg.Pace.Route53Rate; rate > 0 {
		g, now := s.global(req.account.ID), s.now()
		g.zoneRequests = slices.DeleteFunc(g.zoneRequests, func(t time.Time) bool { return now.Sub(t) >= time.Second })
		if len(g.zoneRequests) >= rate {
			return s.throttled(req)
		}
		g.zoneRequests = append(g.zoneRequests, now)
	}
	return s.route(req, route53Routes)
}

// throttled refuses, with the operation's name in the log.
func (s *Sim) throttled(req *request) (answer, error) {
	refused := func(*Sim, *request) (answer, error) { return answer{}, refuse("Throttling", "Rate exceeded") }
	routes := slices.Clone(route53Routes)
	for i := range routes {
		routes[i].run = refused
	}
	return s.route(req, routes)
}

// findZone is the caller's zone named in the path.
func (s *Sim) findZone(req *request) (*zone, error) {
	id := strings.TrimPrefix(req.arg("zone"), "/hostedzone/")
	z, ok := s.zones[id]
	if !ok || z.Foreign {
		return nil, refuseWith(http.StatusNotFound, "NoSuchHostedZone", "No hosted zone found with ID: %s", id)
	}
	if z.Account != req.account.ID { // AWS tells that it is there, and no more
		return nil, refuseWith(http.StatusForbidden, "AccessDenied", "User: %s is not authorized to access this resource", req.account.Principal)
	}
	return z, nil
}

type xmlZone struct {
	ID              string `xml:"Id"`
	Name            string
	CallerReference string
	Comment         string `xml:"Config>Comment,omitempty"`
	PrivateZone     bool   `xml:"Config>PrivateZone"`
	Count           int    `xml:"ResourceRecordSetCount"`
}

func (z *zone) xml() xmlZone {
	return xmlZone{
		ID: "/hostedzone/" + z.ID, Name: escapeName(z.Name), CallerReference: z.Reference,
		Comment: z.Comment, PrivateZone: z.Private, Count: len(z.Records),
	}
}

// zonesOf is the caller's zones, in the order of the list that asks.
func (s *Sim) zonesOf(account string, compare func(a, b *zone) int) []*zone {
	zones := slices.Collect(maps.Values(s.zones))
	zones = slices.DeleteFunc(zones, func(z *zone) bool { return z.Account != account })
	slices.SortFunc(zones, compare)
	return zones
}

// maxItems reads a page size parameter.
func (s *Sim) maxItems(req *request, most int) (asked, size int, err error) {
	asked = most
	if v := req.query("maxitems"); v != "" {
		asked, err = strconv.Atoi(v)
		if err != nil || asked < 1 {
			return 0, 0, refuse("InvalidInput", "MaxItems must be a number from 1, but is '%s'", v)
		}
	}
	return asked, s.pageSize(asked, most), nil
}

func (s *Sim) listHostedZones(req *request) (answer, error) {
	if req.query("delegationsetid") != "" || req.query("hostedzonetype") != "" {
		return answer{}, notModelled("ListHostedZones' filters")
	}
	asked, size, err := s.maxItems(req, 100)
	if err != nil {
		return answer{}, err
	}
	zones := s.zonesOf(req.account.ID, func(a, b *zone) int { return strings.Compare(a.ID, b.ID) })
	marker := req.query("marker")
	if marker != "" {
		at := slices.IndexFunc(zones, func(z *zone) bool { return z.ID == marker })
		if at < 0 {
			return answer{}, refuse("InvalidInput", "Invalid marker: %s", marker)
		}
		zones = zones[at:]
	}
	out := struct {
		XMLName     xml.Name  `xml:"https://route53.amazonaws.com/doc/2013-04-01/ ListHostedZonesResponse"`
		Zones       []xmlZone `xml:"HostedZones>HostedZone"`
		Marker      string    `xml:",omitempty"`
		IsTruncated bool
		NextMarker  string `xml:",omitempty"`
		MaxItems    int
	}{Marker: marker, MaxItems: asked}
	for i, z := range zones {
		if i == size {
			out.IsTruncated, out.NextMarker = true, z.ID
			break
		}
		out.Zones = append(out.Zones, z.xml())
	}
	return xmlAnswer(http.StatusOK, out)
}

func (s *Sim) listHostedZonesByName(req *request) (answer, error) {
	asked, size, err := s.maxItems(req, 100)
	if err != nil {
		return answer{}, err
	}
	byName := func(a, b *zone) int {
		if c := strings.Compare(nameOrder(a.Name), nameOrder(b.Name)); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	}
	from := &zone{ID: strings.TrimPrefix(req.query("hostedzoneid"), "/hostedzone/")}
	if name := req.query("dnsname"); name != "" {
		from.Name = canonicalName(name)
	} else if from.ID != "" {
		return answer{}, refuse("InvalidInput", "A hosted zone ID needs a DNS name beside it")
	}
	zones := s.zonesOf(req.account.ID, byName)
	if from.Name != "" {
		zones = slices.DeleteFunc(zones, func(z *zone) bool { return byName(z, from) < 0 })
	}
	out := struct {
		XMLName          xml.Name  `xml:"https://route53.amazonaws.com/doc/2013-04-01/ ListHostedZonesByNameResponse"`
		Zones            []xmlZone `xml:"HostedZones>HostedZone"`
		DNSName          string    `xml:",omitempty"`
		HostedZoneID     string    `xml:"HostedZoneId,omitempty"`
		IsTruncated      bool
		NextDNSName      string `xml:",omitempty"`
		NextHostedZoneID string `xml:"NextHostedZoneId,omitempty"`
		MaxItems         int
	}{DNSName: req.query("dnsname"), HostedZoneID: req.query("hostedzoneid"), MaxItems: asked}
	for i, z := range zones {
		if i == size {
			out.IsTruncated, out.NextDNSName, out.NextHostedZoneID = true, escapeName(z.Name), z.ID
			break
		}
		out.Zones = append(out.Zones, z.xml())
	}
	return xmlAnswer(http.StatusOK, out)
}

func (s *Sim) getHostedZoneCount(req *request) (answer, error) {
	return xmlAnswer(http.StatusOK, struct {
		XMLName xml.Name `xml:"https://route53.amazonaws.com/doc/2013-04-01/ GetHostedZoneCountResponse"`
		Count   int      `xml:"HostedZoneCount"`
	}{Count: len(s.zonesOf(req.account.ID, func(a, b *zone) int { return strings.Compare(a.ID, b.ID) }))})
}

type xmlVPC struct {
	VPCRegion string
	VPCID     string `xml:"VPCId"`
}

func (s *Sim) getHostedZone(req *request) (answer, error) {
	z, err := s.findZone(req)
	if err != nil {
		return answer{}, err
	}
	out := struct {
		XMLName     xml.Name `xml:"https://route53.amazonaws.com/doc/2013-04-01/ GetHostedZoneResponse"`
		Zone        xmlZone  `xml:"HostedZone"`
		NameServers []string `xml:"DelegationSet>NameServers>NameServer,omitempty"`
		VPCs        []xmlVPC `xml:"VPCs>VPC,omitempty"`
	}{Zone: z.xml()}
	if z.Private {
		out.VPCs = []xmlVPC{{VPCRegion: "us-east-1", VPCID: "vpc-" + strings.ToLower(z.ID[1:9])}}
	} else {
		for _, ns := range z.NameServers { // AWS gives them without the trailing dot
			out.NameServers = append(out.NameServers, strings.TrimSuffix(ns, "."))
		}
	}
	return xmlAnswer(http.StatusOK, out)
}
