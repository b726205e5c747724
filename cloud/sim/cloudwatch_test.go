package sim

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// requestsQuery asks for the requests of a distribution.
func requestsQuery(id string, from, until time.Time) *cloudwatch.GetMetricDataInput {
	return &cloudwatch.GetMetricDataInput{StartTime: &from, EndTime: &until, MetricDataQueries: []types.MetricDataQuery{{
		Id: aws.String("m1"), MetricStat: &types.MetricStat{Period: aws.Int32(60), Stat: aws.String("Sum"), Metric: &types.Metric{
			Namespace: aws.String("AWS/CloudFront"), MetricName: aws.String("Requests"),
			Dimensions: []types.Dimension{{Name: aws.String("DistributionId"), Value: &id}, {Name: aws.String("Region"), Value: aws.String("Global")}},
		}},
	}}}
}

// CloudWatch counts the requests that edges get for a distribution, late, minute by
// minute, with no data point for a minute without one, in us-east-1 and with all
// dimensions alone, for its own account; and refuses what AWS refuses.
func TestV36Requests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{Pace: Pace{MetricDelay: 2 * time.Minute, MetricRate: 3}})
		key, other := s.AddAccount("111122223333", "ada"), s.AddAccount("444455556666", "eve")
		east, ctx := sdkWithToken(s, "us-east-1", key, ""), t.Context()
		c := cloudwatch.NewFromConfig(east)
		s.mu.Lock()
		d := &distribution{ID: "E1", Account: "111122223333", DomainName: "d1.cloudfront.net"}
		d.Edges[0] = servedConfig{Config: &distributionConfig{Enabled: true}}
		d.Edges[1] = servedConfig{Config: &distributionConfig{}}
		s.distributions["E1"] = d
		s.mu.Unlock()
		visit := func(edge int, host string) {
			v := visit{host: host, method: "GET", path: "/", header: http.Header{}}
			s.receive(v, func(v visit, now time.Time) answer { return s.edge(edge, v, now) })
		}
		start := time.Now().Truncate(time.Minute).Add(time.Minute)
		time.Sleep(time.Until(start.Add(10 * time.Second)))
		for range 3 {
			visit(0, "d1.cloudfront.net")
		}
		visit(1, "d1.cloudfront.net") // there it is off
		visit(0, "d2.cloudfront.net")
		time.Sleep(2 * time.Minute) // the next minute has none
		visit(0, "d1.cloudfront.net")
		ask := func(c *cloudwatch.Client, in *cloudwatch.GetMetricDataInput) types.MetricDataResult {
			t.Helper()
			time.Sleep(time.Second)
			out, err := c.GetMetricData(ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			if len(out.MetricDataResults) != 1 || aws.ToString(out.MetricDataResults[0].Id) != "m1" || out.MetricDataResults[0].StatusCode != types.StatusCodeComplete {
				t.Fatalf("got %+v", out.MetricDataResults)
			}
			return out.MetricDataResults[0]
		}
		in := requestsQuery("E1", start, start.Add(10*time.Minute))
		want := func(what string, r types.MetricDataResult, values ...float64) {
			t.Helper()
			if len(r.Values) != len(values) || len(r.Timestamps) != len(values) {
				t.Errorf("%s: got %v at %v", what, r.Values, r.Timestamps)
				return
			}
			for i, v := range values {
				if r.Values[i] != v {
					t.Errorf("%s: got %v", what, r.Values)
				}
			}
		}
		want("a moment later", ask(c, in), 3)
		time.Sleep(2 * time.Minute)
		r := ask(c, in)
		want("two minutes later, the newest first", r, 1, 3)
		if !r.Timestamps[1].Equal(start) || !r.Timestamps[0].Equal(start.Add(2*time.Minute)) {
			t.Errorf("at %v", r.Timestamps)
		}
		in.ScanBy = types.ScanByTimestampAscending
		want("in order", ask(c, in), 3, 1)
		west := cloudwatch.NewFromConfig(sdkWithToken(s, "eu-west-1", key, ""))
		want("in another region", ask(west, in))
		want("of another account", ask(cloudwatch.NewFromConfig(sdkWithToken(s, "us-east-1", other, "")), in))
		half := requestsQuery("E1", start, start.Add(10*time.Minute))
		half.MetricDataQueries[0].MetricStat.Metric.Dimensions = half.MetricDataQueries[0].MetricStat.Metric.Dimensions[:1]
		want("with one dimension", ask(c, half))

		if err := s.SetCallers("E1", 38); err != nil {
			t.Fatal(err)
		}
		from := time.Now().Truncate(time.Minute).Add(time.Minute)
		time.Sleep(time.Until(from.Add(5 * time.Minute)))
		want("callers that stay", ask(c, requestsQuery("E1", from, from.Add(2*time.Minute))), 38, 38)
		if err := s.SetCallers("", 0); err != nil {
			t.Fatal(err)
		}
		from = time.Now().Truncate(time.Minute).Add(time.Minute)
		time.Sleep(time.Until(from.Add(5 * time.Minute)))
		want("callers that have left", ask(c, requestsQuery("E1", from, from.Add(2*time.Minute))))
		if s.SetCallers("E9", 1) == nil || s.SetCallers("", -1) == nil {
			t.Error("callers of nothing, or fewer than none, are set")
		}

		refused := func(code string, change func(*cloudwatch.GetMetricDataInput)) {
			t.Helper()
			in := requestsQuery("E1", start, start.Add(time.Minute))
			change(in)
			time.Sleep(time.Second)
			_, err := c.GetMetricData(ctx, in)
			wantCode(t, err, code)
		}
		refused("ValidationError", func(in *cloudwatch.GetMetricDataInput) { in.EndTime = in.StartTime })
		refused("ValidationError", func(in *cloudwatch.GetMetricDataInput) { in.MetricDataQueries[0].Id = aws.String("M") })
		refused("ValidationError", func(in *cloudwatch.GetMetricDataInput) { in.MetricDataQueries[0].MetricStat.Period = aws.Int32(61) })
		refused("ValidationError", func(in *cloudwatch.GetMetricDataInput) { in.MetricDataQueries[0].MetricStat = nil })
		refused("InvalidNextToken", func(in *cloudwatch.GetMetricDataInput) { in.NextToken = aws.String("x") })
		refused("NotModelled", func(in *cloudwatch.GetMetricDataInput) {
			in.MetricDataQueries[0].MetricStat.Stat = aws.String("Average")
		})
		time.Sleep(time.Second)
		var err error
		for range 4 {
			_, err = c.GetMetricData(ctx, in, func(o *cloudwatch.Options) { o.RetryMaxAttempts = 1 })
		}
		wantCode(t, err, "ThrottlingException")
		if err := s.SetPolicy(key.ID, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"cloudfront:*","Resource":"*"}]}`); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		_, err = c.GetMetricData(ctx, in)
		wantCode(t, err, "AccessDenied")
		if !strings.Contains(err.Error(), "is not authorized to perform: cloudwatch:GetMetricData") {
			t.Errorf("it says %v", err)
		}
	})
}
