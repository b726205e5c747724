package jobs

import (
	"strings"

	"apifront/setup"
	"apifront/web"
)

// madeBy leads to the first resource of a step that has a page in AWS's console.
func madeBy(f Facts, step setup.StepID) web.ConsoleLink {
	for _, r := range web.Existing(f.Resources) {
		for _, key := range f.About[step].Keys {
			if r.Key != key && (!strings.HasSuffix(key, ":") || !strings.HasPrefix(r.Key, key)) {
				continue
			}
			if c := web.ConsoleOf(f.Setup.Spec, r); c.URL != "" {
				return c.Demo(f.Demo)
			}
		}
	}
	return web.ConsoleLink{}
}

// haveRows lists what exists in AWS for the setup of a job.
func haveRows(f Facts) []web.ResourceRow {
	var rows []web.ResourceRow
	for _, r := range web.Existing(f.Resources) {
		if r.Key == setup.KeyInvalidation && f.Job.Kind != setup.JobInvalidate {
			continue
		}
		row := web.NewResourceRow(f.Times, f.Setup.Spec, r, f.Job.State == setup.JobSucceeded && !f.remade())
		row.Console = web.ConsoleOf(f.Setup.Spec, r).Demo(f.Demo)
		rows = append(rows, row)
		if name := r.Attributes[setup.AttrDomainName]; r.Key == setup.KeyDistribution && name != "" {
			rows = append(rows, web.ResourceRow{Key: "cloudfront-name", Label: "CloudFront name", Code: name, Copy: name, What: "CloudFront name"})
		}
	}
	return rows
}
