package steps

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/google/go-cmp/cmp"

	"apifront/cloud/sim"
	"apifront/setup"
)

const (
	demoBucket = "harborview-access-logs"
	demoGroup  = "/cloudfront/access-logs"
)

// logging wants access logs in the demo's bucket.
func logging(s *setup.Spec, _ sim.DemoWorld) {
	s.Edge.AccessLogs = setup.AccessLogs{To: setup.LogsBucket, Name: demoBucket, Prefix: "front"}
}

// intoGroup wants them in the demo's log group.
func intoGroup(s *setup.Spec, _ sim.DemoWorld) {
	s.Edge.AccessLogs = setup.AccessLogs{To: setup.LogsGroup, Name: demoGroup}
}

// deliveries is what CloudWatch Logs has: sources, destinations and deliveries.
func (w *world) deliveries() (list []string) {
	w.t.Helper()
	ctx, c := w.t.Context(), w.outside().CloudWatchLogs()
	for p := cloudwatchlogs.NewDescribeDeliverySourcesPaginator(c, nil); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		w.fine(err)
		for _, s := range out.DeliverySources {
			list = append(list, "source "+*s.Name+" of "+strings.Join(s.ResourceArns, " "))
		}
	}
	for p := cloudwatchlogs.NewDescribeDeliveryDestinationsPaginator(c, nil); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		w.fine(err)
		for _, d := range out.DeliveryDestinations {
			list = append(list, "destination "+*d.Name+" to "+leadsLogsTo(&d)+" as "+string(d.OutputFormat))
		}
	}
	for p := cloudwatchlogs.NewDescribeDeliveriesPaginator(c, nil); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		w.fine(err)
		for _, d := range out.Deliveries {
			list = append(list, "delivery from "+*d.DeliverySourceName+" to "+destinationName(d))
		}
	}
	return list
}

func (w *world) fine(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// delivered is what there is to be in CloudWatch Logs for the setup.
func (w *world) delivered() []string {
	d, a := w.resources[setup.KeyDistribution], w.setup.Spec.Edge.AccessLogs
	to := a.ARN(w.demo.AccountID)
	source, destination := w.env(accessLogsID).logNames(d.ID, to)
	return []string{"source " + source + " of " + d.ARN, "destination " + destination + " to " + to + " as " + string(logFormat(a)), "delivery from " + source + " to " + destination}
}

func (w *world) isDelivered(when string) {
	w.t.Helper()
	if d := cmp.Diff(w.delivered(), w.deliveries()); d != "" {
		w.t.Errorf("%s (-want +got):\n%s", when, d)
	}
}

// finding is the only one that a check has of the access logs.
func (w *world) finding() setup.FindingBody {
	w.t.Helper()
	o, err := w.look(w.step(accessLogsID))
	w.fine(err)
	list := Findings([]Observed{{Step: w.step(accessLogsID), Obs: o}})
	if len(list) != 1 {
		w.t.Fatalf("%d findings: %+v", len(list), list)
	}
	return list[0]
}

// Access logs are delivered to a bucket, and later to a log group. The same job again
// writes nothing. What somebody takes away or leads elsewhere is found and put back.
// Turned off, nothing of it is left but the policies of the places.
func TestAccessLogsAreDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), logging)
		ctx, c := t.Context(), w.outside().CloudWatchLogs()
		w.applyJob()
		w.isDelivered("after a job")
		n := len(w.writes())
		w.applyJob()
		if again := w.writes()[n:]; len(again) > 0 {
			t.Errorf("the same job again wrote %v", again)
		}

		row := w.resources[setup.KeyAccessLogs]
		_, err := c.DeleteDelivery(ctx, &cloudwatchlogs.DeleteDeliveryInput{Id: aws.String(row.Attributes[setup.AttrDelivery])})
		w.fine(err)
		if f := w.finding(); !f.Repair || f.Key != "access-logs/missing" || !strings.HasPrefix(f.Title, "Nothing changes for callers") {
			t.Errorf("a delivery that somebody deleted: %+v", f)
		}
		w.applyJob()
		w.isDelivered("after somebody deleted the delivery")

		w.sim.AddBucket(w.demo.AccountID, "us-east-1", "elsewhere")
		_, name := w.env(accessLogsID).logNames(row.ID, w.setup.Spec.Edge.AccessLogs.ARN(w.demo.AccountID))
		_, err = c.PutDeliveryDestination(ctx, &cloudwatchlogs.PutDeliveryDestinationInput{Name: &name, DeliveryDestinationConfiguration: &types.DeliveryDestinationConfiguration{DestinationResourceArn: aws.String("arn:aws:s3:::elsewhere")}})
		w.fine(err)
		if f := w.finding(); !f.Repair || f.Field != logsField || f.Is != "arn:aws:s3:::elsewhere" || f.Want != "arn:aws:s3:::harborview-access-logs/front" {
			t.Errorf("a destination that leads elsewhere: %+v", f)
		}
		w.applyJob()
		w.isDelivered("after somebody led it elsewhere")

		intoGroup(&w.setup.Spec, w.demo)
		if o, err := w.look(w.step(accessLogsID)); err != nil || o.State != Drifted || len(o.Changes) != 1 {
			t.Errorf("to another place: %v %+v, %v", o.State, o.Changes, err)
		}
		w.applyJob()
		w.isDelivered("in a log group")
		logging(&w.setup.Spec, w.demo)
		w.setup.Spec.Edge.AccessLogs.Prefix = ""
		w.applyJob()
		w.isDelivered("in the bucket again")
		opened := []string{demoGroup, demoBucket + " " + w.demo.AccountID + " AWSLogs/{account-id}/CloudFront", demoBucket + " " + w.demo.AccountID + " front"}
		if d := cmp.Diff(opened, w.sim.OpenedTo()); d != "" {
			t.Errorf("policies (-want +got):\n%s", d)
		}

		w.setup.Spec.Edge.AccessLogs = setup.AccessLogs{}
		w.applyJob()
		if left := w.deliveries(); len(left) > 0 {
			t.Errorf("turned off, there still is %q", left)
		}
		if d := cmp.Diff(opened, w.sim.OpenedTo()); d != "" {
			t.Errorf("turned off, the policies changed:\n%s", d)
		}
		n = len(w.writes())
		w.applyJob()
		if again := w.writes()[n:]; len(again) > 0 {
			t.Errorf("turned off, the same job again wrote %v", again)
		}
	})
}

