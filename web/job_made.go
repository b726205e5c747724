package web

import (
	"sort"
	"strings"
	"time"

	"apifront/setup"
)

// haveOrder is the order in which people read what exists.
func haveOrder(key string) int {
	for i, k := range []string{
		setup.KeyCertificateEdge, setup.KeyCertificateRegional, setup.KeyDomain, "mapping:", setup.KeyCachePolicy,
		setup.KeyDistribution, setup.KeyRecordValidation, setup.KeyRecordTraffic, setup.KeyInvalidation,
	} {
		if key == k || strings.HasSuffix(k, ":") && strings.HasPrefix(key, k) {
			return i
		}
	}
	return 99
}

// existing lists the resources that exist, in the order people read them.
// What is only intended has no ID yet and is left out.
func existing(all setup.Resources) []setup.Resource {
	var list []setup.Resource
	for _, r := range all {
		if r.ID != "" {
			list = append(list, r)
		}
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := haveOrder(list[i].Key), haveOrder(list[j].Key)
		if a != b {
			return a < b
		}
		return list[i].Key < list[j].Key
	})
	return list
}

// haveRows lists what exists in AWS for the setup of a job.
func haveRows(f JobFacts) []HaveRow {
	var rows []HaveRow
	for _, r := range existing(f.Resources) {
		if r.Key == setup.KeyInvalidation && f.Job.Kind != setup.JobInvalidate {
			continue
		}
		rows = append(rows, haveRow(f.Times, f.Setup.Spec, r, f.Job.State == setup.JobSucceeded))
		if name := r.Attributes[setup.AttrDomainName]; r.Key == setup.KeyDistribution && name != "" {
			rows = append(rows, HaveRow{Key: "cloudfront-name", Label: "CloudFront name", Code: name, Copy: name, What: "CloudFront name"})
		}
	}
	return rows
}

func haveRow(c Times, spec setup.Spec, r setup.Resource, made bool) HaveRow {
	row := HaveRow{Key: r.Key, Label: r.Type, State: awsState(r.State), Code: r.ID, Copy: r.ID, What: strings.ToLower(r.Type) + " ID"}
	switch {
	case r.Key == setup.KeyCertificateEdge, r.Key == setup.KeyCertificateRegional:
		row.Label = "Certificate"
		if r.Region != "" {
			row.Label += ", " + r.Region
		}
		row.Code = r.ID[strings.LastIndex(r.ID, "/")+1:]
		row.Copy, row.What = orElse(r.ARN, r.ID), "certificate ARN, "+r.Region
		if until := notAfter(r); made && !until.IsZero() {
			row.State = "until " + c.Date(until).Text
		}
	case r.Key == setup.KeyDomain:
		row.Label = "Custom domain"
		if t := r.Attributes[setup.AttrTarget]; t != "" {
			row.Code, row.Copy, row.What = t, t, "Regional domain name"
		}
	case strings.HasPrefix(r.Key, "mapping:"):
		row.Label = "Path mapping"
		row.Code, row.Copy = strings.TrimPrefix(r.Key, "mapping:"), ""
		row.State = mappingState(spec, r)
	case r.Key == setup.KeyCachePolicy:
		row.Label, row.What = "Cache policy", "cache policy ID"
	case r.Key == setup.KeyDistribution:
		row.Label, row.What = "Distribution", "distribution ID"
	case r.Key == setup.KeyRecordValidation:
		row.Label, row.What = "Validation record", "validation record name"
		if n := recordNames(r); n != "" {
			row.Code, row.Copy = n, n
		}
	case r.Key == setup.KeyRecordTraffic:
		row.Label, row.What = "Traffic record", "traffic record name"
		if n := recordNames(r); n != "" {
			row.Code, row.Copy = n, n
		}
	case r.Key == setup.KeyInvalidation:
		row.Label, row.What = "Invalidation", "invalidation ID"
	}
	if !r.Owned && !strings.HasPrefix(r.Key, "record-") {
		row.State = strings.TrimPrefix(row.State+", reused", ", ")
	}
	return row
}

// notAfter is when a certificate ends; zero if that is not known.
func notAfter(r setup.Resource) time.Time {
	t, err := time.Parse(time.RFC3339, r.Attributes[setup.AttrNotAfter])
	if err != nil {
		return time.Time{}
	}
	return t
}

func mappingState(spec setup.Spec, r setup.Resource) string {
	api := r.Attributes[setup.AttrAPI]
	for _, m := range spec.API.Mappings {
		if setup.MappingKey(m.Path) == r.Key && m.APIName != "" && (api == "" || api == m.APIID) {
			api = m.APIName
		}
	}
	return joinNonEmpty(api, r.Attributes[setup.AttrStage])
}

func joinNonEmpty(parts ...string) string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, ", ")
}

// recordNames is the name of the records a resource stands for.
func recordNames(r setup.Resource) string {
	if list := (setup.Resources{r.Key: r}).Records(r.Key); len(list) > 0 {
		return list[0].Name
	}
	return ""
}

// awsState writes a status of AWS as people read it: ISSUED becomes "Issued",
// PENDING_VALIDATION "Pending validation", InProgress "In progress".
func awsState(s string) string {
	switch s {
	case "InProgress":
		return "In progress"
	case "INSYNC":
		return "In sync"
	}
	if s != strings.ToUpper(s) || s == "" {
		return s
	}
	s = strings.ToLower(strings.ReplaceAll(s, "_", " "))
	return strings.ToUpper(s[:1]) + s[1:]
}
