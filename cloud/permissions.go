package cloud

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"apifront/setup"
)

// An Ask is a question to IAM: may the connection do this?
type Ask struct {
	Action   string
	Resource string              // an ARN; "" or "*": any
	Keys     map[string][]string // condition keys that the call would have
}

// Denied are the asks that the connection's policies do not allow, as IAM's own
// simulation judges. It needs iam:SimulatePrincipalPolicy, and for a role whose
// path is not known iam:GetRole; the error says what is missing. Policies of
// the organization and of resources are no part of it.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
func (a *Account) Denied(ctx context.Context, who setup.Identity, asks []Ask) ([]Ask, error) {
	principal, err := a.principal(ctx, who.ARN)
	if err != nil {
		return nil, err
	}
	var denied []Ask
	for len(asks) > 0 {
		// Those with the same resource and keys are one call.
		first := asks[0]
		same := func(o Ask) bool {
			return o.Resource == first.Resource && maps.EqualFunc(o.Keys, first.Keys, slices.Equal)
		}
		in := &iam.SimulatePrincipalPolicyInput{PolicySourceArn: aws.String(principal)}
		if first.Resource != "" && first.Resource != "*" {
			in.ResourceArns = []string{first.Resource}
		}
		for _, key := range slices.Sorted(maps.Keys(first.Keys)) {
			kind := types.ContextKeyTypeEnumString
			if len(first.Keys[key]) > 1 || strings.HasPrefix(key, "route53:") || key == "acm:DomainNames" {
				kind = types.ContextKeyTypeEnumStringList
			}
			in.ContextEntries = append(in.ContextEntries, types.ContextEntry{ContextKeyName: aws.String(key), ContextKeyType: kind, ContextKeyValues: first.Keys[key]})
		}
		for _, o := range asks {
			if same(o) && !slices.Contains(in.ActionNames, o.Action) {
				in.ActionNames = append(in.ActionNames, o.Action)
			}
		}
		pages := iam.NewSimulatePrincipalPolicyPaginator(a.IAM(), in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("simulate the policies of %s: %w", principal, err)
			}
			for _, r := range page.EvaluationResults {
				if r.EvalDecision != types.PolicyEvaluationDecisionTypeAllowed {
					denied = append(denied, Ask{Action: aws.ToString(r.EvalActionName), Resource: first.Resource})
				}
			}
		}
		asks = slices.DeleteFunc(slices.Clone(asks), same)
	}
	return denied, nil
}

// principal is whose policies count for an ARN that STS gave: a session of a
// role has those of its role, whose path STS leaves out.
func (a *Account) principal(ctx context.Context, arn string) (string, error) {
	_, session, ok := strings.Cut(arn, ":assumed-role/")
	if !ok {
		return arn, nil
	}
	if a.way.Kind == setup.ConnectionRole {
		return a.way.RoleARN, nil
	}
	name, _, _ := strings.Cut(session, "/")
	out, err := a.IAM().GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(name)})
	if err != nil {
		return "", fmt.Errorf("find the role %s: %w", name, err)
	}
	return aws.ToString(out.Role.Arn), nil
}

// Test asks who the connection is, until when, and which of the actions it may
// not use: by IAM's simulation or, where that is not allowed, by reads that
// every job makes.
func (a *Account) Test(ctx context.Context, actions []string) (setup.ConnectionTest, error) {
	who, err := a.Identity(ctx)
	if err != nil {
		return setup.ConnectionTest{}, err
	}
	t := setup.ConnectionTest{Identity: who}
	creds, err := a.credentials(ctx)
	if err != nil {
		return t, err
	}
	if creds.CanExpire {
		t.Expires = creds.Expires.UTC()
	}
	t.Checks = append(t.Checks, a.clockCheck())
	var asks []Ask
	for _, action := range actions {
		asks = append(asks, Ask{Action: action})
	}
	denied, err := a.Denied(ctx, who, asks)
	if err != nil {
		unknown := setup.Check{Result: setup.CheckUnknown, Title: "Writes were not tried", Text: "IAM was not asked whether they are allowed. " + whyNot(err) + " Allow iam:SimulatePrincipalPolicy to know it before a job."}
		t.Checks = append(t.Checks, a.readCheck(ctx), unknown)
		return t, nil
	}
	t.Checks = append(t.Checks, permissionCheck(denied, len(actions)))
	return t, nil
}

