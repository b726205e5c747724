package web

import (
	"apifront/setup"
)

// haveRows lists what exists in AWS for the setup of a job.
func haveRows(f JobFacts) []ResourceRow {
	var rows []ResourceRow
	for _, r := range Existing(f.Resources) {
		if r.Key == setup.KeyInvalidation && f.Job.Kind != setup.JobInvalidate {
			continue
		}
		rows = append(rows, NewResourceRow(f.Times, f.Setup.Spec, r, f.Job.State == setup.JobSucceeded))
		if name := r.Attributes[setup.AttrDomainName]; r.Key == setup.KeyDistribution && name != "" {
			rows = append(rows, ResourceRow{Key: "cloudfront-name", Label: "CloudFront name", Code: name, Copy: name, What: "CloudFront name"})
		}
	}
	return rows
}
