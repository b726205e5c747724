package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// facts are what is on record of the answers of an operation of real AWS; see
// cloud/testdata/README.md.
type facts struct {
	Status  []int
	Headers []string
	Always  []string
	Never   []string
	Values  map[string][]string
	Forms   map[string]string
}

// A recordedRefusal is one that is on record.
type recordedRefusal struct {
	Operation, Situation string
	Status               int
	Code, Message        string
}

// A judge holds every answer that the SDK reads from the simulator against
// what is on record of AWS.
type judge struct {
	t        *testing.T
	facts    map[string]facts
	refusals []recordedRefusal
	compared map[string]int  // by operation
	tried    map[string]bool // operation and situation
}

func newJudge(t *testing.T) *judge {
	t.Helper()
	j := &judge{t: t, compared: map[string]int{}, tried: map[string]bool{}}
	for name, into := range map[string]any{"recorded_answers": &j.facts, "recorded_errors": &j.refusals} {
		text, err := os.ReadFile("../testdata/" + name + ".json")
		if err == nil {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return j
}

// watches lets the judge see the answers of the clients made of a config.
func (j *judge) watches(cfg aws.Config) aws.Config {
	cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("judge",
			func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				out, meta, err := next.HandleInitialize(ctx, in)
				if resp, ok := awsmiddleware.GetRawResponse(meta).(*smithyhttp.Response); ok && err == nil {
					service := strings.ToLower(strings.ReplaceAll(awsmiddleware.GetServiceID(ctx), " ", ""))
					j.answer(service+"."+awsmiddleware.GetOperationName(ctx), out.Result, resp)
				}
				return out, meta, err
			}), middleware.After)
	})
	return cfg
}

// answer holds one answer against the facts.
func (j *judge) answer(op string, result any, resp *smithyhttp.Response) {
	f, ok := j.facts[op]
	if !ok {
		return
	}
	j.compared[op]++
	if len(f.Status) > 0 && !slices.Contains(f.Status, resp.StatusCode) {
		j.t.Errorf("%s: status %d, AWS %v", op, resp.StatusCode, f.Status)
	}
	for _, h := range f.Headers {
		if resp.Header.Get(h) == "" {
			j.t.Errorf("%s: no header %s", op, h)
		}
	}
	for _, path := range f.Always {
		membersAt(j.t, op, result, path, func(v reflect.Value) {
			if missing(v) {
				j.t.Errorf("%s: no %s, which AWS always sends", op, path)
			}
		})
	}
	for _, path := range f.Never {
		membersAt(j.t, op, result, path, func(v reflect.Value) {
			if !missing(v) {
				j.t.Errorf("%s: %s, which AWS never sends", op, path)
			}
		})
	}
	for path, known := range f.Values {
		membersAt(j.t, op, result, path, func(v reflect.Value) { j.spelling(op, path, text(v), known) })
	}
	for path, form := range f.Forms {
		form = strings.ReplaceAll(form, "{uuid}", "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
		membersAt(j.t, op, result, path, func(v reflect.Value) {
			if s := text(v); s != "" && !regexp.MustCompile("^("+form+")$").MatchString(s) {
				j.t.Errorf("%s: %s is %q, AWS's look like %s", op, path, s, form)
			}
		})
	}
}

// spelling finds a value that AWS writes in another way: the very value, or
// others of its set.
func (j *judge) spelling(op, path, value string, known []string) {
	if value == "" || slices.Contains(known, value) {
		return
	}
	letters := func(s string) string { return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(s)) }
	for _, k := range known {
		if letters(k) == letters(value) {
			j.t.Errorf("%s: %s is %q, AWS writes %q", op, path, value, k)
		}
	}
	for mine, theirs := range map[string]string{"_": "-", "-": "_"} {
		if strings.Contains(value, mine) && !slices.ContainsFunc(known, func(k string) bool { return strings.Contains(k, mine) || !strings.Contains(k, theirs) }) {
			j.t.Errorf("%s: %s is %q, AWS writes such values like %q", op, path, value, known[0])
		}
	}
}

// membersAt calls f with what stands at a path such as "Items[].Status", as
// often as it stands there; a member that its parent lacks is its zero value.
func membersAt(t *testing.T, op string, result any, path string, f func(reflect.Value)) {
	t.Helper()
	var walk func(v reflect.Value, steps []string)
	walk = func(v reflect.Value, steps []string) {
		for v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return
			}
			v = v.Elem()
		}
		name := strings.TrimRight(steps[0], "[]{}")
		v = v.FieldByName(string(unicode.ToUpper(rune(name[0]))) + name[1:])
		if !v.IsValid() {
			t.Fatalf("%s: the SDK has no %s", op, path)
		}
		below := []reflect.Value{v}
		if name != steps[0] {
			below = nil
			switch v.Kind() {
			case reflect.Slice:
				for i := range v.Len() {
					below = append(below, v.Index(i))
				}
			case reflect.Map:
				for _, k := range v.MapKeys() {
					below = append(below, v.MapIndex(k))
				}
			default:
				t.Fatalf("%s: %s is no list", op, path)
			}
		}
		for _, b := range below {
			if len(steps) == 1 {
				f(b)
			} else {
				walk(b, steps[1:])
			}
		}
	}
	walk(reflect.ValueOf(result), strings.Split(path, "."))
}

// missing says whether a member was not sent, as far as the SDK tells.
func missing(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return v.IsNil()
	case reflect.String:
		return v.String() == ""
	default:
		return false
	}
}

// text is a member as a string; "" for what is none.
func text(v reflect.Value) string {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if v.Kind() == reflect.String {
		return v.String()
	}
	return ""
}

// refused holds a refusal against those on record for the situation.
func (j *judge) refused(op, situation string, err error) {
	j.t.Helper()
	j.tried[op+": "+situation] = true
	var code, message string
	status := 200
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		code, message = e.ErrorCode(), e.ErrorMessage()
	}
	if e, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		status = e.HTTPStatusCode()
	}
	var want []string
	for _, r := range j.refusals {
		if r.Operation != op || r.Situation != situation {
			continue
		}
		pattern := regexp.MustCompile(`\\\{[a-z_]+\\\}`).ReplaceAllString(regexp.QuoteMeta(r.Message), `\S+`)
		if r.Code == code && r.Status == status && regexp.MustCompile("^"+pattern+`\.?$`).MatchString(message) {
			return
		}
		want = append(want, fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Message))
	}
	if len(want) == 0 {
		j.t.Fatalf("nothing is on record for %s: %s", op, situation)
	}
	j.t.Errorf("%s, %s:\ngot  %d %s: %s\nwant %s", op, situation, status, code, message, strings.Join(want, "\nor   "))
}

// close says what was not compared and is on record, apart from what the
// simulator does not do; without has the reason for each.
func (j *judge) close(without map[string]string) {
	j.t.Helper()
	used := map[string]bool{}
	open := func(what string) {
		for prefix := range without {
			if strings.HasPrefix(what, prefix) {
				used[prefix] = true
				return
			}
		}
		j.t.Errorf("%s is on record, and nothing was held against it", what)
	}
	for op := range j.facts {
		if j.compared[op] == 0 {
			open(op)
		}
	}
	for _, r := range j.refusals {
		if what := r.Operation + ": " + r.Situation; !j.tried[what] {
			open(what)
		}
	}
	for prefix := range maps.Keys(without) {
		if !used[prefix] {
			j.t.Errorf("%s is left out and need not be", prefix)
		}
	}
}
