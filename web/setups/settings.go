package setups

import (
	"slices"
	"strings"

	"apifront/setup"
	"apifront/web"
)

// Setting is the answers of one page of the wizard in a line.
type Setting struct {
	Page, Title string
	Text        string
}

// settings are the answers, each with the page that changes them.
func settings(f Facts) (list []Setting) {
	for _, p := range setup.Pages() {
		if text := settingText(f, p.ID); text != "" {
			list = append(list, Setting{Page: string(p.ID), Title: p.Title, Text: text})
		}
	}
	return list
}

func settingText(f Facts, page setup.PageID) string {
	spec := f.Setup.Spec
	switch page {
	case setup.PageAccount:
		return web.Joined("Account "+web.AccountNumber(spec.Account.AccountID), spec.Account.Region)
	case setup.PageAPI:
		return pathsText(spec.API, f.Former)
	case setup.PageDomain:
		text := "Route 53, hosted zone " + spec.Domain.ZoneName
		if spec.Domain.DNS == setup.DNSElsewhere {
			text = "DNS is managed outside of AWS"
			if f.Resources.InRoute53() {
				text = "DNS is to be managed outside of AWS, and Route 53 leads callers until it is"
			}
		}
		if spec.Domain.MoveFrom != "" {
			text += ". Moved here from distribution " + spec.Domain.MoveFrom + ", to which it does not go back by itself"
		}
		if spec.Domain.SecurityPolicy != "" {
			text += ". " + spec.Domain.SecurityPolicy
			if spec.Domain.AccessMode != "" {
				text += ", " + spec.Domain.AccessMode
			}
		}
		if spec.Domain.Switch == setup.SwitchLater {
			return text + ". Traffic moves later"
		}
		return text + ". Traffic goes to CloudFront"
	case setup.PageCertificates:
		if len(spec.NewCertificates()) > 0 {
			return "Requested from ACM, and renewed by itself"
		}
		return "Certificates that exist are reused"
	case setup.PageEdge:
		if found := spec.FoundWords(); found != "" {
			return edgeText(spec) + ". Left as found when it was adopted: " + setup.Clip(found, 300)
		}
		text := edgeText(spec)
		if spec.Edge.CloseEndpoints {
			text += ". Default endpoints are closed"
		}
		if spec.Edge.OriginHeader != "" {
			text += ". A secret header goes to the API"
		}
		if logs := spec.Edge.AccessLogs; logs.Wanted() {
			text += ". Access logs: " + logs.Words()
		}
		return text
	case setup.PageReview:
	}
	return ""
}

// recordsNote says of records in Route 53 what becomes of them once the answers
// say that DNS is elsewhere, or in another zone.
func recordsNote(f Facts) string {
	d := f.Setup.Spec.Domain
	if d.DNS == setup.DNSElsewhere && f.Resources.InRoute53() {
		return "apifront added the traffic record in Route 53. It stays, and leads callers until the name servers of the domain have changed. Before you change them, add a CNAME at the other provider that leads " +
			d.Name + " to " + f.Resources.Attr(setup.KeyDistribution, setup.AttrDomainName) + ", and the validation record. At the top of a domain, it is called ALIAS or ANAME."
	}
	for _, r := range f.Former {
		if r.Key == setup.KeyRecordTraffic && r.Owned && !r.LeftSince.IsZero() && r.RemovedAt.IsZero() {
			text := "What apifront added in Route 53 before"
			if zone := r.Attributes[setup.AttrHostedZone]; zone != "" {
				text += ", in the hosted zone " + zone + ","
			}
			return text + " was left there. It is in use again if DNS comes back; delete it in Route 53 if it does not."
		}
	}
	return ""
}

// leftPaths are the paths that are taken out and were left mapped on purpose. The
// newest revision names them if a person chose so in it. Otherwise the stored
// mapping tells, because it stays left whatever revisions came since.
func leftPaths(a setup.API, former setup.Former) []string {
	paths := slices.Clone(a.Left)
	for _, r := range former {
		path, ok := strings.CutPrefix(r.Key, setup.MappingKey(""))
		if ok && r.Owned && !r.LeftSince.IsZero() && r.RemovedAt.IsZero() && !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return slices.DeleteFunc(paths, func(p string) bool {
		return slices.ContainsFunc(a.Mappings, func(m setup.Mapping) bool { return m.Path == p })
	})
}

// pathsText names the first few paths, and all that were left mapped on purpose.
func pathsText(a setup.API, former setup.Former) string {
	var words, left []string
	list := a.Mappings
	for i, m := range list {
		if i == fewPaths {
			words = append(words, "and "+setup.Count(len(list)-i, "more path"))
			break
		}
		words = append(words, m.DisplayPath()+" goes to "+m.APIName)
	}
	text := strings.Join(words, ", ")
	for _, p := range leftPaths(a, former) {
		left = append(left, setup.Mapping{Path: p}.DisplayPath())
	}
	if len(left) > 0 {
		text += ". Taken out, but left mapped: " + setup.And(left)
	}
	return text
}

func edgeText(spec setup.Spec) string {
	e := spec.Edge
	switch {
	case spec.CachingAsFound():
		return "Caching as it was found"
	case e.Caching == setup.CachingOff:
		return "No caching: every request reaches the API"
	case e.Caching == setup.CachingAPI:
		return "Caching as the API's Cache-Control says"
	default:
		return "Caching for " + setup.Span(e.KeepFor())
	}
}
