package steps

import (
	"context"
	"slices"
	"strconv"
	"time"

	"apifront/setup"
)

func previewStep() Step {
	return Step{
		ID:       "preview",
		Thing:    "answers through CloudFront",
		Title:    "Test through CloudFront",
		Why:      "Sends real requests for the name through the new distribution while DNS still leads elsewhere. DNS moves only after they pass. With caching on, pairs of requests test that nobody gets an answer that was made for another.",
		Service:  "HTTPS",
		Tutorial: 5,
		Needs:    []setup.StepID{"deployed", "mappings", aliasID},
		Kinds:    []setup.JobKind{setup.JobApply},
		Parts:    []setup.Part{setup.PartOrigin},
		Mark:     setup.MarkPreview,
		// CloudFront's locations and API Gateway know the new settings within
		// minutes.
		Wait:    Wait{Every: 5 * time.Second, Settle: 5 * time.Second, Limit: 5 * time.Minute, Usual: 10 * time.Second},
		Brief:   func(setup.Spec) (string, bool) { return "Before DNS changes", false },
		Actions: trialActions,
		Grants:  trialGrants,
		Pass:    LongestPass,
		Observe: observePreview,
	}
}

func observePreview(ctx context.Context, e *Env) (Observation, error) {
	target := e.Resources.Attr(setup.KeyDistribution, setup.AttrDomainName)
	n := len(e.Setup.Spec.API.Mappings)
	if target == "" || e.DryRun {
		return absent(setup.Count(n, "request") + ", before DNS changes"), nil
	}
	t, err := try(ctx, e, setup.RungDistribution)
	if err != nil {
		return Observation{}, err
	}
	if !t.Proved() {
		return t.pending(e), nil
	}
	if !e.Setup.Spec.Edge.Keeps() {
		o := ready(t.words() + ", at the distribution itself")
		o.Causes, o.Unasked = t.Causes, pathsOf(t.left)
		return o, nil
	}
	list, err := contract(ctx, e, t.configured)
	if err != nil {
		return Observation{}, err
	}
	o := t.shared(list, e.Setup.Spec.Edge)
	o.Causes, o.Unasked = append(slices.Clone(t.Causes), o.Causes...), pathsOf(t.left)
	return o, nil
}

func passedWords(passed, n int) string {
	return strconv.Itoa(passed) + " of " + setup.Count(n, "request") + " passed"
}

func statusWords(status int) string {
	if status == 0 {
		return " got no answer"
	}
	return " answered " + strconv.Itoa(status)
}
