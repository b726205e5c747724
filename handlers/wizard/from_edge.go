package wizard

import (
	"apifront/handlers"
	"apifront/setup"
	"apifront/web"
	webwizard "apifront/web/wizard"
)

// The values of the answer about an edge-optimised custom domain.
const (
	edgeMoves = "move"
	edgeStays = "leave"
)

// readFromEdge reads what becomes of an edge-optimised custom domain. Where the page did
// not ask, the answer stays, unless it is known that there is none of this name.
func readFromEdge(c *visit) error {
	d := &c.spec().Domain
	switch c.form.Get("from-edge") {
	case edgeMoves:
		d.FromEdge = true
	case edgeStays:
		d.FromEdge = false
	}
	if !d.FromEdge || d.Name == "" {
		return nil
	}
	facts, err := handlers.Stored[setup.NameFacts](c.ctx, c.s.Server, handlers.NameKey(c.spec().Account, d.Name))
	if err != nil {
		return err
	}
	if v := facts.Value; facts.Have && facts.Problem == nil && v.Edge == nil && v.HolderID == "" && v.Unread[setup.NameHolder] == "" && c.fresh() {
		d.FromEdge = false
	}
	return nil
}

// fromEdgeView asks what becomes of an edge-optimised custom domain of the name; nil:
// there is none.
func fromEdgeView(facts handlers.Answer[setup.NameFacts], a setup.Account, d setup.Domain) *webwizard.FromEdgeView {
	edge := facts.Value.Edge
	if !facts.Have || edge == nil {
		return nil
	}
	detail := "It becomes Regional and gets this setup's distribution, in about an hour and with no failed request, unless its access mode is STRICT. Once the edge endpoint is gone, the way back leads to the Regional one: a new edge endpoint takes about 40 minutes."
	if a.Region != "" && a.Region != edge.Region {
		detail = "It is in " + edge.Region + " with its APIs and mappings. Choose that region on the page Account and region first."
	}
	return &webwizard.FromEdgeView{
		Options: []web.Option{
			{Value: edgeMoves, ID: "from-edge-move", Text: "Move it", Detail: detail, Chosen: d.FromEdge},
			{Value: edgeStays, Text: "Leave it", Detail: "The job stops before it changes anything of it.", Chosen: !d.FromEdge},
		},
		Steps: []string{
			"The custom domain gets a Regional endpoint beside the edge one, and your distribution is made without the name.",
			"Both endpoints are asked for every mapped path, and have to answer alike.",
			"DNS leads callers to the Regional endpoint. Where you manage DNS, the job shows the record and waits.",
			"The job waits until nobody remembers the old record, and asks every name server.",
			"The edge endpoint is removed, and CloudFront lets go of the name; so far that took 40 minutes at the most.",
			"Your distribution gets the name, is tested, and traffic moves to it.",
		},
	}
}
