package worker_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
)

func (w *world) newWire() *wire {
	way := dial(w.sim.Dial)
	if w.around != nil {
		way = w.around(way)
	}
	return &wire{client: w.sim.Client(), net: way, end: make(chan struct{}), asked: make(chan struct{})}
}

// A dial makes connections.
type dial func(ctx context.Context, network, address string) (net.Conn, error)

// A wire is a process's way to AWS and to the Internet. It can end the process
// at a call.
type wire struct {
	client *http.Client
	net    dial
	end    chan struct{} // closed when the process dies
	asked  chan struct{} // closed when the process is asked to stop

	mu    sync.Mutex
	calls int
	stop  stop // where the process dies
	cut   int  // the call whose answer is cut off; 0: none
	tell  int  // the call before which told is called; 0: none
	told  func()
	luck  func() mishap
	after func(call int)           // of each call that was carried out; nil: nothing
	edit  func(*http.Response)     // changes each answer; nil: nothing
	hang  func(*http.Request) bool // whether a call is never answered; nil: none
}

var errDead = errors.New("the process is dead")

// Do implements aws.HTTPClient.
func (w *wire) Do(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.calls++
	call, after, edit := w.calls, w.after, w.edit
	last, how := w.calls == w.stop.call, w.stop.how
	mishap := noMishap
	if w.calls == w.cut {
		mishap = answerCut
	} else if w.luck != nil {
		mishap = w.luck()
	}
	hang := w.hang
	told := w.told
	if w.calls != w.tell {
		told = nil
	}
	w.mu.Unlock()
	if told != nil {
		go told() // the call goes on meanwhile
	}
	switch {
	case last && how == stopBefore:
		close(w.end)
	case last && how == stopAsked:
		close(w.asked)
	}
	if w.dead() {
		<-r.Context().Done()
		return nil, errDead
	}
	if hang != nil && hang(r) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	if mishap == callReset {
		return nil, syscall.ECONNRESET
	}
	res, err := w.client.Do(r)
	if after != nil {
		after(call)
	}
	if edit != nil && err == nil {
		edit(res)
	}
	if last && how == stopLost {
		close(w.end)
	}
	if w.dead() {
		if err == nil {
			_ = res.Body.Close() // in memory
		}
		<-r.Context().Done()
		return nil, errDead
	}
	switch {
	case err != nil:
	case mishap == answerLost:
		_ = res.Body.Close() // in memory
		return nil, io.ErrUnexpectedEOF
	case mishap == answerCut:
		res.Body = io.NopCloser(io.MultiReader(io.LimitReader(res.Body, res.ContentLength/2), broken{}))
	}
	return res, err
}

// A mishap is what the network does to a call.
type mishap int

const (
	noMishap   mishap = iota
	callReset         // nothing was done
	answerLost        // done, and nothing comes back
	answerCut         // done, and half of the answer comes back
	mishaps
)

// broken is where the connection of an answer breaks.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func (w *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if w.dead() {
		<-ctx.Done()
		return nil, errDead
	}
	return w.net(ctx, network, address)
}

func (w *wire) dead() bool { return closed(w.end) }

// over says whether the process is dead or asked to stop.
func (w *wire) over() bool { return closed(w.end) || closed(w.asked) }

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// endAt makes the process die.
func (w *wire) endAt(p stop) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stop = p
}

// cutOff makes the answer to a call end in its middle.
func (w *wire) cutOff(call int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = call
}

// tellAt calls told when a call begins.
func (w *wire) tellAt(call int, told func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell, w.told = call, told
}

func (w *wire) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls
}
