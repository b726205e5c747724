package cloud

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

// Who made a call, of AWS's own samples of each kind of identity, and with what.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html (documented)
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/logging_using_cloudtrail.html (documented)
func TestWhoMadeACall(t *testing.T) {
	t.Parallel()
	const session = `"sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAIDPPEZS35WEXAMPLE","arn":"arn:aws:iam::123456789012:role/RoleToBeAssumed","accountId":"123456789012","userName":"RoleToBeAssumed"},"attributes":{"mfaAuthenticated":"false"}}`
	for name, c := range map[string]struct{ identity, rest, who, kind, how string }{
		"IAM user":      {`{"type":"IAMUser","principalId":"AIDAJ45Q7YFFAREXAMPLE","arn":"arn:aws:iam::123456789012:user/Alice","accountId":"123456789012","accessKeyId":"","userName":"Alice"}`, `,"userAgent":"aws-cli/2.27.0 md/awscrt#0.26.1 ua/2.1 os/linux"`, "Alice", "IAM user", "with the AWS CLI"},
		"role":          {`{"type":"AssumedRole","principalId":"AROAIDPPEZS35WEXAMPLE:AssumedRoleSessionName","arn":"arn:aws:sts::123456789012:assumed-role/RoleToBeAssumed/MySessionName",` + session + `}`, `,"userAgent":"APN/1.0 HashiCorp/1.0 Terraform/1.3.7 (+https://www.terraform.io) terraform-provider-aws/5.57.0 aws-sdk-go-v2/1.30.1"`, "MySessionName", "role RoleToBeAssumed", "with Terraform"},
		"console":       {`{"type":"AssumedRole","principalId":"A:role-session-name","arn":"arn:aws:sts::111122223333:assumed-role/Admin/role-session-name"}`, `,"userAgent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36","sessionCredentialFromConsole":"true"`, "role-session-name", "role Admin", "in the console"},
		"browser alone": {`{"type":"IAMUser","userName":"eve"}`, `,"userAgent":"Mozilla/5.0"`, "eve", "IAM user", ""},
		"single sign-on": {
			`{"type":"AssumedRole","arn":"arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Power_User_0123456789abcdef/mira@example.com","sessionContext":{"sessionIssuer":{"userName":"AWSReservedSSO_Power_User_0123456789abcdef"}}}`, ``,
			"mira@example.com", "IAM Identity Center, Power_User", "",
		},
		"identity center": {`{"type":"IdentityCenterUser","accountId":"123456789012","onBehalfOf":{"userId":"544894e8-80c1-707f-60e3-3ba6510dfac1","identityStoreArn":"arn:aws:identitystore::123456789012:identitystore/d-9067642ac7"},"credentialId":"EXAMPLE"}`, ``, "544894e8-80c1-707f-60e3-3ba6510dfac1", "IAM Identity Center user", ""},
		"root":            {`{"type":"Root","principalId":"123456789012","arn":"arn:aws:iam::123456789012:root","accountId":"123456789012"}`, ``, "the root user", "of the whole account", ""},
		"federated":       {`{"type":"FederatedUser","arn":"arn:aws:sts::123456789012:federated-user/Bob","sessionContext":{"sessionIssuer":{"type":"IAMUser","userName":"Alice"}}}`, ``, "Bob", "federated user of Alice", ""},
		"service":         {`{"type":"AWSService","invokedBy":"fms.amazonaws.com"}`, ``, "fms.amazonaws.com", "service of AWS", ""},
		"stack":           {`{"type":"AssumedRole","arn":"arn:aws:sts::000000000000:assumed-role/LP-Admin/leo@example.com","invokedBy":"cloudformation.amazonaws.com"}`, `,"userAgent":"AWS Internal"`, "leo@example.com", "role LP-Admin", "through CloudFormation"},
		"account":         {`{"type":"AWSAccount","principalId":"AROA:x","accountId":"444455556666"}`, ``, "account 444455556666", "another AWS account", ""},
		"new type":        {`{"type":"Robot","principalId":"R2"}`, ``, "R2", "Robot", ""},
		"nobody":          {`{"type":"Unknown"}`, ``, "somebody whom CloudTrail does not name", "Unknown", ""},
		"apifront":        {`{"type":"IAMUser","userName":"ci"}`, `,"userAgent":"aws-sdk-go-v2/1.47.7 ua/2.1 apifront/other"`, "ci", "IAM user", "with another apifront"},
	} {
		e := newTrailEvent(types.Event{
			EventName: aws.String("UpdateDistribution"), EventSource: aws.String("cloudfront.amazonaws.com"), EventTime: aws.Time(time.Unix(1700000000, 0)),
			CloudTrailEvent: aws.String(`{"eventName":"UpdateDistribution","userIdentity":` + c.identity + c.rest + `,"requestParameters":{"id":"EDFDVBD6EXAMPLE","ifMatch":"E1"},"requestID":"r1"}`),
		})
		if e.Unread || e.Failed || e.Who != c.who || e.Kind != c.kind || e.How != c.how || e.RequestID != "r1" || e.Parameter("Id") != "EDFDVBD6EXAMPLE" {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// A record that is not as documented names nobody.
func TestARecordThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, record := range []string{``, `null`, `[]`, `{`, `{"eventName":"UpdateDistribution"}`, `{"eventName":{},"userIdentity":{"type":"IAMUser"}}`, `{"userIdentity":{"type":"IAMUser","userName":"eve"}}`} {
		e := newTrailEvent(types.Event{EventName: aws.String("UpdateDistribution"), EventTime: aws.Time(time.Unix(1700000000, 0)), CloudTrailEvent: &record})
		if !e.Unread || e.Who != "" {
			t.Errorf("%q: %+v", record, e)
		}
	}
	if e := newTrailEvent(types.Event{}); !e.Unread {
		t.Errorf("nothing at all: %+v", e)
	}
	if e := newTrailEvent(types.Event{EventTime: aws.Time(time.Unix(1, 0)), CloudTrailEvent: aws.String(`{"eventName":"X","userIdentity":{"type":"IAMUser"},"errorCode":"AccessDenied"}`)}); !e.Failed {
		t.Error("a refused call counts as one that succeeded")
	}
}

// Records are found wherever the sample of AWS has them.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/logging-using-cloudtrail.html (documented)
func TestRecordsOfACall(t *testing.T) {
	t.Parallel()
	for record, want := range map[string]int{
		`{"changeBatch":{"changes":[{"action":"CREATE","resourceRecordSet":{"name":"prod.example.com.","type":"A","tTL":300,"resourceRecords":[{"value":"192.0.1.1"}]}}],"comment":"Adding"},"hostedZoneId":"Z1PA6795UKMFR9"}`: 1,
		`{"changeBatch":{"changes":"many"}}`: 0, `{"changeBatch":null}`: 0, `null`: 0, `[1]`: 0,
		`{"changeBatch":{"changes":[1,{"resourceRecordSet":[]}]}}`: 2,
	} {
		e := newTrailEvent(types.Event{EventTime: aws.Time(time.Unix(1, 0)), CloudTrailEvent: aws.String(`{"eventName":"X","userIdentity":{"type":"IAMUser"},"requestParameters":` + record + `}`)})
		list := e.Records()
		if len(list) != want || want == 1 && (list[0] != TrailRecord{"A", "prod.example.com."} || e.Parameter("hostedZoneId") != "Z1PA6795UKMFR9") {
			t.Errorf("%s: %+v", record, list)
		}
	}
}
