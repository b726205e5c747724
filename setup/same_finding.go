package setup

import "slices"

// SameIn is the finding of a list that says what this one says: the one about the same
// field, or else about the same setting, or that the whole thing is missing, or about a
// field of that name of another step. A diagnosis
// and a check of a setup word the same thing differently: the doctor names one field where
// several decide a setting, and of a path that is mapped nowhere not the path.
func (f FindingBody) SameIn(list []Finding) (Finding, bool) {
	for _, same := range []func(Finding) bool{
		func(o Finding) bool { return f.Field != "" && o.Field == f.Field && o.StepID == f.StepID },
		func(o Finding) bool { return f.Setting != "" && o.Setting.kin() == f.Setting.kin() },
		func(o Finding) bool { return o.Missing() && o.StepID == f.StepID },
		func(o Finding) bool { return f.Field != "" && o.Field == f.Field }, // of a record, say, whatever setting it is a side of
	} {
		if i := slices.IndexFunc(list, same); i >= 0 {
			return list[i], true
		}
	}
	return Finding{}, false
}

// kin is the setting of which this one is a side: what is kept, and for whom, is decided
// by the cache policy, or in its place by ForwardedValues.
func (s Setting) kin() Setting {
	if s == SettingCacheKey || s == SettingForwarding {
		return SettingCaching
	}
	return s
}

// Missing says whether the whole thing of a step is not there.
func (f FindingBody) Missing() bool { return f.Key == string(f.StepID)+"/missing" }

// Repairs are the findings that a job of a setup's newest revision puts right: all of
// them at once, since it makes everything as that revision wants it.
func (v Setup) Repairs(open []Finding) (list []Finding) {
	for _, f := range open {
		if f.Repair && f.Revision == v.Revision {
			list = append(list, f)
		}
	}
	return list
}
