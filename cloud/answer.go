package cloud

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"apifront/setup"
)

// An AnswerError is an answer that AWS does not give: it lacks what it must
// have, breaks off, or something on the way answered in AWS's place. Nothing
// follows from it about what AWS has or has not.
type AnswerError struct {
	Service   string // as in IAM actions
	Operation string
	Status    int
	RequestID string
	Foreign   bool   // it was not AWS's
	Why       string // what is wrong with it: "it has no Distribution.Id"
	Err       error  // what the SDK could not read; nil: it read it
}

// Error says what is wrong with the answer.
func (e *AnswerError) Error() string {
	if e.Operation == "" {
		return "the answer was not AWS's: " + e.Why
	}
	if e.Foreign {
		return fmt.Sprintf("the answer to %s was not AWS's: %s", e.Operation, e.Why)
	}
	return fmt.Sprintf("the answer to %s was cut off: %s", e.Operation, e.Why)
}

// Unwrap is what the SDK could not read.
func (e *AnswerError) Unwrap() error { return e.Err }

// RetryableError tells the SDK whether the same call may well bring a whole
// answer. What a proxy refuses it refuses again.
func (e *AnswerError) RetryableError() bool { return !e.refused() }

// refused says whether a proxy, or something else on the way, did not let the
// call through. A fault of its own is no refusal.
func (e *AnswerError) refused() bool {
	return e.Foreign && e.Status >= http.StatusBadRequest && e.Status < http.StatusInternalServerError
}

// proxyAnswered keeps the answer of a proxy that does not let the call through
// to AWS. net/http itself keeps only the words of the status.
func proxyAnswered(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	why := strings.TrimSpace(fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode)))
	return &AnswerError{Status: resp.StatusCode, Foreign: true, Why: why + ", proxy " + proxy.Host}
}

// code is what the table of explanations calls the error.
func (e *AnswerError) code() string {
	switch {
	case e.refused():
		return codeProxy
	case e.Foreign:
		return codeForeign
	default:
		return codeCutOff
	}
}

// A glance is what is seen of an answer beside what the SDK reads of it.
type glance struct {
	head     []byte        // how the body begins
	size     int64         // of what was read
	whole    *bytes.Buffer // all of it, where it is kept; nil: it is not, or was too long
	doubtful bool          // an earlier answer to this call lacked what AWS may leave out
}

// glanced is how much of a body is looked at, in octets.
const glanced = 1024

type glanceKey struct{}

// addAnswer refuses answers that AWS does not give. Otherwise a thing that is
// missing in the answer would be taken for missing in AWS. The middleware stands
// inside of the retries, which then call again, and inside of the ledger.
func addAnswer(stack *middleware.Stack) error {
	err := stack.Initialize.Add(middleware.InitializeMiddlewareFunc("apifront:answers",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			return next.HandleInitialize(context.WithValue(ctx, glanceKey{}, &glance{}), in)
		}), middleware.Before)
	if err != nil {
		return err
	}
	err = stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("apifront:glance",
		func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
			out, meta, err := next.HandleDeserialize(ctx, in)
			if resp, ok := out.RawResponse.(*smithyhttp.Response); ok && resp != nil && resp.Response != nil && resp.Body != nil {
				if g, ok := ctx.Value(glanceKey{}).(*glance); ok {
					g.head, g.size, g.whole = nil, 0, nil
					if keeps(awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx)) {
						g.whole = &bytes.Buffer{}
					}
					resp.Body = glancing{resp.Body, g}
				}
			}
			return out, meta, err
		}), middleware.After)
	if err != nil {
		return err
	}
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("apifront:answer",
		func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
			out, meta, err := next.HandleDeserialize(ctx, in)
			g, ok := ctx.Value(glanceKey{}).(*glance)
			resp, isHTTP := out.RawResponse.(*smithyhttp.Response)
			if !ok || !isHTTP || resp == nil || resp.Response == nil || ctx.Err() != nil {
				return out, meta, err
			}
			if wrong := g.judge(ctx, resp, out.Result, err); wrong != nil {
				return out, meta, wrong
			}
			if g.whole != nil {
				meta.Set(unreadKey{}, g.whole.Bytes())
			}
			return out, meta, err
		}), middleware.Before)
}

// glancing is a body that notes what is read of it.
type glancing struct {
	io.ReadCloser
	g *glance
}

func (b glancing) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.g.size += int64(n)
	if room := glanced - len(b.g.head); room > 0 {
		b.g.head = append(b.g.head, p[:min(n, room)]...)
	}
	if b.g.whole != nil {
		b.g.whole.Write(p[:n])
		if b.g.whole.Len() > unreadLimit {
			b.g.whole = nil
		}
	}
	return n, err
}

