package setups

import (
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
func settings(spec setup.Spec) (list []Setting) {
	for _, p := range setup.Pages() {
		if text := settingText(spec, p.ID); text != "" {
			list = append(list, Setting{Page: string(p.ID), Title: p.Title, Text: text})
		}
	}
	return list
}

func settingText(spec setup.Spec, page setup.PageID) string {
	switch page {
	case setup.PageAccount:
		return web.Joined("Account "+web.AccountNumber(spec.Account.AccountID), spec.Account.Region)
	case setup.PageAPI:
		return pathsText(spec.API)
	case setup.PageDomain:
		text := "Route 53, hosted zone " + spec.Domain.ZoneName
		if spec.Domain.DNS == setup.DNSElsewhere {
			text = "DNS is managed outside of AWS"
		}
		if spec.Domain.Switch == setup.SwitchLater {
			return text + ". Traffic moves later"
		}
		return text + ". Traffic goes to CloudFront"
	case setup.PageCertificates:
		if len(spec.NewCertificates()) > 0 {
			return "Requested from ACM, and renewed by itself"
		}
		return "Those that are there are used again"
	case setup.PageEdge:
		return edgeText(spec.Edge)
	case setup.PageReview:
	}
	return ""
}

// pathsText names the first few paths, and all that were left mapped on purpose.
func pathsText(a setup.API) string {
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
	for _, p := range a.Left {
		left = append(left, setup.Mapping{Path: p}.DisplayPath())
	}
	if len(left) > 0 {
		text += ". Taken out, but left mapped: " + setup.And(left)
	}
	return text
}

func edgeText(e setup.Edge) string {
	switch e.Caching {
	case setup.CachingOff:
		return "No caching: every request reaches the API"
	case setup.CachingAPI:
		return "Caching as the API's Cache-Control says"
	default:
		return "Caching for " + setup.Span(e.KeepFor())
	}
}
