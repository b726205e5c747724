package sim

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
)

func named(name string) []types.LookupAttribute {
	return []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyEventName, AttributeValue: &name}}
}

// CloudTrail lists what changed something, late, in the Region of the service, with who
// and what; pages of fifty, twice a second, and one attribute.
func TestV35Trail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{Pace: Pace{TrailDelay: 5 * time.Minute, TrailRate: 2}})
		key := s.AddAccount("111122223333", "jonas")
		zone := s.AddZone("111122223333", "example.com")
		global, regional, ctx := sdkWithToken(s, "us-east-1", key, ""), sdkWithToken(s, "eu-west-1", key, ""), t.Context()
		east, west, dns := cloudtrail.NewFromConfig(global), cloudtrail.NewFromConfig(regional), route53.NewFromConfig(global)
		noError := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		for i := range 60 {
			_, err := dns.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{HostedZoneId: &zone, ChangeBatch: &r53types.ChangeBatch{Changes: []r53types.Change{{
				Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{Name: aws.String(fmt.Sprintf("n%d.example.com", i)), Type: r53types.RRTypeA, TTL: aws.Int64(60), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String("192.0.2.1")}}},
			}}}})
			noError(err)
			time.Sleep(2 * time.Second)
		}
		_, err := acm.NewFromConfig(regional).AddTagsToCertificate(ctx, &acm.AddTagsToCertificateInput{CertificateArn: aws.String("arn:aws:acm:eu-west-1:111122223333:certificate/none"), Tags: []acmtypes.Tag{{Key: aws.String("a")}}})
		wantCode(t, err, "ResourceNotFoundException")
		ask := func(c *cloudtrail.Client, in *cloudtrail.LookupEventsInput) []types.Event {
			t.Helper()
			time.Sleep(time.Second)
			out, err := c.LookupEvents(ctx, in)
			noError(err)
			in.NextToken = out.NextToken
			return out.Events
		}
		if list := ask(east, &cloudtrail.LookupEventsInput{}); len(list) > 0 {
			t.Errorf("%d events are listed at once", len(list))
		}
		time.Sleep(10 * time.Minute)
		in := &cloudtrail.LookupEventsInput{LookupAttributes: named("ChangeResourceRecordSets")}
		first := ask(east, in)
		second := ask(east, in)
		if len(first) != 50 || len(second) != 10 || in.NextToken != nil || !first[0].EventTime.After(*second[9].EventTime) {
			t.Errorf("pages of %d and %d", len(first), len(second))
		}
		var r struct {
			UserIdentity      struct{ Type, UserName, Arn, AccountID string }
			RequestParameters struct {
				HostedZoneID string `json:"hostedZoneId"`
				ChangeBatch  struct {
					Changes []struct {
						Action            string
						ResourceRecordSet struct{ Name, Type string }
					}
				}
			}
			EventSource, AwsRegion, RequestID, ErrorCode string
		}
		noError(json.Unmarshal([]byte(*first[0].CloudTrailEvent), &r))
		if r.UserIdentity.Type != "IAMUser" || r.UserIdentity.UserName != "jonas" || r.EventSource != "route53.amazonaws.com" || r.AwsRegion != "us-east-1" || r.RequestID == "" ||
			r.RequestParameters.HostedZoneID != zone || len(r.RequestParameters.ChangeBatch.Changes) != 1 || r.RequestParameters.ChangeBatch.Changes[0].ResourceRecordSet.Type != "A" || r.ErrorCode != "" {
			t.Errorf("the record is %s", *first[0].CloudTrailEvent)
		}
		// A Region has its own services' calls, refused ones too, and no others.
		local := ask(west, &cloudtrail.LookupEventsInput{})
		if len(local) != 1 || !strings.Contains(*local[0].CloudTrailEvent, `"errorCode":"ResourceNotFoundException"`) || *local[0].EventName != "AddTagsToCertificate" {
			t.Errorf("eu-west-1 has %d events", len(local))
		}
		at := first[0].EventTime
		if list := ask(east, &cloudtrail.LookupEventsInput{StartTime: at, EndTime: at}); len(list) != 1 {
			t.Errorf("%d events in one second", len(list))
		}
		for code, in := range map[string]*cloudtrail.LookupEventsInput{
			"InvalidLookupAttributesException": {LookupAttributes: append(named("a"), named("b")...)},
			"InvalidTimeRangeException":        {StartTime: aws.Time(at.Add(time.Second)), EndTime: at},
			"InvalidMaxResultsException":       {MaxResults: aws.Int32(51)},
			"InvalidNextTokenException":        {NextToken: aws.String("bm9uZQ==")},
		} {
			time.Sleep(time.Second)
			_, err := east.LookupEvents(ctx, in)
			wantCode(t, err, code)
		}
		time.Sleep(time.Second)
		codes := map[string]int{}
		for range 3 {
			out, err := east.LookupEvents(ctx, &cloudtrail.LookupEventsInput{}, func(o *cloudtrail.Options) { o.RetryMaxAttempts = 1 })
			if err == nil && len(out.Events) != 50 {
				t.Error("no events")
			}
			if err != nil {
				wantCode(t, err, "ThrottlingException")
				codes["refused"]++
			}
		}
		if codes["refused"] != 1 {
			t.Errorf("of three lookups within a second %d were refused", codes["refused"])
		}
		time.Sleep(91 * 24 * time.Hour)
		if list := ask(east, &cloudtrail.LookupEventsInput{}); len(list) > 0 {
			t.Errorf("%d events are listed after 91 days", len(list))
		}
	})
}
