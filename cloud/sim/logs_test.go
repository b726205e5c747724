package sim

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// A loggedWorld is a world with a distribution whose logs are set up.
type loggedWorld struct {
	*cdn

	logs         *cloudwatchlogs.Client
	distribution string // ARN
}

func newLogged(t *testing.T, cfg Config) *loggedWorld {
	t.Helper()
	w := &loggedWorld{cdn: newCDN(cfg)}
	w.logs = cloudwatchlogs.NewFromConfig(sdk(w.s, "us-east-1", w.key))
	d, _ := w.create(t, w.recipe())
	w.distribution = *d.ARN
	w.s.AddBucket(ours, "eu-west-1", "our-logs")
	w.s.AddBucket(theirs, "eu-west-1", "their-logs")
	w.s.AddLogGroup(ours, "us-east-1", "/cloudfront/logs")
	return w
}

func (w *loggedWorld) source(t *testing.T, name, distribution string, tags map[string]string) error {
	t.Helper()
	_, err := w.logs.PutDeliverySource(t.Context(), &cloudwatchlogs.PutDeliverySourceInput{Name: &name, ResourceArn: &distribution, LogType: aws.String("ACCESS_LOGS"), Tags: tags})
	return err
}

func (w *loggedWorld) destination(t *testing.T, name, to string, format types.OutputFormat) (string, error) {
	t.Helper()
	out, err := w.logs.PutDeliveryDestination(t.Context(), &cloudwatchlogs.PutDeliveryDestinationInput{
		Name: &name, OutputFormat: format, DeliveryDestinationConfiguration: &types.DeliveryDestinationConfiguration{DestinationResourceArn: &to},
	})
	if err != nil {
		return "", err
	}
	return *out.DeliveryDestination.Arn, nil
}

func (w *loggedWorld) deliver(t *testing.T, source, destination string) (string, error) {
	t.Helper()
	out, err := w.logs.CreateDelivery(t.Context(), &cloudwatchlogs.CreateDeliveryInput{DeliverySourceName: &source, DeliveryDestinationArn: &destination})
	if err != nil {
		return "", err
	}
	return *out.Delivery.Id, nil
}

