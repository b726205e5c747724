package steps

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"apifront/setup"
)

// Attributes of the row of access logs.
const (
	attrSource       = "source"       // name of the delivery source
	attrDestinations = "destinations" // names of the destinations that apifront made, or was about to make, with blanks between
	attrLogsTo       = "to"           // ARN of the place
)

// accessLogType is the only type of log that a distribution has.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliverySource.html (documented)
const accessLogType = "ACCESS_LOGS"

// digest is a short text that tells texts apart.
func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "|")))
	return hex.EncodeToString(sum[:])[:8]
}

// logOwner begins the names of all sources and destinations of an installation. A name
// has 60 letters, digits, hyphens and underscores at most.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliverySource.html (documented)
func logOwner(install string) string { return "apifront-" + digest(install) }

// logNames are the names of the source of a distribution and of the destination for a
// place. They follow from these, so that what a call made whose answer was lost is found.
func (e *Env) logNames(distribution, to string) (source, destination string) {
	source = logOwner(e.Install) + "-" + distribution
	return source, source + "-" + digest(to)
}

// A logDelivery is how the access logs of the distribution are delivered, as CloudWatch
// Logs has it. A distribution has one source at the most, and a source one delivery for
// each kind of destination: "This ResourceId has already been used in another Delivery
// Source in this account" (documented), "Delivery already exists for this Delivery Source
// with the same Delivery Destination Type." (recorded by moto).
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html (documented)
type logDelivery struct {
	id, arn string // of the distribution
	to      string // ARN of the place
	name    string // of the wanted destination
	source  string // name; "" if there is none
	own     bool   // the source has the name of ours

	ours  []types.Delivery // to destinations with names of ours
	other *types.Delivery  // of somebody else, of the kind that is wanted
	leads string           // ARN of the place to which the wanted destination, or the other delivery, leads; "": not known
	there bool             // the wanted destination exists
	shape types.OutputFormat
}

// wanted is the delivery to the wanted destination, nil if there is none.
func (l *logDelivery) wanted() *types.Delivery {
	for i := range l.ours {
		if destinationName(l.ours[i]) == l.name {
			return &l.ours[i]
		}
	}
	return nil
}

// old are the deliveries of ours that are not as wanted.
func (l *logDelivery) old(a setup.AccessLogs) []types.Delivery {
	return slices.DeleteFunc(slices.Clone(l.ours), func(d types.Delivery) bool { return destinationName(d) == l.name && l.right(a) })
}

// right says whether the wanted destination leads where it is to lead.
func (l *logDelivery) right(a setup.AccessLogs) bool {
	return l.there && l.leads == l.to && (l.shape == "" || l.shape == logFormat(a))
}

// logFormat is the format of what is delivered: lines with a header in a bucket, as tools
// for CloudFront's logs read them, and JSON in a log group. A destination keeps its
// format for ever.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html#supported-log-file-format (documented)
func logFormat(a setup.AccessLogs) types.OutputFormat {
	if a.To == setup.LogsGroup {
		return types.OutputFormatJson
	}
	return types.OutputFormatW3c
}

// logKind is the kind of destination that is wanted.
func logKind(a setup.AccessLogs) types.DeliveryDestinationType {
	if a.To == setup.LogsGroup {
		return types.DeliveryDestinationTypeCwl
	}
	return types.DeliveryDestinationTypeS3
}

// destinationName is the last part of the ARN of a delivery's destination.
func destinationName(d types.Delivery) string {
	arn := aws.ToString(d.DeliveryDestinationArn)
	return arn[strings.LastIndex(arn, ":")+1:]
}

// leadsLogsTo is the ARN of a place without what AWS may write behind that of a log group.
func leadsLogsTo(d *types.DeliveryDestination) string {
	if d == nil || d.DeliveryDestinationConfiguration == nil {
		return ""
	}
	return strings.TrimSuffix(aws.ToString(d.DeliveryDestinationConfiguration.DestinationResourceArn), ":*")
}

