package cloud

import (
	"context"
	"fmt"
	"strings"
	"time"

	"apifront/setup"
)

const (
	// stagesSpan is the time whose requests are counted.
	stagesSpan = 24 * time.Hour
	// stagesMinutes is the length of one data point of it.
	stagesMinutes = 5
)

// StageRequests is what CloudWatch has counted in the last 24 hours of the stages that
// mappings lead to, in the same order. Where CloudWatch may not be asked, the answer names
// the permission that would tell.
//
// No metric of AWS knows mappings or names: API Gateway counts stages, and CloudFront
// distributions. A REST API is counted under its name, without what is not ASCII, so all
// that have one name in an account and Region are one number; HTTP and WebSocket APIs are
// counted under their ID. Count is to be read as SampleCount (documented for REST APIs;
// AWS's CDK does so for HTTP APIs too). Of a WebSocket API there are connections, if it
// integrates $connect, and messages, which people read as Sum (seen).
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html (documented)
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html (documented)
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html (documented)
// https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/aws-apigatewayv2/lib/http/stage.ts (seen)
func (a *Account) StageRequests(ctx context.Context, mappings []setup.Mapping) (r setup.Requests, err error) {
	r.Until = a.Now().UTC().Add(-a.Every(MetricsCome, MetricsLate)).Truncate(stagesMinutes * time.Minute)
	r.From = r.Until.Add(-stagesSpan)
	rest, err := a.namesOfREST(ctx, mappings)
	if err != nil {
		return setup.Requests{}, err
	}
	var list []metric
	for _, m := range mappings {
		c := setup.StageCount{Path: m.Path, API: m.APIName, Stage: m.Stage, Kind: m.Kind}
		if c.API == "" {
			c.API = m.APIID
		}
		if m.Kind == setup.APIKindREST {
			name, there := rest[m.APIID]
			c.Gone = !there
			if there {
				c.API = name
				for id, other := range rest {
					if id != m.APIID && counted(id, other) == counted(m.APIID, name) {
						c.Others++
					}
				}
			}
		}
		r.Paths = append(r.Paths, c)
		if !c.Gone {
			list = append(list, stageMetrics(m, c.API)...)
		}
	}
	sums, err := a.sums(ctx, a.Region, stagesMinutes, r.From, r.Until, list)
	if Refused(err) {
		return setup.Requests{Unknown: "The permission " + MetricsAction + " would tell."}, nil
	}
	if err != nil {
		return setup.Requests{}, fmt.Errorf("ask CloudWatch for the requests of %s: %w", setup.Count(len(mappings), "stage"), err)
	}
	for i := range r.Paths {
		c := &r.Paths[i]
		if c.Gone {
			continue
		}
		c.Requests, sums = sums[0], sums[1:]
		if c.Kind == setup.APIKindWebSocket {
			c.Messages, sums = sums[0], sums[1:]
		}
	}
	return r, nil
}

// stageMetrics are the metrics of the stage that a mapping leads to.
func stageMetrics(m setup.Mapping, name string) []metric {
	const namespace = "AWS/ApiGateway"
	byID := []string{"ApiId", m.APIID, "Stage", m.Stage}
	switch m.Kind {
	case setup.APIKindREST:
		return []metric{{namespace, "Count", "SampleCount", []string{"ApiName", counted(m.APIID, name), "Stage", m.Stage}}}
	case setup.APIKindWebSocket:
		return []metric{{namespace, "ConnectCount", "Sum", byID}, {namespace, "MessageCount", "Sum", byID}}
	case setup.APIKindHTTP:
	}
	return []metric{{namespace, "Count", "SampleCount", byID}}
}

// namesOfREST are the REST APIs of the account's region by ID, if one is asked about.
func (a *Account) namesOfREST(ctx context.Context, mappings []setup.Mapping) (map[string]string, error) {
	names := map[string]string{}
	for _, m := range mappings {
		if m.Kind != setup.APIKindREST {
			continue
		}
		list, err := a.restAPIs(ctx)
		if err != nil {
			return nil, err
		}
		for _, api := range list {
			names[api.ID] = api.Name
		}
		return names, nil
	}
	return names, nil
}

// counted is the name under which a REST API is counted: its own without what is not
// ASCII, or its ID if nothing is left of it (documented).
func counted(id, name string) string {
	name = strings.Map(func(r rune) rune {
		if r > 127 {
			return -1
		}
		return r
	}, name)
	if name == "" {
		return id
	}
	return name
}