// judge says what is wrong with an answer; nil if AWS gives such ones.
func (g *glance) judge(ctx context.Context, resp *smithyhttp.Response, result any, failed error) error {
	e := &AnswerError{
		Service: actionPrefix(awsmiddleware.GetServiceID(ctx)), Operation: awsmiddleware.GetOperationName(ctx),
		Status: resp.StatusCode, RequestID: requestID(resp.Header),
	}
	if g.foreign(resp, e, failed) {
		e.Foreign, e.Why = true, g.words(resp)
		return e
	}
	if resp.StatusCode >= http.StatusMultipleChoices {
		return nil
	}
	if failed != nil {
		if unread, ok := errors.AsType[*smithy.DeserializationError](failed); ok && !errors.Is(failed, context.Canceled) {
			e.Err, e.Why = unread, "it cannot be read"
			return e
		}
		return nil
	}
	wants := answers[awsmiddleware.GetServiceID(ctx)+" "+e.Operation]
	if len(wants) > 0 {
		if body := bytes.TrimSpace(g.head); len(body) == 0 || bytes.Equal(body, []byte("null")) {
			e.Why = "it is empty"
			return e
		}
	}
	lacks, perhaps := missing(result, wants)
	switch {
	case lacks != "":
		e.Why = "it has no " + lacks
		return e
	case perhaps != "" && !g.doubtful:
		g.doubtful = true
		e.Why = "it has no " + perhaps
		return e
	}
	return nil
}

// foreign says whether something else than AWS answered. AWS never redirects
// these calls, never asks for a proxy's password, and refuses with
// words and a request ID.
func (g *glance) foreign(resp *smithyhttp.Response, e *AnswerError, failed error) bool {
	api, said := errors.AsType[smithy.APIError](failed)
	said = said && (api.ErrorCode() != unknownCode || api.ErrorMessage() != "" && api.ErrorMessage() != unknownCode)
	page := isPage(resp.Header, g.head)
	switch {
	case resp.StatusCode == http.StatusProxyAuthRequired:
		return true
	case resp.StatusCode >= http.StatusInternalServerError:
		return false // AWS's own front doors answer with pages too
	case resp.StatusCode >= http.StatusBadRequest:
		return e.RequestID == "" && (page || !said)
	case resp.StatusCode >= http.StatusMultipleChoices:
		return true
	default:
		return page
	}
}

// unknownCode is the SDK's word for a refusal without a code.
const unknownCode = "UnknownError"

// isPage says whether a body is a page for people. Its Content-Type alone does
// not make it one: stand-ins of AWS answer JSON and XML under text/html.
func isPage(h http.Header, head []byte) bool {
	start := bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff")))
	for _, tag := range []string{"<!doctype html", "<html"} {
		if len(start) >= len(tag) && strings.EqualFold(string(start[:len(tag)]), tag) {
			return true
		}
	}
	return strings.HasPrefix(strings.ToLower(h.Get("Content-Type")), "text/html") && len(start) > 0 && !protocolBody.Match(start)
}

// protocolBody is how the answers of AWS's protocols begin: JSON, or XML with a
// declaration or an element in CamelCase.
var protocolBody = regexp.MustCompile(`^([{\[]|<\?xml|<[A-Z][a-z])`)

// words are what a foreign answer is, for people.
func (g *glance) words(resp *smithyhttp.Response) string {
	words := strings.TrimSpace(fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode)))
	if to := resp.Header.Get("Location"); to != "" {
		words += " to " + to
	}
	if via := resp.Header.Get("Server"); via != "" {
		words += ", server " + via
	}
	if isPage(resp.Header, g.head) {
		words += ", a page"
		if _, rest, ok := strings.Cut(string(g.head), "<title>"); ok {
			if title, _, ok := strings.Cut(rest, "</title>"); ok {
				words += " “" + strings.Join(strings.Fields(title), " ") + "”"
			}
		}
	}
	return setup.ClipMessage(words)
}

// missing finds two members that the answer lacks. lacks is the first one that
// it must have; perhaps is the first one that AWS may leave out where there is
// nothing to say. "" is none.
func missing(result any, wants []string) (lacks, perhaps string) {
	v := reflect.ValueOf(result)
	for _, want := range wants {
		path, optional := strings.CutSuffix(want, "?")
		path, ifSet, conditional := strings.Cut(path, " if ")
		if conditional && !isTrue(v, ifSet) {
			continue
		}
		if has(v, strings.Split(path, ".")) {
			continue
		}
		if !optional {
			return path, perhaps
		}
		if perhaps == "" {
			perhaps = path
		}
	}
	return "", perhaps
}

// has says whether a value has the member at a path. For a list it says whether
// all of its items have it. A member marked "~" that is absent, or an empty
// list, lacks nothing.
func has(v reflect.Value, path []string) bool {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return false
		}
		v = v.Elem()
	}
	if len(path) == 0 {
		switch v.Kind() {
		case reflect.Slice, reflect.Map:
			return !v.IsNil()
		case reflect.String:
			return v.Len() > 0
		default:
			return v.IsValid()
		}
	}
	name, each := strings.CutSuffix(path[0], "[]")
	name, open := strings.CutSuffix(name, "~")
	if v.Kind() != reflect.Struct || !v.FieldByName(name).IsValid() {
		return false
	}
	v = v.FieldByName(name)
	if open && v.IsZero() {
		return true
	}
	if !each {
		return has(v, path[1:])
	}
	for i := range v.Len() {
		if !has(v.Index(i), path[1:]) {
			return false
		}
	}
	return true
}

// isTrue says whether the member at a path is true.
func isTrue(v reflect.Value, path string) bool {
	for _, name := range strings.Split(path, ".") {
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
			if v.IsNil() {
				return false
			}
			v = v.Elem()
		}
		v = v.FieldByName(name)
	}
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	return v.Kind() == reflect.Bool && v.Bool()
}
