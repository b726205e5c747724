package steps

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"apifront/setup"
)

// foundOf is the finding of a field of a step.
func foundOf(all []setup.FindingBody, step setup.StepID, is func(field string) bool) (setup.FindingBody, bool) {
	i := slices.IndexFunc(all, func(f setup.FindingBody) bool { return f.StepID == step && f.Field != "" && is(f.Field) })
	if i < 0 {
		return setup.FindingBody{}, false
	}
	return all[i], true
}

// keepPath keeps a mapping that somebody added, or that leads to another API or stage.
// One that was added is the setup's own from then on, as if a job had made it.
func keepPath(spec setup.Spec, k Kept, f setup.FindingBody) (Kept, bool) {
	is := *f.There
	list := slices.Clone(spec.API.Mappings)
	i := slices.IndexFunc(list, func(m setup.Mapping) bool { return m.Path == is.Path })
	switch {
	case is.Kind == "" || is.Region != spec.Account.Region || i >= 0 == f.Added:
		return k, false
	case i < 0:
		list = append(list, is.Mapping)
	case list[i].APIID == is.APIID:
		list[i].Stage = is.Stage
	default:
		list[i] = is.Mapping
	}
	if len(setup.CheckMappings(list)) > len(setup.CheckMappings(spec.API.Mappings)) {
		return k, false
	}
	k.Spec.API.Mappings, k.Gains = list, f.Added
	at := is.DisplayPath()
	if !f.Added {
		k.Why = "Keep " + at + " leading to " + is.APIID + ", stage " + is.Stage
		k.Text = fmt.Sprintf("Nothing changes in AWS. %s leads to %s, stage %s, from then on: its callers go on getting those answers.", at, nameOf(is), is.Stage)
		if spec.Edge.Keeps() {
			k.Text += " Answers of before that CloudFront keeps stay until their time is over, or somebody clears them."
		}
		return k, true
	}
	k.Why = "Keep " + at + ", which was added"
	k.Text = fmt.Sprintf("Nothing changes in AWS. %s joins this setup and is checked with the others. It is the setup's own then: taking it out later, or taking the setup down, deletes the mapping.", at)
	k.Rows = func(now setup.Resources, former setup.Former, _ time.Time) []setup.Resource {
		return []setup.Resource{TakenOver(is, now, former)}
	}
	return k, true
}

// nameOf is an API in words.
func nameOf(m setup.StandingMapping) string {
	if m.APIName == "" || m.APIName == m.APIID {
		return "the API " + m.APIID
	}
	return m.APIName + " (" + m.APIID + ")"
}

// TakenOver is the row of a mapping that somebody made and a person wants to be of the
// setup from now on: to keep it, or to have it removed by name.
func TakenOver(m setup.StandingMapping, now setup.Resources, former setup.Former) setup.Resource {
	r := mappingAt(m.Path, m.Region)
	r.ID, r.Owned = m.ID, true
	r.Attributes = map[string]string{setup.AttrVia: m.Via, setup.AttrAPI: m.APIID, setup.AttrStage: m.Stage}
	e := &Env{Resources: now, Former: former}
	r.Number = e.next(r.Key)
	if row, ok := e.known(r); ok && row.ID == r.ID { // it was the setup's before
		r.Number, r.Token = row.Number, row.Token
	}
	return r
}

// leftFor are the rows of resources of ours that nothing uses any more, and that stay
// as they are: no job deletes what a person did not ask to have deleted, until the
// setup is taken down.
func leftFor(why string, keys ...string) func(setup.Resources, setup.Former, time.Time) []setup.Resource {
	return func(now setup.Resources, _ setup.Former, at time.Time) (rows []setup.Resource) {
		for _, key := range keys {
			if r, ok := now[key]; ok && r.Owned {
				r.Attributes = maps.Clone(r.Attributes)
				if r.Attributes == nil {
					r.Attributes = map[string]string{}
				}
				r.Attributes[setup.AttrLeft], r.LeftSince = why, at
				rows = append(rows, r)
			}
		}
		return rows
	}
}

