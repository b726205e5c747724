package probe

import (
	"fmt"

	"apifront/setup"
)

// The phases of a request, in order. It can fail in each of them.
const (
	PhaseResolve = "dns"     // no address was found
	PhaseConnect = "connect" // no address answered
	PhaseTLS     = "tls"     // the certificate was refused, or the handshake failed
	PhaseHTTP    = "http"    // no answer came, or only a part of one
)

// A RequestError is a request that got no complete answer.
type RequestError struct {
	Phase string // the phase in which it failed: PhaseResolve, …
	Host  string // the host that was requested or dialled
	Err   error
}

func (e *RequestError) Error() string {
	return fmt.Sprintf("request to %s: %s: %s", e.Host, e.Phase, e.Err)
}

func (e *RequestError) Unwrap() error { return e.Err }

// Problem says how far the request got, for people.
func (e *RequestError) Problem() *setup.Problem {
	p := &setup.Problem{Service: "apifront", Said: setup.ClipMessage(e.Err.Error()), Code: "Probe-" + e.Phase}
	switch e.Phase {
	case PhaseResolve:
		p.What, p.Why = "A test request could not be sent.", "DNS has no address for "+e.Host+"."
		p.Fix = "Wait until DNS knows the name, then re-run the step."
	case PhaseConnect:
		p.What, p.Why = "A test request was not answered.", "No address of "+e.Host+" took the connection."
		p.Fix = "Check that this machine may make HTTPS connections to the Internet, then re-run the step."
	case PhaseTLS:
		p.What, p.Why = "A test request was stopped by the certificate.", "The server that answered for "+e.Host+" did not show a certificate that is valid for the name."
		p.Fix = "Check which certificate is shown, and wait if it was set up minutes ago, then re-run the step."
	default:
		p.What, p.Why = "A test request broke off.", e.Host+" took the connection, but no whole answer came back."
		p.Fix = "Re-run the step. If it lasts, look at what the API does with a plain GET."
	}
	return p
}

// Temporary says whether the same request may get further in a while. It does
// not if the certificate is not valid for the name: waiting does not change
// that.
func (e *RequestError) Temporary() bool { return e.Phase != PhaseTLS }
