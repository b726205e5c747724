package cloud_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
)

// Accounts that trust the same roots share connections, also when their
// credentials differ. One that does not trust the server gets no answer, though
// a connection of others is open.
func TestConnectionsAreSharedByRoots(t *testing.T) {
	s := sim.New(sim.Config{})
	one, other := s.AddAccount(accountID, "ada"), s.AddAccount("444455556666", "bob")
	var handshakes atomic.Int32
	server := httptest.NewUnstartedServer(s)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes are refused on purpose
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			handshakes.Add(1)
		}
	}
	server.StartTLS()
	defer server.Close()
	bundle := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	profile := func(name string, key sim.Key, more string) string {
		return "[profile " + name + "]\nregion = eu-west-1\naws_access_key_id = " + key.ID + "\naws_secret_access_key = " + key.Secret +
			"\nendpoint_url = " + server.URL + "\n" + more
	}
	files(t, profile("one", one, "ca_bundle = "+bundle+"\n")+profile("other", other, "ca_bundle = "+bundle+"\n")+profile("wary", one, ""), "")
	c := cloud.New(cloud.Settings{})
	for i, name := range []string{"one", "other", "wary", "one", "other"} {
		who, err := identity(t, c, setup.ProfileConnection(name), nil)
		want := map[string]string{"one": accountID, "other": "444455556666"}[name]
		if who.AccountID != want || (err != nil) != (want == "") {
			t.Errorf("profile %s is account %s: %v", name, who.AccountID, err)
		}
		if n := handshakes.Load(); i < 2 && n != 1 {
			t.Errorf("after %d calls over trusted roots there were %d connections", i+1, n)
		}
	}
	refused := handshakes.Load()
	if _, err := identity(t, c, setup.ProfileConnection("one"), nil); err != nil || handshakes.Load() != refused {
		t.Errorf("a connection was given up: %d after %d; %v", handshakes.Load(), refused, err)
	}
}

// What the SDK has to say stands in the program's log, as JSON, and not on
// standard error. A process of its own has a standard error that nothing else
// writes to.
func TestSDKWarnsInTheLog(t *testing.T) {
	const name = "TestSDKWarnsInTheLog"
	if os.Getenv(name) != "" {
		warn(t)
		return
	}
	files(t, "[default]\nregion = eu-west-1\naws_access_key_id = A\naws_secret_access_key = B\n", "")
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+name+"$", "-test.v") // #nosec G204 -- the test's own program
	child.Env = append(os.Environ(), name+"=1")
	var stdout, stderr bytes.Buffer
	child.Stdout, child.Stderr = &stdout, &stderr
	if err := child.Run(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, &stdout, &stderr)
	}
	if stderr.Len() > 0 {
		t.Errorf("on standard error: %s", &stderr)
	}
	_, text, _ := strings.Cut(stdout.String(), "log: ")
	text, _, _ = strings.Cut(text, "\n")
	var line struct{ Level, Msg, Text string }
	if err := json.Unmarshal([]byte(text), &line); err != nil || line.Level != "WARN" || !strings.Contains(line.Text, "Date") {
		t.Errorf("the log has %q: %v\n%s", text, err, &stdout)
	}
}

// warn makes the SDK warn, of an answer with a date that it cannot read: once
// into a log, which it prints, and once where the program has none.
func warn(t *testing.T) {
	strange := wire(func(r *http.Request) (*http.Response, error) {
		text := `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account><Arn>arn:aws:iam::111122223333:user/ada</Arn><UserId>A</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>`
		return &http.Response{StatusCode: 200, Header: http.Header{"Date": {"yesterday"}}, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
	})
	var lines bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&lines, nil))
	for _, s := range []cloud.Settings{{HTTPClient: strange, Log: logger}, {HTTPClient: strange}} {
		a, err := cloud.New(s).Open(t.Context(), setup.DefaultConnection, "eu-west-1", "", func(context.Context, setup.Call) {})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Identity(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Printf("log: %s\n", lines.Bytes())
}
