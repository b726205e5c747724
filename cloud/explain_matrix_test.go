package cloud

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"net/http"
)

// ids are the service IDs that errors of the SDK carry.
var ids = map[string]string{
	"acm": "ACM", "apigateway": "API Gateway", "apigatewayv2": "ApiGatewayV2", "cloudfront": "CloudFront",
	"route53": "Route 53", "sts": "STS", "iam": "IAM", "cloudwatchlogs": "CloudWatch Logs",
}

// refusal is an error as the SDK returns it.
func refusal(service, operation, code, message string, status int) error {
	return &smithy.OperationError{ServiceID: ids[service], OperationName: operation, Err: &awshttp.ResponseError{
		RequestID: "5f1c33b4-5b1e-4f0c-9a64-0c8fe8fd7a55",
		ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status, Header: http.Header{}}},
			Err:      &smithy.GenericAPIError{Code: code, Message: message},
		},
	}}
}

// rows are the lines of a file of testdata that are no comment.
func rows(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			all = append(all, line)
		}
	}
	if len(all) == 0 {
		t.Fatalf("%s is empty", file)
	}
	return all
}

// TestErrorMatrix reads what AWS answers: which words people get of it, and
// whether the call is made again by itself.
func TestErrorMatrix(t *testing.T) {
	t.Parallel()
	for _, row := range rows(t, "error_matrix.txt") {
		c := strings.Split(row, " | ")
		if len(c) != 7 {
			t.Fatalf("not seven columns: %s", row)
		}
		status, err := strconv.Atoi(c[3])
		if err != nil {
			t.Fatalf("%v: %s", err, row)
		}
		message := strings.TrimPrefix(c[4], "-")
		refused := refusal(c[0], c[1], c[2], message, status)
		p := Explain(refused)
		if words := p.What + " " + p.Why + " " + p.Fix; !strings.Contains(words, c[6]) {
			t.Errorf("%s %s %q: no %q in %q", c[1], c[2], message, c[6], words)
		}
		if again := Temporary(refused); again != (c[5] == "again") {
			t.Errorf("%s %s %q: tried again: %t, want %s", c[1], c[2], message, again, c[5])
		}
		if !strings.Contains(p.Said, message) {
			t.Errorf("%s %s: AWS's words are lost: %q", c[1], c[2], p.Said)
		}
	}
}

// TestEveryDeclaredErrorHasWords: whatever error AWS's models have for an
// operation that is called, with a message that nobody has seen yet.
func TestEveryDeclaredErrorHasWords(t *testing.T) {
	t.Parallel()
	n := 0
	for _, row := range rows(t, "declared_errors.txt") {
		words := strings.Fields(row)
		for _, code := range words[2:] {
			if code == "-" {
				continue
			}
			n++
			if p := Explain(refusal(words[0], words[1], code, "Words of AWS.", http.StatusBadRequest)); p.What == unknownRefusal.what {
				t.Errorf("%s %s: no words for %s", words[0], words[1], code)
			}
		}
	}
	if n < 200 {
		t.Errorf("only %d errors", n)
	}
}

// TestEveryCallIsInTheModels: who adds a call adds its errors.
func TestEveryCallIsInTheModels(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, row := range rows(t, "declared_errors.txt") {
		words := strings.Fields(row)
		known[words[0]+" "+words[1]] = true
	}
	var files []string
	for _, pattern := range []string{"*.go", "../steps/*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	n := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			s, ok := node.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			service, ok := s.X.(*ast.Ident)
			operation, input := strings.CutSuffix(s.Sel.Name, "Input")
			if !ok || !input || ids[service.Name] == "" {
				return true
			}
			n++
			if !known[service.Name+" "+operation] {
				t.Errorf("%s: %s.%s is not in testdata/declared_errors.txt", name, service.Name, operation)
			}
			return true
		})
	}
	if n < 30 {
		t.Errorf("only %d calls", n)
	}
}
