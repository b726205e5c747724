package cloud

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"apifront/setup"
)

// MetricsAction is the permission to ask CloudWatch.
const MetricsAction = "cloudwatch:GetMetricData"

// MetricsCome is the action under which the settings' Pace is asked how long CloudWatch
// takes to count requests.
const MetricsCome = "cloudwatch:Requests"

// MetricsSpan is the action under which it is asked for how long requests are counted.
const MetricsSpan = "cloudwatch:Span"

// MetricsLate is after which time CloudWatch's number of a minute does not rise any more.
// AWS promises no time. The number settles two minutes after the minute (reported for
// this very metric), others have seen three.
// https://github.com/prometheus-community/yet-another-cloudwatch-exporter/issues/1549 (reported)
// https://github.com/prometheus-community/yet-another-cloudwatch-exporter/issues/1796 (reported)
// https://github.com/elastic/beats/pull/21537 (reported)
const MetricsLate = 3 * time.Minute

// mostRequests is a number of requests in a minute that no distribution has. CloudFront
// allows 250,000 a second unless AWS has raised it.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html (documented)
const mostRequests = 1e12

// CloudWatch is the client for the metrics of a region. Those of CloudFront are in
// us-east-1.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html (documented)
func (a *Account) CloudWatch(region string) *cloudwatch.Client {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cloudwatch == nil {
		a.cloudwatch = map[string]*cloudwatch.Client{}
	}
	if a.cloudwatch[region] == nil {
		a.cloudwatch[region] = cloudwatch.NewFromConfig(a.in(region))
	}
	return a.cloudwatch[region]
}

// Requests is how many requests viewers made to a distribution in the whole minutes from
// a time until another, as CloudWatch has counted them by now. A minute without a data
// point adds nothing to it: either there was no request, or it is not counted yet, which
// only its age tells.
//
// The dimensions, and the sum as the only statistic, are those of AWS's documents; so is
// that no answer says 0 for a minute of which nothing is stored.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html (documented)
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html (documented)
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html (documented)
func (a *Account) Requests(ctx context.Context, distribution string, from, until time.Time) (int64, error) {
	const id = "requests"
	in := &cloudwatch.GetMetricDataInput{
		StartTime: &from, EndTime: &until, ScanBy: types.ScanByTimestampAscending,
		MetricDataQueries: []types.MetricDataQuery{{
			Id: aws.String(id), ReturnData: aws.Bool(true),
			MetricStat: &types.MetricStat{
				Period: aws.Int32(60), Stat: aws.String("Sum"),
				Metric: &types.Metric{Namespace: aws.String("AWS/CloudFront"), MetricName: aws.String("Requests"), Dimensions: []types.Dimension{
					{Name: aws.String("DistributionId"), Value: &distribution},
					{Name: aws.String("Region"), Value: aws.String("Global")},
				}},
			},
		}},
	}
	out, err := a.CloudWatch(setup.EdgeRegion).GetMetricData(ctx, in)
	if err != nil {
		return 0, fmt.Errorf("ask CloudWatch for the requests of %s: %w", distribution, err)
	}
	for _, r := range out.MetricDataResults {
		if aws.ToString(r.Id) == id {
			return sumOf(r, from, until)
		}
	}
	return 0, strange("it has no number of what was asked")
}

// sumOf is the sum of the data points of a result, if they can be so.
func sumOf(r types.MetricDataResult, from, until time.Time) (int64, error) {
	switch {
	case r.StatusCode != types.StatusCodeComplete:
		return 0, strange("its state is " + setup.Clip(string(r.StatusCode), 40))
	case len(r.Timestamps) != len(r.Values):
		return 0, strange(fmt.Sprintf("it has %d times and %d values", len(r.Timestamps), len(r.Values)))
	}
	sum, seen := 0.0, map[int64]bool{}
	for i, v := range r.Values {
		at := r.Timestamps[i]
		switch {
		case math.IsNaN(v), v < 0, v > mostRequests:
			return 0, strange(fmt.Sprintf("%v requests in a minute", v))
		case at.Before(from), !at.Before(until):
			return 0, strange("it has a minute that was not asked for")
		case seen[at.Unix()]:
			return 0, strange("it has a minute twice")
		}
		seen[at.Unix()] = true
		sum += v
	}
	return int64(math.Round(sum)), nil
}

// strange is the error of an answer of CloudWatch from which nothing follows.
func strange(why string) error {
	return &AnswerError{Service: "cloudwatch", Operation: "GetMetricData", Status: 200, Why: why}
}
