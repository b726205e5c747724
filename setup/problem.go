package setup

import "strings"

// A Problem tells a person why something stopped, and what to do.
type Problem struct {
	What    string `json:"what"`              // what happened, past tense, one sentence, no codes
	Why     string `json:"why"`               // the reason, in plain words
	Fix     string `json:"fix"`               // what to do; starts with a verb
	Ref     string `json:"ref,omitempty"`     // AWS's request ID
	Ours    string `json:"ours,omitempty"`    // our reference, for a problem without a request ID
	Service string `json:"service,omitempty"` // the service that sent Said, as people write it: "API Gateway"
	Said    string `json:"said,omitempty"`    // the service's own words, complete: "BadRequestException: …"
	Code    string `json:"code,omitempty"`    // AWS's error code, or one of apifront's own
	// Meanwhile says that nothing has stopped yet: the step goes on looking, and
	// this is what its last look found wrong.
	Meanwhile bool `json:"meanwhile,omitempty"`

	From   StepID   `json:"from,omitempty"`   // the step with which the job goes on; "": the one that stopped
	Also   []StepID `json:"also,omitempty"`   // further steps with which it goes on
	Remake string   `json:"remake,omitempty"` // key of what has to be made again, where only steps know which step makes it; "": nothing
	Act    string   `json:"act,omitempty"`    // what a button says that does so: "Request a new certificate"; "": nothing of its own
	Add    []Record `json:"add,omitempty"`    // DNS records that end the problem, to copy
	Drop   []Record `json:"drop,omitempty"`   // DNS records that are to be changed or deleted
}

// CodeCallersCome is the code of the question whether a teardown goes on while callers
// still come. A person may answer it with “Go on”.
const CodeCallersCome = "CallersCome"

// Denied says whether a permission is what is missing. CloudFront refuses an account
// that AWS has not verified with the same code, and a role's trust is no matter of the
// setup's policies.
func (p *Problem) Denied() bool {
	if strings.Contains(p.Said, "must be verified") || p.Service == "STS" {
		return false
	}
	switch p.Code {
	case "AccessDenied", "AccessDeniedException", "UnauthorizedException", "UnauthorizedOperation", "NotAuthorized":
		return true
	}
	return false
}

// Reference returns what to quote when asking somebody about the problem, and
// what to call it. Only a request ID of AWS is called that. Problems that were
// stored before the field Ours existed have our reference in Ref. It has
// blanks, and a request ID has none.
func (p *Problem) Reference() (name, value string) {
	switch {
	case p.Ref != "" && !strings.Contains(p.Ref, " "):
		return "Request ID", p.Ref
	case p.Ref != "":
		return "Reference", p.Ref
	case p.Ours != "":
		return "Reference", p.Ours
	}
	return "", ""
}

// Error lets a step return a Problem as an error.
func (p *Problem) Error() string {
	if p.Said != "" {
		return p.What + " " + p.Service + " said: " + p.Said
	}
	return p.What + " " + p.Why
}

// An Explained is an error that knows the Problem to show to people.
type Explained interface {
	error
	// Problem returns a new Problem at each call.
	Problem() *Problem
	// Temporary says whether the same act may well succeed in a while.
	Temporary() bool
}
