package steps

import (
	"context"
	"slices"
	"strings"

	"apifront/probe"
	"apifront/setup"
)

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
// test of kept answers showed. A leak that a person has not accepted stops the
// step at once: it does not go away, and made-up credentials are not sent again
// and again. What may be shared and was not seen stops nothing.
func (t trial) shared(list []probe.Contract, edge setup.Edge) Observation {
	leaks, doubts := probe.Leaked(list)
	accepted := func(c setup.Cause) bool { return edge.Accepted(c.Shares) }
	if stops := slices.DeleteFunc(slices.Clone(leaks), accepted); len(stops) > 0 {
		return foreign(leakProblem(stops, edge))
	}
	doubts = slices.DeleteFunc(doubts, accepted)
	return ready(setup.Clip(t.words()+", at the distribution itself. "+keptWords(list, leaks, doubts), 600))
}

// leakProblem is what is given to the wrong callers, as one problem. Its code
// leads to the first box that a person would have to tick.
func leakProblem(leaks []setup.Cause, edge setup.Edge) *setup.Problem {
	p := *leaks[0].Problem
	var wanted []string
	for _, l := range leaks {
		wanted = append(wanted, l.Shares...)
		if !strings.Contains(p.Why, l.Problem.Why) {
			p.Why += " Besides: " + l.Problem.Why
		}
		if !strings.Contains(p.Fix, l.Problem.Fix) {
			p.Fix += " Also: " + l.Problem.Fix
		}
	}
	if edge.FormerKey() {
		p.Why += " This setup has the cache key of an earlier version, Authorization and Host alone, and this was not tested then."
	}
	var boxes []string
	for _, kind := range setup.ReadShared(wanted) {
		if edge.Accepted([]string{kind}) {
			continue
		}
		if len(boxes) == 0 {
			p.Code = setup.SharedCode(kind)
		}
		boxes = append(boxes, "“"+setup.SharedWords(kind)+"”")
	}
	p.Fix += " If it harms nobody, tick " + setup.And(boxes) + " under “What callers may share” on the page Edge settings. Then start the job of the change."
	return &p
}

// keptWords say what the test of kept answers showed.
func keptWords(list []probe.Contract, leaks, doubts []setup.Cause) string {
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
	case len(doubts) > 0:
		add("No caller was seen to get an answer made for another.")
	case slices.ContainsFunc(list, func(c probe.Contract) bool { return c.Kept }):
		add("No caller gets a kept answer that was made for another.")
	default:
		add("CloudFront kept none of the answers to the test, so none could be shared.")
	}
	for i, d := range doubts {
		if i == 0 {
			add("It may be so all the same:")
		}
		add(d.Problem.Why)
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
