package handlerstest

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
	"time"
)

// An EventStream reads a stream of events.
type EventStream struct {
	t    testing.TB
	Resp *Response
	C    chan Message
}

// A Message is one message of a stream.
type Message struct{ ID, Event, Data string }

// Events opens the stream at a path.
func (s *JobSite) Events(path string, header http.Header) *EventStream {
	s.T.Helper()
	resp := s.Request(http.MethodGet, path, nil, header)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		s.T.Fatalf("GET %s: %d, %s", path, resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	st := &EventStream{t: s.T, Resp: resp, C: make(chan Message, 100)}
	go st.read()
	return st
}

func (st *EventStream) read() {
	defer close(st.C)
	var m Message
	lines := bufio.NewScanner(st.Resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch {
		case lines.Text() == "":
			if m != (Message{}) {
				st.C <- m
			}
			m = Message{}
		case field == "id":
			m.ID = value
		case field == "event":
			m.Event = value
		case field == "data":
			m.Data += value + "\n"
		}
	}
}

// Next is the next message; the zero one when the stream has ended.
func (st *EventStream) Next() Message {
	st.t.Helper()
	select {
	case m := <-st.C:
		return m
	case <-time.After(5 * time.Second):
		st.t.Fatal("no message within 5 s")
		return Message{}
	}
}

// Close leaves the stream.
func (st *EventStream) Close() { _ = st.Resp.Body.Close() }
