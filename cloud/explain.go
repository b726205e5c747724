package cloud

import (
	"errors"
	"time"

	"github.com/aws/smithy-go"

	"apifront/setup"
)

// Explain is an error in plain words. It is never nil for an error, and passes
// a *setup.Problem through.
func Explain(err error) *setup.Problem {
	if err == nil {
		return nil
	}
	if p, ok := errors.AsType[*setup.Problem](err); ok {
		return p
	}
	return &setup.Problem{What: "AWS refused a request.", Why: err.Error(), Fix: "Read what AWS said, correct it, then re-run the step.", Said: err.Error(), Code: Code(err)}
}

// Temporary says whether the same call may well go through in a while:
// throttling, an AWS fault, the network. A quota is not temporary.
func Temporary(err error) bool { return false }

// RetryAfter is how long AWS asks to wait before the next try; 0: it does not say.
func RetryAfter(err error) time.Duration { return 0 }

// Code is AWS's error code, or "" if AWS did not give one.
func Code(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}
