//go:build unix

package db

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// A certificate with its key, as files.
type pair struct {
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
	files [2]string
}

// certify makes a certificate; by nil: its own authority.
func certify(t *testing.T, dir, name string, by *pair) *pair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true, IsCA: by == nil,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	p := &pair{key: key, files: [2]string{filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key")}}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	must(t, err)
	p.cert, err = x509.ParseCertificate(der)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	must(t, os.WriteFile(p.files[0], pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(t, os.WriteFile(p.files[1], pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	return p
}

// postgresTools is the folder of initdb; without one the test is skipped.
func postgresTools(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	must(t, err)
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("there is no initdb, and CI=true")
		}
		t.Skip("SKIPPED: there is no initdb; install PostgreSQL to see this test")
	}
	return filepath.Dir(found[len(found)-1])
}

// asPostgres makes a command run as somebody who is not root: PostgreSQL
// refuses that.
func asPostgres(t *testing.T, dir string, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	cmd.Dir = dir
	if os.Getuid() != 0 {
		return cmd
	}
	u, err := user.Lookup("postgres")
	must(t, err)
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	must(t, err)
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	must(t, err)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	must(t, filepath.Walk(dir, func(path string, _ os.FileInfo, err error) error {
		return errors.Join(err, os.Chown(path, int(uid), int(gid)))
	}))
	return cmd
}

// tlsPostgres starts a PostgreSQL that takes connections with TLS alone, and
// returns its port.
func tlsPostgres(t *testing.T, dir string, server *pair) int {
	t.Helper()
	tools := postgresTools(t)
	data := filepath.Join(dir, "data")
	out, err := asPostgres(t, dir, exec.CommandContext(t.Context(), filepath.Join(tools, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")).CombinedOutput()
	if err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	must(t, os.WriteFile(filepath.Join(data, "pg_hba.conf"), []byte("hostssl all all 127.0.0.1/32 trust\n"), 0o600))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	must(t, l.Close())
	cmd := exec.CommandContext(context.Background(), filepath.Join(tools, "postgres"), "-D", data, "-h", "127.0.0.1", "-p", strconv.Itoa(port), "-k", "",
		"-c", "fsync=off", "-c", "ssl=on", "-c", "ssl_cert_file="+server.files[0], "-c", "ssl_key_file="+server.files[1])
	var log strings.Builder
	cmd.Stderr = &log
	must(t, asPostgres(t, dir, cmd).Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGINT) // at once, in good order
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	for end := time.Now().Add(15 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := pgx.Connect(t.Context(), fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=require", port))
		if err == nil {
			must(t, c.Close(t.Context()))
			return port
		}
		if time.Now().After(end) {
			t.Fatalf("PostgreSQL did not start: %v", err)
		}
	}
}

// A PostgreSQL is reached with TLS: its certificate is checked against the
// authority and the host's name, for every connection, the one that listens
// too; and a process opens no more connections than it may.
func TestPostgresWithTLS(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "apifront-tls-") // t.TempDir's parents are closed to others
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	postgresTools(t)
	authority, stranger := certify(t, dir, "authority", nil), certify(t, dir, "stranger", nil)
	port := tlsPostgres(t, dir, certify(t, dir, "localhost", authority))
	url := func(host, more string) string {
		return fmt.Sprintf("postgres://postgres@%s:%d/postgres?%s", host, port, more)
	}
	const most = 8
	good := url("localhost", "sslmode=verify-full&sslrootcert="+authority.files[0]+fmt.Sprintf("&pool_max_conns=%d", most))
	s := replica(t, good)
	s.listening(t)
	changed, stop := s.Watch(7)
	defer stop()
	must(t, s.put(t.Context(), "k", "x", 7))
	if !woken(changed, 5*time.Second) {
		t.Error("a commit did not come back over TLS")
	}

	// A crowd, and the number of connections meanwhile.
	var group sync.WaitGroup
	for i := range 60 {
		group.Go(func() {
			for n := range 10 {
				_, err := s.kept(context.Background(), "k")
				err2 := s.put(context.Background(), fmt.Sprintf("k%d-%d", i, n), "x")
				if err := errors.Join(err, err2); err != nil {
					t.Error(err)
				}
			}
		})
	}
	crowd := 0
	finished := make(chan struct{})
	go func() { group.Wait(); close(finished) }()
	for over := false; !over; {
		var total, plain int
		err := s.pool.QueryRow(t.Context(), `
			SELECT count(*), count(*) FILTER (WHERE NOT l.ssl) FROM pg_stat_activity a JOIN pg_stat_ssl l USING (pid)
			WHERE a.application_name = 'apifront'`).Scan(&total, &plain)
		must(t, err)
		crowd = max(crowd, total)
		if plain > 0 {
			t.Errorf("%d of %d connections are without TLS", plain, total)
		}
		select {
		case <-finished:
			over = true
		case <-time.After(5 * time.Millisecond):
		}
	}
	if crowd < 4 || crowd > most+1 {
		t.Errorf("a crowd opened %d connections, want at most %d and one that listens", crowd, most)
	}
	t.Logf("a crowd of 60 had %d connections of %d and 1", crowd, most)

	for _, c := range []struct{ what, url, want string }{
		{"a stranger's authority", url("localhost", "sslmode=verify-full&sslrootcert="+stranger.files[0]), "certificate"},
		{"another name", url("127.0.0.1", "sslmode=verify-full&sslrootcert="+authority.files[0]), "certificate"},
		{"no TLS", url("localhost", "sslmode=disable"), "pg_hba.conf"},
	} {
		s, err := Open(t.Context(), c.url)
		if err == nil {
			must(t, s.Close())
			t.Errorf("%s: it was opened", c.what)
		} else if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %q, want one line with %q", c.what, err, c.want)
		}
	}
}
