package sim

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// bodyLimit is the largest request body that is read, in bytes.
const bodyLimit = 1 << 20

// A request is one call while it is answered. Operations run with s.mu held.
type request struct {
	r        *http.Request
	body     []byte
	id       string // AWS request ID
	account  *account
	region   string // from the SigV4 scope
	service  string // from the SigV4 scope: acm, apigateway, cloudfront, route53, sts, …
	op       string // operation, once known
	args     map[string]string
	form     url.Values    // query protocol: the decoded body
	effect   FaultKind     // what an ordered fault wants the operation to do
	late     time.Duration // the answer waits this long
	stranger bool          // something on the way answered
	drop     error         // the answer never arrives: a lostAnswer
	version  int64         // what must be saved before the answer; 0: nothing
}

// arg is a {name} of the route's path, unescaped.
func (r *request) arg(name string) string { return r.args[name] }

// query is a query parameter, "" if absent.
func (r *request) query(name string) string { return r.r.URL.Query().Get(name) }

// ServeHTTP answers the control plane's protocols, and the simulator's own
// control under /_sim/.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var a answer
	if strings.HasPrefix(r.URL.Path, controlPrefix) {
		a = s.control(r)
	} else {
		var err error
		if a, err = s.exchange(r); err != nil {
			hangUp(w, err)
			return
		}
	}
	for k, v := range a.Header {
		w.Header()[k] = v
	}
	w.WriteHeader(a.Status)
	if r.Method != http.MethodHead {
		if _, err := w.Write(a.Body); err != nil {
			s.logf("write answer: %v", err)
		}
	}
}

// hangUp ends the connection without an answer.
func hangUp(w http.ResponseWriter, cause error) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2 or a test recorder: the nearest there is
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok && errors.Is(cause, errReset) {
		_ = tcp.SetLinger(0) // close sends RST; if not, it closes all the same
	}
	_ = conn.Close() // nobody is left to tell
}

// exchange answers one request. An error means that no answer arrives: the
// context has ended, or a fault was ordered that loses the answer.
func (s *Sim) exchange(r *http.Request) (answer, error) {
	started := time.Now()
	var body []byte
	tooLarge := false
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(io.LimitReader(r.Body, bodyLimit+1))
		if err != nil {
			return answer{}, err
		}
		tooLarge = len(body) > bodyLimit
	}
	if err := sleep(r.Context(), s.cfg.Pace.Latency); err != nil {
		return answer{}, err
	}
	req := &request{r: r, body: body}
	a := s.answer(req, tooLarge, started)
	if req.version > 0 {
		if err := s.keeper.upTo(req.version); err != nil {
			s.logf("%v", err)
		}
	}
	if err := sleep(r.Context(), req.late); err != nil {
		return answer{}, err
	}
	return a, req.drop
}

// answer runs the operation under the lock and writes it down.
func (s *Sim) answer(req *request, tooLarge bool, started time.Time) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	req.id = s.newRequestID()
	s.settle()
	a, err := s.dispatch(req, tooLarge)
	if !reads(req.op, req.r.Method) {
		s.indexTags()
	}
	var refused *apiError
	if err != nil {
		if !errors.As(err, &refused) {
			s.logf("%s %s: %v", req.service, req.op, err)
			refused = refuseWith(http.StatusInternalServerError, "InternalFailure", "The simulator broke: %v", err)
		}
		own := a // some errors carry a body of their own
		a = errorAnswer(req, refused)
		if own.Body != nil {
			a.Body = own.Body
		}
	}
	if a.Header == nil {
		a.Header = http.Header{}
	}
	if !req.stranger {
		a.Header.Set("X-Amzn-Requestid", req.id)
		if req.service == "apigateway" {
			a.Header.Set("X-Amz-Apigw-Id", gatewayID(req.id))
		}
	}
	s.note(req, a, refused, started)
	s.noteTrail(req, refused)
	version := s.changed()
	if refused == nil && (!reads(req.op, req.r.Method) || req.op == "AssumeRole") {
		req.version = version
	}
	return a
}

// dispatch finds the service by the SigV4 scope: ACM and STS both POST to /.
func (s *Sim) dispatch(req *request, tooLarge bool) (answer, error) {
	if err := s.authenticate(req); err != nil {
		return answer{}, err
	}
	if tooLarge {
		return answer{}, refuseWith(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "The request body is over %d bytes.", bodyLimit)
	}
	switch req.service {
	case "acm":
		return s.acm(req)
	case "apigateway":
		return s.apigateway(req)
	case "cloudfront":
		return s.cloudfront(req)
	case "route53":
		return s.route53(req)
	case "sts":
		return s.sts(req)
	case "iam":
		return s.iam(req)
	case "tagging":
		return s.tagging(req)
	case "cloudtrail":
		return s.cloudtrail(req)
	case "monitoring":
		return s.monitoring(req)
	case "logs":
		return s.logs(req)
	default:
		return answer{}, notModelled("the service %q", req.service)
	}
}

// An operation does the work of a call, with s.mu held.
type operation func(*Sim, *request) (answer, error)

// perform runs an operation under its name if the key may, with the faults
// ordered for it. Every operation goes through here.
func (s *Sim) perform(req *request, op string, run operation) (answer, error) {
	req.op = op
	if err := s.authorize(req); err != nil {
		return answer{}, err
	}
	f := s.faultFor(req)
	if f == nil {
		return run(s, req)
	}
	return f.apply(s, req, run)
}

// sleep waits, unless the context ends first.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Sim) logf(format string, args ...any) {
	if s.cfg.Log != nil {
		s.cfg.Log(format, args...)
	}
}
