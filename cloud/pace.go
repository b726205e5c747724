package cloud

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"apifront/setup"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// A pace is how often AWS lets an account make a call.
type pace struct {
	every time.Duration // between two calls
	what  string        // "API Gateway allows … every 30 s"
}

// paces are the limits that are too slow to wait for on the spot: a step asks
// for its turn and comes back.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
var paces = map[string]pace{
	"apigateway:CreateDomainName": {30 * time.Second, "API Gateway allows one new domain name"},
	"apigateway:UpdateDomainName": {30 * time.Second, "API Gateway allows one change to a domain name"},
	"apigateway:DeleteDomainName": {30 * time.Second, "API Gateway allows one domain name to be deleted"},
}

// A stride is the pace of a whole service. Each of its calls waits for its turn
// on the spot. A turn costs a write to the database, so reads are paced only
// where AWS's quota is too small for the SDK's own retries.
type stride struct {
	every  time.Duration
	reads  bool // reads are paced as well
	global bool // one clock for all regions
	what   string
}

// strides are by IAM prefix. Route 53's quota is documented for all calls; ours
// is a little slower, since clocks are not exact. API Gateway allows 10 calls a
// second, and half of them is left to reads. ACM is known to allow 5 writes a
// second, and CloudFront publishes no number: our paces of these two are gentle
// rather than exact. CloudTrail allows two lookups a second in each region, of
// people's consoles too; ours is slower.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-requests
// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html (documented)
var strides = map[string]stride{
	"route53":    {210 * time.Millisecond, true, true, "Route 53 allows five calls a second"},
	"apigateway": {200 * time.Millisecond, false, false, "API Gateway allows ten calls a second"},
	"acm":        {200 * time.Millisecond, false, false, "ACM allows a few changes a second"},
	"cloudfront": {500 * time.Millisecond, false, true, "CloudFront allows a few changes a second"},
	"cloudtrail": {550 * time.Millisecond, true, false, "CloudTrail allows two lookups a second"},
}

// zoneEvery is the time between two changes of one hosted zone. Route 53
// refuses a change while it takes in an earlier one (PriorRequestNotComplete).
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
const zoneEvery = time.Second

// longestPause is how long an attempt at a call waits for its turns on the spot.
// With the SDK's retries it stays below a call's limit.
const longestPause = 7 * time.Second

// LongestAsked is the longest wait that is granted to whoever asks for one with
// Retry-After. Proxies ask for a day; AWS itself for seconds.
const LongestAsked = 5 * time.Minute

// NotYet is the error of an action whose time has not come: others have their
// turn first, or AWS is still busy with what was asked before. It is no
// failure: ask again at At.
type NotYet struct {
	At   time.Time
	Why  string // a sentence for people
	Busy bool   // AWS is at it; false: it is a turn that has not come
	// Limit is what AWS allows, as a clause, if it is a turn in apifront's own line:
	// "API Gateway allows one new domain name every 30 s".
	Limit string
	// Refused is what AWS said when the turn had come and AWS refused the call
	// all the same, because others than apifront were quicker.
	Refused error
}

func (n *NotYet) Error() string { return n.Why }

// Turn takes the account's turn for an action, such as
// "apigateway:CreateDomainName". It returns nil when the call may be made now. A
// turn that is far off is reserved, and the error is a *NotYet. Turn is always
// nil for an action that AWS does not limit, and for one whose calls wait by
// themselves, such as Route 53's.
func (a *Account) Turn(ctx context.Context, action string) error {
	p, ok := paces[action]
	if !ok || a.cloud.settings.Turn == nil {
		return nil
	}
	every := a.cloud.every(action, p.every)
	wait, err := a.cloud.settings.Turn(ctx, a.clock(a.Region, action), a.holder, ample(every))
	if err != nil {
		return fmt.Errorf("take a turn for %s: %w", action, err)
	}
	if wait <= 0 {
		return nil
	}
	return p.notYet(every, wait, nil)
}

// ample is a thirtieth more than AWS asks for: its clock and ours are not one.
func ample(every time.Duration) time.Duration { return every + every/30 }

