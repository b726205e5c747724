package cloud

import (
	"context"
	"reflect"
	"strings"
	"sync"

	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/smithy-go/middleware"
)

// addSpelling gives every value of a closed set the spelling that the SDK has
// for it, before anybody reads the answer. AWS does not keep to one: ACM is
// asked for RSA_2048 and answers RSA-2048 (15 of 15 recorded answers, 2019 to
// 2025), CloudFront lists HTTP2 (33 of 33) and describes http2 (14 of 14).
// A value that nobody knows stays as it is: whoever reads it shows it, and
// says nothing about what it means.
func addSpelling(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("apifront:spelling",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			out, meta, err := next.HandleInitialize(ctx, in)
			if err == nil && out.Result != nil {
				respell(reflect.ValueOf(out.Result))
			}
			return out, meta, err
		}), middleware.After)
}

// sets are closed sets that the SDK has as plain strings, by the members that
// hold them.
var sets = map[reflect.Type]map[string][]string{
	reflect.TypeFor[cftypes.Distribution]():        {"Status": distributionStates},
	reflect.TypeFor[cftypes.DistributionSummary](): {"Status": distributionStates},
	reflect.TypeFor[cftypes.Invalidation]():        {"Status": invalidationStates},
	reflect.TypeFor[cftypes.InvalidationSummary](): {"Status": invalidationStates},
}

// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Distribution.html
// https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Invalidation.html
var (
	distributionStates = []string{"Deployed", "InProgress"}
	invalidationStates = []string{"Completed", "InProgress"}
)

// respell walks through an answer.
func respell(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			respell(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			respell(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(key))
			respell(value)
			v.SetMapIndex(key, value)
		}
	case reflect.Struct:
		plain := sets[v.Type()]
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			if s, ok := v.Field(i).Interface().(*string); ok && s != nil && plain[f.Name] != nil {
				*s = spelled(*s, plain[f.Name])
				continue
			}
			respell(v.Field(i))
		}
	case reflect.String:
		if known := enumOf(v.Type()); known != nil && v.CanSet() {
			v.SetString(spelled(v.String(), known))
		}
	default:
	}
}

// spelled is the known value with the same letters, or the value itself.
func spelled(value string, known []string) string {
	found := value
	for _, k := range known {
		switch {
		case k == value:
			return value
		case letters(k) == letters(value):
			found = k
		}
	}
	return found
}

// letters is what two spellings of one value have in common.
func letters(s string) string { return strings.ReplaceAll(strings.ToLower(s), "-", "_") }

// enums remembers the values of the SDK's types. It does not grow for ever: the
// number of types is fixed.
var enums sync.Map // of []string, by reflect.Type

// enumOf are the values of one of the SDK's closed sets; nil for any other
// type. The SDK gives each set a method Values.
func enumOf(t reflect.Type) []string {
	if known, ok := enums.Load(t); ok {
		return known.([]string) //nolint:forcetypeassert // nothing else is stored
	}
	var known []string
	if m, ok := t.MethodByName("Values"); ok && m.Type.NumIn() == 1 && m.Type.NumOut() == 1 && m.Type.Out(0) == reflect.SliceOf(t) {
		all := m.Func.Call([]reflect.Value{reflect.Zero(t)})[0]
		for i := range all.Len() {
			known = append(known, all.Index(i).String())
		}
	}
	enums.Store(t, known)
	return known
}
