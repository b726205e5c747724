package steps

import (
	"slices"
	"testing"

	"apifront/setup"
)

// No setting is put right by two steps, and no step names one that nobody knows.
func TestSettingsLeadToOneStep(t *testing.T) {
	t.Parallel()
	owner := map[setup.Setting]setup.StepID{}
	for _, s := range All() {
		for _, setting := range s.Settings {
			if other, twice := owner[setting]; twice {
				t.Errorf("%s is put right by %s and by %s", setting, other, s.ID)
			}
			owner[setting] = s.ID
			if !slices.Contains(setup.Settings(), setting) {
				t.Errorf("%s of %s is no setting", setting, s.ID)
			}
			if s.Apply == nil && setting != setup.SettingDeployed {
				t.Errorf("%s only looks, and cannot put %s right", s.ID, setting)
			}
		}
	}
	// The tutorial's six are all put right by steps.
	for _, setting := range []setup.Setting{
		setup.SettingEdgeCertificate, setup.SettingRegionalCertificate, setup.SettingCustomDomain, setup.SettingMapping, setup.SettingOriginDomain,
		setup.SettingAlias, setup.SettingOriginProtocol, setup.SettingHostHeader, setup.SettingTrafficRecord,
	} {
		if s, ok := StepFor(setting); !ok || s.ID != owner[setting] {
			t.Errorf("no step puts %s right", setting)
		}
	}
}
