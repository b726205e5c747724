package probe_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/probe"
	"apifront/setup"
)

const accountID = "111122223333"

// A world is a simulated AWS with its DNS, its edge locations and its Regional
// endpoints.
type world struct {
	sim      *sim.Sim
	settings probe.Settings
	calls    *ledger
	key      sim.Key
}

func newWorld(t *testing.T) world {
	t.Helper()
	return newWorldAt(t, sim.Config{})
}

// newWorldAt is a world whose simulator has a configuration.
func newWorldAt(t *testing.T, config sim.Config) world {
	t.Helper()
	s := sim.New(config)
	return world{
		sim: s, calls: &ledger{}, key: s.AddAccount(accountID, "ada"),
		settings: probe.Settings{Dial: s.Dial, DNS: []string{"127.0.0.1:53"}, CA: s.CA(), AllowPrivate: true},
	}
}

// account is the account that makes what the test probes.
func (w world) account(t *testing.T) *cloud.Account {
	t.Helper()
	c := cloud.New(cloud.Settings{
		HTTPClient: w.sim.Client(), Endpoint: "http://aws.test",
		Credentials: awscredentials.NewStaticCredentialsProvider(w.key.ID, w.key.Secret, ""),
	})
	a, err := c.Open(t.Context(), setup.DefaultConnection, "eu-west-1", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A ledger keeps the calls that it is told of.
type ledger struct {
	mu    sync.Mutex
	calls []setup.Call
}

func (l *ledger) record(_ context.Context, c setup.Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, c)
}

func (l *ledger) all() []setup.Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls
}

// slowly returns a dial function that waits before it dials.
func slowly(dial func(context.Context, string, string) (net.Conn, error), pause time.Duration) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		time.Sleep(pause)
		return dial(ctx, network, address)
	}
}
