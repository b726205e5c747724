package setup

// tutorialSteps are the steps of the tutorial to which settings belong.
var tutorialSteps = map[Setting]int{
	SettingEdgeCertificate: 1, SettingRegionalCertificate: 1, SettingValidationRecord: 1, SettingCAA: 1, SettingRenewal: 1,
	SettingCustomDomain: 2, SettingMapping: 2, SettingRoutingMode: 2,
	SettingOriginDomain: 3, SettingAlias: 3, SettingEnabled: 3, SettingOriginPath: 3,
	SettingOriginProtocol: 4, SettingOriginTLS: 4,
	SettingHostHeader: 5, SettingForwarding: 5,
	SettingTrafficRecord: 6, SettingDelegation: 6, SettingProxy: 6,
}

// Tutorial is the number of the tutorial's step that the setting belongs to, 1 to 6;
// 0: to none.
func (s Setting) Tutorial() int { return tutorialSteps[s] }
