package cloud

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// A pace is how often AWS lets an account make a call.
type pace struct {
	every time.Duration // between two calls
	what  string        // "API Gateway allows … every 30 s"; "": short enough to wait for on the spot
}

// paces are the limits that the SDK's retries cannot sit out.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html#limits-api-requests
var paces = map[string]pace{
	"apigateway:CreateDomainName": {30 * time.Second, "API Gateway allows one new domain name"},
	"apigateway:UpdateDomainName": {30 * time.Second, "API Gateway allows one change to a domain name"},
	"apigateway:DeleteDomainName": {30 * time.Second, "API Gateway allows one domain name to be deleted"},
	paceRoute53:                   {200 * time.Millisecond, ""},
}

// paceRoute53 is the pace of every Route 53 call; it is kept without asking.
const paceRoute53 = "route53"

// longestPause is how long a call waits for its turn on the spot.
const longestPause = 10 * time.Second

// NotYet is the error of an action whose turn has not come. It is no failure:
// ask again at At.
type NotYet struct {
	At  time.Time
	Why string // a sentence for people
}

func (n *NotYet) Error() string { return n.Why }

// Turn takes the account's turn for an action, such as
// "apigateway:CreateDomainName", and is nil when the call may be made now. A
// turn that is far off is reserved, and the error is a *NotYet. Actions that
// AWS does not limit, or that are paced by themselves like Route 53's, always
// have their turn.
func (a *Account) Turn(ctx context.Context, action string) error {
	p, ok := paces[action]
	if !ok || a.cloud.settings.Turn == nil {
		return nil
	}
	every := a.cloud.every(action, p.every)
	// A thirtieth more than AWS asks for: its clock and ours are not one.
	wait, err := a.cloud.settings.Turn(ctx, a.turnKey(action), a.holder, every+every/30)
	if err != nil {
		return fmt.Errorf("take a turn for %s: %w", action, err)
	}
	if wait <= 0 {
		return nil
	}
	return &NotYet{
		At:  time.Now().Add(wait).UTC(),
		Why: fmt.Sprintf("%s every %s; yours starts in %s.", p.what, seconds(every), seconds(wait)),
	}
}

// addPace makes Route 53 calls wait for their turn, each attempt anew.
func (a *Account) addPace(stack *middleware.Stack) error {
	if a.cloud.settings.Turn == nil {
		return nil
	}
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("apifront:pace",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (out middleware.FinalizeOutput, meta middleware.Metadata, err error) {
			if actionPrefix(awsmiddleware.GetServiceID(ctx)) == paceRoute53 {
				if err := a.pause(ctx, paceRoute53); err != nil {
					return out, meta, err
				}
			}
			return next.HandleFinalize(ctx, in)
		}), "Retry", middleware.After)
}

// pause waits for the turn on the spot.
func (a *Account) pause(ctx context.Context, action string) error {
	every := a.cloud.every(action, paces[action].every)
	for {
		wait, err := a.cloud.settings.Turn(ctx, a.turnKey(action), a.holder+" "+action, every)
		if err != nil {
			return fmt.Errorf("take a turn for %s: %w", action, err)
		}
		if wait <= 0 {
			return nil
		}
		if wait > longestPause {
			return &NotYet{
				At:  time.Now().Add(wait).UTC(),
				Why: fmt.Sprintf("Route 53 allows five calls a second, and others come first; yours starts in %s.", seconds(wait)),
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// every is the time between two calls of an action, as the settings have it.
func (c *Cloud) every(action string, every time.Duration) time.Duration {
	if c.settings.Pace != nil {
		return c.settings.Pace(action, every)
	}
	return every
}

// turnKey names the clock that an action is paced by. Two connections to one
// account share it as soon as STS has said so. Route 53 is the same in every
// region.
func (a *Account) turnKey(action string) string {
	who := a.ID
	if who == "" {
		who = a.Connection
	}
	if action == paceRoute53 {
		return who + "/" + action
	}
	return strings.Join([]string{who, a.Region, action}, "/")
}

// seconds is a wait in whole seconds, rounded up, as people read it.
func seconds(d time.Duration) string {
	s := max(1, int(math.Ceil(d.Seconds())))
	if s < 120 {
		return fmt.Sprintf("%d s", s)
	}
	return fmt.Sprintf("%d min", (s+59)/60)
}
