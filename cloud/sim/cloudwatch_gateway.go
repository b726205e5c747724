package sim

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// gatewayNamespace is where CloudWatch has what API Gateway counts.
const gatewayNamespace = "AWS/ApiGateway"

// stageKey is under what a request to a stage is counted: its metric with all dimensions,
// so that two REST APIs of one name are one number, as they are in AWS.
func stageKey(home regionKey, metric string, dimensions map[string]string) string {
	key := home.account + " " + home.region + " " + metric
	for _, name := range slices.Sorted(maps.Keys(dimensions)) {
		key += "\x00" + name + "=" + dimensions[name]
	}
	return key
}

// countStage counts a request to a stage, with and without the dimension Stage. REST APIs
// are counted under their name without what is not ASCII, or under their ID if nothing is
// left; the others under their ID.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
func (s *Sim) countStage(a *api, stage, metric string) {
	name, value := "ApiId", a.ID
	if a.Kind == "REST" {
		name = "ApiName"
		if ascii := strings.Map(asciiOnly, a.Name); ascii != "" {
			value = ascii
		}
	}
	home := s.homeOf(a)
	s.countRequest(stageKey(home, metric, map[string]string{name: value}), s.now())
	s.countRequest(stageKey(home, metric, map[string]string{name: value, "Stage": stage}), s.now())
}

func asciiOnly(r rune) rune {
	if r > 127 {
		return -1
	}
	return r
}

// stageRequestsOf are the data points of a metric of API Gateway, as requestsOf has them
// of CloudFront's. Each request is one sample of the value 1, so that both statistics are
// one number. Nothing is counted under MessageCount.
func (s *Sim) stageRequestsOf(req *request, m metricStat, start, end time.Time) map[int64]int {
	points, dimensions := map[int64]int{}, map[string]string{}
	for _, d := range m.Metric.Dimensions {
		dimensions[d.Name] = d.Value
	}
	if m.Unit == "" || m.Unit == "Count" {
		s.counted(points, stageKey(regionKey{req.account.ID, req.region}, m.Metric.MetricName, dimensions), int64(m.Period), start, end)
	}
	return points
}
