package sim

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// An answer is what an operation answers, before the request ID is added.
type answer struct {
	Status int
	Header http.Header
	Body   []byte

	late time.Duration // data plane: it begins that long after the request
}

// An apiError is an error as AWS answers it. How it looks on the wire depends
// on the protocol of the service; see protocol.
type apiError struct {
	Status     int // 0: 400
	Code       string
	Message    string
	RetryAfter int // seconds; 0: no Retry-After header
}

// Error is the code with the message.
func (e *apiError) Error() string { return e.Code + ": " + e.Message }

// refuse is an error with status 400, the status of most of AWS's refusals.
func refuse(code, format string, args ...any) *apiError {
	return &apiError{Status: http.StatusBadRequest, Code: code, Message: fmt.Sprintf(format, args...)}
}

// refuseWith is an error with a status of its own.
func refuseWith(status int, code, format string, args ...any) *apiError {
	return &apiError{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// notModelled is the answer to what AWS would do and the simulator does not:
// nothing is accepted silently.
func notModelled(format string, args ...any) *apiError {
	return &apiError{
		Status: http.StatusNotImplemented, Code: "NotModelled",
		Message: "The simulator does not model " + fmt.Sprintf(format, args...) + ".",
	}
}

// A protocol is how a service writes its errors.
type protocol int

const (
	protocolJSON   protocol = iota // JSON 1.1: ACM, WAF, tagging, CloudTrail, CloudWatch Logs
	protocolREST                   // REST JSON: API Gateway
	protocolXML                    // REST XML: CloudFront, Route 53
	protocolQuery                  // query: STS, IAM
	protocolRPC                    // RPC v2 CBOR, or JSON 1.0: CloudWatch
	protocolNobody                 // no service known
)

// namespaces of the XML answers, by service.
var namespaces = map[string]string{
	"cloudfront": "http://cloudfront.amazonaws.com/doc/2020-05-31/",
	"route53":    "https://route53.amazonaws.com/doc/2013-04-01/",
	"sts":        "https://sts.amazonaws.com/doc/2011-06-15/",
	"iam":        "https://iam.amazonaws.com/doc/2010-05-08/",
}

func protocolOf(service string) protocol {
	switch service {
	case "acm", "wafv2", "tagging", "cloudtrail", "logs":
		return protocolJSON
	case "apigateway":
		return protocolREST
	case "cloudfront", "route53":
		return protocolXML
	case "sts", "iam":
		return protocolQuery
	case "monitoring":
		return protocolRPC
	default:
		return protocolNobody
	}
}

// errorAnswer writes an error as the service's protocol has it.
func errorAnswer(req *request, e *apiError) answer {
	status := e.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	a := answer{Status: status, Header: http.Header{}}
	if e.RetryAfter > 0 {
		a.Header.Set("Retry-After", strconv.Itoa(e.RetryAfter))
	}
	switch protocolOf(req.service) {
	case protocolXML, protocolQuery:
		a.Header.Set("Content-Type", "text/xml")
		a.Body = xmlError(req, e)
	case protocolREST:
		a.Header.Set("Content-Type", "application/json")
		// Without this header the SDK knows no code (field guide J.2).
		a.Header.Set("X-Amzn-Errortype", e.Code)
		a.Body = mustJSON(map[string]string{"message": e.Message})
	case protocolJSON:
		a.Header.Set("Content-Type", "application/x-amz-json-1.1")
		a.Body = mustJSON(map[string]string{"__type": e.Code, "message": e.Message})
	case protocolRPC:
		a = monitoringError(req, e, a)
	case protocolNobody:
		a.Header.Set("Content-Type", "application/json")
		a.Header.Set("X-Amzn-Errortype", e.Code)
		a.Body = mustJSON(map[string]string{"__type": e.Code, "message": e.Message})
	}
	return a
}

func xmlError(req *request, e *apiError) []byte {
	kind := "Sender"
	if e.Status >= http.StatusInternalServerError {
		kind = "Receiver"
	}
	var b strings.Builder
	b.WriteString(xml.Header)
	fmt.Fprintf(&b, `<ErrorResponse xmlns="%s"><Error><Type>%s</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>%s</RequestId></ErrorResponse>`,
		namespaces[req.service], kind, escape(e.Code), escape(e.Message), req.id)
	return []byte(b.String())
}

func escape(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return "" // a strings.Builder never fails
	}
	return b.String()
}

// jsonAnswer is a REST JSON answer.
func jsonAnswer(status int, v any) (answer, error) {
	return typedJSON(status, "application/json", v)
}

// json11Answer is a JSON 1.1 answer; its status is always 200.
func json11Answer(v any) (answer, error) {
	return typedJSON(http.StatusOK, "application/x-amz-json-1.1", v)
}

func typedJSON(status int, contentType string, v any) (answer, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return answer{}, fmt.Errorf("write answer: %w", err)
	}
	return answer{Status: status, Header: http.Header{"Content-Type": {contentType}}, Body: body}, nil
}

// xmlAnswer is an XML answer. The namespace stands in the XMLName of v.
func xmlAnswer(status int, v any) (answer, error) {
	body, err := xml.Marshal(v)
	if err != nil {
		return answer{}, fmt.Errorf("write answer: %w", err)
	}
	body = append([]byte(xml.Header), body...)
	return answer{Status: status, Header: http.Header{"Content-Type": {"text/xml"}}, Body: body}, nil
}

// emptyAnswer has no body.
func emptyAnswer(status int) (answer, error) {
	return answer{Status: status, Header: http.Header{}}, nil
}

// mustJSON writes maps of strings, which cannot fail.
func mustJSON(v map[string]string) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte("{}")
	}
	return b
}
