//go:build outside

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"
)

// A comparer makes each call with the Go SDK and with boto3, and holds what
// they read in the answers against each other, field by field. Calls that
// change nothing both SDKs make of the simulator; of all others boto3 is given
// the answer that the Go SDK got, to the byte.
type comparer struct {
	*judged
	wire   *tape
	replay string // endpoint that plays the tape
	to     io.Writer
	from   *bufio.Reader
	done   map[string]int // calls by service and operation
	fields int
}

func newComparer(t *testing.T) *comparer {
	t.Helper()
	c := &comparer{judged: newJudged(t), done: map[string]int{}}
	c.wire = &tape{client: c.sim.Client()}
	player := httptest.NewServer(c.wire)
	t.Cleanup(player.Close)
	c.replay = player.URL
	cmd := exec.CommandContext(t.Context(), outside(t, "python"), filepath.Join("testdata", "compare.py"))
	cmd.Env = c.env()
	var said bytes.Buffer
	cmd.Stderr = &said
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // ends the script
		if err := cmd.Wait(); err != nil && t.Context().Err() == nil {
			t.Errorf("compare.py: %v\n%s", err, said.String())
		}
	})
	c.to, c.from = in, bufio.NewReader(out)
	return c
}

// client is the Go SDK's client of a service, by boto3's name for it.
func (c *comparer) client(service, region string) any {
	cfg := c.config(region)
	cfg.HTTPClient, cfg.RetryMaxAttempts = c.wire, 1
	switch service {
	case "acm":
		return acm.NewFromConfig(cfg)
	case "apigateway":
		return apigateway.NewFromConfig(cfg)
	case "apigatewayv2":
		return apigatewayv2.NewFromConfig(cfg)
	case "cloudfront":
		return cloudfront.NewFromConfig(cfg)
	case "cloudwatch":
		return cloudwatch.NewFromConfig(cfg)
	case "logs":
		return cloudwatchlogs.NewFromConfig(cfg)
	case "route53":
		return route53.NewFromConfig(cfg)
	case "sts":
		return sts.NewFromConfig(cfg)
	default:
		c.t.Fatalf("no client for %s", service)
		return nil
	}
}

// m is a structure of the API, with the names of its own description.
type m map[string]any

// get is a member of a structure, by a path such as "Distribution.Id", or
// "items.0.id" for the first of a list.
func (v m) get(path string) any {
	at := any(map[string]any(v))
	for name := range strings.SplitSeq(path, ".") {
		if list, is := at.([]any); is && name == "0" && len(list) > 0 {
			at = list[0]
			continue
		}
		inner, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = inner[name]
	}
	return at
}

// str is a member that is a string.
func (v m) str(path string) string { return fmt.Sprint(v.get(path)) }

// both makes a call with both SDKs and returns what boto3 parsed.
func (c *comparer) both(service, region, op string, in m) m {
	c.t.Helper()
	out, refusal := c.compare(service, region, op, in)
	if refusal != "" {
		c.t.Fatalf("%s %s: %s", service, op, refusal)
	}
	return out
}

// refused makes a call that the simulator refuses with the code.
func (c *comparer) refused(service, region, op, code string, in m) {
	c.t.Helper()
	if _, refusal := c.compare(service, region, op, in); !strings.HasPrefix(refusal, code+":") {
		c.t.Errorf("%s %s: %q, want it to be refused with %s", service, op, refusal, code)
	}
}

func (c *comparer) compare(service, region, op string, in m) (out m, refusal string) {
	c.t.Helper()
	if in == nil {
		in = m{}
	}
	goSays, goRefusal := c.byGo(service, region, op, in)
	endpoint := c.replay
	for _, read := range []string{"Get", "List", "Describe"} {
		if strings.HasPrefix(op, read) {
			endpoint = c.net.AWSEndpoint
		}
	}
	out, refusal = c.byPython(service, region, endpoint, op, in)
	c.done[service+" "+op]++
	if goRefusal != refusal {
		c.t.Errorf("%s %s: the Go SDK reads the refusal %q, boto3 %q", service, op, goRefusal, refusal)
		return out, refusal
	}
	pythonSays := map[string]string{}
	flatten(pythonSays, "", map[string]any(out))
	if refusal == "" {
		for _, value := range c.wire.unread(slices.Collect(maps.Values(pythonSays))) {
			c.t.Errorf("%s %s: neither SDK reads %q, which is in the answer:\n%s", service, op, value, c.wire.body)
		}
	}
	for path, v := range goSays {
		if v == zero { // the Go SDK does not tell it from absent
			if is := pythonSays[path]; is == "0" || is == "false" || is == "" {
				delete(goSays, path)
				delete(pythonSays, path)
			}
		}
	}
	if diff := cmp.Diff(goSays, pythonSays); diff != "" {
		c.t.Errorf("%s %s: the Go SDK (-) and boto3 (+) read different things:\n%s", service, op, diff)
	}
	if len(pythonSays) == 0 && refusal == "" && !slices.ContainsFunc([]string{"Delete", "Tag", "Untag", "AddTags", "RemoveTags", "ChangeTags", "AssociateAlias", "ListRoutingRules"}, func(p string) bool { return strings.HasPrefix(op, p) }) {
		c.t.Errorf("%s %s: neither SDK reads anything in the answer", service, op)
	}
	c.fields += len(pythonSays)
	return out, refusal
}