// What others made stays as it is: a source is used, a delivery to the same place is
// enough, and one to another place is in the way.
func TestAccessLogsOfOthers(t *testing.T) {
	for what, c := range map[string]struct {
		to    string // where somebody else delivers to; "": only the source is there
		state State
		own   bool // apifront makes something
	}{
		"a source":                     {"", Ready, true},
		"a delivery to the same place": {"arn:aws:s3:::harborview-access-logs/front", Ready, false},
		"a delivery to another place":  {"arn:aws:s3:::elsewhere", Foreign, false},
		"a delivery of another kind":   {"arn:aws:logs:us-east-1:482177301954:log-group:" + demoGroup, Ready, true},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.DemoPace(), nil)
				w.applyJob()
				w.sim.AddBucket(w.demo.AccountID, "us-east-1", "elsewhere")
				d, client := w.resources[setup.KeyDistribution], w.outside().CloudWatchLogs()
				_, err := client.PutDeliverySource(t.Context(), &cloudwatchlogs.PutDeliverySourceInput{Name: aws.String("theirs"), ResourceArn: &d.ARN, LogType: aws.String(accessLogType)})
				w.fine(err)
				if c.to != "" {
					to, err := client.PutDeliveryDestination(t.Context(), &cloudwatchlogs.PutDeliveryDestinationInput{Name: aws.String("theirs"), DeliveryDestinationConfiguration: &types.DeliveryDestinationConfiguration{DestinationResourceArn: &c.to}})
					w.fine(err)
					_, err = client.CreateDelivery(t.Context(), &cloudwatchlogs.CreateDeliveryInput{DeliverySourceName: aws.String("theirs"), DeliveryDestinationArn: to.DeliveryDestination.Arn})
					w.fine(err)
				}
				before := w.deliveries()
				logging(&w.setup.Spec, w.demo)
				o, pr := w.run(w.step(accessLogsID))
				if o.State != c.state || (pr == nil) != (c.state == Ready) {
					t.Fatalf("it is %v, %+v", o.State, pr)
				}
				if made := len(w.deliveries()) > len(before); made != c.own {
					t.Errorf("made something: %v", w.deliveries())
				}
				if r := w.resources[setup.KeyAccessLogs]; c.state == Ready && r.Owned != c.own {
					t.Errorf("the row is %+v", r)
				}
				if c.state == Foreign {
					if !strings.Contains(pr.Why, c.to) {
						t.Errorf("the problem does not say where they go: %+v", pr)
					}
					return
				}
				w.setup.Spec.Edge.AccessLogs = setup.AccessLogs{}
				w.applyJob()
				if d := cmp.Diff(before, w.deliveries()); d != "" {
					t.Errorf("turned off, what others made differs:\n%s", d)
				}
			})
		})
	}
}

