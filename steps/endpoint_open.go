package steps

import (
	"context"
	"maps"
	"strings"
	"time"

	"apifront/setup"
)

func wantsEndpoint(s setup.Spec, r setup.Resource) (bool, string) {
	api := strings.TrimPrefix(r.Key, setup.EndpointKey(""))
	switch {
	case !s.Edge.CloseEndpoints:
		return false, "Its default endpoint is to be open again."
	case !closesEndpoints(s):
		return false, "Callers are not led to CloudFront any more."
	case r.Region != s.Account.Region:
		return false, "The paths are mapped in " + s.Account.Region + " now."
	}
	for _, p := range endpointsOf(s) {
		if p.api == api {
			return true, ""
		}
	}
	return false, "No path leads to the API any more."
}

// openEndpoint opens a default endpoint that apifront closed. It stays closed while
// another setup of this installation wants that: the last one opens it. That it is
// being opened is stored first, so that of two setups which do so at once each sees it
// of the other, and both open it.
func openEndpoint(ctx context.Context, e *Env, r setup.Resource) error {
	p, ok := endpointOf(r)
	if !ok {
		return e.gone(ctx, r)
	}
	a, err := e.Account.In(r.Region)
	if err != nil {
		return err
	}
	began := r.Attributes[setup.AttrOpening] != ""
	if !began {
		r.Attributes = maps.Clone(r.Attributes)
		r.Attributes[setup.AttrOpening] = e.stamp()
		if err := e.store(ctx, r); err != nil {
			return err
		}
	}
	others, err := e.closers(ctx, r)
	if err != nil {
		return err
	}
	if len(others) > 0 {
		r.Attributes = maps.Clone(r.Attributes)
		r.Attributes[setup.AttrLeft] = "It stays closed, as " + firstOf(others) + " wants it too."
		return e.gone(ctx, r)
	}
	e.forget(readEndpoint + p.api)
	closed, known, err := p.closed(ctx, e, a)
	switch {
	case err != nil:
		return err
	case !known, !closed && !began: // the API is gone, or somebody has opened it
		return e.gone(ctx, r)
	case closed:
		if err := p.set(ctx, e, a, false); err != nil {
			return err
		}
	}
	if err := p.touch(ctx, a); err != nil {
		return err
	}
	return e.gone(ctx, r)
}

// endpointOpenStep opens default endpoints before callers go back to where they were:
// what led them there may call the API by its own name.
func endpointOpenStep() Step {
	s := opensEndpoints("default-endpoint-open")
	s.Kinds = []setup.JobKind{setup.JobRestore}
	s.Applies = func(s setup.Spec) (bool, string) { return s.Edge.CloseEndpoints, "No default endpoint was closed." }
	s.Grants = func(s Scope) (grants []Grant) {
		if !s.Spec.Edge.CloseEndpoints {
			return nil
		}
		for _, p := range endpointsOf(s.Spec) {
			grants = append(grants, s.endpointGrants(p, Writes)...)
		}
		return grants
	}
	return s
}

// endpointDeleteStep opens them when the setup is taken down.
func endpointDeleteStep() Step {
	s := opensEndpoints("default-endpoint-delete")
	s.Kinds = teardownOnly
	s.Grants = func(s Scope) []Grant { return s.deleteGrants(isEndpoint) }
	return s
}

// opensEndpoints is a step that opens all default endpoints that apifront closed for
// the setup.
func opensEndpoints(id setup.StepID) Step {
	observe, apply := deletes(endpointID, "No default endpoint was closed")
	return Step{
		ID:      id,
		Thing:   "default endpoints",
		Title:   "Open default endpoints again",
		Why:     "APIs whose default endpoint apifront has closed answer by their own names again, as they did before. One that was closed before, or that another setup wants closed, stays closed.",
		Service: "API Gateway",
		Needs:   []setup.StepID{"identity"},
		Parts:   []setup.Part{setup.PartGateway},
		Wait:    Wait{Every: 5 * time.Second, Settle: 2 * time.Second, Limit: 10 * time.Minute, Usual: 3 * time.Second},
		Actions: []string{"apigateway:GET", "apigateway:PATCH"},
		Observe: observe,
		Apply:   apply,
	}
}
