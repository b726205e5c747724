package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// controlPrefix is where the simulator itself is controlled, apart from AWS.
const controlPrefix = "/_sim/"

// callsKept is how many calls the log holds; older ones are dropped.
const callsKept = 50_000

// A Call is one line of the call log.
type Call struct {
	At        time.Time `json:"at"`
	Account   string    `json:"account,omitempty"`
	Service   string    `json:"service"`
	Operation string    `json:"operation"`
	Region    string    `json:"region,omitempty"`
	Status    int       `json:"status"` // 0: the answer was lost
	Code      string    `json:"code,omitempty"`
	Message   string    `json:"message,omitempty"`
	Write     bool      `json:"write"` // it may change something
	RequestID string    `json:"request_id"`
}

// Calls is every call so far, oldest first.
func (s *Sim) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Writes is every call so far that may have changed something and was not
// refused.
func (s *Sim) Writes() []Call {
	return slices.DeleteFunc(s.Calls(), func(c Call) bool { return !c.Write || c.Status >= http.StatusBadRequest })
}

// ForgetCalls empties the call log.
func (s *Sim) ForgetCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}

func (s *Sim) note(req *request, a answer, refused *apiError, at time.Time) {
	c := Call{
		At: at.UTC(), Service: logged(req.service), Operation: logged(req.op), Region: logged(req.region),
		Status: a.Status, Write: !reads(req.op, req.r.Method), RequestID: req.id,
	}
	if req.account != nil {
		c.Account = req.account.ID
	}
	if refused != nil {
		c.Code, c.Message = refused.Code, logged(refused.Message)
	}
	if req.drop != nil {
		c.Status, c.Message = 0, req.drop.Error()
	}
	if len(s.calls) >= callsKept {
		s.calls = slices.Delete(s.calls, 0, callsKept/10)
	}
	s.calls = append(s.calls, c)
}

// loggedBytes is how much of a text the log keeps: messages quote what callers
// sent.
const loggedBytes = 1000

// logged is a text as the log keeps it, in memory of its own.
func logged(text string) string {
	if len(text) > loggedBytes {
		text = strings.ToValidUTF8(text[:loggedBytes], "") + "…"
	}
	return strings.Clone(text) // a part of a header would keep all of it
}

// control answers /_sim/…: for people and scripts beside the simulator, never
// for apifront. Pages of other sites are kept out.
func (s *Sim) control(r *http.Request) answer {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		return plain(http.StatusForbidden, err.Error())
	}
	what := r.Method + " " + r.URL.Path[len(controlPrefix):]
	if a, ok := s.controlWorld(r, what); ok {
		return a
	}
	switch what {
	case "GET calls":
		return s.callLines()
	case "GET state":
		return controlJSON(s.State())
	case "GET faults":
		return controlJSON(s.Ordered())
	case "POST faults":
		return s.orderFromBody(r)
	case "GET dns":
		return controlJSON(s.DNS())
	case "POST dns":
		return s.dnsFromBody(r)
	case "POST policy":
		return s.policyFromBody(r)
	case "POST reset":
		s.Reset()
		return plain(http.StatusOK, "reset")
	default:
		return plain(http.StatusNotFound, "There are GET calls, GET state, GET and POST faults, GET and POST dns, GET and POST sites, POST apis, POST and DELETE blocks, POST functions, POST callers, POST visitors, POST policy, and POST reset.")
	}
}

// callLines is the call log, one JSON object a line.
func (s *Sim) callLines() answer {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	for _, c := range s.Calls() {
		if err := e.Encode(c); err != nil {
			return plain(http.StatusInternalServerError, err.Error())
		}
	}
	return answer{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/jsonl"}}, Body: b.Bytes()}
}

// orderFromBody reads one Fault, or an array of them.
func (s *Sim) orderFromBody(r *http.Request) answer {
	var body bytes.Buffer
	if _, err := body.ReadFrom(http.MaxBytesReader(nil, r.Body, bodyLimit)); err != nil {
		return plain(http.StatusRequestEntityTooLarge, err.Error())
	}
	raw := bytes.TrimSpace(body.Bytes())
	if !bytes.HasPrefix(raw, []byte("[")) {
		raw = slices.Concat([]byte("["), raw, []byte("]"))
	}
	var orders []Fault
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&orders); err != nil {
		return plain(http.StatusBadRequest, "a fault is a JSON object: "+err.Error())
	}
	for _, f := range orders {
		if problem := f.problem(); problem != "" {
			return plain(http.StatusBadRequest, problem)
		}
	}
	if n := len(orders) + len(s.Ordered()); n > faultsKept {
		return plain(http.StatusConflict, fmt.Sprintf("no more than %d faults are ordered at once, and that would be %d", faultsKept, n))
	}
	for _, f := range orders {
		s.Order(f)
	}
	return controlJSON(s.Ordered())
}

// faultsKept is how many faults may be ordered over the wire at once.
const faultsKept = 1000

func controlJSON(v any) answer {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return plain(http.StatusInternalServerError, err.Error())
	}
	return answer{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: append(b, '\n')}
}

func plain(status int, text string) answer {
	return answer{Status: status, Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, Body: []byte(text + "\n")}
}