// keepCertificateThere reuses the certificate that is there, if it is good for the
// name. One certificate serves both in us-east-1, so there both have to have it.
func keepCertificateThere(k Kept, f setup.FindingBody, all []setup.FindingBody) (Kept, bool) {
	if !f.Fits {
		return k, false
	}
	c, key := &k.Spec.Certificates, setup.KeyCertificateEdge
	c.Answered = true
	other, both := foundOf(all, domainStep().ID, func(field string) bool { return field == "regionalCertificateArn" })
	if f.StepID == domainStep().ID {
		other, both = foundOf(all, distributionStep().ID, func(field string) bool { return field == "ACMCertificateArn" })
	}
	switch {
	case k.Spec.OneCertificate() && (!both || other.Is != f.Is):
		return k, false
	case k.Spec.OneCertificate():
		c.Edge, k.keys = f.Is, []string{other.Key}
	case f.StepID == domainStep().ID:
		c.Regional, key = f.Is, setup.KeyCertificateRegional
	default:
		c.Edge = f.Is
	}
	k.Why = "Keep the certificate that is there"
	k.Rows = leftFor("Another certificate was put in its place, and a person kept that.", key)
	k.Text = "Nothing changes in AWS. The certificate that is there is reused from then on: apifront never changes or deletes it. If the one of before is apifront's own, it stays in ACM until the setup is taken down."
	return k, true
}

// keepUncached turns caching off in the answers, as it is in the distribution. Other
// policies of AWS's own, or of people's, no answer can name.
func keepUncached(k Kept, f setup.FindingBody) (Kept, bool) {
	if f.Is != setup.PolicyCachingDisabled || !k.Spec.Edge.Keeps() {
		return k, false
	}
	k.Spec.Edge.Caching, k.Why = setup.CachingOff, "Keep caching turned off"
	k.Rows = leftFor("Caching was turned off outside apifront, and a person kept that.", setup.KeyCachePolicy)
	k.Text = "Nothing changes in AWS. Caching is off from then on: every request reaches the API, and nobody gets a kept answer. The cache policy stays in CloudFront, unused, until the setup is taken down. What was kept is not forgotten by that: clear it before caching is turned on again."
	return k, true
}

// keepIPv6 keeps IPv6 on or off. In Route 53 it decides the records too, so those have
// to be as it is.
func keepIPv6(k *Kept, f setup.FindingBody, all []setup.FindingBody) bool {
	k.Spec.Edge.IPv6 = f.Is == "true"
	k.Gains = k.Spec.Edge.IPv6
	if !atRoute53(k.Spec) || k.Spec.Domain.Switch == setup.SwitchLater {
		return f.Is == "true" || f.Is == "false"
	}
	r, found := foundOf(all, dnsStep().ID, func(field string) bool { return strings.HasPrefix(field, "AAAA ") })
	if k.Spec.Edge.IPv6 {
		found = found && r.Want == "" && strings.HasSuffix(r.Is, ".cloudfront.net")
	} else {
		found = found && r.Is == ""
	}
	k.keys = []string{r.Key}
	return found && (f.Is == "true" || f.Is == "false")
}

// keepPolicy keeps what the cache policy says, where one answer says it: the headers of
// the key, or the time for which answers are kept.
func keepPolicy(k *Kept, f setup.FindingBody, all []setup.FindingBody) bool {
	edge := &k.Spec.Edge
	switch f.Field {
	case "Headers":
		list, err := setup.ReadKeyHeaders(strings.Split(f.Is, ", "))
		if f.Is == "" || err != nil {
			return false
		}
		edge.KeyHeaders = list
	case "MinTTL", "DefaultTTL", "MaxTTL":
		for _, field := range []string{"MinTTL", "DefaultTTL", "MaxTTL"} {
			other, ok := foundOf(all, f.StepID, func(name string) bool { return name == field })
			if !ok || other.Is != f.Is {
				return false
			}
			k.keys = append(k.keys, other.Key)
		}
		n, err := strconv.Atoi(f.Is)
		if edge.Caching != setup.CachingFixed || err != nil || n < 1 || n > setup.MaxTTL {
			return false
		}
		edge.TTL, k.Why = n, "Keep the time for which answers are kept"
	default:
		return false
	}
	settings := settingsText(cachePolicyConfig(*edge))
	k.Rows = func(now setup.Resources, _ setup.Former, _ time.Time) []setup.Resource {
		r, ok := now[setup.KeyCachePolicy]
		if !ok {
			return nil
		}
		r.Attributes = maps.Clone(r.Attributes)
		r.Attributes[attrSettings] = settings // it is the policy for these from now on
		return []setup.Resource{r}
	}
	return true
}
