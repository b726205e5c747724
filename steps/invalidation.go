package steps

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"apifront/setup"
)

func invalidationStep() Step {
	return Step{
		ID:       "invalidation",
		Thing:    "cached answers",
		Title:    "Clear cached answers",
		Why:      "CloudFront forgets the answers it keeps for these paths and asks the API again.",
		Service:  "CloudFront",
		Tutorial: 0,
		Needs:    []setup.StepID{"identity"},
		Kinds:    []setup.JobKind{setup.JobInvalidate},
		Parts:    []setup.Part{setup.PartEdge},
		Keys:     []string{setup.KeyInvalidation},
		Wait:     Wait{Every: 3 * time.Second, Settle: 2 * time.Second, Limit: 30 * time.Minute, Usual: time.Minute},
		Actions:  []string{"cloudfront:GetInvalidation", "cloudfront:CreateInvalidation"},
		Grants: func(s Scope) []Grant {
			own := []string{s.edge("distribution/*")}
			return []Grant{
				{For: "Read", Actions: []string{"cloudfront:GetInvalidation"}, Resources: own},
				{For: "Clear", Use: Writes, Actions: []string{"cloudfront:CreateInvalidation"}, Resources: own, Conditions: []Condition{s.resourced()}},
			}
		},
		Observe: observeInvalidation,
		Apply:   applyInvalidation,
	}
}

// CheckPaths is the problem of paths that CloudFront would not clear; nil if it
// would.
func CheckPaths(list []string) *setup.Problem {
	if err := setup.CheckCachePaths(list); err != nil {
		return problem("Nothing was cleared.", "CloudFront does not take the paths of this job.", err.Error()+".")
	}
	return nil
}

// fewPaths is how many paths a summary names.
const fewPaths = 4

// clearing names what the job clears: the paths as CloudFront gets them.
func clearing(e *Env) string {
	list := e.Job.Input.Paths
	if len(list) > fewPaths {
		return setup.Count(len(list), "path")
	}
	for i := range list {
		if len(list[i]) > 60 {
			return setup.Count(len(list), "path")
		}
	}
	return strings.Join(list, " ")
}

// jobInvalidation is the job's one invalidation, as it is stored, or a new one.
// Its token is the caller reference.
func jobInvalidation(e *Env) setup.Resource {
	token := "apifront-" + e.Token(0, jobMark(e))
	r := e.Resources[setup.KeyInvalidation]
	if r.Attributes[setup.AttrJob] == jobMark(e) || r.Token == token { // earlier versions stored only the token
		return r
	}
	return setup.Resource{
		Key: setup.KeyInvalidation, Type: "Invalidation", Owned: true, Token: token,
		Attributes: map[string]string{setup.AttrJob: jobMark(e)},
	}
}

func observeInvalidation(ctx context.Context, e *Env) (Observation, error) {
	if p := CheckPaths(e.Job.Input.Paths); p != nil {
		return foreign(p), nil
	}
	distribution := e.Resources.ID(setup.KeyDistribution)
	if distribution == "" {
		return foreign(problem("Nothing was cleared.", "The setup has no distribution yet, so nothing is cached.", "Finish the setup's job first, then clear cached answers again.")), nil
	}
	r := jobInvalidation(e)
	if r.ID == "" {
		return absent(clearing(e) + " to clear"), nil
	}
	out, err := e.Account.CloudFront().GetInvalidation(ctx, &cloudfront.GetInvalidationInput{DistributionId: &distribution, Id: &r.ID})
	if code(err, "NoSuchInvalidation") {
		return absent(clearing(e) + " to clear"), nil
	}
	if err != nil {
		return Observation{}, fmt.Errorf("get invalidation %s of %s: %w", r.ID, distribution, err)
	}
	r.State = aws.ToString(out.Invalidation.Status)
	if err := e.keep(ctx, r); err != nil {
		return Observation{}, err
	}
	if r.State != "Completed" && r.State != setup.InvalidationRuns {
		return unknownStatus("CloudFront", "the invalidation "+r.ID, r.State), nil
	}
	if r.State != "Completed" {
		o := pending("CloudFront is clearing " + clearing(e))
		o.Problem = problem("CloudFront has not finished clearing.", "The invalidation "+r.ID+" still has the status "+r.State+".",
			"Look for trouble with CloudFront on the AWS Health Dashboard, then re-run this step. It goes on with the same invalidation.")
		return o, nil
	}
	return ready("CloudFront, " + clearing(e) + " cleared"), nil
}

func applyInvalidation(ctx context.Context, e *Env) error {
	if p := CheckPaths(e.Job.Input.Paths); p != nil {
		return p
	}
	distribution := e.Resources.ID(setup.KeyDistribution)
	if distribution == "" {
		return problem("Nothing was cleared.", "The setup has no distribution yet, so nothing is cached.", "Finish the setup's job first, then clear cached answers again.")
	}
	r := jobInvalidation(e)
	if r.ID != "" {
		return nil
	}
	if err := e.keep(ctx, r); err != nil {
		return err
	}
	out, err := e.Account.CloudFront().CreateInvalidation(ctx, &cloudfront.CreateInvalidationInput{
		DistributionId: &distribution,
		InvalidationBatch: &types.InvalidationBatch{
			CallerReference: &r.Token,
			Paths:           &types.Paths{Quantity: aws.Int32(int32(len(e.Job.Input.Paths))), Items: e.Job.Input.Paths},
		},
	})
	if code(err, "TooManyInvalidationsInProgress") {
		return explained(err, "Nothing was cleared.",
			"CloudFront is still clearing other paths of this distribution, and takes "+strconv.Itoa(setup.MaxCachePaths)+" paths, or "+strconv.Itoa(setup.MaxCacheWildcards)+" with *, at a time.",
			"Wait some minutes until the others are done, then re-run this step. The first "+strconv.Itoa(setup.FreeCachePaths)+" paths a month are free.")
	}
	if code(err, "NoSuchDistribution") {
		return explained(err, "Nothing was cleared.", "CloudFront does not know the distribution "+distribution+" any more.", "Start a job for the setup to make the distribution again.")
	}
	if err != nil {
		return fmt.Errorf("clear %s of distribution %s: %w", setup.Count(len(e.Job.Input.Paths), "path"), distribution, err)
	}
	r.ID = aws.ToString(out.Invalidation.Id)
	r.State = aws.ToString(out.Invalidation.Status)
	return e.keep(ctx, r)
}
