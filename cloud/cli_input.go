package cloud

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
)

// askedSecrets are the members of inputs that are secrets, by their type in the SDK,
// each with the name that stands in the place of its value.
var askedSecrets = map[reflect.Type]map[string]string{
	reflect.TypeFor[cftypes.OriginCustomHeader](): {"HeaderValue": "origin-header"},
}

// cliInput is the input of an operation as --cli-input-json takes it. Members that
// are not set are left out; empty ones that are set stay. Each secret is replaced by
// {"$secret": name}.
func cliInput(service string, parameters any) (json.RawMessage, error) {
	w := cliWriter{small: smallNames(service), texts: textPages(service)}
	if err := w.value(reflect.ValueOf(parameters)); err != nil {
		return nil, err
	}
	return w.buf.Bytes(), nil
}

// smallNames says whether the members of a service begin with a small letter in
// AWS's model, which the CLI follows.
// https://github.com/boto/botocore/blob/develop/botocore/data/apigateway/2015-07-09/service-2.json (model)
// https://github.com/boto/botocore/blob/develop/botocore/data/logs/2014-03-28/service-2.json (model)
func smallNames(service string) bool { return service == "API Gateway" || service == "CloudWatch Logs" }

// smallTypes are the types whose members begin with a small letter in a service whose
// others do not.
// https://github.com/boto/botocore/blob/develop/botocore/data/acm/2015-12-08/service-2.json (model: Filters)
var smallTypes = map[reflect.Type]bool{reflect.TypeFor[acmtypes.Filters](): true}

// textPages says whether the size of a page is a text in AWS's model, where the SDK has
// a number.
// https://github.com/boto/botocore/blob/develop/botocore/data/cloudfront/2020-05-31/service-2.json (model)
// https://github.com/boto/botocore/blob/develop/botocore/data/route53/2013-04-01/service-2.json (model)
func textPages(service string) bool { return service == "CloudFront" || service == "Route 53" }

// numberOfConflicts is the one input of CloudFront that apifront uses and whose size of
// a page is a number.
var numberOfConflicts = reflect.TypeFor[cloudfront.ListDomainConflictsInput]()

// cliName is the CLI's name of a member of the SDK.
func cliName(name string, small bool) string {
	r, n := utf8.DecodeRuneInString(name)
	if !small {
		return name
	}
	return string(unicode.ToLower(r)) + name[n:]
}

// A cliWriter writes values of the SDK as JSON.
type cliWriter struct {
	small bool
	texts bool // the size of a page is a text
	buf   bytes.Buffer
}

func (w *cliWriter) value(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			w.buf.WriteString("null")
			return nil
		}
		return w.value(v.Elem())
	case reflect.Interface:
		return w.union(v)
	case reflect.Struct:
		if at, ok := v.Interface().(time.Time); ok {
			return w.json(at.UTC().Format("2006-01-02T15:04:05.999Z07:00"))
		}
		return w.members(v)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return w.json(v.Bytes())
		}
		return w.items(v)
	case reflect.Map:
		return w.entries(v)
	case reflect.String, reflect.Bool, reflect.Int32, reflect.Int64, reflect.Float32, reflect.Float64:
		return w.json(v.Interface())
	default:
		return fmt.Errorf("the CLI's form of %s is not known", v.Type())
	}
}

func (w *cliWriter) json(v any) error {
	enc := json.NewEncoder(&w.buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write %T: %w", v, err)
	}
	w.buf.Truncate(w.buf.Len() - 1) // the end of the line
	return nil
}

// members writes a struct without its members that are not set.
func (w *cliWriter) members(v reflect.Value) error {
	w.buf.WriteByte('{')
	first := true
	for i := range v.NumField() {
		field := v.Type().Field(i)
		// A bool that is no pointer is always sent, or false is what AWS takes it for.
		if !field.IsExported() || v.Field(i).IsZero() && v.Field(i).Kind() != reflect.Bool {
			continue
		}
		if !first {
			w.buf.WriteByte(',')
		}
		first = false
		w.buf.WriteString(strconv.Quote(cliName(field.Name, w.small || smallTypes[v.Type()])) + ":")
		if secret, ok := askedSecrets[v.Type()][field.Name]; ok {
			w.buf.WriteString(`{"$secret":` + strconv.Quote(secret) + `}`)
			continue
		}
		if n, ok := v.Field(i).Interface().(*int32); ok && w.texts && field.Name == "MaxItems" && v.Type() != numberOfConflicts {
			w.buf.WriteString(strconv.Quote(strconv.Itoa(int(*n))))
			continue
		}
		if err := w.value(v.Field(i)); err != nil {
			return err
		}
	}
	w.buf.WriteByte('}')
	return nil
}

// union writes the one member of a union, whose type in the SDK has the names of both
// and one field.
// https://smithy.io/2.0/spec/aggregate-types.html#union (documented)
func (w *cliWriter) union(v reflect.Value) error {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		if v.IsNil() {
			w.buf.WriteString("null")
			return nil
		}
		v = v.Elem()
	}
	_, name, ok := strings.Cut(v.Type().Name(), "Member")
	if !ok || v.Kind() != reflect.Struct || !v.FieldByName("Value").IsValid() {
		return fmt.Errorf("the CLI's form of %s is not known", v.Type())
	}
	w.buf.WriteString("{" + strconv.Quote(cliName(name, w.small)) + ":")
	err := w.value(v.FieldByName("Value"))
	w.buf.WriteByte('}')
	return err
}

func (w *cliWriter) items(v reflect.Value) error {
	w.buf.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			w.buf.WriteByte(',')
		}
		if err := w.value(v.Index(i)); err != nil {
			return err
		}
	}
	w.buf.WriteByte(']')
	return nil
}

// entries writes a map, sorted by its keys. Those are people's words, not members.
func (w *cliWriter) entries(v reflect.Value) error {
	if v.Type().Key().Kind() != reflect.String || v.Type().Elem().Kind() != reflect.String {
		return fmt.Errorf("the CLI's form of %s is not known", v.Type())
	}
	texts := map[string]string{}
	for k, e := range v.Seq2() {
		texts[k.String()] = e.String()
	}
	return w.json(texts)
}

// answeredItems are how many items of a list are looked at.
const answeredItems = 100

// answered are the values of an answer at the paths, each by its own path. Those that
// the answer does not have are left out.
func answered(service string, paths []string, result any) map[string]string {
	var values map[string]string
	for _, path := range paths {
		pick(reflect.ValueOf(result), strings.Split(path, "."), nil, smallNames(service), func(at, value string) {
			if values == nil {
				values = map[string]string{}
			}
			values[at] = value
		})
	}
	return values
}

// pick finds the strings at a path of a value. been is the path as far as it was gone.
func pick(v reflect.Value, path, been []string, small bool, found func(at, value string)) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	if len(path) == 0 {
		if v.Kind() == reflect.String && v.Len() > 0 {
			found(strings.Join(been, "."), v.String())
		}
		return
	}
	name, each := strings.CutSuffix(path[0], "[*]")
	if v.Kind() != reflect.Struct {
		return
	}
	v = v.FieldByNameFunc(func(field string) bool { return cliName(field, small) == name })
	switch {
	case !v.IsValid():
	case !each:
		pick(v, path[1:], append(been, name), small, found)
	case v.Kind() == reflect.Slice:
		for i := range min(v.Len(), answeredItems) {
			pick(v.Index(i), path[1:], append(been, fmt.Sprintf("%s[%d]", name, i)), small, found)
		}
	}
}
