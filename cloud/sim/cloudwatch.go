package sim

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// metricsKept is for how long requests are counted.
const metricsKept = 25 * time.Hour

// metrics are what CloudWatch is told. They are not part of the saved world.
type metrics struct {
	requests map[string]map[int64]int // by distribution, or by what is counted of a stage, and second
	callers  []callers
	asked    map[regionKey][]time.Time // calls of the last second (V36)
}

// callers are requests that are counted and never made: those of callers that keep an
// address of CloudFront.
type callers struct {
	distribution string // ID; "": every one
	perMinute    int
	from, until  time.Time // zero: they go on
}

// monitoringOperations are the modelled operations of CloudWatch.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html
var monitoringOperations = map[string]operation{
	"GetMetricData": (*Sim).getMetricData,
}

// monitoringTarget is the service's name on the wire, in both protocols.
const monitoringTarget = "GraniteServiceVersion20100801"

// monitoring answers CloudWatch's Smithy RPC v2 CBOR protocol, which current SDKs speak,
// and JSON 1.0.
// https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
func (s *Sim) monitoring(req *request) (answer, error) {
	op, found := strings.CutPrefix(req.r.URL.Path, "/service/"+monitoringTarget+"/operation/")
	if !found || !req.speaksCBOR() {
		op, found = strings.CutPrefix(req.r.Header.Get("X-Amz-Target"), monitoringTarget+".")
	}
	run, ok := monitoringOperations[op]
	if !found || !ok {
		req.op = op
		return answer{}, notModelled("the CloudWatch operation %q", op)
	}
	return s.perform(req, op, run)
}

type metricDataInput struct {
	MetricDataQueries []metricDataQuery
	StartTime         *float64
	EndTime           *float64
	NextToken         string
	ScanBy            string
	MaxDatapoints     *int
	LabelOptions      map[string]any
}

type metricDataQuery struct {
	ID         string `json:"Id"`
	Expression string
	Label      string
	ReturnData *bool
	Period     *int
	AccountID  string `json:"AccountId"`
	MetricStat *metricStat
}

type metricStat struct {
	Metric struct {
		Namespace, MetricName string
		Dimensions            []struct{ Name, Value string }
	}
	Period int
	Stat   string
	Unit   string
}

type metricDataOutput struct {
	Messages          []string
	MetricDataResults []metricDataResult
	NextToken         string `json:",omitempty"`
}

type metricDataResult struct {
	ID         string `json:"Id"`
	Label      string
	StatusCode string
	Timestamps []wireTime
	Values     []float64
}

// A wireTime is seconds since 1970.
type wireTime float64

