package cloud

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	agtypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// Each operation that stands in the code is either recorded or named as one that is
// not, with the reason; and nothing else is.
func TestEachOperationIsRecordedOrNot(t *testing.T) {
	t.Parallel()
	stands := map[string]bool{}
	inputs := regexp.MustCompile(`\b(acm|apigateway|apigatewayv2|cloudfront|route53|iam|sts|cloudwatchlogs|cloudtrail|cloudwatch)\.(\w+)Input\b`)
	ids := map[string]string{"cloudtrail": cloudtrail.ServiceID, "cloudwatch": cloudwatch.ServiceID}
	for _, pattern := range []string{"*.go", "../steps/*.go", "../doctor/*.go", "../worker/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			code, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range inputs.FindAllStringSubmatch(string(code), -1) {
				service := serviceIDs[m[1]]
				if service == "" {
					service = ids[m[1]]
				}
				stands[service+" "+m[2]] = true
			}
		}
	}
	for name := range answers {
		stands[name] = true
	}
	for name := range stands {
		_, kept := asked[name]
		if why, not := notAsked[name]; kept == not || not && why == "" {
			t.Errorf("%s: it is recorded %t, it is not recorded %t because %q", name, kept, not, why)
		}
	}
	for name := range asked {
		if !stands[name] {
			t.Errorf("%s is recorded, and nothing calls it", name)
		}
	}
	for name := range notAsked {
		if !stands[name] {
			t.Errorf("%s is not recorded, and nothing calls it", name)
		}
		if service := strings.Fields(name)[0]; service != "STS" {
			t.Errorf("%s is not recorded, and not of STS", name)
		}
	}
	if len(stands) < 60 {
		t.Errorf("only %d operations were found", len(stands))
	}
}

// inputOf is the type of the SDK's input of an operation.
func inputOf(t *testing.T, name string) reflect.Type { return typesOf(t, name).In(2) }