// readLogs is the key, in the memory of a pass, of how the logs are delivered.
const readLogs = "access logs"

func findAccessLogs(ctx context.Context, e *Env) (*logDelivery, error) {
	return remembered(ctx, e, readLogs, lookForAccessLogs)
}

func lookForAccessLogs(ctx context.Context, e *Env) (*logDelivery, error) {
	d, a := e.Resources[setup.KeyDistribution], e.Setup.Spec.Edge.AccessLogs
	l := &logDelivery{id: d.ID, arn: d.ARN, to: a.ARN(e.accountID())}
	var own string
	own, l.name = e.logNames(d.ID, l.to)
	sources := cloudwatchlogs.NewDescribeDeliverySourcesPaginator(e.Account.CloudWatchLogs(), nil)
	for sources.HasMorePages() {
		out, err := sources.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list delivery sources: %w", err)
		}
		for _, s := range out.DeliverySources {
			if slices.Contains(s.ResourceArns, d.ARN) {
				l.source, l.own = aws.ToString(s.Name), aws.ToString(s.Name) == own
			}
		}
	}
	var list []types.Delivery
	if l.source != "" {
		var err error
		if list, err = deliveriesOf(ctx, e, l.source); err != nil {
			return nil, err
		}
	}
	for _, v := range list {
		switch {
		case e.namesOurs(v, d.ID):
			l.ours = append(l.ours, v)
		case v.DeliveryDestinationType == logKind(a):
			l.other = &v
		}
	}
	// Of what somebody else made it is asked only where nothing of ours is there.
	name := l.name
	if l.other != nil && l.wanted() == nil {
		name = destinationName(*l.other)
		if !strings.Contains(aws.ToString(l.other.DeliveryDestinationArn), ":"+e.accountID()+":") {
			return l, nil // in another account, which does not tell
		}
	}
	to, err := describeDestination(ctx, e, name)
	if err != nil || to == nil {
		return l, err
	}
	l.there, l.leads, l.shape = name == l.name, leadsLogsTo(to), to.OutputFormat
	return l, nil
}

// namesOurs says whether a delivery leads to a destination that has a name of ours for a
// distribution.
func (e *Env) namesOurs(d types.Delivery, distribution string) bool {
	source, _ := e.logNames(distribution, "")
	return strings.HasPrefix(destinationName(d), source+"-")
}

// deliveriesOf are the deliveries from a source.
func deliveriesOf(ctx context.Context, e *Env, source string) (list []types.Delivery, err error) {
	pages := cloudwatchlogs.NewDescribeDeliveriesPaginator(e.Account.CloudWatchLogs(), nil)
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list deliveries: %w", err)
		}
		for _, d := range out.Deliveries {
			if aws.ToString(d.DeliverySourceName) == source {
				list = append(list, d)
			}
		}
	}
	return list, nil
}

// describeDestination is the destination with the name, nil if there is none.
func describeDestination(ctx context.Context, e *Env, name string) (*types.DeliveryDestination, error) {
	out, err := e.Account.CloudWatchLogs().GetDeliveryDestination(ctx, &cloudwatchlogs.GetDeliveryDestinationInput{Name: &name})
	if code(err, "ResourceNotFoundException") {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("get delivery destination %s: %w", name, err)
	}
	return out.DeliveryDestination, nil
}

// readsAccessLogs reads where the logs go.
func readsAccessLogs(e *Env, _ string) reading {
	to := strings.Fields(e.Resources.Attr(setup.KeyAccessLogs, attrDestinations))
	if len(to) == 0 {
		return reading{"CloudWatch Logs DescribeDeliverySources", awsLine("deliverySources[].[name,resourceArns]", "logs", "describe-delivery-sources", "--region", setup.EdgeRegion)}
	}
	name := to[len(to)-1]
	return reading{"CloudWatch Logs GetDeliveryDestination " + name, awsLine("deliveryDestination.deliveryDestinationConfiguration", "logs", "get-delivery-destination", "--region", setup.EdgeRegion, "--name", name)}
}
