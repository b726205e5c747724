package steps

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"apifront/setup"
)

// removeAccessLogs ends the delivery and deletes what was made for it, in the order that
// AWS asks for: delivery, destination, source. What somebody else's delivery uses stays,
// and so do the bucket or log group, what is in it, and its policy.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-vended-logs-permissions-V2.html (documented)
func removeAccessLogs(ctx context.Context, e *Env, r setup.Resource) error {
	own, _ := e.logNames(r.ID, "")
	source := r.Attributes[attrSource]
	if source == "" {
		source = own
	}
	list, err := deliveriesOf(ctx, e, source)
	if err != nil {
		return err
	}
	e.forget(readLogs)
	others := false
	for _, d := range list {
		if !e.namesOurs(d, r.ID) {
			others = true
			continue
		}
		if err := deleteDelivery(ctx, e, aws.ToString(d.Id)); err != nil {
			return err
		}
	}
	for _, name := range strings.Fields(r.Attributes[attrDestinations]) {
		if !strings.HasPrefix(name, own+"-") {
			continue
		}
		switch used, err := deleteDestination(ctx, e, name); {
		case err != nil:
			return err
		case used:
			return e.leave(ctx, r, "Somebody else's delivery uses its destination "+name+".")
		}
	}
	switch {
	case source != own:
		return e.gone(ctx, r)
	case others:
		return e.leave(ctx, r, "Somebody else's delivery uses its source "+source+".")
	}
	_, err = e.Account.CloudWatchLogs().DeleteDeliverySource(ctx, &cloudwatchlogs.DeleteDeliverySourceInput{Name: &source})
	switch {
	case code(err, "ConflictException"):
		return &stillUsed{"CloudWatch Logs does not let go of the delivery source " + source + " yet", nil}
	case err != nil && !code(err, "ResourceNotFoundException"):
		return fmt.Errorf("delete delivery source %s: %w", source, err)
	}
	return e.gone(ctx, r)
}

// deleteDelivery deletes a delivery; one that is gone already is no error.
func deleteDelivery(ctx context.Context, e *Env, id string) error {
	_, err := e.Account.CloudWatchLogs().DeleteDelivery(ctx, &cloudwatchlogs.DeleteDeliveryInput{Id: &id})
	if err != nil && !code(err, "ResourceNotFoundException") {
		return fmt.Errorf("delete delivery %s: %w", id, err)
	}
	return nil
}

// deleteDestination deletes a destination of ours. used says that a delivery still leads
// there, which is none of ours: "You can't delete a delivery destination if any current
// deliveries are associated with it."
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteDeliveryDestination.html (documented)
func deleteDestination(ctx context.Context, e *Env, name string) (used bool, err error) {
	_, err = e.Account.CloudWatchLogs().DeleteDeliveryDestination(ctx, &cloudwatchlogs.DeleteDeliveryDestinationInput{Name: &name})
	switch {
	case code(err, "ConflictException"):
		return true, nil
	case err != nil && !code(err, "ResourceNotFoundException"):
		return false, fmt.Errorf("delete delivery destination %s: %w", name, err)
	}
	return false, nil
}
