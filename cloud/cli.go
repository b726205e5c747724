package cloud

import (
	"context"
	"encoding/json"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"

	"apifront/setup"
)

// askedLimit is the longest input that is recorded, in octets. The configuration of a
// distribution has some thousands.
const askedLimit = 64 << 10

// An asking is what an operation asks for, in the form of the AWS CLI.
type asking struct {
	command string          // the CLI's name of the service
	input   json.RawMessage // nil: it is too long
}

type askingKey struct{}

// addAsked notes the input of each operation for the ledger: once, before its
// attempts. It stands behind all that fills the input in.
func addAsked(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("apifront:asked",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			if a, ok := newAsking(awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx), in.Parameters); ok {
				ctx = middleware.WithStackValue(ctx, askingKey{}, a)
			}
			return next.HandleInitialize(ctx, in)
		}), middleware.After)
}

// newAsking is what an operation asks for; false where that is not recorded.
func newAsking(service, operation string, parameters any) (asking, bool) {
	if _, ok := asked[service+" "+operation]; !ok {
		return asking{}, false
	}
	a := asking{command: commands[service]}
	if input, err := cliInput(service, parameters); err == nil && len(input) <= askedLimit {
		a.input = input
	}
	return a, true
}

// addTo writes what was asked, and what the answer says of it, into a line of the
// ledger.
func (a asking) addTo(c *setup.Call, service string, result any) {
	c.Command, c.Input = a.command, a.input
	if c.Code == "" {
		c.Answer = answered(service, asked[service+" "+c.Operation], result)
	}
}
