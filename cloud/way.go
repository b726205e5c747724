package cloud

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"apifront/setup"
)

// A wayError is an error with the connection that the call went over, so that
// its explanation can name the line to change. It reads as the error itself.
type wayError struct {
	way  setup.Connection
	skew time.Duration // our clock minus AWS's; 0: not known
	err  error
}

func (e *wayError) Error() string { return e.err.Error() }
func (e *wayError) Unwrap() error { return e.err }

// addWay marks each error with the connection that the call went over. When AWS
// says that the credentials have ended, it forgets them.
func (a *Account) addWay(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("apifront:way",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			out, meta, err := next.HandleInitialize(ctx, in)
			if err == nil {
				return out, meta, nil
			}
			if SignIn(err) {
				a.cloud.forget(a.way, a.session)
			}
			skew, _ := a.cloud.Skew()
			return out, meta, &wayError{a.way, skew, err}
		}), middleware.Before)
}

// SignIn says whether somebody has to sign in again: AWS says that the
// credentials are over, or there are none to be found. The same call goes
// through once somebody has.
func SignIn(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	if _, ok := errors.AsType[*setup.Problem](err); ok {
		return false
	}
	switch factsOf(err).code {
	case "ExpiredToken", "ExpiredTokenException", codeNoCredentials, codeSignedOut, codeProcess, codeSlow:
		return true
	}
	return false
}

// addClock keeps how far our clock is from AWS's, as each answer tells.
func (c *Cloud) addClock(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("apifront:clock",
		func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
			out, meta, err := next.HandleDeserialize(ctx, in)
			if resp, ok := out.RawResponse.(*smithyhttp.Response); ok && resp != nil && resp.Response != nil {
				if theirs, dateErr := http.ParseTime(resp.Header.Get("Date")); dateErr == nil {
					now := time.Now()
					c.mu.Lock()
					c.skew, c.skewAt = now.Sub(theirs), now
					c.mu.Unlock()
				}
			}
			return out, meta, err
		}), middleware.Before)
}

// Skew is how much our clock is ahead of AWS's, as the last answer told to a
// second or so; known is false if none did.
func (c *Cloud) Skew() (ahead time.Duration, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.skew, !c.skewAt.IsZero()
}

// Now is the time by AWS's clock, to a second or so; by ours before AWS has
// answered anything.
func (a *Account) Now() time.Time {
	ahead, _ := a.cloud.Skew()
	return time.Now().Add(-ahead)
}

// skewAllowed is how far AWS lets a clock be off.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
const skewAllowed = 5 * time.Minute

// SkewText says how far our clock is off: "7 min ahead of AWS's".
func SkewText(ahead time.Duration) string {
	side := "ahead of"
	if ahead < 0 {
		ahead, side = -ahead, "behind"
	}
	unit := time.Second
	if ahead >= 2*time.Minute {
		unit = time.Minute
	}
	return setup.Span(ahead.Round(unit)) + " " + side + " AWS's"
}

// wayOf is the line of a connection that says where it leads, as a person
// finds it.
func wayOf(c setup.Connection) string {
	switch c.Kind {
	case setup.ConnectionRole:
		return fmt.Sprintf("the role %s of the connection “%s”", c.RoleARN, c.Name)
	case setup.ConnectionProfile:
		return fmt.Sprintf("the profile [profile %s] in %s", c.Profile, configFile())
	case setup.ConnectionDefault:
	}
	return "the default chain of the server (AWS_PROFILE and the other AWS_ variables, [default] in " + configFile() + ", or the machine's role)"
}
