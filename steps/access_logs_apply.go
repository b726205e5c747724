package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"apifront/cloud"
	"apifront/setup"
)

// roleLogs is the value of tagRole of the parts of a log delivery.
const roleLogs = "access-logs"

// row is the row of what delivers the logs.
func (l *logDelivery) row() setup.Resource {
	return setup.Resource{Key: setup.KeyAccessLogs, Type: "Access logs", ID: l.id, ARN: l.arn, Attributes: map[string]string{attrSource: l.source, attrLogsTo: l.to}}
}

// logsRow is the row with what an earlier one knows of destinations, and with more of
// them.
func (e *Env) logsRow(l *logDelivery, destinations ...string) setup.Resource {
	r := l.row()
	known, _ := e.known(r)
	names := strings.Fields(known.Attributes[attrDestinations])
	for _, name := range destinations {
		names = append(slices.DeleteFunc(names, func(n string) bool { return n == name }), name) // the last one is in use
	}
	r.Owned = known.Owned || len(names) > 0 || l.own
	if len(names) > 0 {
		r.Attributes[attrDestinations] = strings.Join(names, " ")
	}
	if d := l.wanted(); d != nil {
		r.Attributes[setup.AttrDelivery] = aws.ToString(d.Id)
	}
	return r
}

func observeAccessLogs(ctx context.Context, e *Env) (Observation, error) {
	a := e.Setup.Spec.Edge.AccessLogs
	if e.Resources[setup.KeyDistribution].ARN == "" { // a plan
		return absent(a.Words()), nil
	}
	l, err := findAccessLogs(ctx, e)
	if err != nil {
		return Observation{}, err
	}
	old, stale := l.old(a), e.staleLogs(l)
	words := setup.LowerFirst(a.Words())
	switch done := len(old)+len(stale) == 0; {
	case l.other != nil && l.leads != l.to:
		return foreign(e.deliveredElsewhere(l)), nil
	case done && l.other != nil:
		if err := e.keep(ctx, e.logsRow(l)); err != nil {
			return Observation{}, err
		}
		return ready(a.Words() + ", by a delivery that apifront did not make"), nil
	case done && l.wanted() != nil:
		if err := e.keep(ctx, e.logsRow(l, l.name)); err != nil {
			return Observation{}, err
		}
		return ready("CloudWatch Logs, " + words), nil
	case len(old) == 0 && l.wanted() == nil && l.other == nil:
		return absent(a.Words()), nil
	}
	o := Observation{State: Drifted, Summary: "Leads access logs to " + words}
	switch is := e.logsLead(l); {
	case l.other != nil || l.wanted() != nil && l.right(a):
		o.Summary = "Takes away what delivered access logs before"
	case is != l.to:
		o.Changes = []setup.Change{{Field: logsField, Is: is, Want: l.to}}
	default:
		o.Summary = "Makes the delivery anew, in another format"
		o.Changes = []setup.Change{{Field: "outputFormat", Is: string(l.shape), Want: string(logFormat(a))}}
	}
	return o, nil
}

// staleLogs are the names of destinations of ours that are not used any more.
func (e *Env) staleLogs(l *logDelivery) []string {
	known, _ := e.known(l.row())
	return slices.DeleteFunc(strings.Fields(known.Attributes[attrDestinations]), func(name string) bool { return name == l.name && l.other == nil })
}

// logsField is AWS's name of where a destination leads.
const logsField = "destinationResourceArn"

// logsLead is where the logs go now by a delivery of ours; "" if they go nowhere, or if
// that is not known.
func (e *Env) logsLead(l *logDelivery) string {
	switch {
	case l.wanted() != nil && l.leads != "":
		return l.leads
	case l.wanted() == nil && len(l.ours) > 0:
		row, _ := e.known(l.row())
		return row.Attributes[attrLogsTo]
	}
	return ""
}