var metricID = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]*$`)

// getMetricData answers GetMetricData for the requests of distributions and of stages. It
// guards rule V36.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
func (s *Sim) getMetricData(req *request) (answer, error) {
	if err := s.countMetricCall(req); err != nil {
		return answer{}, err
	}
	var in metricDataInput
	if err := readMonitoring(req, &in); err != nil {
		return answer{}, err
	}
	if err := in.check(); err != nil {
		return answer{}, err
	}
	start, end := seconds(*in.StartTime), seconds(*in.EndTime)
	out := metricDataOutput{Messages: []string{}, MetricDataResults: []metricDataResult{}}
	for _, q := range in.MetricDataQueries {
		r := metricDataResult{ID: q.ID, Label: or(q.Label, q.MetricStat.Metric.MetricName), StatusCode: "Complete", Timestamps: []wireTime{}, Values: []float64{}}
		count := s.requestsOf
		if q.MetricStat.Metric.Namespace == gatewayNamespace {
			count = s.stageRequestsOf
		}
		points := count(req, *q.MetricStat, start.Truncate(time.Minute), end)
		times := slices.Sorted(maps.Keys(points))
		if in.ScanBy != "TimestampAscending" {
			slices.Reverse(times)
		}
		for _, at := range times {
			r.Timestamps, r.Values = append(r.Timestamps, wireTime(at)), append(r.Values, float64(points[at]))
		}
		out.MetricDataResults = append(out.MetricDataResults, r)
	}
	return monitoringAnswer(req, out)
}

// check is the part of V36 about what is asked.
func (in metricDataInput) check() error {
	invalid := func(format string, args ...any) error { return refuse("ValidationError", format, args...) }
	switch {
	case len(in.MetricDataQueries) == 0:
		return invalid("The parameter MetricDataQueries is required.")
	case in.StartTime == nil, in.EndTime == nil:
		return invalid("The parameters StartTime and EndTime are required.")
	case *in.StartTime >= *in.EndTime:
		return invalid("The parameter EndTime must be greater than StartTime.")
	case in.NextToken != "":
		return refuse("InvalidNextToken", "The next token specified is invalid.")
	case in.MaxDatapoints != nil:
		return notModelled("MaxDatapoints")
	}
	for i, q := range in.MetricDataQueries {
		switch {
		case !metricID.MatchString(q.ID):
			return invalid("The value %s for parameter MetricDataQueries.member.%d.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.", q.ID, i+1)
		case q.Expression != "" || q.AccountID != "":
			return notModelled("expressions and other accounts in GetMetricData")
		case q.MetricStat == nil:
			return invalid("The parameter MetricDataQueries.member.%d.MetricStat is required.", i+1)
		case q.MetricStat.Period < 60 || q.MetricStat.Period%60 != 0:
			return invalid("The parameter MetricDataQueries.member.%d.MetricStat.Period must be a multiple of 60.", i+1)
		case q.MetricStat.Metric.Namespace != "AWS/CloudFront" && q.MetricStat.Metric.Namespace != gatewayNamespace:
			return notModelled("the metrics of %q", q.MetricStat.Metric.Namespace)
		case q.MetricStat.Stat != "Sum" && (q.MetricStat.Stat != "SampleCount" || q.MetricStat.Metric.Namespace != gatewayNamespace):
			return notModelled("the statistic %q", q.MetricStat.Stat)
		}
	}
	return nil
}

// requestsOf are the data points of a metric, by the second at which each begins. A
// metric has them only with all of its dimensions, in us-east-1, for the account of the
// distribution; a period without requests has none; and what was counted a moment ago is
// not there yet, so that the newest period grows.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html
func (s *Sim) requestsOf(req *request, m metricStat, start, end time.Time) map[int64]int {
	points := map[int64]int{}
	dimensions := map[string]string{}
	for _, d := range m.Metric.Dimensions {
		dimensions[d.Name] = d.Value
	}
	id := dimensions["DistributionId"]
	d := s.distributions[id]
	if m.Metric.MetricName != "Requests" || len(dimensions) != 2 || dimensions["Region"] != "Global" || req.region != "us-east-1" ||
		m.Unit != "" && m.Unit != "None" || d == nil || d.Account != req.account.ID {
		return points
	}
	period := int64(m.Period)
	end = s.counted(points, id, period, start, end)
	for _, c := range s.metrics.callers {
		if c.distribution != "" && c.distribution != id {
			continue
		}
		for at := start.Unix(); at < end.Unix(); at++ {
			t := time.Unix(at, 0)
			if t.Before(c.from) || !c.until.IsZero() && !t.Before(c.until) {
				continue
			}
			// Of a minute's requests, those of this second.
			in := at % 60
			if n := int(in+1)*c.perMinute/60 - int(in)*c.perMinute/60; n > 0 {
				points[at-at%period] += n
			}
		}
	}
	return points
}

// counted adds to the data points what was counted under a key, as far as CloudWatch
// knows, and returns until when that is.
func (s *Sim) counted(points map[int64]int, key string, period int64, start, end time.Time) time.Time {
	if known := s.now().Add(-s.cfg.Pace.MetricDelay); known.Before(end) {
		end = known
	}
	for at, n := range s.metrics.requests[key] {
		if at >= start.Unix() && time.Unix(at, 0).Before(end) {
			points[at-at%period] += n
		}
	}
	return end
}

// countMetricCall is the part of V36 about how often: MetricRate a second for each
// account and Region.
func (s *Sim) countMetricCall(req *request) error {
	rate := s.cfg.Pace.MetricRate
	if rate == 0 {
		return nil
	}
	key, now := regionKey{req.account.ID, req.region}, s.now()
	if s.metrics.asked == nil {
		s.metrics.asked = map[regionKey][]time.Time{}
	}
	last := slices.DeleteFunc(s.metrics.asked[key], func(t time.Time) bool { return now.Sub(t) >= time.Second })
	if len(last) >= rate {
		s.metrics.asked[key] = last
		return refuse("ThrottlingException", "Rate exceeded")
	}
	s.metrics.asked[key] = append(last, now)
	return nil
}

// countRequest counts a request under a key: the ID of the distribution that has received
// it, or a stageKey.
func (s *Sim) countRequest(key string, now time.Time) {
	m := &s.metrics
	if m.requests == nil {
		m.requests = map[string]map[int64]int{}
	}
	if m.requests[key] == nil {
		m.requests[key] = map[int64]int{}
	}
	of, second := m.requests[key], now.Unix()
	if of[second] == 0 && len(of)%1000 == 999 {
		oldest := now.Add(-metricsKept).Unix()
		maps.DeleteFunc(of, func(at int64, _ int) bool { return at < oldest })
	}
	of[second]++
}

// SetCallers lets that many requests a minute reach a distribution, or every one for "",
// from now on, as CloudWatch counts them. They are of callers that keep an address and
// do not ask DNS; nobody makes them. 0 ends those that were set before.
func (s *Sim) SetCallers(distribution string, perMinute int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if perMinute < 0 || perMinute > 1_000_000 {
		return fmt.Errorf("requests a minute are from 0 to 1000000, not %d", perMinute)
	}
	if distribution != "" && s.distributions[distribution] == nil {
		return fmt.Errorf("there is no distribution %s", strconv.Quote(distribution))
	}
	now := s.now().Truncate(time.Second)
	for i, c := range s.metrics.callers {
		if c.until.IsZero() && (distribution == "" || c.distribution == distribution) {
			s.metrics.callers[i].until = now
		}
	}
	if perMinute > 0 {
		s.metrics.callers = append(s.metrics.callers, callers{distribution: distribution, perMinute: perMinute, from: now})
	}
	return nil
}

// speaksCBOR says whether the request came by RPC v2 CBOR.
func (r *request) speaksCBOR() bool { return r.r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor" }

// seconds is the time of a timestamp on the wire.
func seconds(at float64) time.Time { return time.Unix(0, int64(at*1e9)).UTC() }

// monitoringError writes an error as CloudWatch's protocols have it. The header is for
// clients that know the codes of its older protocol.
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
func monitoringError(req *request, e *apiError, a answer) answer {
	a.Header.Set("X-Amzn-Query-Error", e.Code+";"+faultOf(e))
	body := map[string]any{"__type": "com.amazonaws.cloudwatch#" + e.Code, "message": e.Message}
	if req.speaksCBOR() {
		a.Header.Set("Smithy-Protocol", "rpc-v2-cbor")
		a.Header.Set("Content-Type", "application/cbor")
		a.Body = encodeCBOR(body)
		return a
	}
	a.Header.Set("Content-Type", "application/x-amz-json-1.0")
	a.Body = mustJSON(map[string]string{"__type": "com.amazonaws.cloudwatch#" + e.Code, "message": e.Message})
	return a
}

// faultOf says whose fault an error is.
func faultOf(e *apiError) string {
	if e.Status >= http.StatusInternalServerError {
		return "Receiver"
	}
	return "Sender"
}