func (p pace) notYet(every, wait time.Duration, refused error) *NotYet {
	limit := p.what + " every " + seconds(every)
	why := limit
	if refused != nil {
		why += ", and others came first"
	}
	return &NotYet{At: time.Now().Add(wait).UTC(), Why: fmt.Sprintf("%s; yours starts in %s.", why, seconds(wait)), Limit: limit, Refused: refused}
}

// zoneKey is where a call's context has the hosted zone it changes.
type zoneKey struct{}

// addPace makes calls wait for their turn, each attempt anew, and makes all
// others wait when AWS says that one was too many.
func (a *Account) addPace(stack *middleware.Stack) error {
	if a.cloud.settings.Turn == nil {
		return nil
	}
	err := stack.Initialize.Add(middleware.InitializeMiddlewareFunc("apifront:zone",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			if c, ok := in.Parameters.(*route53.ChangeResourceRecordSetsInput); ok {
				ctx = middleware.WithStackValue(ctx, zoneKey{}, aws.ToString(c.HostedZoneId))
			}
			return next.HandleInitialize(ctx, in)
		}), middleware.Before)
	if err != nil {
		return fmt.Errorf("add pacing: %w", err)
	}
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("apifront:pace",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (out middleware.FinalizeOutput, meta middleware.Metadata, err error) {
			service, operation := actionPrefix(awsmiddleware.GetServiceID(ctx)), awsmiddleware.GetOperationName(ctx)
			s := strides[service]
			paced := s.every > 0 && (s.reads || writes(operation))
			if paced {
				if err := a.pause(ctx, service, s); err != nil {
					return out, meta, err
				}
			}
			out, meta, err = next.HandleFinalize(ctx, in)
			if !Throttled(err) {
				return out, meta, err
			}
			if p, ok := paces[service+":"+operation]; ok {
				return out, meta, a.refused(ctx, service, p, err)
			}
			asked := RetryAfter(err)
			if !paced || asked <= 0 {
				return out, meta, err
			}
			if err := a.hold(ctx, a.clock(s.region(ctx), service), a.holder+" "+service, min(asked, LongestAsked)); err != nil {
				return out, meta, err
			}
			if asked <= longestPause {
				return out, meta, err
			}
			return out, meta, &NotYet{
				At:      time.Now().Add(min(asked, LongestAsked)).UTC(),
				Why:     askedToWait(facts{service: service}.display(), asked),
				Refused: &smithy.OperationError{ServiceID: awsmiddleware.GetServiceID(ctx), OperationName: operation, Err: err},
			}
		}), "Retry", middleware.After)
}

// askedToWait says what Retry-After asked for, and what is done.
func askedToWait(service string, asked time.Duration) string {
	if asked > LongestAsked {
		return fmt.Sprintf("%s asked to wait %s. apifront asks again in %s.", service, seconds(asked), seconds(LongestAsked))
	}
	return fmt.Sprintf("%s asked to wait %s; apifront asks again then.", service, seconds(asked))
}

// region is where a stride's clock is.
func (s stride) region(ctx context.Context) string {
	if s.global {
		return ""
	}
	return awsmiddleware.GetRegion(ctx)
}

// pause waits on the spot for the turn of the service and, for a change of a
// hosted zone, for the turn of the zone. The zone's turn is taken last: two
// changes must be that far apart when they are sent, and waiting for the service
// would shift one of them.
func (a *Account) pause(ctx context.Context, service string, s stride) error {
	s.every = a.cloud.every(service, s.every)
	if s.every <= 0 {
		return nil
	}
	clock, zone := a.clock(s.region(ctx), service), stride{}
	id, _ := middleware.GetStackValue(ctx, zoneKey{}).(string)
	if id != "" {
		zone = stride{every: zoneEvery, what: "Route 53 takes one change of a hosted zone at a time"}
	}
	giveUp := time.Now().Add(longestPause)
	for {
		mine, err := a.takeOrWait(ctx, clock, service, s, giveUp)
		switch {
		case err != nil:
			return err
		case !mine:
			continue
		case id == "":
			return nil
		}
		if mine, err = a.takeOrWait(ctx, clock+"/"+id, "zone", zone, giveUp); err != nil || mine {
			return err
		}
	}
}

