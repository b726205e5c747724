package sim

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// pipeLimit is how many octets wait in one direction of a pipe. With net.Pipe
// two ends that both write would wait for each other, as TLS does when it
// closes; here they do not.
const pipeLimit = 256 << 10

// newPipe makes an in-memory connection. closed is called once when the far
// end is closed by its owner.
func newPipe(nearAddr, farAddr net.Addr, closed func()) (near, far *pipe) {
	there, back := newHalf(), newHalf()
	near = &pipe{in: back, out: there, local: nearAddr, remote: farAddr, closed: func() {}}
	far = &pipe{in: there, out: back, local: farAddr, remote: nearAddr, closed: closed}
	return near, far
}

// A pipe is one end of an in-memory connection.
type pipe struct {
	in, out       *half
	local, remote net.Addr
	once          sync.Once
	closed        func()
}

func (p *pipe) Read(b []byte) (int, error)  { return p.in.read(b) }
func (p *pipe) Write(b []byte) (int, error) { return p.out.write(b) }
func (p *pipe) LocalAddr() net.Addr         { return p.local }
func (p *pipe) RemoteAddr() net.Addr        { return p.remote }

// Close ends both directions. What was written stays readable.
func (p *pipe) Close() error {
	p.once.Do(func() {
		p.in.change(func(h *half) { h.readerGone = true })
		p.out.change(func(h *half) { h.writerGone = true })
		p.closed()
	})
	return nil
}

func (p *pipe) SetDeadline(t time.Time) error {
	return errors.Join(p.SetReadDeadline(t), p.SetWriteDeadline(t))
}

func (p *pipe) SetReadDeadline(t time.Time) error {
	p.in.change(func(h *half) { h.readTill = t })
	return nil
}

func (p *pipe) SetWriteDeadline(t time.Time) error {
	p.out.change(func(h *half) { h.writeTill = t })
	return nil
}

// A half is one direction.
type half struct {
	mu                     sync.Mutex
	data                   []byte
	readerGone, writerGone bool
	readTill, writeTill    time.Time
	changed                chan struct{} // closed and replaced at every change
}

func newHalf() *half { return &half{changed: make(chan struct{})} }

func (h *half) change(do func(*half)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	do(h)
	h.wake()
}

func (h *half) wake() {
	close(h.changed)
	h.changed = make(chan struct{})
}

func (h *half) read(b []byte) (n int, err error) {
	err = h.wait(func() (time.Time, bool, error) {
		switch {
		case h.readerGone:
			return time.Time{}, true, io.ErrClosedPipe
		case expired(h.readTill):
			return time.Time{}, true, os.ErrDeadlineExceeded
		case len(h.data) > 0 || len(b) == 0:
			n = copy(b, h.data)
			h.data = h.data[n:]
			h.wake()
			return time.Time{}, true, nil
		case h.writerGone:
			return time.Time{}, true, io.EOF
		}
		return h.readTill, false, nil
	})
	return n, err
}

func (h *half) write(b []byte) (n int, err error) {
	err = h.wait(func() (time.Time, bool, error) {
		switch {
		case h.writerGone || h.readerGone:
			return time.Time{}, true, io.ErrClosedPipe
		case expired(h.writeTill):
			return time.Time{}, true, os.ErrDeadlineExceeded
		}
		if room := min(pipeLimit-len(h.data), len(b)-n); room > 0 {
			h.data = append(h.data, b[n:n+room]...)
			n += room
			h.wake()
		}
		return h.writeTill, n == len(b), nil
	})
	return n, err
}

// wait calls try, with h.mu held, until it is done: at once, after every change,
// and at the time that try names.
func (h *half) wait(try func() (till time.Time, done bool, err error)) error {
	for {
		h.mu.Lock()
		till, done, err := try()
		changed := h.changed
		h.mu.Unlock()
		if done {
			return err
		}
		if till.IsZero() {
			<-changed
			continue
		}
		t := time.NewTimer(time.Until(till))
		select {
		case <-changed:
		case <-t.C:
		}
		t.Stop()
	}
}

func expired(t time.Time) bool { return !t.IsZero() && !time.Now().Before(t) }
