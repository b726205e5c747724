package jobs

import (
	"apifront/setup"
	"apifront/web"
)

// haveRows lists what exists in AWS for the setup of a job.
func haveRows(f Facts) []web.ResourceRow {
	var rows []web.ResourceRow
	for _, r := range web.Existing(f.Resources) {
		if r.Key == setup.KeyInvalidation && f.Job.Kind != setup.JobInvalidate {
			continue
		}
		rows = append(rows, web.NewResourceRow(f.Times, f.Setup.Spec, r, f.Job.State == setup.JobSucceeded && !f.remade()))
		if name := r.Attributes[setup.AttrDomainName]; r.Key == setup.KeyDistribution && name != "" {
			rows = append(rows, web.ResourceRow{Key: "cloudfront-name", Label: "CloudFront name", Code: name, Copy: name, What: "CloudFront name"})
		}
	}
	return rows
}
