package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"apifront/setup"
)

// TrailAction is the permission to ask CloudTrail.
const TrailAction = "cloudtrail:LookupEvents"

// Agent is apifront's name in the user agent of each call. The ID of the installation
// follows it.
const Agent = "apifront"

// Ours says whether a call was made by this installation, as its user agent tells.
func (c *Cloud) Ours(userAgent string) bool {
	mark := Agent + "/" + c.settings.Install
	return c.settings.Install != "" && slices.Contains(strings.Fields(userAgent), mark)
}

// trailPage is how many events one lookup answers at the most.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html (documented)
const trailPage = 50

// TrailKept is for how long CloudTrail lists events.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html (documented)
const TrailKept = 90 * 24 * time.Hour

// A TrailEvent is a call that somebody made in the account, as CloudTrail lists it.
type TrailEvent struct {
	Name, Source string // "UpdateDistribution", "cloudfront.amazonaws.com"
	At           time.Time
	Unread       bool // CloudTrail's record of it could not be read: nothing below is known
	Failed       bool // AWS refused the call
	RequestID    string
	UserAgent    string
	Who, Kind    string // name of the caller, and what that is
	ARN          string
	How          string // with what the call was made, if that is well known

	parameters any // of the call
}

// LookUpEvents are the events of an operation in a region and in a time by AWS's
// clock, the newest first; all is false if there are more of them than the pages had
// room for.
//
// One attribute is allowed in a lookup. It is the name of the operation, because the
// names of resources that CloudTrail keeps are not documented for CloudFront and API
// Gateway, and because a source has all reads among its events.
// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html (documented)
func (a *Account) LookUpEvents(ctx context.Context, region, operation string, from, until time.Time, pages int) (list []TrailEvent, all bool, err error) {
	in := &cloudtrail.LookupEventsInput{
		LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyEventName, AttributeValue: &operation}},
		StartTime:        &from, EndTime: &until, MaxResults: aws.Int32(trailPage),
	}
	p := cloudtrail.NewLookupEventsPaginator(a.CloudTrail(region), in)
	for range pages {
		if !p.HasMorePages() {
			break
		}
		out, err := p.NextPage(ctx)
		if err != nil {
			return nil, false, fmt.Errorf("look up %s in CloudTrail: %w", operation, err)
		}
		for _, e := range out.Events {
			list = append(list, newTrailEvent(e))
		}
	}
	return list, !p.HasMorePages(), nil
}

// A trailRecord is the part of a CloudTrail record that tells who made a call.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html (documented)
type trailRecord struct {
	EventName, EventSource string
	UserIdentity           trailIdentity
	UserAgent              string
	ErrorCode, RequestID   string
	RequestParameters      any
	// As text, "true", for what was done in the console.
	SessionCredentialFromConsole any
}

// trailIdentity is who made a call.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html (documented)
type trailIdentity struct {
	Type, PrincipalID, ARN, AccountID, UserName, InvokedBy string

	SessionContext struct {
		SessionIssuer struct{ UserName string }
	}
	OnBehalfOf struct{ UserID string }
}

// longestTrailName is how much is kept of what CloudTrail says of a caller, in
// characters.
const longestTrailName = 300

func newTrailEvent(e types.Event) TrailEvent {
	v := TrailEvent{Name: aws.ToString(e.EventName), Source: aws.ToString(e.EventSource), At: aws.ToTime(e.EventTime).UTC()}
	var r trailRecord
	err := json.Unmarshal([]byte(aws.ToString(e.CloudTrailEvent)), &r)
	if err != nil || r.EventName == "" || r.UserIdentity.Type == "" || v.At.IsZero() {
		v.Unread = true
		return v
	}
	v.Failed, v.RequestID, v.UserAgent, v.parameters = r.ErrorCode != "", r.RequestID, r.UserAgent, r.RequestParameters
	v.Who, v.Kind = r.UserIdentity.words()
	v.ARN = setup.Clip(r.UserIdentity.ARN, longestTrailName)
	v.How = r.how()
	return v
}

// singleSignOn begins the name of each role that IAM Identity Center makes for a
// permission set; an underscore and 16 hexadecimal digits end it.
// https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html (documented)
const singleSignOn = "AWSReservedSSO_"

