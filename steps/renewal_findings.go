package steps

import (
	"slices"
	"strings"
	"time"

	"apifront/setup"
)

// unusedKey begins the keys of findings that a certificate is in no use; the region
// follows.
const unusedKey = "renewal/" + string(setup.StopUnused) + "/"

// termFindings are what the certificates need now. They stand beside the state of
// the setup: callers are served as long as the certificates last.
func termFindings(e *Env, terms []setup.Term, g guard) []setup.FindingBody {
	now := e.Now()
	var list []setup.FindingBody
	for _, t := range terms {
		for _, s := range t.Stops {
			if s.Expected() {
				continue
			}
			f := setup.FindingBody{
				Key: "renewal/" + string(s.Kind), StepID: "renewal", Part: setup.PartName, Setting: s.Setting, Beside: true,
				Title: whose(t, terms, s) + " will not renew by itself, and " + setup.Count(t.DaysLeft(now), "day") + " are left. " + s.Why, Fix: s.Fix,
			}
			if about, ok := g.about[s.Why]; ok {
				f.Field, f.Want = "CNAME "+about.Name, about.Value
				if s.Setting == setup.SettingValidationRecord {
					f.Record = &about
				}
			}
			if s.Kind == setup.StopUnused || s.Kind == setup.StopFailed {
				f.Key += "/" + t.Region
			}
			if s.Kind == setup.StopDNS {
				f.Key += "/" + f.Field
			}
			if !slices.ContainsFunc(list, func(o setup.FindingBody) bool { return o.Key == f.Key }) {
				list = append(list, f)
			}
		}
		if f, soon := endsSoon(t, now); soon {
			list = append(list, f)
		}
	}
	return list
}

// whose names the certificates that the stop is about.
func whose(t setup.Term, terms []setup.Term, s setup.Stop) string {
	if len(terms) > 1 && !slices.ContainsFunc(terms, func(o setup.Term) bool { return !slices.Contains(o.Stops, s) }) {
		return "Each of the two certificates"
	}
	return "The certificate in " + t.Region
}

// endsSoon is the finding that a certificate which should have been renewed was
// not. In the first days it goes away by waiting, if nothing stops ACM.
func endsSoon(t setup.Term, now time.Time) (setup.FindingBody, bool) {
	left := t.Left(now)
	if left > setup.TermRenews {
		return setup.FindingBody{}, false
	}
	short, days := left <= setup.TermShort, setup.Count(t.DaysLeft(now), "day")
	f := setup.FindingBody{
		Key: "renewal/ends/" + t.Region, StepID: "renewal", Part: setup.PartName, Setting: setup.SettingRenewal, Beside: true,
		Field: "NotAfter, " + t.Region, Is: "45 days or less", Want: "Renewed", Passes: !short && len(t.Stops) == 0,
		Title: "The certificate in " + t.Region + " ends on " + t.Ends.Format("2 Jan 2006") + ": " + days + " left.",
		Fix:   "Put right what stops the renewal. ACM then renews it by itself, mostly within hours.",
	}
	if short {
		f.Is = "30 days or less"
	}
	switch {
	case len(t.Stops) > 0 && t.Stops[0].Expected():
		f.Title, f.Fix = f.Title+" "+t.Stops[0].Why, t.Stops[0].Fix
	case len(t.Stops) == 0:
		f.Title += " ACM begins to renew about 45 days before the end, and has not done it yet. Nothing seems to stop it."
		f.Fix = "Wait. If fewer than 30 days are left, write to AWS Support and name the certificate " + t.ARN + "."
	}
	return f, true
}

// beside adds findings of a watch. What a job puts right is one finding: it then
// says what the watch has seen, too.
func beside(list, more []setup.FindingBody) []setup.FindingBody {
	for _, f := range more {
		region, unused := strings.CutPrefix(f.Key, unusedKey)
		i := slices.IndexFunc(list, func(o setup.FindingBody) bool {
			swapped := o.Setting == setup.SettingEdgeCertificate || o.Setting == setup.SettingRegionalCertificate
			return o.Repair && (o.Setting == f.Setting && o.Setting != setup.SettingRenewal || // or another certificate is in its place
				unused && swapped && strings.Contains(o.Want, ":acm:"+region+":"))
		})
		if i < 0 {
			list = append(list, f)
			continue
		}
		list[i].Title = strings.TrimSuffix(list[i].Title, ".") + ". " + f.Title
	}
	return list
}
