package steps

import (
	"errors"
	"slices"
	"time"

	"github.com/aws/smithy-go"

	"apifront/cloud"
	"apifront/setup"
)

func problem(what, why, fix string) *setup.Problem {
	return &setup.Problem{What: what, Why: why, Fix: fix}
}

// from is the problem of which the job goes on with another step than the one that
// stopped; act is what a button says that does so.
func from(step setup.StepID, act string, p *setup.Problem) *setup.Problem {
	p.From, p.Act = step, act
	return p
}

// explained is the Problem of an error of AWS, in the words of the step and
// with AWS's own message.
func explained(err error, what, why, fix string) *setup.Problem {
	p := *cloud.Explain(err)
	p.What, p.Why, p.Fix = what, why, fix
	return &p
}

// code says whether the error is an answer of AWS with one of these error
// codes.
func code(err error, codes ...string) bool {
	return err != nil && slices.Contains(codes, cloud.Code(err))
}

// said is AWS's error message, or "". It is used only where AWS has one code
// for different errors.
func said(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorMessage()
	}
	return ""
}

// outdated says whether CloudFront refused a change because somebody else has
// changed the resource since it was read. The error code has other meanings
// too, such as a pricing plan. Only the message tells them apart.
func outdated(err error) bool {
	return code(err, "PreconditionFailed", "InvalidIfMatchVersion") && cloud.Temporary(err)
}

// notYet asks the worker to come back after a while. It is not a failure.
func notYet(in time.Duration, why string) error {
	return &cloud.NotYet{At: time.Now().Add(in), Why: why, Busy: true}
}

// unknownStatus waits while AWS returns a status that this version does not
// know. The status may lead to a known one, so the step concludes nothing from
// it.
func unknownStatus(service, thing, status string) Observation {
	if status == "" {
		status = "no status at all"
	}
	o := pending(service + " gives " + thing + " a status that apifront does not know: " + status)
	o.Problem = problem(
		service+" gives "+thing+" a status that apifront does not know.",
		"It is "+status+". Nothing was concluded from it, and it did not change while this step waited.",
		"Look in the console of "+service+" what it means for "+thing+", do what it asks for, then re-run this step.",
	)
	o.Problem.Service, o.Problem.Said = service, status
	return o
}
