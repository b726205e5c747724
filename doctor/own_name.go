package doctor

import (
	"slices"

	"apifront/setup"
)

// ownNameFaults are what is wrong where CloudFront calls an API by its own name, without
// a custom domain of the name. The recipe of a custom domain says nothing of it, so what
// was found by the recipe is left out. The rules are those of the console's preset for
// API Gateway: the stage as path, and Host not passed on.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html#managed-origin-request-policy-all-viewer-except-host-header
func (e *exam) ownNameFaults(list []setup.Cause) []setup.Cause {
	i, d := &e.inside, e.inside.configured.Distribution
	if d == nil || i.domain != nil || !apiName(d.OriginDomain) || e.served() {
		return list
	}
	var c setup.Cause
	switch off := slices.ContainsFunc(i.configured.APIs, func(a setup.ConfiguredAPI) bool { return a.ExecuteDisabled }); {
	case d.PassesHost && !d.PolicyUnknown:
		c = setup.Cause{Symptom: "own-name-host", Setting: setup.SettingHostHeader, Problem: &setup.Problem{
			What: "The way to the API is not set up right.",
			Why:  "CloudFront calls the API by its own name, " + d.OriginDomain + ", and passes on the Host that callers ask for. API Gateway goes by Host, and knows no custom domain " + e.q.Name + ".",
			Fix:  "Give the default behavior the origin request policy AllViewerExceptHostHeader. Or make a Regional custom domain " + e.q.Name + ", make its target the origin with an empty path, and pass Host on.",
		}}
	case off:
		c = setup.Cause{Symptom: "own-name-off", Setting: setup.SettingOriginDomain, Problem: &setup.Problem{
			What: "The way to the API is not set up right.",
			Why:  "The origin is the API's own name, " + d.OriginDomain + ", which is switched off (disableExecuteApiEndpoint), so API Gateway refuses whatever comes by it.",
			Fix:  "Make a Regional custom domain " + e.q.Name + ", make its target the origin with an empty path, and pass Host on. Or switch the API's own name on again, and deploy the API.",
		}}
	default:
		return list
	}
	by := []setup.Setting{setup.SettingCustomDomain, setup.SettingOriginPath, setup.SettingHostHeader, setup.SettingMapping, setup.SettingOriginDomain}
	return append([]setup.Cause{c}, slices.DeleteFunc(list, func(c setup.Cause) bool { return slices.Contains(by, c.Setting) })...)
}
