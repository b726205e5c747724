package sim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
)

// ListenConfig says where a Sim listens.
type ListenConfig struct {
	Address  string   // of the control plane, "host:port"; "": a free port of 127.0.0.1
	DataPort int      // of the data plane's TLS; 0: a free one
	Names    []string // of the control plane, beside Address and the loopback ones
}

// A Listener is a Sim on loopback sockets: the control plane over HTTP, DNS
// over UDP and TCP, the edges at 127.0.0.2 and 127.0.0.3, the regional
// endpoint at 127.0.0.4, sites at 127.0.0.5. Where those addresses cannot be
// had, everything is at 127.0.0.1, and a name that an edge knows is the edge's. The other resolvers
// and the name servers have addresses of their own in 127.53.0.0/16, at the port
// of the first resolver; where those cannot be had, name servers are there too.
type Listener struct {
	AWSEndpoint string   // base URL of every service
	DNS         string   // "host:port" of the first resolver
	Resolvers   []string // "host:port" of all of them
	ProbePort   int      // TLS port of edges and regional endpoint
	HTTPPort    int      // port of the edges without TLS, in place of 80
	CAFile      string   // PEM; removed by Close

	sim     *Sim
	once    sync.Once
	mu      sync.Mutex // guards what follows
	closed  bool
	closers []func() error
	running sync.WaitGroup
}

// Ports are chosen freely as a group: this often, if others take them.
const listenAttempts = 20

// Listen opens the sockets. The context limits opening them, not serving:
// Close ends that.
func (s *Sim) Listen(ctx context.Context, cfg ListenConfig) (_ *Listener, err error) {
	if cfg.Address == "" {
		cfg.Address = "127.0.0.1:0"
	}
	l := &Listener{sim: s}
	defer func() {
		if err != nil {
			l.Close()
		}
	}()
	var lc net.ListenConfig
	control, err := lc.Listen(ctx, "tcp", cfg.Address)
	if err != nil {
		return nil, fmt.Errorf("listen for AWS calls: %w", err)
	}
	l.AWSEndpoint = "http://" + control.Addr().String()
	host, _, err := net.SplitHostPort(cfg.Address)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen for AWS calls: %w", err), control.Close())
	}
	srv := &http.Server{Handler: ownNames(host, cfg.Names, s), ReadHeaderTimeout: serveHeader, ReadTimeout: serveRead, IdleTimeout: serveIdle}
	l.serve(srv.Close, func() error { return srv.Serve(control) })
	if err := l.listenDNS(ctx); err != nil {
		return nil, err
	}
	if err := l.listenData(ctx, cfg.DataPort); err != nil {
		return nil, err
	}
	if err := l.writeCA(); err != nil {
		return nil, err
	}
	return l, nil
}

// Close ends serving and removes CAFile.
func (l *Listener) Close() {
	l.once.Do(func() {
		l.mu.Lock()
		l.closed = true
		closers := l.closers
		l.mu.Unlock()
		for _, end := range closers {
			if err := end(); err != nil && !errors.Is(err, net.ErrClosed) {
				l.sim.logf("close: %v", err)
			}
		}
		l.sim.closeSockets()
		l.running.Wait()
	})
}

// serve runs a server until end is called. Once the listener is closed it does
// not begin.
func (l *Listener) serve(end, run func() error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.closers = append(l.closers, end)
	l.running.Go(func() {
		if err := run(); err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			l.sim.logf("serve: %v", err)
		}
	})
	return true
}

// spot is one listening place of the data plane.
type spot struct {
	at      place
	address string
}

var (
	tlsSpots   = []spot{{placeEdge0, addressEdge0}, {placeEdge1, addressEdge1}, {placeRegional, addressRegional}, {placeForeign, addressForeign}}
	plainSpots = []spot{{placeEdge0, addressEdge0}, {placeEdge1, addressEdge1}, {placeForeign, addressForeign}}
	flatSpots  = []spot{{placeAny, addressDNS}}
)

// listenData takes one TLS port for edges and regional endpoint, and one for
// the edges without TLS.
func (l *Listener) listenData(ctx context.Context, port int) error {
	secure, err := listenSpots(ctx, tlsSpots, port)
	spots, plain := tlsSpots, plainSpots
	if err != nil {
		spots, plain = flatSpots, flatSpots
		if secure, err = listenSpots(ctx, spots, port); err != nil {
			return fmt.Errorf("listen for visitors: %w", err)
		}
	}
	flat := len(spots) == 1
	l.sim.mu.Lock()
	l.sim.net.flat = flat
	l.sim.mu.Unlock()
	for i, sp := range spots {
		srv := l.sim.server(sp.at, true)
		l.serve(srv.Close, func() error { return srv.ServeTLS(secure[i], "", "") })
	}
	l.ProbePort = portOf(secure[0])
	open, err := listenSpots(ctx, plain, 0)
	if err != nil {
		return fmt.Errorf("listen for visitors without TLS: %w", err)
	}
	for i, sp := range plain {
		srv := l.sim.server(sp.at, false)
		l.serve(srv.Close, func() error { return srv.Serve(open[i]) })
	}
	l.HTTPPort = portOf(open[0])
	return nil
}

// listenSpots listens at one port of several addresses.
func listenSpots(ctx context.Context, spots []spot, port int) ([]net.Listener, error) {
	var failed error
	for range listenAttempts {
		all, err := listenOnce(ctx, spots, port)
		if err == nil {
			return all, nil
		}
		failed = err
		if port != 0 {
			break
		}
	}
	return nil, failed
}

func listenOnce(ctx context.Context, spots []spot, port int) ([]net.Listener, error) {
	var lc net.ListenConfig
	var all []net.Listener
	for _, sp := range spots {
		one, err := lc.Listen(ctx, "tcp", net.JoinHostPort(sp.address, strconv.Itoa(port)))
		if err != nil {
			for _, other := range all {
				err = errors.Join(err, other.Close())
			}
			return nil, err
		}
		all = append(all, one)
		port = portOf(one)
	}
	return all, nil
}

func portOf(l net.Listener) int {
	if a, ok := l.Addr().(*net.TCPAddr); ok {
		return a.Port
	}
	return 0
}

// writeCA puts the authority's certificate into a file of its own.
func (l *Listener) writeCA() error {
	pem, err := l.sim.ca.pem()
	if err != nil {
		return err
	}
	f, err := os.CreateTemp("", "apifront-simulator-ca-*.pem")
	if err != nil {
		return fmt.Errorf("write the simulator's CA: %w", err)
	}
	l.CAFile = f.Name()
	l.mu.Lock()
	l.closers = append(l.closers, func() error { return os.Remove(l.CAFile) })
	l.mu.Unlock()
	_, err = f.Write(pem)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write the simulator's CA: %w", err)
	}
	return nil
}
