package jobs

import (
	"fmt"
	"slices"
	"strings"

	"apifront/setup"
	"apifront/web"
)

// partTitle is a part of the request's path in a sentence.
func partTitle(part setup.Part) string {
	switch part {
	case setup.PartName:
		return "DNS"
	case setup.PartEdge:
		return "CloudFront"
	case setup.PartOrigin:
		return "the way from CloudFront to API Gateway"
	case setup.PartGateway:
	}
	return "API Gateway"
}

// litPath is the path of a request with some parts lit: those of failed steps,
// or else of steps that need somebody, or else of running steps.
func litPath(f Facts) web.PathView {
	p := web.NewPath(f.Setup.Spec, f.Resources)
	for _, state := range []setup.StepState{setup.StepFailed, setup.StepNeedsYou, setup.StepRunning} {
		var at []string
		for _, s := range f.Steps {
			if s.State != state {
				continue
			}
			icon, word := stepLook(state)
			var titles []string
			for _, part := range f.About[s.ID].Parts {
				if p.Lit == nil {
					p.Lit = map[string]string{}
				}
				p.Lit[string(part)] = icon
				titles = append(titles, partTitle(part))
			}
			if len(titles) > 0 {
				at = append(at, fmt.Sprintf("Step %d, %s: %s, at %s.", s.Number, s.Title, strings.ToLower(word), setup.And(titles)))
			}
		}
		if len(at) > 0 {
			p.At = strings.Join(slices.Compact(at), " ")
			return p
		}
	}
	return p
}
