package web

import (
	"cmp"
	"sort"
	"strings"
	"time"

	"apifront/setup"
)

// ResourceRow is one thing that exists in AWS.
type ResourceRow struct {
	Key, Label, State, Code, Copy, What string

	Console ConsoleLink // to it in AWS
}

// resourceOrder is the order in which people read what exists.
func resourceOrder(key string) int {
	for i, k := range []string{
		setup.KeyCertificateEdge, setup.KeyCertificateRegional, setup.KeyDomain, "mapping:", setup.KeyCachePolicy,
		setup.KeyDistribution, setup.KeyAccessLogs, setup.KeyRecordValidation, setup.KeyRecordTraffic, setup.KeyRecordProof, setup.KeyInvalidation,
	} {
		if key == k || strings.HasSuffix(k, ":") && strings.HasPrefix(key, k) {
			return i
		}
	}
	return 99
}

// Existing lists the resources that exist, in the order people read them.
// What is only intended has no ID yet and is left out.
func Existing(all setup.Resources) []setup.Resource {
	var list []setup.Resource
	for _, r := range all {
		if r.ID != "" {
			list = append(list, r)
		}
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := resourceOrder(list[i].Key), resourceOrder(list[j].Key)
		if a != b {
			return a < b
		}
		return list[i].Key < list[j].Key
	})
	return list
}

// NewResourceRow decides how a resource looks in a list; made says that the job
// which made it has succeeded.
func NewResourceRow(c Times, spec setup.Spec, r setup.Resource, made bool) ResourceRow {
	row := ResourceRow{Key: r.Key, Label: r.Type, State: awsState(r.State), Code: r.ID, Copy: r.ID, What: setup.LowerFirst(r.Type) + " ID"}
	switch {
	case r.Key == setup.KeyCertificateEdge, r.Key == setup.KeyCertificateRegional:
		row.Label = "Certificate"
		if r.Region != "" {
			row.Label += ", " + r.Region
		}
		row.Code = r.ID[strings.LastIndex(r.ID, "/")+1:]
		row.Copy, row.What = cmp.Or(r.ARN, r.ID), "certificate ARN, "+r.Region
		if until := NotAfter(r); made && !until.IsZero() {
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
	case r.Key == setup.KeyRecordProof:
		row.Label, row.What = "TXT record for the move", "TXT record name"
	case r.Key == setup.KeyAccessLogs:
		row.What = "distribution ID"
	case r.Key == setup.KeyInvalidation:
		row.Label, row.What = "Invalidation", "invalidation ID"
	}
	if !r.Owned && !strings.HasPrefix(r.Key, "record-") {
		row.State = strings.TrimPrefix(row.State+", reused", ", ")
	}
	return row
}

// NotAfter is when a certificate ends; zero if that is not known.
func NotAfter(r setup.Resource) time.Time {
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
	return Joined(api, r.Attributes[setup.AttrStage])
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