// A delivery of somebody else from our source keeps the source.
func TestAccessLogSourceThatOthersUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), logging)
		w.applyJob()
		client := w.outside().CloudWatchLogs()
		source := w.resources[setup.KeyAccessLogs].Attributes[attrSource]
		to, err := client.PutDeliveryDestination(t.Context(), &cloudwatchlogs.PutDeliveryDestinationInput{Name: aws.String("theirs"), DeliveryDestinationConfiguration: &types.DeliveryDestinationConfiguration{DestinationResourceArn: aws.String("arn:aws:logs:us-east-1:" + w.demo.AccountID + ":log-group:" + demoGroup)}})
		w.fine(err)
		_, err = client.CreateDelivery(t.Context(), &cloudwatchlogs.CreateDeliveryInput{DeliverySourceName: &source, DeliveryDestinationArn: to.DeliveryDestination.Arn})
		w.fine(err)
		w.setup.Spec.Edge.AccessLogs = setup.AccessLogs{}
		w.applyJob()
		left := w.deliveries()
		if len(left) != 3 || left[2] != "delivery from "+source+" to theirs" {
			t.Errorf("there is %q", left)
		}
		i := slices.IndexFunc(w.former, func(r setup.Resource) bool { return isAccessLogs(r) && !r.LeftSince.IsZero() })
		if r, now := w.resources[setup.KeyAccessLogs]; i < 0 && (!now || r.LeftSince.IsZero()) {
			t.Errorf("the row does not say that the source stays: %+v", r)
		}
	})
}

// Wherever an answer is lost, or CloudWatch Logs is busy, the end is the same, on the way
// there, elsewhere and back.
func TestAccessLogsAfterLostAnswers(t *testing.T) {
	for _, op := range []string{"PutDeliverySource", "PutDeliveryDestination", "CreateDelivery", "DeleteDelivery", "DeleteDeliveryDestination", "DeleteDeliverySource"} {
		for _, fault := range []sim.Fault{
			{Kind: sim.FaultLost, Times: 1}, // the SDK asks again
			{Kind: sim.FaultLost, Times: 4},
			{Kind: sim.FaultError, Code: "ConflictException", Message: "Requested resource is currently being updated. Please try again.", Times: 1},
		} {
			fault.Service, fault.Operation = "logs", op
			if fault.Kind == sim.FaultError && strings.HasPrefix(op, "Delete") && op != "DeleteDeliverySource" {
				continue
			}
			t.Run(fmt.Sprint(op, " ", fault.Kind, " ", fault.Times), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, sim.DemoPace(), logging)
					for _, place := range []func(*setup.Spec, sim.DemoWorld){logging, intoGroup} {
						place(&w.setup.Spec, w.demo)
						w.sim.Order(fault)
						w.applyJob()
						w.isDelivered("after the fault")
						w.sim.Withdraw("")
					}
					w.sim.Order(fault)
					w.setup.Spec.Edge.AccessLogs = setup.AccessLogs{}
					w.applyJob()
					if left := w.deliveries(); len(left) > 0 {
						t.Errorf("there still is %q", left)
					}
				})
			})
		}
	}
}

// A place that is not there, or whose policy may not be opened, is named.
func TestAccessLogsThatCannotGoThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, sim.DemoPace(), logging)
		w.upTo(accessLogsID)
		w.sim.RemoveBucket(demoBucket)
		_, pr := w.run(w.step(accessLogsID))
		if pr == nil || !strings.Contains(pr.What, demoBucket) || !strings.Contains(pr.Said, "ResourceNotFoundException") {
			t.Errorf("no bucket: %+v", pr)
		}
		w.sim.AddBucket(w.demo.AccountID, "eu-west-1", demoBucket)
		w.sim.Order(sim.Fault{Service: "logs", Operation: "CreateDelivery", Code: "AccessDeniedException", Message: "User: arn:aws:iam::482177301954:user/a is not authorized to perform: s3:PutBucketPolicy on resource: arn:aws:s3:::" + demoBucket, Status: 400})
		_, pr = w.run(w.step(accessLogsID))
		if pr == nil || !strings.Contains(pr.Fix, "s3:GetBucketPolicy and s3:PutBucketPolicy") {
			t.Errorf("a policy that may not be opened: %+v", pr)
		}
		_, pr = w.run(w.step(accessLogsID))
		if pr != nil {
			t.Error(pr)
		}
		w.isDelivered("once it may")
	})
}
