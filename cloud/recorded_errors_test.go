package cloud_test

import (
	"context"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"apifront/cloud"
)

// A recordedError is a refusal of real AWS; see testdata/README.md.
type recordedError struct {
	Operation string `json:"operation"` // service and name
	Situation string `json:"situation"`
	Status    int    `json:"status"`
	Code      string `json:"code"`
	Message   string `json:"message"`
	Words     string `json:"words"` // a part of what people read
	Again     bool   `json:"again"` // tried again by itself
}

func recordedErrors(t *testing.T) []recordedError {
	t.Helper()
	text, err := os.ReadFile("testdata/recorded_errors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []recordedError
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 60 {
		t.Fatalf("only %d errors", len(all))
	}
	return all
}

// filled puts something into every member of an input, so that the SDK sends it.
func filled(v reflect.Value, depth int) {
	if depth > 24 {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(v.Elem(), depth+1)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				filled(v.Field(i), depth+1)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		filled(v.Index(0), depth+1)
	case reflect.String:
		v.SetString("x")
	default:
	}
}

// asked makes the call over the SDK, with any input.
func asked(ctx context.Context, t *testing.T, a *cloud.Account, operation string) error {
	t.Helper()
	service, name, _ := strings.Cut(operation, ".")
	client := map[string]any{
		"acm": a.ACM("eu-west-1"), "apigateway": a.APIGateway(), "apigatewayv2": a.APIGatewayV2(),
		"cloudfront": a.CloudFront(), "route53": a.Route53(), "iam": a.IAM(), "sts": a.STS(),
	}[service]
	if client == nil {
		t.Fatalf("there is no client for %s", operation)
	}
	method := reflect.ValueOf(client).MethodByName(name)
	if !method.IsValid() {
		t.Fatalf("the SDK has no %s", operation)
	}
	in := reflect.New(method.Type().In(1).Elem())
	filled(in.Elem(), 0)
	err, _ := method.Call([]reflect.Value{reflect.ValueOf(ctx), in})[1].Interface().(error)
	return err
}

// inBraces are things that differ from one message to the next.
var inBraces = strings.NewReplacer("{account}", "111122223333", "{name}", "api.example.com.", "{id}", "abcdefgh12",
	"{arn}", "arn:aws:iam::111122223333:user/ada", "{api_id}", "abcdefgh12", "{path}", "/x", "{x}", "x")

// Every refusal of real AWS that is on record comes over the wire and through
// the SDK to words that fit it.
func TestRecordedErrors(t *testing.T) {
	t.Parallel()
	for _, e := range recordedErrors(t) {
		t.Run(e.Operation+" "+e.Situation, func(t *testing.T) {
			t.Parallel()
			message := inBraces.Replace(e.Message)
			w := restError(e.Status, e.Code, message)
			switch service, _, _ := strings.Cut(e.Operation, "."); service {
			case "acm":
				w = jsonError(e.Status, e.Code, message)
			case "cloudfront", "route53", "iam", "sts":
				w = xmlError(e.Status, e.Code, strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(message))
			}
			a, _ := wired(t, w)
			err := asked(t.Context(), t, a, e.Operation)
			if err == nil {
				t.Fatal("the call succeeded")
			}
			p := cloud.Explain(err)
			if words := p.What + " " + p.Why + " " + p.Fix; !strings.Contains(words, e.Words) || p.What == "" || p.Why == "" || p.Fix == "" {
				t.Errorf("%s: %s\nno %q in %q", e.Code, message, e.Words, words)
			}
			if again := cloud.Temporary(err); again != e.Again {
				t.Errorf("%s: %s\ntried again by itself: %t", e.Code, message, again)
			}
			if p.Code != e.Code || p.Ref != "req-1" || !strings.Contains(p.Said, strings.TrimSpace(message)) {
				t.Errorf("AWS's own words are lost: %+v", p)
			}
		})
	}
}
