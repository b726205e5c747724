package export

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"apifront/setup"
)

// hostile are texts that try to get out of quotes.
var hostile = []string{
	"it's", `"`, `\`, `\\"`, "$(touch pasted)", "`touch pasted`", "$HOME", "${HOME}", "!!", "!x", "a\nb", "a\r\nb", "\t", "", " ", "-", "--region",
	"'; touch pasted; '", `"; touch pasted; "`, "END", "\nEND\ntouch pasted\n", "*", "~", "#x", "a & b", "a | b", "a > pasted", "ä€😀", "\u202eabc", "\u2028", "\x7f", "\x01",
	`'"'"'`, `\'`, "%s%n", "\\n", "<x>", "&amp;", "file://pasted", "None", "$1", "\U000e0001",
}

// A shell runs scripts with a stand-in for the AWS CLI that writes down its words, and
// answers what the test says.
type shell struct {
	t    *testing.T
	dir  string
	name string
	env  []string
}

// standIn is a program in the place of the AWS CLI that writes its words down.
const standIn = `#!/bin/sh
for w in "$@"; do
	case $w in file:///*)
		ls -l "${w#file://}" | grep -q '^-rw-------' || exit 9
		w=$(cat "${w#file://}")
		;;
	esac
	printf '%s\0' "$w" >>"$APIFRONT_TEST/words"
done
printf '\036' >>"$APIFRONT_TEST/words"
cat "$APIFRONT_TEST/answers/$1 $2" 2>/dev/null
exit 0
`

func newShell(t *testing.T, name string) *shell {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	s := &shell{t: t, dir: t.TempDir(), name: name}
	s.file("bin/aws", standIn)
	s.file("bin/sleep", "#!/bin/sh\nprintf 'sleep\\0%s\\0\\036' \"$1\" >>\"$APIFRONT_TEST/words\"\n")
	s.answer("sts get-caller-identity", "123456789012")
	return s
}

func (s *shell) file(name, text string) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		s.t.Fatal(err)
	}
}

// answer is what the stand-in prints for the service and operation.
func (s *shell) answer(to, text string) { s.file("answers/"+to, text+"\n") }

// run runs a script, and returns the words of each call of aws and sleep.
func (s *shell) run(script string) (calls [][]string, said string, err error) {
	s.t.Helper()
	s.file("words", "")
	s.file("script.sh", script)
	cmd := exec.Command(s.name, "script.sh")
	cmd.Dir = s.dir
	cmd.Env = append(append(os.Environ(), "PATH="+filepath.Join(s.dir, "bin")+":"+os.Getenv("PATH"), "APIFRONT_TEST="+s.dir), s.env...)
	out, err := cmd.CombinedOutput()
	if _, failed := os.Stat(filepath.Join(s.dir, "pasted")); failed == nil {
		s.t.Errorf("something of the input was carried out:\n%s", script)
	}
	text, failed := os.ReadFile(filepath.Join(s.dir, "words"))
	if failed != nil {
		s.t.Fatal(failed)
	}
	for call := range strings.SplitSeq(strings.TrimSuffix(string(text), "\x1e"), "\x1e") {
		if call != "" {
			calls = append(calls, strings.Split(strings.TrimSuffix(call, "\x00"), "\x00"))
		}
	}
	return calls, string(out), err
}

// shells calls test with each shell of the machine.
func shells(t *testing.T, test func(t *testing.T, s *shell)) {
	for _, name := range []string{"sh", "dash", "bash"} {
		t.Run(name, func(t *testing.T) { test(t, newShell(t, name)) })
	}
}

// sameJSON says whether two texts are the same JSON.
func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal([]byte(a), &x); err != nil {
		t.Errorf("%q is no JSON: %v", a, err)
	}
	if err := json.Unmarshal([]byte(b), &y); err != nil {
		t.Errorf("%q is no JSON: %v", b, err)
	}
	return reflect.DeepEqual(x, y)
}

