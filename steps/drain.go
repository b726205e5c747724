package steps

import (
	"context"
	"time"

	"apifront/cloud"
	"apifront/setup"
)

func drainStep() Step {
	return Step{
		ID:      "drain",
		Thing:   "callers",
		Title:   "Wait until callers have left",
		Why:     "Caches keep the record for its time to live. Until then callers may still come through CloudFront, so it stays in service. Then CloudWatch says whether some still do, if it may be asked, and you decide.",
		Service: "DNS, CloudWatch",
		Needs:   []setup.StepID{"dns-leave"},
		Kinds:   teardownOnly,
		Parts:   []setup.Part{setup.PartName},
		Wait:    Wait{Every: 30 * time.Second, Settle: 30 * time.Second, Limit: 2 * time.Hour, Usual: 10 * time.Minute},
		Actions: []string{"sts:GetCallerIdentity", "cloudfront:GetDistribution", "cloudfront:ListDistributions", cloud.MetricsAction},
		Grants: func(s Scope) []Grant {
			return []Grant{
				{For: "List", Actions: []string{"cloudfront:ListDistributions"}, Resources: []string{"*"}},
				{For: "Read", Actions: []string{"cloudfront:GetDistribution"}, Resources: []string{s.edge("distribution/*")}},
				// It has no resource level, and no condition on the namespace.
				// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html (documented)
				{For: "Callers", Actions: []string{cloud.MetricsAction}, Resources: []string{"*"}, Explains: true, Conditions: []Condition{
					{"StringEquals", "aws:RequestedRegion", []string{setup.EdgeRegion}},
				}},
			}
		},
		Observe: observeDrain,
	}
}

// aliasTTL is how long resolvers keep the answer for an alias to a distribution.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html
const (
	aliasTTL     = time.Minute
	aliasSeconds = int(aliasTTL / time.Second)
)

// observeDrain waits for as long as caches may keep the records that led the
// name here, from the time when they were seen to be gone, and then until nobody comes.
func observeDrain(ctx context.Context, e *Env) (Observation, error) {
	var gone time.Time
	var longest time.Duration
	for _, row := range e.Former {
		if row.Key != setup.KeyRecordTraffic || row.RemovedAt.IsZero() {
			continue
		}
		for _, r := range recordsOf(row) {
			keep := max(time.Duration(r.TTL)*time.Second, aliasTTL)
			if until := row.RemovedAt.Add(keep); until.After(gone) {
				gone, longest = until, keep
			}
		}
	}
	left := gone.Sub(e.Now())
	switch {
	case e.frontName() == "":
		return ready(nobodyComes), nil
	case left <= 0:
		return observeCallers(ctx, e, gone)
	}
	o := pending("Caches may lead callers to CloudFront for " + setup.Span(longest) + " from when the record was changed") // no span that would get old
	o.After = left
	return o, nil
}