// A distribution has one source, set up in us-east-1; a source has one delivery of each
// kind; what is used stays; the policy of where logs go is opened.
func TestV38Logs(t *testing.T) {
	t.Parallel()
	w := newLogged(t, Config{PageSize: 1})
	ctx := t.Context()
	fine := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := cloudwatchlogs.NewFromConfig(sdk(w.s, "eu-west-1", w.key)).PutDeliverySource(ctx, &cloudwatchlogs.PutDeliverySourceInput{Name: aws.String("a"), ResourceArn: &w.distribution, LogType: aws.String("ACCESS_LOGS")})
	wantCode(t, err, "ValidationException")
	wantCode(t, w.source(t, "a", "arn:aws:cloudfront::"+ours+":distribution/E0NONE", nil), "ResourceNotFoundException")
	wantCode(t, w.source(t, "a b", w.distribution, nil), "ValidationException")
	fine(w.source(t, "a", w.distribution, map[string]string{"team": "shop"}))
	fine(w.source(t, "a", w.distribution, nil))
	wantCode(t, w.source(t, "a", w.distribution, map[string]string{"team": "shop"}), "ConflictException")
	wantCode(t, w.source(t, "b", w.distribution, nil), "ConflictException")
	second, _ := w.create(t, w.recipe())
	other := *second.ARN
	wantCode(t, w.source(t, "a", other, nil), "ConflictException")
	fine(w.source(t, "c", other, nil))

	bucket, err := w.destination(t, "bucket", "arn:aws:s3:::our-logs", types.OutputFormatW3c)
	fine(err)
	_, err = w.destination(t, "bucket", "arn:aws:s3:::our-logs", types.OutputFormatJson)
	wantCode(t, err, "ValidationException")
	prefixed, err := w.destination(t, "prefixed", "arn:aws:s3:::our-logs/front", types.OutputFormatW3c)
	fine(err)
	group, err := w.destination(t, "group", "arn:aws:logs:us-east-1:"+ours+":log-group:/cloudfront/logs", types.OutputFormatJson)
	fine(err)
	for name, to := range map[string]string{"gone": "arn:aws:s3:::no-logs", "east": "arn:aws:logs:us-east-1:" + ours + ":log-group:none"} {
		arn, err := w.destination(t, name, to, "")
		fine(err)
		_, err = w.deliver(t, "a", arn)
		wantCode(t, err, "ResourceNotFoundException")
	}
	theirs, err := w.destination(t, "theirs", "arn:aws:s3:::their-logs", "")
	fine(err)
	_, err = w.deliver(t, "a", theirs)
	wantCode(t, err, "AccessDeniedException")
	if opened := w.s.OpenedTo(); len(opened) > 0 {
		t.Errorf("opened too early: %q", opened)
	}
	id, err := w.deliver(t, "a", bucket)
	fine(err)
	_, err = w.deliver(t, "a", bucket)
	wantCode(t, err, "ConflictException")
	_, err = w.deliver(t, "a", prefixed)
	wantCode(t, err, "ConflictException")
	_, err = w.deliver(t, "a", group)
	fine(err)
	_, err = w.deliver(t, "c", prefixed)
	fine(err)
	want := []string{"/cloudfront/logs", "our-logs " + ours + " AWSLogs/{account-id}/CloudFront", "our-logs " + ours + " front"}
	if opened := w.s.OpenedTo(); !slices.Equal(opened, want) {
		t.Errorf("opened: %q, want %q", opened, want)
	}
	one, err := w.logs.GetDelivery(ctx, &cloudwatchlogs.GetDeliveryInput{Id: &id})
	fine(err)
	if d := one.Delivery; *d.S3DeliveryConfiguration.SuffixPath != "AWSLogs/{account-id}/CloudFront/" || len(d.RecordFields) != 35 {
		t.Errorf("a delivery of the usual: %q, %d fields", *d.S3DeliveryConfiguration.SuffixPath, len(d.RecordFields))
	}

	var names []string
	sources := cloudwatchlogs.NewDescribeDeliverySourcesPaginator(w.logs, nil)
	for sources.HasMorePages() {
		page, err := sources.NextPage(ctx)
		fine(err)
		for _, s := range page.DeliverySources {
			names = append(names, *s.Name+" "+s.ResourceArns[0]+" "+s.Tags["team"])
		}
	}
	if want := []string{"a " + w.distribution + " shop", "c " + other + " "}; !slices.Equal(names, want) {
		t.Errorf("sources: %q, want %q", names, want)
	}
	_, err = w.logs.DeleteDeliverySource(ctx, &cloudwatchlogs.DeleteDeliverySourceInput{Name: aws.String("c")})
	wantCode(t, err, "ConflictException")
	_, err = w.logs.DeleteDeliveryDestination(ctx, &cloudwatchlogs.DeleteDeliveryDestinationInput{Name: aws.String("prefixed")})
	wantCode(t, err, "ConflictException")
	deliveries := cloudwatchlogs.NewDescribeDeliveriesPaginator(w.logs, nil)
	for deliveries.HasMorePages() {
		page, err := deliveries.NextPage(ctx)
		fine(err)
		for _, d := range page.Deliveries {
			_, err := w.logs.DeleteDelivery(ctx, &cloudwatchlogs.DeleteDeliveryInput{Id: d.Id})
			fine(err)
		}
	}
	_, err = w.logs.DeleteDelivery(ctx, &cloudwatchlogs.DeleteDeliveryInput{Id: &id})
	wantCode(t, err, "ResourceNotFoundException")
	for _, name := range []string{"a", "c"} {
		_, err = w.logs.DeleteDeliverySource(ctx, &cloudwatchlogs.DeleteDeliverySourceInput{Name: &name})
		fine(err)
		_, err = w.logs.GetDeliverySource(ctx, &cloudwatchlogs.GetDeliverySourceInput{Name: &name})
		wantCode(t, err, "ResourceNotFoundException")
	}
	_, err = w.logs.DeleteDeliveryDestination(ctx, &cloudwatchlogs.DeleteDeliveryDestinationInput{Name: aws.String("bucket")})
	fine(err)
	_, err = w.logs.GetDeliveryDestination(ctx, &cloudwatchlogs.GetDeliveryDestinationInput{Name: aws.String("bucket")})
	wantCode(t, err, "ResourceNotFoundException")
}

// AWS asks CloudFront whether its distribution may be logged, and opens a bucket as the
// caller, once.
func TestLogPermissions(t *testing.T) {
	t.Parallel()
	w := newLogged(t, Config{})
	may := func(actions ...string) {
		t.Helper()
		doc := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["` + strings.Join(actions, `","`) + `"],"Resource":"*"}]}`
		if err := w.s.SetPolicy(w.key.ID, doc); err != nil {
			t.Fatal(err)
		}
	}
	denied := func(err error, action string) {
		t.Helper()
		wantCode(t, err, "AccessDeniedException")
		if err != nil && !strings.Contains(err.Error(), "not authorized to perform: "+action+" on resource") {
			t.Errorf("%s is not named: %v", action, err)
		}
	}
	tags := map[string]string{"team": "shop"}
	may("logs:*Delivery*")
	denied(w.source(t, "a", w.distribution, tags), "cloudfront:AllowVendedLogDeliveryForResource")
	may("logs:*Delivery*", "cloudfront:AllowVendedLogDeliveryForResource")
	denied(w.source(t, "a", w.distribution, tags), "logs:TagResource")
	if err := w.source(t, "a", w.distribution, nil); err != nil {
		t.Fatal(err)
	}
	arn, err := w.destination(t, "bucket", "arn:aws:s3:::our-logs", "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.deliver(t, "a", arn)
	denied(err, "s3:GetBucketPolicy")
	may("logs:*Delivery*", "s3:GetBucketPolicy")
	_, err = w.deliver(t, "a", arn)
	denied(err, "s3:PutBucketPolicy")
	may("logs:*Delivery*", "s3:*BucketPolicy")
	id, err := w.deliver(t, "a", arn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.logs.DeleteDelivery(t.Context(), &cloudwatchlogs.DeleteDeliveryInput{Id: &id}); err != nil {
		t.Fatal(err)
	}
	may("logs:*Delivery*") // the bucket lets the logs in already
	if _, err := w.deliver(t, "a", arn); err != nil {
		t.Error(err)
	}
}
