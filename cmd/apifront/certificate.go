package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookEvery is how often, at most, the files of a certificate are looked at.
const lookEvery = time.Second

// A certificate is read from two files, and read again after they change, so
// that a renewal needs no restart. Files that do not fit each other, as in the
// midst of a renewal, leave the old one in use.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu     sync.Mutex
	pair   *tls.Certificate
	stamps [2]stamp // of the files that were read last
	looked time.Time
}

// A stamp tells one content of a file from the next.
type stamp struct {
	changed time.Time
	size    int64
}

func openCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	if err := c.read(); err != nil {
		return nil, err
	}
	return c, nil
}

// read reads the files if they are not those that were read last.
func (c *certificate) read() error {
	var now [2]stamp
	for i, file := range []string{c.certFile, c.keyFile} {
		st, err := os.Stat(file)
		if err != nil {
			return fmt.Errorf("the certificate cannot be read: %w", err)
		}
		now[i] = stamp{st.ModTime(), st.Size()}
	}
	if now == c.stamps {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("the certificate %s and the key %s cannot be used: %w", c.certFile, c.keyFile, err)
	}
	c.pair, c.stamps = &pair, now
	return nil
}

// get is the certificate for a handshake.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.looked) >= lookEvery {
		c.looked = now
		if err := c.read(); err != nil {
			c.log.Warn("the certificate is not renewed: the old one stays in use", "error", err)
		}
	}
	return c.pair, nil
}