func marshal(t *testing.T, v any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A shell gives back exactly what a line has, whatever stands in it.
func TestLineIsTakenLiterally(t *testing.T) {
	t.Parallel()
	shells(t, func(t *testing.T, s *shell) {
		var script strings.Builder
		var want []string
		for _, h := range hostile {
			c := setup.Call{Command: "cloudfront", Operation: "CreateDistribution", Region: "us-east-1", Input: marshal(t, map[string]any{
				"A": h, h: []string{h}, "N": 12345678901234567, "S": map[string]string{"$secret": h},
			})}
			script.WriteString(Line(c) + "\n")
			want = append(want, string(marshal(t, map[string]any{"A": h, h: []string{h}, "N": 12345678901234567, "S": "<the secret " + h + ">"})))
		}
		calls, said, err := s.run(script.String())
		if err != nil || len(calls) != len(want) {
			t.Fatalf("%d lines became %d calls: %v %s", len(want), len(calls), err, said)
		}
		for i, words := range calls {
			if head := strings.Join(words[:len(words)-1], " "); head != "cloudfront create-distribution --region us-east-1 --cli-input-json" {
				t.Errorf("the words were %q", head)
			}
			if got := words[len(words)-1]; !sameJSON(t, got, want[i]) {
				t.Errorf("asked was\n%s, want\n%s", got, want[i])
			}
		}
	})
}

// What does not print stands in a line as its number.
func TestLineShowsWhatIsCopied(t *testing.T) {
	t.Parallel()
	c := setup.Call{Command: "acm", Operation: "AddTagsToCertificate", Input: marshal(t, map[string]string{"A": "\u202e\x01\U000e0001"})}
	if got, want := Line(c), `aws acm add-tags-to-certificate --cli-input-json '{"A":"\u202e\u0001\udb40\udc01"}'`; got != want {
		t.Errorf("the line is %s, want %s", got, want)
	}
	if got := Line(setup.Call{Operation: "CNAME api.example.com"}); got != "" {
		t.Errorf("a DNS query has the line %q", got)
	}
}

// The names are those that botocore's xform_name makes: of all operations that apifront
// asks for, and of some with acronyms. Observed with botocore 1.44.8.
func TestOperation(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"AddTagsToCertificate":               "add-tags-to-certificate",
		"AssociateAlias":                     "associate-alias",
		"AssociateDistributionWebACL":        "associate-distribution-web-acl",
		"ChangeResourceRecordSets":           "change-resource-record-sets",
		"CreateApiMapping":                   "create-api-mapping",
		"CreateBasePathMapping":              "create-base-path-mapping",
		"CreateCachePolicy":                  "create-cache-policy",
		"CreateDelivery":                     "create-delivery",
		"CreateDistribution":                 "create-distribution",
		"CreateDistributionWithTags":         "create-distribution-with-tags",
		"CreateDomainName":                   "create-domain-name",
		"CreateInvalidation":                 "create-invalidation",
		"DeleteApiMapping":                   "delete-api-mapping",
		"DeleteBasePathMapping":              "delete-base-path-mapping",
		"DeleteCachePolicy":                  "delete-cache-policy",
		"DeleteCertificate":                  "delete-certificate",
		"DeleteDelivery":                     "delete-delivery",
		"DeleteDeliveryDestination":          "delete-delivery-destination",
		"DeleteDeliverySource":               "delete-delivery-source",
		"DeleteDistribution":                 "delete-distribution",
		"DeleteDomainName":                   "delete-domain-name",
		"DescribeCertificate":                "describe-certificate",
		"DescribeDeliveries":                 "describe-deliveries",
		"DescribeDeliverySources":            "describe-delivery-sources",
		"DescribeVPCs":                       "describe-vpcs",
		"Gateway":                            "gateway",
		"GetApi":                             "get-api",
		"GetApiMappings":                     "get-api-mappings",
		"GetApis":                            "get-apis",
		"GetBasePathMappings":                "get-base-path-mappings",
		"GetCachePolicy":                     "get-cache-policy",
		"GetChange":                          "get-change",
		"GetDNSSEC":                          "get-dnssec",
		"GetDeliveryDestination":             "get-delivery-destination",
		"GetDistribution":                    "get-distribution",
		"GetDistributionsByOwnedResourceARN": "get-distributions-by-owned-resource-arn",
		"GetDomainName":                      "get-domain-name",
		"GetDomainNames":                     "get-domain-names",
		"GetGatewayARNs":                     "get-gateway-arns",
		"GetHostedZone":                      "get-hosted-zone",
		"GetInvalidation":                    "get-invalidation",
		"GetMetricData":                      "get-metric-data",
		"GetOriginRequestPolicy":             "get-origin-request-policy",
		"GetResources":                       "get-resources",
		"GetRestApi":                         "get-rest-api",
		"GetRestApis":                        "get-rest-apis",
		"GetRole":                            "get-role",
		"GetRoutes":                          "get-routes",
		"GetStage":                           "get-stage",
		"GetStages":                          "get-stages",
		"ListCachePolicies":                  "list-cache-policies",
		"ListCertificates":                   "list-certificates",
		"ListDistributions":                  "list-distributions",
		"ListDomainConflicts":                "list-domain-conflicts",
		"ListHostedZones":                    "list-hosted-zones",
		"ListResourceRecordSets":             "list-resource-record-sets",
		"ListTagsForCertificate":             "list-tags-for-certificate",
		"ListTagsForResource":                "list-tags-for-resource",
		"ListWebACLs":                        "list-web-acls",
		"Logs":                               "logs",
		"LookupEvents":                       "lookup-events",
		"PutDeliveryDestination":             "put-delivery-destination",
		"PutDeliverySource":                  "put-delivery-source",
		"RemoveTagsFromCertificate":          "remove-tags-from-certificate",
		"RequestCertificate":                 "request-certificate",
		"SimulatePrincipalPolicy":            "simulate-principal-policy",
		"TagResource":                        "tag-resource",
		"UntagResource":                      "untag-resource",
		"UpdateApi":                          "update-api",
		"UpdateApiMapping":                   "update-api-mapping",
		"UpdateBasePathMapping":              "update-base-path-mapping",
		"UpdateCachePolicy":                  "update-cache-policy",
		"UpdateDistribution":                 "update-distribution",
		"UpdateDomainAssociation":            "update-domain-association",
		"UpdateDomainName":                   "update-domain-name",
		"UpdateRestApi":                      "update-rest-api",
		"UpdateStage":                        "update-stage",
	} {
		if got := Operation(name); got != want {
			t.Errorf("Operation(%s) = %s, want %s", name, got, want)
		}
	}
}
