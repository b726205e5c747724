package setup

import "strings"

// A Problem is what a person reads when something stops.
type Problem struct {
	What    string `json:"what"`              // what happened, past tense, one sentence, no codes
	Why     string `json:"why"`               // in plain words
	Fix     string `json:"fix"`               // what to do; starts with a verb
	Ref     string `json:"ref,omitempty"`     // AWS's request ID
	Ours    string `json:"ours,omitempty"`    // what to quote to us instead, where there is none
	Service string `json:"service,omitempty"` // who said Said, as people write it: "API Gateway"
	Said    string `json:"said,omitempty"`    // its own words, whole: "BadRequestException: …"
	Code    string `json:"code,omitempty"`    // AWS's error code, or one of ours
}

// Denied says whether AWS did not allow a call.
func (p *Problem) Denied() bool {
	switch p.Code {
	case "AccessDenied", "AccessDeniedException", "UnauthorizedException", "UnauthorizedOperation", "NotAuthorized":
		return true
	}
	return false
}

// Reference is what to quote when asking about the problem, and what that is:
// only a request ID of AWS's is called one. Problems that were stored before
// Ours have our references in Ref; those have blanks, and AWS's have none.
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

// Error makes a Problem an error, so that a step can return one itself.
func (p *Problem) Error() string {
	if p.Said != "" {
		return p.What + " " + p.Service + " said: " + p.Said
	}
	return p.What + " " + p.Why
}

// An Explained is an error that says itself what it means to people.
type Explained interface {
	error
	// Problem is made anew at each call.
	Problem() *Problem
	// Temporary says whether the same may well go through in a while.
	Temporary() bool
}
