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

// A Verdict is what IAM says of asks. Asks that it does not name are allowed.
type Verdict struct {
	Denied  []Ask
	Unknown []Ask // not judged, which is no refusal
	Err     error // why the first of Unknown was not
}

// Judge asks whether the connection's policies allow the asks, as IAM's own
// simulation judges. It needs iam:SimulatePrincipalPolicy, and for a role whose
// path is not known iam:GetRole; the verdict's error says what is missing.
// Policies of the organization and of resources are no part of it.
//
// A decision is allowed, explicitDeny or implicitDeny (AWS's reference). With
// any other, or with none, the ask counts as not judged.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
func (a *Account) Judge(ctx context.Context, who setup.Identity, asks []Ask) Verdict {
	principal, err := a.principal(ctx, who.ARN)
	if err != nil {
		return Verdict{Unknown: asks, Err: err}
	}
	var v Verdict
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
		var group []Ask
		for _, o := range asks {
			if !same(o) {
				continue
			}
			if group = append(group, o); !slices.Contains(in.ActionNames, o.Action) {
				in.ActionNames = append(in.ActionNames, o.Action)
			}
		}
		decided := map[string]types.PolicyEvaluationDecisionType{}
		var failed error
		pages := iam.NewSimulatePrincipalPolicyPaginator(a.IAM(), in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				failed = fmt.Errorf("simulate the policies of %s: %w", principal, err)
				break
			}
			for _, r := range page.EvaluationResults {
				decided[strings.ToLower(aws.ToString(r.EvalActionName))] = r.EvalDecision
			}
		}
		for _, o := range group {
			v.add(o, decided[strings.ToLower(o.Action)], failed)
		}
		asks = slices.DeleteFunc(slices.Clone(asks), same)
		if failed != nil && (Refused(failed) || SignIn(failed) || ctx.Err() != nil) {
			// The others would fail for the same reason.
			v.Unknown = append(v.Unknown, asks...)
			break
		}
	}
	return v
}

// add puts an ask where IAM's decision belongs. failed is the error if there is
// no decision.
func (v *Verdict) add(o Ask, decision types.PolicyEvaluationDecisionType, failed error) {
	switch decision {
	case types.PolicyEvaluationDecisionTypeAllowed:
		return
	case types.PolicyEvaluationDecisionTypeExplicitDeny, types.PolicyEvaluationDecisionTypeImplicitDeny:
		v.Denied = append(v.Denied, o)
		return
	}
	v.Unknown = append(v.Unknown, o)
	if failed == nil {
		failed = &setup.Problem{
			What: "IAM's decision is not one that this version of apifront knows.",
			Why:  "For " + o.Action + " it is " + setup.Said(decision) + ".", Fix: "Update apifront. A step that is refused says which action is missing.",
			Ours: "decision of IAM", Code: "DecisionUnknown",
		}
	}
	if v.Err == nil {
		v.Err = failed
	}
}

// principal is the ARN whose policies count, for an ARN that STS gave. A session
// has the policies of its role. STS leaves out the path of the role, so IAM is
// asked for it.
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
	v := a.Judge(ctx, who, asks)
	switch {
	case v.Err != nil && len(v.Unknown) == len(asks):
		unknown := setup.Check{Result: setup.CheckUnknown, Title: "Writes were not tried", Text: "IAM did not say whether they are allowed. " + whyNot(v.Err)}
		if Refused(v.Err) {
			unknown.Text += " Allow iam:SimulatePrincipalPolicy to know it before a job."
		}
		t.Checks = append(t.Checks, a.readCheck(ctx), unknown)
	case v.Err != nil:
		t.Checks = append(t.Checks, NotJudged(v))
		if len(v.Denied) > 0 {
			t.Checks = append(t.Checks, permissionCheck(v.Denied, len(asks)))
		}
	default:
		t.Checks = append(t.Checks, permissionCheck(v.Denied, len(actions)))
	}
	return t, nil
}

// NotJudged is the check that names the actions for which IAM gave no usable
// decision, and says why.
func NotJudged(v Verdict) setup.Check {
	c := setup.Check{Result: setup.CheckUnknown, Title: "Some permissions could not be checked", Text: whyNot(v.Err)}
	for _, o := range v.Unknown {
		c.Items = append(c.Items, o.Action)
	}
	slices.Sort(c.Items)
	c.Items = slices.Compact(c.Items)
	return c
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
	return setup.Check{Result: setup.CheckGood, Title: "The clock is right", Text: rightText(ahead)}
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

// rightText says of a clock that it is as good as AWS's.
func rightText(ahead time.Duration) string {
	if ahead.Abs() < time.Second {
		return "It says the same as AWS's."
	}
	return "It is " + SkewText(ahead) + "."
}
