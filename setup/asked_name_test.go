package setup

import (
	"strings"
	"testing"
)

func TestCleanAsked(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"api.example.com":                                 "api.example.com",
		" API.Example.com. ":                              "api.example.com",
		"api.example.com/":                                "api.example.com",
		"api.example.com/health":                          "api.example.com /health",
		"https://api.example.com/v1/orders/":              "api.example.com /v1/orders/",
		"https://user:pw@api.example.com:443/x?token=s#y": "api.example.com /x",
		"//api.example.com/x":                             "api.example.com /x",
		"api.example.com?x=1":                             "api.example.com",
		"api.example.com/a b":                             "api.example.com /a%20b",
		"bücher.example/ä":                                "xn--bcher-kva.example /%C3%A4",
		"*.api.example.com":                               "*.api.example.com",
		"https://*.api.example.com/x":                     "*.api.example.com /x",
	} {
		a, err := CleanAsked(typed)
		if got := strings.TrimSpace(a.Name + " " + a.Path); err != nil || got != want {
			t.Errorf("%q: %q %v, want %q", typed, got, err, want)
		}
		if strings.Contains(typed, "?") != strings.Contains(strings.Join(a.Notes, " "), "secret in it") {
			t.Errorf("%q: notes %q", typed, a.Notes)
		}
	}
	for typed, want := range map[string]string{
		"":                    "Enter a domain name",
		"10.0.0.1/x":          "not an IP address",
		"localhost":           "at least two parts",
		"*.com":               "at least two parts",
		"api.*.example.com":   "* alone and first",
		"a*.example.com":      "* alone and first",
		"_x.example.com":      "underscore",
		"d1.cloudfront.net":   "belong to AWS",
		"api.example.com/%zz": "Enter a path",
		"api.example.com/" + strings.Repeat("x", 1025): "shorter path",
	} {
		if a, err := CleanAsked(typed); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %+v %v, want %q", typed, a, err, want)
		}
	}
}

// A name of the wildcard is one that it covers.
func TestAnyOf(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"api.example.com", "*.api.example.com"} {
		if got := (AskedName{Name: name}).Host(); strings.Contains(got, "*") || got != name && !Covers(name, got) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// The tutorial's six steps have the settings that stand under them in its order.
func TestTutorialSettings(t *testing.T) {
	t.Parallel()
	last := 0
	for _, s := range []Setting{
		SettingEdgeCertificate, SettingRegionalCertificate, SettingCustomDomain, SettingMapping, SettingOriginDomain,
		SettingAlias, SettingOriginProtocol, SettingHostHeader, SettingTrafficRecord,
	} {
		n := s.Tutorial()
		if n < last || n == 0 || n > 6 {
			t.Errorf("%s is of step %d", s, n)
		}
		last = n
	}
	if SettingNetwork.Tutorial() != 0 || last != 6 {
		t.Error("a setting that is no AWS resource is of a step")
	}
}