// byGo makes the call with the Go SDK. Its names differ from the API's in case only.
func (c *comparer) byGo(service, region, op string, in m) (map[string]string, string) {
	c.t.Helper()
	call := reflect.ValueOf(c.client(service, region)).MethodByName(op)
	if !call.IsValid() {
		c.t.Fatalf("the Go SDK has no %s %s", service, op)
	}
	input := reflect.New(call.Type().In(1).Elem())
	given := maps.Clone(in)
	if f, ok := input.Elem().Type().FieldByName("MaxItems"); ok && in["MaxItems"] != nil && strings.HasSuffix(f.Type.String(), "int32") {
		given["MaxItems"] = json.Number(fmt.Sprint(in["MaxItems"])) // a string in the API's description, a number in the Go SDK
	}
	body, err := json.Marshal(given)
	if err != nil {
		c.t.Fatal(err)
	}
	strict := json.NewDecoder(bytes.NewReader(body))
	strict.DisallowUnknownFields()
	if err := strict.Decode(input.Interface()); err != nil {
		c.t.Fatalf("%s %s: the Go SDK does not take the input: %v", service, op, err)
	}
	result := call.Call([]reflect.Value{reflect.ValueOf(context.Background()), input})
	if err, _ := result[1].Interface().(error); err != nil {
		api, ok := errors.AsType[smithy.APIError](err)
		if !ok {
			c.t.Fatalf("%s %s: %v", service, op, err)
		}
		status := 0
		if res, ok := errors.AsType[*awshttp.ResponseError](err); ok {
			status = res.HTTPStatusCode()
		}
		return map[string]string{}, fmt.Sprintf("%s: %s (%d)", api.ErrorCode(), api.ErrorMessage(), status)
	}
	flat := map[string]string{}
	flatten(flat, "", asModel(result[0]))
	return flat, ""
}

func (c *comparer) byPython(service, region, endpoint, op string, in m) (m, string) {
	c.t.Helper()
	err := json.NewEncoder(c.to).Encode(m{"service": service, "region": region, "endpoint": endpoint, "op": op, "params": in})
	if err != nil {
		c.t.Fatal(err)
	}
	line, err := c.from.ReadBytes('\n')
	if err != nil {
		c.t.Fatalf("compare.py ended at %s %s: %v", service, op, err)
	}
	var answer struct {
		Out   m
		Error *struct {
			Code, Message string
			Status        int
		}
	}
	numbers := json.NewDecoder(bytes.NewReader(line))
	numbers.UseNumber()
	if err := numbers.Decode(&answer); err != nil {
		c.t.Fatalf("%s %s: %v: %s", service, op, err, line)
	}
	if answer.Error != nil {
		return nil, fmt.Sprintf("%s: %s (%d)", answer.Error.Code, answer.Error.Message, answer.Error.Status)
	}
	return answer.Out, ""
}

// zero stands for a number or truth value of the Go SDK that is zero or absent.
const zero = "zero or absent"

// asModel is a value of the Go SDK as plain maps, lists and strings.
func asModel(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return asModel(v.Elem())
	case reflect.Struct:
		if t, ok := v.Interface().(time.Time); ok {
			return t.UTC().Format("2006-01-02T15:04:05.000Z")
		}
		if _, ok := v.Interface().(middleware.Metadata); ok {
			return nil
		}
		fields := map[string]any{}
		for i := range v.NumField() {
			f, value := v.Type().Field(i), v.Field(i)
			if !f.IsExported() {
				continue
			}
			switch {
			case value.Kind() == reflect.String && value.String() == "": // an enum that is absent
			case (value.Kind() == reflect.Bool || value.CanInt() || value.CanFloat()) && value.IsZero():
				fields[f.Name] = zero
			default:
				fields[f.Name] = asModel(value)
			}
		}
		return fields
	case reflect.Slice:
		list := []any{}
		for i := range v.Len() {
			list = append(list, asModel(v.Index(i)))
		}
		return list
	case reflect.Map:
		entries := map[string]any{}
		for _, k := range v.MapKeys() {
			entries[k.String()] = asModel(v.MapIndex(k))
		}
		return entries
	default:
		return fmt.Sprint(v.Interface())
	}
}

// flatten writes every value under its path in lower case: the SDKs' names
// differ in case only. An empty list or structure is as good as none: the one
// SDK makes it of an empty element, the other of a missing one.
func flatten(to map[string]string, path string, v any) {
	switch v := v.(type) {
	case nil:
	case m:
		flatten(to, path, map[string]any(v))
	case map[string]any:
		for name, inner := range v {
			flatten(to, strings.TrimPrefix(path+"."+strings.ToLower(name), "."), inner)
		}
	case []any:
		for i, inner := range v {
			flatten(to, fmt.Sprintf("%s[%d]", path, i), inner)
		}
	case json.Number:
		to[path] = strings.TrimSuffix(v.String(), ".0") // Python writes a whole float so
	default:
		to[path] = fmt.Sprint(v)
	}
}
