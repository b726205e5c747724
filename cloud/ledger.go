package cloud

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"apifront/setup"
)

// addTimeout gives every call its limit, the SDK's own retries included.
func addTimeout(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("apifront:timeout",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			ctx, cancel := context.WithTimeout(ctx, callTimeout)
			defer cancel()
			return next.HandleInitialize(ctx, in)
		}), middleware.Before)
}

// addLedger records each HTTP attempt. The middleware stands outside of the one
// that reads AWS's answer, so it knows the error. It stands inside of the
// retries, so it sees each attempt.
func (a *Account) addLedger(stack *middleware.Stack) error {
	if a.record == nil {
		return nil
	}
	if err := addAsked(stack); err != nil {
		return err
	}
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("apifront:ledger",
		func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
			start := time.Now()
			out, meta, err := next.HandleDeserialize(ctx, in)
			op := awsmiddleware.GetOperationName(ctx)
			call := setup.Call{
				Service:   actionPrefix(awsmiddleware.GetServiceID(ctx)),
				Operation: op,
				Region:    awsmiddleware.GetRegion(ctx),
				Write:     writes(op),
				StartedAt: start.UTC(),
				Took:      time.Since(start),
			}
			if resp, ok := out.RawResponse.(*smithyhttp.Response); ok && resp != nil && resp.Response != nil {
				call.Status = resp.StatusCode
				call.RequestID = requestID(resp.Header)
			}
			if id, ok := awsmiddleware.GetRequestIDMetadata(meta); ok && call.RequestID == "" {
				call.RequestID = id
			}
			call.Code, call.Message = codeAndMessage(err)
			if asking, ok := middleware.GetStackValue(ctx, askingKey{}).(asking); ok {
				asking.addTo(&call, awsmiddleware.GetServiceID(ctx), out.Result)
			}
			a.record(context.WithoutCancel(ctx), call)
			return out, meta, err
		}), middleware.Before)
}

// actionPrefix is the service's name in IAM actions. Both versions of API
// Gateway share one.
func actionPrefix(serviceID string) string {
	switch serviceID {
	case "API Gateway", "ApiGatewayV2":
		return "apigateway"
	case "Route 53":
		return "route53"
	case "CloudWatch Logs":
		return "logs"
	default:
		return strings.ToLower(strings.ReplaceAll(serviceID, " ", ""))
	}
}

// writes says whether an operation may change something, by its name.
func writes(operation string) bool {
	for _, verb := range []string{"Get", "List", "Describe", "Search", "Test", "Simulate", "Assume", "Check", "Lookup"} {
		if strings.HasPrefix(operation, verb) {
			return false
		}
	}
	return true
}

// requestID is AWS's number for a request, from the answer's header.
func requestID(h http.Header) string {
	for _, name := range []string{"X-Amzn-Requestid", "X-Amz-Request-Id", "X-Amz-Cf-Id", "Apigw-Requestid"} {
		if id := h.Get(name); id != "" {
			return id
		}
	}
	return ""
}

// codeAndMessage is what the ledger keeps of an error. A call without an
// answer has a code of ours.
func codeAndMessage(err error) (code, message string) {
	if err == nil {
		return "", ""
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode(), setup.ClipMessage(errorMessage(api))
	}
	if answer, ok := errors.AsType[*AnswerError](err); ok {
		return answer.code(), setup.ClipMessage(err.Error())
	}
	if _, ok := errors.AsType[*smithy.DeserializationError](err); ok {
		return codeUnreadable, setup.ClipMessage(err.Error())
	}
	return setup.CodeNoAnswer, setup.ClipMessage(err.Error())
}

// errorMessage is all AWS says: Route 53 keeps a refused change batch's
// reasons beside a message that says nothing.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
func errorMessage(err smithy.APIError) string {
	message := err.ErrorMessage()
	if batch, ok := errors.AsType[*types.InvalidChangeBatch](err); ok && len(batch.Messages) > 0 {
		reasons := strings.Join(batch.Messages, "; ")
		if message == "" {
			return reasons
		}
		return message + ": " + reasons
	}
	return message
}
