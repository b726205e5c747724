package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

func runHealth(ctx context.Context, p *program, args []string) error {
	f := p.flags("health")
	listen := f.String("listen", p.or("APIFRONT_LISTEN", defaultListen), "address the server listens on (APIFRONT_LISTEN)")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(*listen)
	if err != nil {
		return usageError{fmt.Errorf("the address %q is not HOST:PORT", *listen)}
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answers %s", res.Status)
	}
	_, err = fmt.Fprintln(p.stdout, "ok")
	return err
}