// takeOrWait takes the turn, or waits until it comes. A turn that comes after
// giveUp is a *NotYet.
func (a *Account) takeOrWait(ctx context.Context, clock, name string, s stride, giveUp time.Time) (mine bool, err error) {
	wait, err := a.cloud.settings.Turn(ctx, clock, a.holder+" "+name, s.every)
	switch {
	case err != nil:
		return false, fmt.Errorf("take a turn for %s: %w", clock, err)
	case wait <= 0:
		return true, nil
	case time.Now().Add(wait).After(giveUp):
		return false, &NotYet{
			At: time.Now().Add(wait).UTC(), Limit: s.what,
			Why: fmt.Sprintf("%s, and others come first%s; yours starts in %s.", s.what, pauseWords(wait), seconds(wait)),
		}
	}
	defer a.stood.waits(s.what)()
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case <-time.After(wait):
		return false, nil
	}
}

// pauseWords are for a wait that a line of calls alone hardly makes: somebody's
// call may have been refused with Retry-After, which stops the whole line.
func pauseWords(wait time.Duration) string {
	if wait < 30*time.Second {
		return ""
	}
	return ", or AWS has asked for a pause"
}

// refused is the error of a call that AWS refused as one too many although its
// turn had come. Everybody in the line waits as long as AWS asks. The holder of
// the refused call is first after that.
func (a *Account) refused(ctx context.Context, service string, p pace, refusal error) error {
	operation := awsmiddleware.GetOperationName(ctx)
	action := service + ":" + operation
	every := a.cloud.every(action, p.every)
	asked := RetryAfter(refusal)
	wait := max(ample(every), min(asked, LongestAsked))
	if err := a.hold(ctx, a.clock(awsmiddleware.GetRegion(ctx), action), a.holder, wait); err != nil {
		return err
	}
	turn := p.notYet(every, wait, &smithy.OperationError{ServiceID: awsmiddleware.GetServiceID(ctx), OperationName: operation, Err: refusal})
	if asked > LongestAsked {
		turn.Why = askedToWait(facts{service: service}.display(), asked)
	}
	return turn
}

func (a *Account) hold(ctx context.Context, clock, holder string, wait time.Duration) error {
	if a.cloud.settings.Hold == nil {
		return nil
	}
	if err := a.cloud.settings.Hold(context.WithoutCancel(ctx), clock, holder, wait); err != nil {
		return fmt.Errorf("hold %s: %w", clock, err)
	}
	return nil
}

// Throttled says whether AWS refused a call only because there were too many:
// others came first.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
func Throttled(err error) bool {
	return err != nil && slices.Contains([]string{
		"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
		"TooManyRequestsException", "RequestLimitExceeded", "SlowDown", "PriorRequestNotComplete",
	}, Code(err)) && Temporary(err)
}

// GatewayLearns is the action under which the settings' Pace is asked how long
// API Gateway takes to know that a certificate is issued.
const GatewayLearns = "acm:Issued"

// Every is how long AWS takes for something, as Settings.Pace changes it.
func (a *Account) Every(action string, every time.Duration) time.Duration {
	return a.cloud.every(action, every)
}

// every is the time between two calls of an action, as the settings have it.
func (c *Cloud) every(action string, every time.Duration) time.Duration {
	if c.settings.Pace != nil {
		return c.settings.Pace(action, every)
	}
	return every
}

// clock names the clock that an action is paced by; region "" is all of them.
// Two connections to one account share it as soon as STS has said so.
func (a *Account) clock(region, action string) string {
	who := a.ID
	if who == "" {
		who = a.Connection
	}
	if region == "" {
		return who + "/" + action
	}
	return strings.Join([]string{who, region, action}, "/")
}

// seconds is a wait as people read it: rounded up, to the second where it is
// short, to the minute or the hour where it is long.
func seconds(d time.Duration) string {
	unit := time.Second
	switch {
	case d > 3*time.Hour:
		unit = time.Hour
	case d > 2*time.Minute:
		unit = time.Minute
	}
	return setup.Span(max(unit, (d + unit - 1).Truncate(unit)))
}