// deliveredElsewhere is the problem of a distribution whose logs somebody else delivers
// to another place of the same kind.
func (e *Env) deliveredElsewhere(l *logDelivery) *setup.Problem {
	kind, now := "bucket", l.leads
	if e.Setup.Spec.Edge.AccessLogs.To == setup.LogsGroup {
		kind = "log group"
	}
	if now == "" {
		now = "a place in another account"
	}
	return problem(
		"Somebody else already delivers the access logs to another "+kind+".",
		"They go to "+now+" by the delivery "+aws.ToString(l.other.Id)+", which apifront did not make and does not change. AWS allows one delivery to a "+kind+" for each distribution.",
		"Choose that "+kind+" on the page Edge settings, or the other kind of place, or none. Or remove the delivery under Logging of the distribution in the CloudFront console, then re-run this step.",
	)
}

// applyAccessLogs makes what lacks: source, destination, delivery. A delivery of ours to
// another place of the same kind goes first, because there cannot be two; all else that
// is old goes once the new delivery is made. The policy of the place is opened when a
// delivery is made, so another place gets a delivery of its own.
func applyAccessLogs(ctx context.Context, e *Env) error {
	a := e.Setup.Spec.Edge.AccessLogs
	l, err := findAccessLogs(ctx, e)
	if err != nil || l.arn == "" || l.other != nil && l.leads != l.to {
		return err
	}
	e.forget(readLogs)
	if l.other == nil {
		if err := makeAccessLogs(ctx, e, l, a); err != nil {
			return err
		}
	}
	for _, d := range l.old(a) {
		if err := deleteDelivery(ctx, e, aws.ToString(d.Id)); err != nil {
			return err
		}
	}
	r := e.logsRow(l)
	for _, name := range e.staleLogs(l) {
		if used, err := deleteDestination(ctx, e, name); err != nil || used {
			return logsUsed(err, name)
		}
	}
	delete(r.Attributes, attrDestinations)
	if l.other == nil {
		r.Attributes[attrDestinations] = l.name
	}
	return e.keep(ctx, r)
}

// makeAccessLogs makes the wanted delivery, unless it is there as it is to be.
func makeAccessLogs(ctx context.Context, e *Env, l *logDelivery, a setup.AccessLogs) error {
	first := l.source == ""
	if first {
		l.source, _ = e.logNames(l.id, "")
		l.own = true
	}
	if err := e.keep(ctx, e.logsRow(l, l.name)); err != nil {
		return err
	}
	if first {
		if err := putLogSource(ctx, e, l); err != nil {
			return err
		}
	}
	for _, d := range l.old(a) {
		if d.DeliveryDestinationType != logKind(a) && destinationName(d) != l.name {
			continue
		}
		if err := deleteDelivery(ctx, e, aws.ToString(d.Id)); err != nil {
			return err
		}
		l.ours = slices.DeleteFunc(l.ours, func(o types.Delivery) bool { return aws.ToString(o.Id) == aws.ToString(d.Id) })
	}
	if l.there && !l.right(a) {
		if used, err := deleteDestination(ctx, e, l.name); err != nil || used {
			return logsUsed(err, l.name)
		}
		l.there = false
	}
	if !l.there {
		if err := putLogDestination(ctx, e, l, a); err != nil {
			return err
		}
	}
	if l.wanted() == nil {
		return createLogDelivery(ctx, e, l, a)
	}
	return nil
}

// logsUsed is the error of a destination of ours by which somebody else's delivery leads.
func logsUsed(err error, name string) error {
	if err != nil {
		return err
	}
	return problem("Access logs were not led to the other place.",
		"Somebody else's delivery uses the delivery destination "+name+", which apifront made for the place of before.",
		"Delete that delivery, or lead it to another destination, then re-run this step.")
}

