package sim

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FaultKind is what an ordered fault does to a call.
type FaultKind string

// The kinds of fault.
const (
	FaultError      FaultKind = "error"       // refused with Code, nothing done
	FaultErrorAfter FaultKind = "error-after" // the work is done, but Code is answered
	FaultDelay      FaultKind = "delay"       // done at once, answered after Delay
	FaultLost       FaultKind = "lost"        // the work is done, the connection closed without an answer
	FaultReset      FaultKind = "reset"       // connection reset, nothing done
	FaultInstead    FaultKind = "instead"     // something on the way answers Status and Body in AWS's place, nothing done
	FaultMangled    FaultKind = "mangled"     // the work is done, but the answer has Body, or nothing
	FaultCut        FaultKind = "cut"         // the work is done, but half of the answer's body arrives
	FaultDenied     FaultKind = "denied"      // refused as IAM refuses this very call of this very caller
	FaultCAA        FaultKind = "caa"         // RequestCertificate: the certificate fails with CAA_ERROR
	FaultStuck      FaultKind = "stuck"       // RequestCertificate: the certificate stays PENDING_VALIDATION
)

func (k FaultKind) known() bool {
	return slices.Contains([]FaultKind{"", FaultError, FaultErrorAfter, FaultDelay, FaultLost, FaultReset, FaultInstead, FaultMangled, FaultCut, FaultDenied, FaultCAA, FaultStuck}, k)
}

// A Fault is something that goes wrong with calls, ordered ahead.
type Fault struct {
	ID         string        `json:"id,omitempty"` // whatever the one who orders likes
	Service    string        `json:"service"`      // acm, apigateway, cloudfront, route53, sts; "" is any
	Operation  string        `json:"operation"`    // such as CreateDomainName, or several with "|" between; "" is any
	Region     string        `json:"region,omitempty"`
	Skip       int           `json:"skip,omitempty"`  // matching calls that pass first: 2 hits the third
	Times      int           `json:"times,omitempty"` // calls it hits then; 0 is once
	Kind       FaultKind     `json:"kind"`            // "" is error
	Status     int           `json:"status,omitempty"`
	Code       string        `json:"code,omitempty"`
	Message    string        `json:"message,omitempty"`
	RetryAfter int           `json:"retry_after,omitempty"` // seconds
	Delay      time.Duration `json:"delay,omitempty"`       // nanoseconds in JSON
	Body       string        `json:"body,omitempty"`        // for instead and mangled
}

// problem says why a fault that came over the network is not taken, "" if it is.
func (f Fault) problem() string {
	switch {
	case !f.Kind.known():
		return "unknown fault kind " + string(f.Kind)
	case f.Kind == FaultInstead && (f.Status < 200 || f.Status > 599):
		return "the status of an answer in AWS's place is from 200 to 599"
	case f.Kind != FaultInstead && f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return "a fault's status is from 400 to 599"
	case f.Skip < 0, f.Times < 0, f.Delay < 0, f.RetryAfter < 0:
		return "a fault's numbers are not negative"
	default:
		return ""
	}
}

// fault is an order with what is left of it.
type fault struct {
	Fault
	skip, left int
}

// Lost answers.
var (
	errLost  = errors.New("connection closed before the answer")
	errReset = errors.New("connection reset by peer")
)

// Order makes coming calls go wrong. Orders are tried in the order given; the
// first that fits a call applies.
func (s *Sim) Order(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	if f.Kind == "" {
		f.Kind = FaultError
	}
	s.faults = append(s.faults, &fault{Fault: f, skip: f.Skip, left: f.Times})
	s.changed()
}

// Ordered is what was ordered and has not happened yet, Skip and Times being
// what is left of them.
func (s *Sim) Ordered() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := []Fault{}
	for _, f := range s.faults {
		o := f.Fault
		o.Skip, o.Times = f.skip, f.left
		left = append(left, o)
	}
	return left
}

// Withdraw takes back every order with the ID, or all of them for "".
func (s *Sim) Withdraw(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = slices.DeleteFunc(s.faults, func(f *fault) bool { return id == "" || f.ID == id })
	s.changed()
}

// faultFor uses up one count of the first order that fits the call.
func (s *Sim) faultFor(req *request) *fault {
	for i, f := range s.faults {
		if !f.fits(req) {
			continue
		}
		if f.skip > 0 {
			f.skip--
			continue
		}
		f.left--
		if f.left <= 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return f
	}
	return nil
}

func (f *fault) fits(req *request) bool {
	return (f.Service == "" || f.Service == req.service) &&
		(f.Operation == "" || slices.Contains(strings.Split(f.Operation, "|"), req.op)) &&
		(f.Region == "" || f.Region == req.region)
}

func (f *fault) apply(s *Sim, req *request, run operation) (answer, error) {
	switch f.Kind {
	case FaultErrorAfter:
		if a, err := run(s, req); err != nil {
			return a, err
		}
		return answer{}, f.refusal()
	case FaultDelay:
		req.late = f.Delay
		return run(s, req)
	case FaultLost:
		a, err := run(s, req)
		req.drop = errLost
		return a, err
	case FaultReset:
		req.drop = errReset
		return answer{Status: http.StatusOK}, nil
	case FaultInstead:
		req.stranger = true
		return f.page(), nil
	case FaultMangled, FaultCut:
		a, err := run(s, req)
		if err != nil {
			return a, err
		}
		if f.Kind == FaultCut {
			a.Body = a.Body[:len(a.Body)/2]
		} else {
			a.Body = []byte(f.Body)
		}
		return a, nil
	case FaultDenied:
		wanted, known := needs[req.service+":"+req.op]
		asks := s.asks(req, wanted)
		if !known || len(asks) == 0 {
			return answer{}, notModelled("what IAM asks for %s of %s", req.op, req.service)
		}
		return answer{}, denied(req, asks[0], implicitDeny, "identity-based")
	case FaultCAA, FaultStuck:
		req.effect = f.Kind
		return run(s, req)
	case FaultError:
		return answer{}, f.refusal()
	default:
		return answer{}, notModelled("the fault kind %s", strconv.Quote(string(f.Kind)))
	}
}

// page is what something on the way answers.
func (f *fault) page() answer {
	a := answer{Status: f.Status, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}, "Server": {"proxy"}}, Body: []byte(f.Body)}
	if f.Status >= 300 && f.Status < 400 {
		a.Header.Set("Location", "https://sign-in.proxy.example/")
	}
	if f.Status == http.StatusProxyAuthRequired {
		a.Header.Set("Proxy-Authenticate", `Basic realm="proxy"`)
	}
	return a
}

func (f *fault) refusal() *apiError {
	e := &apiError{Status: f.Status, Code: f.Code, Message: f.Message, RetryAfter: f.RetryAfter}
	if e.Code == "" {
		e.Status, e.Code = http.StatusInternalServerError, "InternalFailure"
	}
	if e.Message == "" {
		e.Message = "ordered fault"
	}
	return e
}
