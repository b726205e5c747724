package sim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"

	"github.com/miekg/dns"
)

// listenDNS takes one port for UDP and TCP, at the address of every resolver and
// name server.
func (l *Listener) listenDNS(ctx context.Context) error {
	port, err := l.listenFirst(ctx)
	if err != nil {
		return err
	}
	l.DNS = net.JoinHostPort(addressDNS, strconv.Itoa(port))
	l.Resolvers = []string{l.DNS}
	for _, a := range resolverAddresses[1:] {
		if err := l.listenDNSAt(ctx, a, port); err == nil {
			l.Resolvers = append(l.Resolvers, net.JoinHostPort(a, strconv.Itoa(port)))
		}
	}
	always := context.WithoutCancel(ctx) // name servers come as long as the listener is there
	open := func(a string) error {
		if l.ended() {
			return nil
		}
		return l.listenDNSAt(always, a, port)
	}
	l.sim.mu.Lock()
	defer l.sim.mu.Unlock()
	t := &l.sim.tree
	for _, server := range slices.Sorted(maps.Keys(t.address)) {
		a := t.address[server]
		if a == addressDNS {
			continue
		}
		if err := open(a); err != nil {
			delete(t.server, a)
			t.address[server] = addressDNS
		}
	}
	t.opened = append(t.opened, open)
	return nil
}

// listenFirst takes a free port of the first resolver.
func (l *Listener) listenFirst(ctx context.Context) (port int, err error) {
	for range listenAttempts {
		udp, failed := new(net.ListenConfig).ListenPacket(ctx, "udp", net.JoinHostPort(addressDNS, "0"))
		if failed != nil {
			return 0, fmt.Errorf("listen for DNS: %w", failed)
		}
		tcp, failed := new(net.ListenConfig).Listen(ctx, "tcp", udp.LocalAddr().String())
		if failed == nil {
			l.serveDNSAt(addressDNS, udp, tcp)
			return portOf(tcp), nil
		}
		err = errors.Join(failed, udp.Close())
	}
	return 0, fmt.Errorf("listen for DNS: %w", err)
}

// listenDNSAt takes a port of one address.
func (l *Listener) listenDNSAt(ctx context.Context, address string, port int) error {
	at := net.JoinHostPort(address, strconv.Itoa(port))
	udp, err := new(net.ListenConfig).ListenPacket(ctx, "udp", at)
	if err != nil {
		return fmt.Errorf("listen for DNS: %w", err)
	}
	tcp, err := new(net.ListenConfig).Listen(ctx, "tcp", at)
	if err != nil {
		return fmt.Errorf("listen for DNS: %w", errors.Join(err, udp.Close()))
	}
	l.serveDNSAt(address, udp, tcp)
	return nil
}

func (l *Listener) ended() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

func (l *Listener) serveDNSAt(address string, udp net.PacketConn, tcp net.Listener) {
	handler := l.sim.dnsHandler(address)
	for _, srv := range []*dns.Server{{PacketConn: udp, Handler: handler}, {Listener: tcp, Handler: handler}} {
		started := make(chan struct{})
		srv.NotifyStartedFunc = func() { close(started) }
		if !l.serve(srv.Shutdown, srv.ActivateAndServe) {
			_, _ = udp.Close(), tcp.Close() // nobody has asked them anything
			return
		}
		<-started // Shutdown refuses a server that has not begun
	}
}