func putLogSource(ctx context.Context, e *Env, l *logDelivery) error {
	e.forget(readLogs)
	_, err := e.Account.CloudWatchLogs().PutDeliverySource(ctx, &cloudwatchlogs.PutDeliverySourceInput{
		Name: &l.source, ResourceArn: &l.arn, LogType: aws.String(accessLogType), Tags: tagMap(e.tags(roleLogs)),
	})
	switch {
	case code(err, "ConflictException"): // somebody, or a call of ours, was quicker
		return notYet(3*time.Second, "The distribution has a delivery source already, and CloudWatch Logs does not list it yet.")
	case err != nil:
		return fmt.Errorf("make delivery source %s: %w", l.source, err)
	}
	return nil
}

func putLogDestination(ctx context.Context, e *Env, l *logDelivery, a setup.AccessLogs) error {
	_, err := e.Account.CloudWatchLogs().PutDeliveryDestination(ctx, &cloudwatchlogs.PutDeliveryDestinationInput{
		Name: &l.name, OutputFormat: logFormat(a), Tags: tagMap(e.tags(roleLogs)),
		DeliveryDestinationConfiguration: &types.DeliveryDestinationConfiguration{DestinationResourceArn: &l.to},
	})
	switch {
	case code(err, "ConflictException"): // a call of ours whose answer was lost made it
		return notYet(3*time.Second, "CloudWatch Logs has the delivery destination already.")
	case err != nil:
		return placeRefused(fmt.Errorf("make delivery destination %s: %w", l.name, err), a)
	}
	l.there, l.leads, l.shape = true, l.to, logFormat(a)
	return nil
}

func createLogDelivery(ctx context.Context, e *Env, l *logDelivery, a setup.AccessLogs) error {
	arn := "arn:aws:logs:" + setup.EdgeRegion + ":" + e.accountID() + ":delivery-destination:" + l.name
	out, err := e.Account.CloudWatchLogs().CreateDelivery(ctx, &cloudwatchlogs.CreateDeliveryInput{
		DeliverySourceName: &l.source, DeliveryDestinationArn: &arn, Tags: tagMap(e.tags(roleLogs)),
	})
	switch {
	case code(err, "ConflictException"): // it is there, or something is just being changed: the next look tells
		return notYet(3*time.Second, "CloudWatch Logs is busy with the delivery, or has made it already.")
	case err != nil:
		return placeRefused(fmt.Errorf("make a delivery from %s: %w", l.source, err), a)
	}
	l.ours = append(l.ours, *out.Delivery)
	return e.keep(ctx, e.logsRow(l))
}

// placeRefused says of a refusal which place it is about. AWS tells a bucket that does
// not exist and one whose policy cannot be opened by codes that are not documented for
// each, so its own words stand below.
func placeRefused(err error, a setup.AccessLogs) error {
	kind, allow := "bucket", "s3:GetBucketPolicy and s3:PutBucketPolicy on it"
	if a.To == setup.LogsGroup {
		kind, allow = "log group", "logs:PutResourcePolicy, logs:DescribeResourcePolicies and logs:DescribeLogGroups in "+setup.EdgeRegion
	}
	switch {
	case code(err, "ResourceNotFoundException", "ValidationException"):
		return explained(err, "Access logs cannot go to the "+kind+" "+a.Name+".",
			"CloudWatch Logs does not find it or does not accept it; its own words are below.",
			"Check that the "+kind+" exists in the account of this setup"+map[bool]string{true: ", in " + setup.EdgeRegion}[a.To == setup.LogsGroup]+", or choose another one on the page Edge settings, then re-run this step.")
	case strings.Contains(said(err), "not authorized to perform: logs:CreateDelivery"), strings.Contains(said(err), "not authorized to perform: logs:TagResource"):
		return err
	case code(err, "AccessDeniedException"):
		p := *cloud.Explain(err)
		p.Why += " AWS opens the policy of the " + kind + " as this connection, unless it lets delivery.logs.amazonaws.com in already."
		p.Fix += " For the policy of the " + kind + " that is " + allow + "."
		return &p
	}
	return err
}
