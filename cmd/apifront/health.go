package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"
)

func runHealth(ctx context.Context, p *program, args []string) error {
	f := p.flags("health")
	listen := f.String("listen", p.or("APIFRONT_LISTEN", defaultListen), "address the server listens on (APIFRONT_LISTEN)")
	secure := f.Bool("tls", p.getenv("APIFRONT_TLS_CERT") != "", "the server speaks TLS itself; assumed when APIFRONT_TLS_CERT is set")
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
	scheme := "http"
	if *secure {
		scheme = "https"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	// The certificate is for another name than this machine's address. Nothing
	// is sent but the question whether the server is well.
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // G402, see above
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
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
