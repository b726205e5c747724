package steps

import (
	"context"
	"slices"

	"apifront/probe"
	"apifront/setup"
)

// Gentle is how much a look from outside spares the API. Nobody is there to ask
// for what a schedule does, and it does so for years.
type Gentle int

// The ways to look.
const (
	AsksAll   Gentle = iota // every path, and WebSockets are opened: a person asked for it
	OpensNone               // every path; a WebSocket is not opened, which would run $connect
	AsksOne                 // likewise, and only one path as long as that answers
)

// sockets says whether WebSockets are opened.
func (g Gentle) sockets() bool { return g == AsksAll }

// asked parts the mappings into those that a test asks, and those that it leaves
// out. Where there are WebSockets alone, they are asked without being opened, which
// shows the way to API Gateway.
func (g Gentle) asked(all []setup.Mapping) (asked, left []setup.Mapping, unopened bool) {
	if g.sockets() {
		return all, nil, false
	}
	for _, m := range all {
		if m.Kind == setup.APIKindWebSocket {
			left = append(left, m)
		} else {
			asked = append(asked, m)
		}
	}
	if len(asked) == 0 {
		return all, all, true
	}
	return asked, left, false
}

// try asks for every mapped path as a visitor does, by the outermost rung. A gentle
// one asks for the first path alone; if that does not show that all is well, it
// asks for the others too.
func try(ctx context.Context, e *Env, outermost setup.Rung) (t trial, err error) {
	defer func() { e.seen.tried = &t }()
	asked, left, unopened := e.Gentle.asked(e.Setup.Spec.API.Mappings)
	if e.Gentle == AsksOne && !unopened && len(asked) > 1 {
		t, err := tryOf(ctx, e, outermost, asked[:1], false)
		if err != nil || t.Proved() {
			t.left = slices.Concat(asked[1:], left)
			return t, err
		}
	}
	t, err = tryOf(ctx, e, outermost, asked, unopened)
	t.left = left
	return t, err
}

// Proved says whether all that was asked works. Of WebSockets that are not opened
// it is enough that API Gateway answers through CloudFront: what the answers say
// is dropped by the decoder, since it proves nothing of the API.
func (t trial) Proved() bool {
	if !t.unopened {
		return t.Reading.Proved()
	}
	silent := func(e setup.Evidence) bool { return e.Failed != "" || !probe.ThroughEdge(&e) }
	return t.locked == nil && len(t.seen) > 0 && !slices.ContainsFunc(t.Paths, func(p probe.PathReading) bool { return p.Seen != nil }) && !slices.ContainsFunc(t.seen, silent)
}

// pathsOf are the paths of mappings, as findings name them.
func pathsOf(list []setup.Mapping) (all []string) {
	for _, m := range list {
		all = append(all, m.DisplayPath())
	}
	return all
}