// words are the caller's name and what that is.
func (i trailIdentity) words() (who, kind string) {
	_, last, _ := strings.Cut(i.ARN[strings.LastIndex(i.ARN, ":")+1:], "/")
	switch i.Type {
	case "IAMUser":
		who, kind = first(i.UserName, last, i.PrincipalID), "IAM user"
	case "AssumedRole":
		role, session, _ := strings.Cut(last, "/")
		role = first(i.SessionContext.SessionIssuer.UserName, role)
		who, kind = first(session, i.PrincipalID), "role "+role
		if set, ok := strings.CutPrefix(role, singleSignOn); ok {
			if cut := strings.LastIndex(set, "_"); cut > 0 {
				set = set[:cut]
			}
			kind = "IAM Identity Center, " + set
		}
	case "Role":
		who, kind = first(last, i.PrincipalID), "role"
	case "Root":
		who, kind = "the root user", "of the whole account"
	case "IdentityCenterUser":
		who, kind = first(i.OnBehalfOf.UserID, i.PrincipalID), "IAM Identity Center user"
	case "FederatedUser":
		who, kind = first(last, i.PrincipalID), "federated user"
		if issuer := i.SessionContext.SessionIssuer.UserName; issuer != "" {
			kind += " of " + issuer
		}
	case "SAMLUser", "WebIdentityUser":
		who, kind = first(i.UserName, i.PrincipalID), "federated user"
	case "AWSService":
		who, kind = first(i.InvokedBy, i.PrincipalID), "service of AWS"
	case "AWSAccount":
		who, kind = "account "+first(i.AccountID, i.PrincipalID), "another AWS account"
	default:
		who, kind = first(i.UserName, i.PrincipalID, i.ARN, i.AccountID), i.Type
	}
	if who = setup.Clip(who, longestTrailName); who == "" {
		who = "somebody whom CloudTrail does not name"
	}
	return who, setup.Clip(kind, longestTrailName)
}

func first(texts ...string) string {
	for _, t := range texts {
		if t = strings.TrimSpace(t); t != "" {
			return t
		}
	}
	return ""
}

// how says with what a call was made. What is not well known is not said.
//
// The console and what AWS does for somebody are documented; the rest is in the
// programs' own source: aws-cli, terraform-provider-aws (recorded: "APN/1.0
// HashiCorp/1.0 Terraform/1.3.7 (…) terraform-provider-aws/5.57.0 …").
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html (documented)
func (r trailRecord) how() string {
	agent := r.UserAgent
	switch {
	case strings.HasPrefix(r.UserIdentity.InvokedBy, "cloudformation."), strings.HasPrefix(agent, "cloudformation."):
		return "through CloudFormation"
	case r.UserIdentity.Type != "AWSService" && strings.HasSuffix(r.UserIdentity.InvokedBy, ".amazonaws.com"):
		return "through " + setup.Clip(r.UserIdentity.InvokedBy, longestTrailName)
	case fmt.Sprint(r.SessionCredentialFromConsole) == "true", agent == "console.amazonaws.com", agent == "signin.amazonaws.com":
		return "in the console"
	case strings.Contains(agent, Agent+"/"):
		return "with another apifront"
	case strings.Contains(agent, " Terraform/"), strings.Contains(agent, "terraform-provider-aws/"):
		return "with Terraform"
	case strings.Contains(agent, " OpenTofu/"):
		return "with OpenTofu"
	case strings.Contains(agent, "pulumi"):
		return "with Pulumi"
	case strings.HasPrefix(strings.TrimPrefix(agent, "["), "aws-cli/"):
		return "with the AWS CLI"
	}
	return ""
}

// Parameter is a parameter of the call, a text at the top. CloudTrail begins names
// with a small letter, whatever follows: "domainName", "aRN" (recorded); so case does
// not count.
func (e TrailEvent) Parameter(name string) string {
	text, _ := member(e.parameters, name).(string)
	return text
}

// A TrailRecord is a DNS record that a call changes.
type TrailRecord struct{ Type, Name string }

// Records are the DNS records that a call of ChangeResourceRecordSets changes.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/logging-using-cloudtrail.html (documented)
func (e TrailEvent) Records() (list []TrailRecord) {
	changes, _ := member(member(e.parameters, "changeBatch"), "changes").([]any)
	for _, c := range changes {
		set := member(c, "resourceRecordSet")
		kind, _ := member(set, "type").(string)
		name, _ := member(set, "name").(string)
		list = append(list, TrailRecord{kind, name})
	}
	return list
}

// member is a member of a JSON object; nil if there is none.
func member(of any, name string) any {
	object, _ := of.(map[string]any)
	for key, v := range object {
		if strings.EqualFold(key, name) {
			return v
		}
	}
	return nil
}
