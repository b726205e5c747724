package setup

// A Problem is what a person reads when something stops.
type Problem struct {
	What    string `json:"what"`              // what happened, past tense, one sentence, no codes
	Why     string `json:"why"`               // in plain words
	Fix     string `json:"fix"`               // what to do; starts with a verb
	Ref     string `json:"ref,omitempty"`     // AWS request ID, or a reference of ours
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
