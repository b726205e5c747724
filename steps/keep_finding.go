package steps

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"apifront/setup"
)

// A Kept is a spec that wants what somebody changed outside apifront.
type Kept struct {
	Spec  setup.Spec
	Text  string // what keeping does, in sentences
	Gains bool   // callers gain from it: they may do more, or get answers sooner
	Why   string // of the revision

	// Rows are the rows of resources as they become; nil: none changes.
	Rows func(now setup.Resources, former setup.Former, at time.Time) []setup.Resource

	keys   []string // of other findings that it settles too
	fields []string // of the step's findings that it settles too; none: only its own
}

// Keep is the spec that wants what a finding says is there, and that has no other
// meaning than spec besides. all are the findings that are open: some things can only
// be kept together. ok is false where no spec can say it: then the finding can only be
// muted.
func Keep(spec setup.Spec, f setup.FindingBody, all ...setup.FindingBody) (k Kept, ok bool) {
	if f.Field == "" || !f.Repair && !f.Added {
		return k, false
	}
	k.Spec, k.Why = spec, "Keep "+f.Field+" as it is"
	step, _ := Find(f.StepID)
	path, mapping := strings.CutPrefix(f.Field, mappingField+"/")
	switch {
	case step.Mark == setup.MarkTraffic:
		return keepElsewhere(spec, k, f)
	case mapping && f.There != nil:
		return keepPath(spec, k, f)
	case mapping:
		return keepPathOut(spec, k, path, f.Is)
	case step.ID == policiesStep().ID:
		ok = keepPolicy(&k, f, all)
	case f.Setting == setup.SettingEdgeCertificate, f.Setting == setup.SettingRegionalCertificate:
		return keepCertificateThere(k, f, all)
	case step.ID == domainStep().ID, step.ID == strictID:
		return keepPolicyThere(k, f)
	case step.ID != distributionStep().ID:
		return k, false
	case f.Field == "CachePolicyId":
		return keepUncached(k, f)
	case f.Field == "IsIPV6Enabled":
		ok = keepIPv6(&k, f, all)
	default:
		ok = keepEdge(&k, f)
	}
	k.Text = "Nothing changes in AWS. apifront wants it so from then on, and warns no more."
	if harm := f.Setting.Harm(); harm != "" && !k.Gains {
		k.Text += " What it means stays: " + setup.LowerFirst(harm)
	}
	return k, ok
}

// keepEdge keeps a field of the distribution that one answer decides alone.
func keepEdge(k *Kept, f setup.FindingBody) (ok bool) {
	edge, is := &k.Spec.Edge, f.Is
	was := *edge
	choice := func(into *string, list []string) { // the best one first
		*into, ok = is, slices.Contains(list, is)
		k.Gains = slices.Index(list, is) < slices.Index(list, f.Want)
	}
	switch f.Field {
	case "HttpVersion":
		choice(&edge.HTTPVersion, setup.HTTPVersions())
	case "PriceClass":
		choice(&edge.PriceClass, setup.PriceClasses())
	case "MinimumProtocolVersion":
		choice(&edge.MinimumTLS, setup.MinimumTLSs())
		k.Gains = false
	case "ViewerProtocolPolicy":
		choice(&edge.ViewerProtocol, []string{setup.ViewerRedirect, setup.ViewerHTTPSOnly})
		k.Gains = false
	case "Comment":
		edge.Comment, ok = is, is != "" && len(is) <= 128
	case "WebACLId":
		edge.WebACL, ok = is, is == "" || setup.IsWebACL(is)
	case "Compress":
		edge.Compress, ok = is == "true", (is == "true" || is == "false") && !was.Keeps() // it is in the cache policy too
		k.Gains = edge.Compress
	case "OriginReadTimeout":
		n, err := strconv.Atoi(is)
		edge.ReadTimeout, ok = n, err == nil && n >= 1 && n <= setup.MaxReadTimeout
		k.Gains = n > was.ReadTimeout
	case "AllowedMethods":
		sets := []string{setup.MethodsAll, setup.MethodsOptions, setup.MethodsRead}
		for i, set := range sets {
			if methodsText(set) == is {
				edge.Methods, ok, k.Gains = set, true, i < slices.Index(sets, was.Methods)
			}
		}
	}
	return ok
}

// methodsText is a set of methods as findings say it.
func methodsText(choice string) string {
	var list []string
	for _, m := range allowedMethods(choice) {
		list = append(list, string(m))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// keepElsewhere keeps a name that leads elsewhere: the revision leaves the traffic
// where it is.
func keepElsewhere(spec setup.Spec, k Kept, f setup.FindingBody) (Kept, bool) {
	if f.Is == "" || spec.Domain.Switch == setup.SwitchLater || strings.HasSuffix(f.Is, ".cloudfront.net") {
		return k, false
	}
	k.Spec.Domain.Switch, k.Why = setup.SwitchLater, "Leave the traffic where it is"
	k.Text = "Nothing changes in AWS or DNS. Callers stay at " + setup.Clip(f.Is, 80) + ", and no job moves them before you choose “Move traffic now”."
	k.fields = []string{"A ", "AAAA ", "CNAME "}
	return k, true
}

// keepPathOut takes a path out of the answers whose mapping somebody deleted.
func keepPathOut(spec setup.Spec, k Kept, path, is string) (Kept, bool) {
	i := slices.IndexFunc(spec.API.Mappings, func(m setup.Mapping) bool { return m.Path == path })
	if is != "" || i < 0 || len(spec.API.Mappings) == 1 {
		return k, false
	}
	k.Spec.API.Mappings = slices.Delete(slices.Clone(spec.API.Mappings), i, i+1)
	k.Why = "Keep /" + path + " taken out"
	k.Rows = func(now setup.Resources, _ setup.Former, at time.Time) []setup.Resource {
		r, there := now[setup.MappingKey(path)]
		if !there {
			return nil
		}
		r.RemovedAt, r.UnwantedSince = at, at
		return []setup.Resource{r}
	}
	k.Text = fmt.Sprintf("Nothing changes in AWS. /%s is no path of this setup any more: its callers go on getting errors, or what answers for a shorter path, and no check asks for it.", path)
	return k, true
}

// Settles says whether the spec also wants what another finding says is there.
func (k Kept) Settles(kept, other setup.FindingBody) bool {
	return other.Key == kept.Key || slices.Contains(k.keys, other.Key) || other.StepID == kept.StepID &&
		slices.ContainsFunc(k.fields, func(field string) bool { return strings.HasPrefix(other.Field, field) })
}
