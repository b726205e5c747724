package web

import (
	"fmt"
	"slices"
	"strings"

	"apifront/setup"
)

// The parts of a request's path that a job works on.
const (
	partName    = "name"    // from the client to CloudFront: DNS
	partEdge    = "edge"    // CloudFront and its certificate
	partOrigin  = "origin"  // from CloudFront to API Gateway
	partGateway = "gateway" // API Gateway: certificate, custom domain, paths
)

// partsOf are the parts of the path that a step belongs to; none for a step
// that is about the whole account.
func partsOf(stepID string) []string {
	switch stepID {
	case "certificate-edge", "issued-edge", "policies", "distribution", "deployed", "invalidation", "invalidated":
		return []string{partEdge}
	case "certificate-regional", "issued-regional", "domain", "mappings":
		return []string{partGateway}
	case "validation":
		return []string{partEdge, partGateway}
	case "preview":
		return []string{partOrigin}
	case "dns", "dns-restore", "live":
		return []string{partName}
	}
	return nil
}

// partTitle is a part in a sentence.
func partTitle(part string) string {
	switch part {
	case partName:
		return "the way from the client to CloudFront"
	case partEdge:
		return "CloudFront"
	case partOrigin:
		return "the way from CloudFront to API Gateway"
	}
	return "API Gateway"
}

// jobPath is the path of a request with the parts lit that failed steps belong
// to, or else those that wait for somebody or run.
func jobPath(f JobFacts) PathView {
	p := pathView(f.Setup.Spec, f.Resources)
	for _, state := range []setup.StepState{setup.StepFailed, setup.StepNeedsYou, setup.StepRunning} {
		var at []string
		for _, s := range f.Steps {
			if s.State != state {
				continue
			}
			icon, word := stepLook(state)
			var titles []string
			for _, part := range partsOf(s.ID) {
				if p.Lit == nil {
					p.Lit = map[string]string{}
				}
				p.Lit[part] = icon
				titles = append(titles, partTitle(part))
			}
			if len(titles) > 0 {
				at = append(at, fmt.Sprintf("Step %d, %s: %s, at %s.", s.Number, s.Title, strings.ToLower(word), listed(titles)))
			}
		}
		if len(at) > 0 {
			p.At = strings.Join(slices.Compact(at), " ")
			return p
		}
	}
	return p
}