// The inputs of all operations that are recorded are made of forms that the CLI's is
// known of, and each of their members has one name.
func TestInputsAreMadeOfKnownForms(t *testing.T) {
	t.Parallel()
	for name := range asked {
		service, _, _ := strings.Cut(name, " ")
		if service == "" || commands[name[:strings.LastIndex(name, " ")]] == "" {
			t.Errorf("%s has no command", name)
		}
		v := reflect.New(inputOf(t, name).Elem())
		fill(v, 0)
		if _, err := cliInput("CloudFront", v.Interface()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, v := range []any{struct{ A any }{1}, struct{ A map[string]int }{map[string]int{"a": 1}}, struct{ A chan int }{make(chan int)}} {
		if text, err := cliInput("CloudFront", v); err == nil {
			t.Errorf("%T is %s", v, text)
		}
	}
}

// Every path of an answer leads to a text, and each is found in an answer that has it.
func TestPathsOfAnswersLeadToTexts(t *testing.T) {
	t.Parallel()
	n := 0
	for name, paths := range asked {
		full := reflect.New(outputOf(t, name).Elem())
		fill(full, 0)
		got := answered(name[:strings.LastIndex(name, " ")], paths, full.Interface())
		for _, path := range paths {
			n++
			if got[strings.ReplaceAll(path, "[*]", "[0]")] == "" {
				t.Errorf("%s has no %s: %v", name, path, got)
			}
		}
		if len(got) != len(paths) || answered(name, paths, nil) != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	if n < 30 {
		t.Errorf("only %d paths were found", n)
	}
}

// An input is written as the CLI takes it.
func TestInputsAsTheCLITakesThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		service string
		in      any
		want    string
	}{
		{acm.ServiceID, &acm.RequestCertificateInput{
			DomainName: aws.String(`a"<&>é.example.com`), ValidationMethod: acmtypes.ValidationMethodDns, SubjectAlternativeNames: []string{},
			Tags: []acmtypes.Tag{{Key: aws.String("k"), Value: aws.String("")}},
		}, `{"DomainName":"a\"<&>é.example.com","SubjectAlternativeNames":[],"Tags":[{"Key":"k","Value":""}],"ValidationMethod":"DNS"}`},
		{apigateway.ServiceID, &apigateway.CreateDomainNameInput{
			DomainName: aws.String("a"), Tags: map[string]string{"Key": "V", "A": ""}, EndpointConfiguration: &agtypes.EndpointConfiguration{Types: []agtypes.EndpointType{agtypes.EndpointTypeRegional}},
		}, `{"domainName":"a","endpointConfiguration":{"types":["REGIONAL"]},"tags":{"A":"","Key":"V"}}`},
		{apigateway.ServiceID, &apigateway.UpdateRestApiInput{
			RestApiId: aws.String("r"), PatchOperations: []agtypes.PatchOperation{{Op: agtypes.OpReplace, Path: aws.String("/disableExecuteApiEndpoint"), Value: aws.String("true")}},
		}, `{"restApiId":"r","patchOperations":[{"op":"replace","path":"/disableExecuteApiEndpoint","value":"true"}]}`},
		{apigatewayv2.ServiceID, &apigatewayv2.UpdateApiInput{ApiId: aws.String("r"), DisableExecuteApiEndpoint: aws.Bool(false)}, `{"ApiId":"r","DisableExecuteApiEndpoint":false}`},
		{cloudwatchlogs.ServiceID, &cloudwatchlogs.CreateDeliveryInput{DeliverySourceName: aws.String("s"), RecordFields: []string{"a"}}, `{"deliverySourceName":"s","recordFields":["a"]}`},
		{route53.ServiceID, &route53.ChangeResourceRecordSetsInput{HostedZoneId: aws.String("Z"), ChangeBatch: &r53types.ChangeBatch{Changes: []r53types.Change{{
			Action: r53types.ChangeActionUpsert, ResourceRecordSet: &r53types.ResourceRecordSet{Name: aws.String("a"), Type: r53types.RRTypeA, TTL: aws.Int64(0)},
		}}}}, `{"ChangeBatch":{"Changes":[{"Action":"UPSERT","ResourceRecordSet":{"Name":"a","Type":"A","TTL":0}}]},"HostedZoneId":"Z"}`},
		{cloudtrail.ServiceID, &cloudtrail.LookupEventsInput{StartTime: aws.Time(time.Date(2001, 2, 3, 4, 5, 6, 7e6, time.FixedZone("", 3600)))}, `{"StartTime":"2001-02-03T03:05:06.007Z"}`},
		{iam.ServiceID, &iam.SimulatePrincipalPolicyInput{PolicyExclusionList: []iamtypes.PolicyIdentifier{&iamtypes.PolicyIdentifierMemberPolicyArn{Value: "a"}}}, `{"PolicyExclusionList":[{"PolicyArn":"a"}]}`},
		{cloudfront.ServiceID, &cloudfront.ListDistributionsInput{}, `{}`},
		{cloudfront.ServiceID, &cloudfront.ListDistributionsInput{MaxItems: aws.Int32(1)}, `{"MaxItems":"1"}`},
		{route53.ServiceID, &route53.ListHostedZonesInput{MaxItems: aws.Int32(100)}, `{"MaxItems":"100"}`},
		{cloudfront.ServiceID, &cloudfront.ListDomainConflictsInput{MaxItems: aws.Int32(2)}, `{"MaxItems":2}`},
		{acm.ServiceID, &acm.ListCertificatesInput{MaxItems: aws.Int32(1)}, `{"MaxItems":1}`},
		{acm.ServiceID, &acm.ListCertificatesInput{Includes: &acmtypes.Filters{KeyTypes: []acmtypes.KeyAlgorithm{"RSA_2048"}}}, `{"Includes":{"keyTypes":["RSA_2048"]}}`},
		{"", struct{ Blob []byte }{[]byte("ab?")}, `{"Blob":"YWI/"}`},
	} {
		got, err := cliInput(c.service, c.in)
		if err != nil || string(got) != c.want {
			t.Errorf("it is\n%s, %v, want\n%s", got, err, c.want)
		}
		if !json.Valid(got) {
			t.Errorf("%s is no JSON", got)
		}
	}
}

// Whatever a header of an origin has as its value, and whoever's it is, it stands
// nowhere in what is recorded.
func TestNoSecretIsRecorded(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"k3y-of-the-origin", `q"uo\te's`, "<&>é\u2028", strings.Repeat("x9", 900), "$secret", "HeaderValue", " \t"} {
		header := func(name string) cftypes.OriginCustomHeader {
			return cftypes.OriginCustomHeader{HeaderName: &name, HeaderValue: &secret}
		}
		config := &cftypes.DistributionConfig{
			Comment: aws.String("c"), Origins: &cftypes.Origins{Quantity: aws.Int32(2), Items: []cftypes.Origin{
				{Id: aws.String("ours"), CustomHeaders: &cftypes.CustomHeaders{Quantity: aws.Int32(2), Items: []cftypes.OriginCustomHeader{header("X-Ours"), header("X-Old")}}},
				{Id: aws.String("theirs"), CustomHeaders: &cftypes.CustomHeaders{Quantity: aws.Int32(1), Items: []cftypes.OriginCustomHeader{header("X-Theirs")}}},
			}},
		}
		for operation, in := range map[string]any{
			"UpdateDistribution":         &cloudfront.UpdateDistributionInput{Id: aws.String("E1"), DistributionConfig: config},
			"CreateDistributionWithTags": &cloudfront.CreateDistributionWithTagsInput{DistributionConfigWithTags: &cftypes.DistributionConfigWithTags{DistributionConfig: config}},
		} {
			a, ok := newAsking(cloudfront.ServiceID, operation, in)
			if !ok || a.command != "cloudfront" {
				t.Fatalf("%s is not recorded", operation)
			}
			const mark = `"HeaderValue":{"$secret":"origin-header"}`
			if n := strings.Count(string(a.input), mark); n != 3 {
				t.Errorf("%s: %d secrets are replaced in %s", operation, n, a.input)
			}
			for _, text := range append(texts(t, bytes.ReplaceAll(a.input, []byte(mark), []byte(`"":""`))), "") {
				if text != "" && strings.Contains(text, secret) {
					t.Errorf("%s: %q stands in %s", operation, secret, a.input)
				}
			}
		}
	}
}

