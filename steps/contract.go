package steps

import (
	"context"
	"slices"
	"strings"
	"time"

	"apifront/probe"
	"apifront/setup"
)

// previewTime is how long a pass of the preview may take.
func previewTime(s setup.Spec) time.Duration {
	if s.Edge.Keeps() {
		return trialTime(s) + probe.ContractTime
	}
	return trialTime(s)
}

// contract tests what CloudFront keeps, after all paths have passed. It goes by
// the cache key that AWS says the distribution has, so that nothing of the test
// is left to callers where somebody has changed it; by our own where AWS does not
// say.
func contract(ctx context.Context, e *Env, configured setup.Configured) ([]probe.Contract, error) {
	target, _ := aim(e)
	if d := configured.Distribution; d != nil && !d.PolicyUnknown {
		target.Unique = probe.Unique{Query: d.KeyQuery, Headers: d.KeyHeaders}
	}
	list := e.Prober.Contract(ctx, target)
	return list, ctx.Err()
}

// shared is the observation of a preview whose paths have passed, with what the
// test of kept answers showed. A leak stops the step at once: it does not go
// away, and made-up credentials are not sent again and again.
func (t trial) shared(list []probe.Contract, edge setup.Edge) Observation {
	leaks := probe.Leaked(list)
	if len(leaks) > 0 && !edge.AcceptShared {
		return foreign(leakProblem(leaks))
	}
	return ready(setup.Clip(t.words()+", before DNS changed. "+keptWords(list, leaks), 600))
}

// leakProblem is what would be given to the wrong callers, as one problem.
func leakProblem(leaks []setup.Cause) *setup.Problem {
	p := *leaks[0].Problem
	for _, l := range leaks[1:] {
		if !strings.Contains(p.Why, l.Problem.Why) {
			p.Why += " Besides: " + l.Problem.Why
		}
		if !strings.Contains(p.Fix, l.Problem.Fix) {
			p.Fix += " Also: " + l.Problem.Fix
		}
	}
	p.Fix += " If it harms nobody, accept on the page Edge settings that answers are shared. Then start the job of the change."
	return &p
}

// keptWords say what the test of kept answers showed.
func keptWords(list []probe.Contract, leaks []setup.Cause) string {
	var words []string
	add := func(sentences ...string) {
		for _, s := range sentences {
			if !slices.Contains(words, s) {
				words = append(words, s)
			}
		}
	}
	tested := func(c probe.Contract) bool { return c.Untested == "" }
	switch {
	case len(leaks) > 0:
		add("Shared, as was accepted:")
		for _, l := range leaks {
			add(l.Problem.Why)
		}
	case !slices.ContainsFunc(list, tested):
	case slices.ContainsFunc(list, func(c probe.Contract) bool { return c.Kept }):
		add("No caller gets a kept answer that was made for another.")
	default:
		add("CloudFront kept none of the answers to the test, so none could be shared.")
	}
	for _, c := range list {
		add(c.Stale...)
		add(c.Unknown...)
		if c.Untested != "" {
			add("What is kept of " + c.Path + " was not tested. " + c.Untested)
		}
	}
	return strings.TrimSuffix(strings.Join(words, " "), ".")
}
