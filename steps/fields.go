package steps

import (
	"strings"

	"apifront/setup"
)

// fieldSettings are the settings that the fields of a step's changes decide, by
// AWS's names of the fields.
var fieldSettings = map[string]setup.Setting{
	"Enabled":                setup.SettingEnabled,
	"Aliases":                setup.SettingAlias,
	"IsIPV6Enabled":          setup.SettingIPv6,
	"WebACLId":               setup.SettingFirewall,
	"ACMCertificateArn":      setup.SettingEdgeCertificate,
	"MinimumProtocolVersion": setup.SettingViewerTLS,
	originName:               setup.SettingOriginDomain,
	"TargetOriginId":         setup.SettingOriginDomain,
	"OriginPath":             setup.SettingOriginPath,
	"HTTPSPort":              setup.SettingOriginProtocol,
	"OriginProtocolPolicy":   setup.SettingOriginProtocol,
	"OriginSslProtocols":     setup.SettingOriginTLS,
	"OriginReadTimeout":      setup.SettingOriginTimeout,
	"ViewerProtocolPolicy":   setup.SettingViewerProtocol,
	"AllowedMethods":         setup.SettingMethods,
	"CachedMethods":          setup.SettingCaching,
	"CachePolicyId":          setup.SettingCaching,
	"OriginRequestPolicyId":  setup.SettingHostHeader,
	"MinTTL":                 setup.SettingCaching,
	"DefaultTTL":             setup.SettingCaching,
	"MaxTTL":                 setup.SettingCaching,
	"Headers":                setup.SettingCacheKey,
	"QueryStringBehavior":    setup.SettingCacheKey,
	"CookieBehavior":         setup.SettingCacheKey,
	"regionalCertificateArn": setup.SettingRegionalCertificate,
	fieldPolicy:              setup.SettingDomainTLS,
	fieldAccess:              setup.SettingDomainTLS,
}

// settingOf is the setting that a changed field of the step decides; "": it has no
// name of its own.
func settingOf(s Step, field string) setup.Setting {
	if setting := fieldSettings[field]; setting != "" {
		return setting
	}
	if strings.HasPrefix(field, tagField) || len(s.Settings) != 1 {
		return ""
	}
	return s.Settings[0]
}

// tagField stands before the key of a tag in the name of a change's field.
const tagField = "Tag "
