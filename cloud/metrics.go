package cloud

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
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
	sums, err := a.sums(ctx, setup.EdgeRegion, 1, from, until, []metric{{
		"AWS/CloudFront", "Requests", "Sum", []string{"DistributionId", distribution, "Region", "Global"},
	}})
	if err != nil {
		return 0, fmt.Errorf("ask CloudWatch for the requests of %s: %w", distribution, err)
	}
	return sums[0], nil
}

// A metric is what CloudWatch counts, and how it is added up.
type metric struct {
	namespace, name, stat string
	dimensions            []string // names and values in turn
}

// mostMetrics is how many metrics are asked for in one call. AWS allows 500, with 100,800
// data points; of a day there are 288 of five minutes.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html (documented)
const mostMetrics = 300

// sums adds up metrics of a region, of which each data point is of so many minutes. The
// times are multiples of these.
func (a *Account) sums(ctx context.Context, region string, minutes int32, from, until time.Time, list []metric) ([]int64, error) {
	var sums []int64
	for part := range slices.Chunk(list, mostMetrics) {
		in := &cloudwatch.GetMetricDataInput{StartTime: &from, EndTime: &until, ScanBy: types.ScanByTimestampAscending}
		for i, m := range part {
			q := &types.Metric{Namespace: aws.String(m.namespace), MetricName: aws.String(m.name)}
			for d := 0; d < len(m.dimensions); d += 2 {
				q.Dimensions = append(q.Dimensions, types.Dimension{Name: &m.dimensions[d], Value: &m.dimensions[d+1]})
			}
			in.MetricDataQueries = append(in.MetricDataQueries, types.MetricDataQuery{
				Id: aws.String(queryID(i)), ReturnData: aws.Bool(true),
				MetricStat: &types.MetricStat{Period: aws.Int32(60 * minutes), Stat: aws.String(m.stat), Metric: q},
			})
		}
		out, err := a.CloudWatch(region).GetMetricData(ctx, in)
		if err != nil {
			return nil, err
		}
		for i := range part {
			at := slices.IndexFunc(out.MetricDataResults, func(r types.MetricDataResult) bool { return aws.ToString(r.Id) == queryID(i) })
			if at < 0 {
				return nil, strange("it has no number of what was asked")
			}
			sum, err := sumOf(out.MetricDataResults[at], from, until)
			if err != nil {
				return nil, err
			}
			sums = append(sums, sum)
		}
	}
	return sums, nil
}

// queryID names a query within a call.
func queryID(i int) string { return "m" + strconv.Itoa(i) }

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