// texts are all texts of JSON, and all names.
func texts(t *testing.T, text []byte) (list []string) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if s, ok := token.(string); ok {
			list = append(list, s)
		}
	}
	return list
}

// What is not in the table is not recorded, and what is too long only by its service.
func TestWhatIsNotRecorded(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"STS AssumeRole", "STS GetCallerIdentity", "CloudFront GetFunction", "S3 GetObject", " "} {
		i := strings.LastIndex(name, " ")
		if a, ok := newAsking(name[:i], name[i+1:], &cloudfront.ListDistributionsInput{}); ok {
			t.Errorf("%s is recorded as %+v", name, a)
		}
	}
	for n, want := range map[int]bool{10: true, askedLimit - 20: true, askedLimit: false} {
		a, ok := newAsking(cloudfront.ServiceID, "GetDistribution", &cloudfront.GetDistributionInput{Id: aws.String(strings.Repeat("x", n))})
		if !ok || a.command != "cloudfront" || (a.input != nil) != want {
			t.Errorf("an input of %d octets and more: %+v", n, a.command)
		}
	}
}

// Lists of an answer are kept with their numbers, and no more than there is room for.
func TestAnswersOfLists(t *testing.T) {
	t.Parallel()
	out := &acm.DescribeCertificateOutput{Certificate: &acmtypes.CertificateDetail{CertificateArn: aws.String("arn")}}
	for i := range answeredItems + 5 {
		v := acmtypes.DomainValidation{DomainName: aws.String("d")}
		if i == 1 {
			v.ResourceRecord = &acmtypes.ResourceRecord{Name: aws.String("_n"), Type: acmtypes.RecordTypeCname, Value: aws.String("_v")}
		}
		out.Certificate.DomainValidationOptions = append(out.Certificate.DomainValidationOptions, v)
	}
	got := answered(acm.ServiceID, certificateValues, out)
	if len(got) != answeredItems+4 || got["Certificate.DomainValidationOptions[1].ResourceRecord.Type"] != "CNAME" || got["Certificate.DomainValidationOptions[1].ResourceRecord.Value"] != "_v" {
		t.Errorf("%d values: %v", len(got), slices.Sorted(maps.Keys(got)))
	}
}
