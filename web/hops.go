package web

import (
	"strings"

	"apifront/setup"
)

// A HopView is one hop of the way of a request.
type HopView struct {
	Mark, Word      string // icon, and what it means
	Kind            string // "Name", "Edge", "Origin", "API"
	Claim, Text, ID string
	Console         ConsoleLink // to the thing of it in AWS
}

// An AskedView is one question, its answer, and the line that repeats it.
type AskedView struct {
	What, Answer, Line string
	Bad                bool
}

// HopKind is what people call a part of the way of a request; "" for none.
func HopKind(p setup.Part) string {
	switch p {
	case setup.PartName:
		return "Name"
	case setup.PartEdge:
		return "Edge"
	case setup.PartOrigin:
		return "Origin"
	case setup.PartGateway:
		return "API"
	}
	return ""
}

// NewHop is a hop as it was seen.
func NewHop(h setup.Hop) HopView {
	v := HopView{
		Kind: HopKind(h.Part), Claim: setup.Clip(setup.Printable(h.Claim), 80), Text: setup.Clip(setup.Printable(h.Text), 400),
		ID: setup.Clip(setup.Printable(h.ID), 253),
	}
	switch h.State {
	case setup.HopRight:
		v.Mark, v.Word = "done", "right"
	case setup.HopWrong:
		v.Mark, v.Word = "failed", "wrong"
	case setup.HopDiffers:
		v.Mark, v.Word = "you", "differs"
	case setup.HopAway:
		v.Mark, v.Word = "ready", "not moved"
	default:
		v.Mark, v.Word = "unsure", "not known"
	}
	if h.Past && h.State == setup.HopRight {
		v.Claim = "Answers past the fault"
	}
	return v
}

// AskedViews are questions as pages show them, whatever is stored.
func AskedViews(list []setup.Asked) (all []AskedView) {
	for _, a := range list {
		v := AskedView{What: setup.Clip(setup.Printable(a.What), 300), Answer: setup.Clip(setup.Printable(a.Answer), 300), Bad: a.Bad}
		if a.Line == setup.Printable(a.Line) && len(a.Line) <= 1000 {
			v.Line = a.Line
		}
		all = append(all, v)
	}
	return all
}

// tool is the program that a line runs, for those who only hear the button.
func (v AskedView) tool() string {
	name, _, _ := strings.Cut(v.Line, " ")
	return name + " line for: " + v.What
}
