//go:build outside

package cloud

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"apifront/export"
	"apifront/setup"
)

// fillLong fills all members of an input. Texts are as long as the longest least length of
// those in the inputs, which is that of an ARN.
func fillLong(v reflect.Value, depth int) {
	switch {
	case depth > 16:
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillLong(v.Elem(), depth+1)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fillLong(v.Field(i), depth+1)
			}
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Interface:
		v.Set(reflect.ValueOf([]iamtypes.PolicyIdentifier{&iamtypes.PolicyIdentifierMemberPolicyArn{Value: strings.Repeat("x", 40)}}))
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2)) // origin groups have at least two members
		for i := range 2 {
			fillLong(v.Index(i), depth+1)
		}
	case v.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("a key").Convert(v.Type().Key()), reflect.ValueOf("a value").Convert(v.Type().Elem()))
	case v.Kind() == reflect.String:
		v.SetString(strings.Repeat("x", 40))
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(1)
	}
}

// newer are members that the SDK has and that version of the AWS CLI has not yet with which
// .ci/run tests. apifront sets none of them.
var newer = map[string]string{
	"ACM RequestCertificate":                  "Options.ValidationMethod",
	"CloudWatch Logs DescribeDeliveries":      "DeliverySourceNames",
	"CloudWatch Logs DescribeDeliverySources": "ResourceArns",
	"CloudWatch Logs PutDeliveryDestination":  "RoleArn",
}

// TestOutsideInputs: the real AWS CLI takes the input of each operation that is recorded, in
// the form in which it is, with all members that the SDK has. It holds them against AWS's
// model, and comes as far as to find that nobody answers.
func TestOutsideInputs(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("APIFRONT_OUTSIDE_BIN")
	if dir == "" {
		dir = filepath.Join("..", ".ci", "out", "venv", "bin")
	}
	python := filepath.Join(dir, "python")
	if _, err := os.Stat(python); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("SKIPPED: %v; .ci/run installs it", err)
	}
	var names []string
	var lines [][]string
	for name := range asked {
		i := strings.LastIndex(name, " ")
		service, operation := name[:i], name[i+1:]
		in := reflect.New(inputOf(t, name).Elem())
		fillLong(in.Elem(), 0)
		if path := newer[name]; path != "" {
			member := in
			for part := range strings.SplitSeq(path, ".") {
				member = reflect.Indirect(member).FieldByName(part)
			}
			member.SetZero()
		}
		input, err := cliInput(service, in.Interface())
		if err != nil {
			t.Fatal(err)
		}
		input = bytes.ReplaceAll(input, []byte(`{"$secret":"origin-header"}`), []byte(`"a secret"`))
		names = append(names, name)
		lines = append(lines, []string{commands[service], export.Operation(operation), "--region", "us-east-1", "--endpoint-url", "http://127.0.0.1:1", "--cli-input-json", string(input)})
	}
	// One that it does not take shows that it looks.
	names = append(names, "")
	lines = append(lines, []string{"cloudfront", "get-distribution", "--region", "us-east-1", "--endpoint-url", "http://127.0.0.1:1", "--cli-input-json", `{"Id":"E1","Other":1}`})
	text, err := json.Marshal(lines)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, filepath.Join("testdata", "cli_inputs.py"))
	cmd.Stdin = bytes.NewReader(text)
	var said bytes.Buffer
	cmd.Stderr = &said
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "AWS_") }), "AWS_MAX_ATTEMPTS=1", "AWS_ACCESS_KEY_ID=dummy", "AWS_SECRET_ACCESS_KEY=dummy", "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	var results [][2]any
	if err := json.Unmarshal(out, &results); err != nil || len(results) != len(names) {
		t.Fatalf("%d answers to %d lines: %v: %s", len(results), len(names), err, out)
	}
	for i, r := range results {
		if good := strings.Contains(r[1].(string), "Could not connect to the endpoint URL"); good != (names[i] != "") {
			t.Errorf("%s: the AWS CLI ends with %v: %s\n%s", names[i], r[0], setup.Clip(r[1].(string), 600), lines[i][7])
		}
	}
	t.Logf("%d operations", len(names)-1)
}
