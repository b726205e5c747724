package sim

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// CloudWatch counts the requests of a stage in its Region, by whatever name they came:
// of REST APIs under their name without what is not ASCII, so that two of one name are
// one number, of the others under their ID, and of WebSocket APIs those that reach the
// integration of $connect.
func TestV36Stages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{Pace: Pace{MetricDelay: 2 * time.Minute}})
		const account, region = "111122223333", "eu-west-1"
		key := s.AddAccount(account, "ada")
		orders := s.AddAPI(account, region, API{Name: "orders", Kind: "REST", Stages: []string{"prod", "beta"}})
		twin := s.AddAPI(account, region, API{Name: "órdersé", Kind: "REST", Stages: []string{"prod"}})
		other := s.AddAPI(account, region, API{Name: "rders", Kind: "REST", Stages: []string{"prod"}})
		nameless := s.AddAPI(account, region, API{Name: "é", Kind: "REST", Stages: []string{"prod"}})
		catalog := s.AddAPI(account, region, API{Name: "catalog", Kind: "HTTP", Stages: []string{"$default", "beta"}, Routes: []string{"/items"}})
		chat := s.AddAPI(account, region, API{Name: "chat", Kind: "WEBSOCKET", Stages: []string{"prod"}, Methods: []Method{{Key: "$connect"}}})
		open := s.AddAPI(account, region, API{Name: "open", Kind: "WEBSOCKET", Stages: []string{"prod"}, Methods: []Method{{Key: "$default"}}})
		visit := func(id, path string, header http.Header) int {
			host := id + ".execute-api." + region + ".amazonaws.com"
			if header == nil {
				header = http.Header{}
			}
			v := visit{tls: true, sni: host, host: host, method: http.MethodGet, path: path, header: header}
			return s.receive(v, s.regional).Status
		}
		socket := http.Header{"Upgrade": {"websocket"}, "Connection": {"upgrade"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}, "Sec-Websocket-Version": {"13"}}
		start := time.Now().Truncate(time.Minute)
		for range 3 {
			visit(orders, "/prod/1", nil)
		}
		visit(orders, "/beta/1", nil)
		visit(orders, "/gone/1", nil) // there is no such stage
		for range 2 {
			visit(twin, "/prod/1", nil)
		}
		for range 4 {
			visit(other, "/prod/1", nil)
		}
		visit(nameless, "/prod/1", nil)
		visit(catalog, "/items", nil)
		if got := visit(catalog, "/nothing", nil); got != http.StatusNotFound { // it counts all the same
			t.Fatalf("no route: %d", got)
		}
		visit(catalog, "/beta/items", nil)
		for range 5 {
			if got := visit(chat, "/prod", socket.Clone()); got != http.StatusSwitchingProtocols {
				t.Fatalf("a handshake: %d", got)
			}
		}
		visit(chat, "/prod", nil)
		visit(open, "/prod", socket.Clone())

		query := func(metric, stat string, dimensions ...string) *cloudwatch.GetMetricDataInput {
			m := &types.Metric{Namespace: aws.String("AWS/ApiGateway"), MetricName: &metric}
			for i := 0; i < len(dimensions); i += 2 {
				m.Dimensions = append(m.Dimensions, types.Dimension{Name: &dimensions[i], Value: &dimensions[i+1]})
			}
			until := start.Add(time.Hour)
			return &cloudwatch.GetMetricDataInput{StartTime: &start, EndTime: &until, MetricDataQueries: []types.MetricDataQuery{{
				Id: aws.String("m1"), MetricStat: &types.MetricStat{Period: aws.Int32(300), Stat: &stat, Metric: m},
			}}}
		}
		in := cloudwatch.NewFromConfig(sdkWithToken(s, region, key, ""))
		ask := func(c *cloudwatch.Client, q *cloudwatch.GetMetricDataInput) float64 {
			t.Helper()
			out, err := c.GetMetricData(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			sum := 0.0
			for _, v := range out.MetricDataResults[0].Values {
				sum += v
			}
			return sum
		}
		if got := ask(in, query("Count", "SampleCount", "ApiName", "orders", "Stage", "prod")); got != 0 {
			t.Errorf("it is counted at once: %v", got)
		}
		time.Sleep(3 * time.Minute)
		for _, c := range []struct {
			metric     string
			dimensions []string
			want       float64
		}{
			{"Count", []string{"ApiName", "orders", "Stage", "prod"}, 3},
			{"Count", []string{"Stage", "prod", "ApiName", "orders"}, 3},
			{"Count", []string{"ApiName", "orders", "Stage", "beta"}, 1},
			{"Count", []string{"ApiName", "orders"}, 4},
			{"Count", []string{"ApiName", "orders", "Stage", "gone"}, 0},
			{"Count", []string{"ApiName", "rders", "Stage", "prod"}, 6}, // two APIs
			{"Count", []string{"ApiName", nameless, "Stage", "prod"}, 1},
			{"Count", []string{"ApiId", orders, "Stage", "prod"}, 0},
			{"Count", []string{"ApiId", catalog, "Stage", "$default"}, 2},
			{"Count", []string{"ApiId", catalog, "Stage", "beta"}, 1},
			{"Count", []string{"ApiName", "catalog", "Stage", "beta"}, 0},
			{"ConnectCount", []string{"ApiId", chat, "Stage", "prod"}, 5},
			{"Count", []string{"ApiId", chat, "Stage", "prod"}, 0},
			{"ConnectCount", []string{"ApiId", open, "Stage", "prod"}, 0},
		} {
			for _, stat := range []string{"SampleCount", "Sum"} {
				if got := ask(in, query(c.metric, stat, c.dimensions...)); got != c.want {
					t.Errorf("%s of %s by %s: %v, want %v", c.metric, c.dimensions, stat, got, c.want)
				}
			}
		}
		elsewhere := cloudwatch.NewFromConfig(sdkWithToken(s, "us-east-1", key, ""))
		stranger := cloudwatch.NewFromConfig(sdkWithToken(s, region, s.AddAccount("444455556666", "eve"), ""))
		for name, c := range map[string]*cloudwatch.Client{"in another region": elsewhere, "of another account": stranger} {
			if got := ask(c, query("Count", "Sum", "ApiId", catalog, "Stage", "beta")); got != 0 {
				t.Errorf("%s: %v", name, got)
			}
		}
		_, err := in.GetMetricData(t.Context(), query("Count", "Average", "ApiId", catalog, "Stage", "beta"))
		wantCode(t, err, "NotModelled")
	})
}