// permissionCheck says which actions are not allowed on every resource.
func permissionCheck(denied []Ask, all int) setup.Check {
	if len(denied) == 0 {
		return setup.Check{Result: setup.CheckGood, Title: "Every action is allowed", Text: fmt.Sprintf("IAM says so of all %d that jobs use.", all)}
	}
	c := setup.Check{
		Result: setup.CheckNote, Title: fmt.Sprintf("%d of %d actions are not allowed on every resource", len(denied), all),
		Text: "A policy that is as narrow as it should be allows them for one domain only. The page Check the plan asks IAM for exactly what a job needs.",
		Fix:  "Allow those that no policy allows anywhere.",
	}
	for _, d := range denied {
		c.Items = append(c.Items, d.Action)
	}
	slices.Sort(c.Items)
	c.Items = slices.Compact(c.Items)
	return c
}

// whyNot is an error as part of a check.
func whyNot(err error) string {
	p := Explain(err)
	return strings.TrimSpace(p.What + " " + p.Why)
}

// readCheck makes the smallest read of each service, which tells what may not
// even be looked at.
func (a *Account) readCheck(ctx context.Context) setup.Check {
	one := aws.Int32(1)
	c := setup.Check{Result: setup.CheckGood, Title: "Reading is allowed", Text: "ACM, API Gateway, CloudFront and Route 53 answered."}
	var other []string
	for _, r := range []struct {
		action string
		read   func() error
	}{
		{"acm:ListCertificates", func() error {
			_, err := a.ACM(a.Region).ListCertificates(ctx, &acm.ListCertificatesInput{MaxItems: one})
			return err
		}},
		{"apigateway:GET", func() error {
			_, err := a.APIGateway().GetRestApis(ctx, &apigateway.GetRestApisInput{Limit: one})
			return err
		}},
		{"cloudfront:ListDistributions", func() error {
			_, err := a.CloudFront().ListDistributions(ctx, &cloudfront.ListDistributionsInput{MaxItems: one})
			return err
		}},
		{"route53:ListHostedZones", func() error {
			_, err := a.Route53().ListHostedZones(ctx, &route53.ListHostedZonesInput{MaxItems: one})
			return err
		}},
	} {
		err := r.read()
		switch {
		case err == nil:
		case Refused(err):
			c.Items = append(c.Items, r.action)
		default:
			other = append(other, r.action+": "+whyNot(err))
		}
	}
	switch {
	case len(c.Items) > 0:
		c.Result, c.Title, c.Text = setup.CheckBad, "AWS does not allow "+strings.Join(c.Items, ", "), "The connection was refused when it tried."
		c.Fix = "Allow it in a policy of the role or user that the connection uses."
	case len(other) > 0:
		c.Result, c.Title, c.Text = setup.CheckUnknown, "Reading could not be tried", strings.Join(other, " ")
	}
	return c
}

// Refused says whether AWS answered that the call is not allowed.
func Refused(err error) bool {
	return slices.Contains([]string{"AccessDenied", "AccessDeniedException", "UnauthorizedException", "UnauthorizedOperation", "NotAuthorized"}, Code(err))
}

// clockCheck compares our clock with AWS's.
func (a *Account) clockCheck() setup.Check {
	ahead, known := a.cloud.Skew()
	switch {
	case !known:
		return setup.Check{Result: setup.CheckUnknown, Title: "The clock could not be compared", Text: "No answer of AWS said what time it is there."}
	case ahead.Abs() > skewAllowed-time.Minute:
		return setup.Check{
			Result: setup.CheckBad, Title: "The clock of this server is wrong", Text: "It is " + SkewText(ahead) + ". AWS refuses requests that are five minutes off.",
			Fix: "Set the clock, for example by switching on time synchronisation.",
		}
	}
	return setup.Check{Result: setup.CheckGood, Title: "The clock is right", Text: "It is " + SkewText(ahead) + "."}
}

// TestSource is who assumes the role of a connection; "" if it has none.
func (c *Cloud) TestSource(ctx context.Context, connection string, rec setup.Recorder) (string, error) {
	conn, err := c.connection(ctx, connection)
	if err != nil || conn.Kind != setup.ConnectionRole {
		return "", err
	}
	a, err := c.Open(ctx, conn.Source, "", "look", rec)
	if err != nil {
		return "", err
	}
	who, err := a.Identity(ctx)
	if err != nil {
		return "", err
	}
	return who.ARN, nil
}
