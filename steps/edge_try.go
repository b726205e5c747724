package steps

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"apifront/probe"
	"apifront/setup"
)

// edgeTestStep asks the Regional endpoint for what the edge one is asked for today,
// before callers are led to it.
func edgeTestStep() Step {
	return Step{
		ID:       "edge-test",
		Thing:    "answers of the Regional endpoint",
		Title:    "Test the Regional endpoint",
		Why:      "Asks the edge endpoint and the Regional one for every mapped path. DNS moves only after both answer alike.",
		Service:  "HTTPS",
		Tutorial: 5,
		Needs:    []setup.StepID{"edge-standby"},
		Kinds:    []setup.JobKind{setup.JobApply},
		Asked:    true,
		Parts:    []setup.Part{setup.PartOrigin},
		Page:     setup.PageDomain,
		Wait:     Wait{Every: 5 * time.Second, Settle: 5 * time.Second, Limit: 15 * time.Minute, Usual: 15 * time.Second},
		Brief:    func(setup.Spec) (string, bool) { return "Before DNS changes", false },
		Actions:  []string{"apigateway:GET"},
		Applies:  fromEdge,
		Grants:   edgeReads,
		Pass:     LongestPass,
		Observe:  observeEdgeTest,
	}
}

// edgeReads are what the steps that only look read of the custom domain.
func edgeReads(s Scope) []Grant {
	return []Grant{{For: "Read", Actions: []string{"apigateway:GET"}, Resources: []string{s.domain(""), s.domain("/basepathmappings")}}}
}

// edgePaths is of how many paths the two endpoints are compared.
const edgePaths = 12

// edgeTarget is what is asked of the two endpoints of a custom domain: the paths that are
// mapped today. No key is sent: without one both refuse alike.
func edgeTarget(ctx context.Context, e *Env, edge string) (probe.Target, error) {
	target := probe.Target{
		Name: probeHost(e.name()), Regional: domainTarget(e), Distribution: edge, Patience: gatewayTimeout + margin, Origin: originKeys(e),
	}
	there, err := rememberedMappings(ctx, e, viaV1)
	if err != nil {
		return target, err
	}
	for _, path := range slices.Sorted(maps.Keys(there)) {
		if len(target.Paths) == edgePaths {
			break
		}
		p := probe.TargetPath{Mapping: path, Kind: setup.APIKindREST, Stage: there[path].stage}
		for _, m := range e.Setup.Spec.API.Mappings {
			if m.Path == path {
				p.Below, p.Method, p.Status = m.Test.Path, m.Test.Method, m.Test.Status
			}
		}
		target.Paths = append(target.Paths, p)
	}
	return target, nil
}

func observeEdgeTest(ctx context.Context, e *Env) (Observation, error) {
	d, o, left, err := edgeLeft(ctx, e)
	if err != nil || left {
		return o, err
	}
	if e.DryRun {
		return absent("The paths that are mapped today, before DNS changes"), nil
	}
	target, err := edgeTarget(ctx, e, unrooted(aws.ToString(d.DistributionDomainName)))
	if err != nil {
		return Observation{}, err
	}
	if len(target.Paths) == 0 {
		return ready("No path is mapped yet, so there is nothing to compare"), nil
	}
	target.Rungs = []setup.Rung{setup.RungDistribution, setup.RungRegional}
	seen := e.Prober.Climb(ctx, target)
	if err := ctx.Err(); err != nil {
		return Observation{}, err
	}
	first := 0
	for _, p := range target.Paths {
		path := setup.Mapping{Path: p.Mapping}.DisplayPath()
		edge, regional := statusAt(seen, setup.RungDistribution, path), statusAt(seen, setup.RungRegional, path)
		if first = cmp.Or(first, regional); regional != 0 && edge == regional {
			continue
		}
		o := pending(path + ": the edge endpoint" + statusWords(edge) + ", the Regional one" + statusWords(regional) + ". Tried again")
		o.Problem = problem(
			"The Regional endpoint does not answer as the edge one.",
			"Asked for "+path+", the edge endpoint"+statusWords(edge)+", and the Regional endpoint "+target.Regional+statusWords(regional)+". Callers are led to the edge endpoint still, and nothing has changed for them.",
			"Look at the policy, the authorizers and the access mode of the API behind "+path+": they may allow edge callers alone. Then re-run this step.",
		)
		return o, nil
	}
	return ready("Both endpoints answer " + setup.Count(len(target.Paths), "path") + " alike, the first with " + strconv.Itoa(first)), nil
}

// statusAt is what a rung answered for a path; 0: nothing.
func statusAt(seen []setup.Evidence, rung setup.Rung, path string) int {
	for _, s := range seen {
		if s.Rung == rung && s.Path == path && !s.Below {
			return s.Status
		}
	}
	return 0
}
