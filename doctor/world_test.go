package doctor_test

import (
	"context"
	"sync"
	"testing"

	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/probe"
	"apifront/setup"
)

const accountID = "111122223333"

// A world is a simulated AWS and Internet, with one account in it.
type world struct {
	sim      *sim.Sim
	account  *cloud.Account
	calls    *ledger
	key      string
	settings probe.Settings
}

// newWorld makes a world whose lists have pageSize entries a page; 0: as AWS
// has.
func newWorld(t *testing.T, pageSize int) world {
	t.Helper()
	s := sim.New(sim.Config{PageSize: pageSize})
	key := s.AddAccount(accountID, "ada")
	w := world{sim: s, calls: &ledger{}, key: key.ID, settings: probe.Settings{Dial: s.Dial, DNS: []string{"127.0.0.1:53"}, CA: s.CA(), AllowPrivate: true}}
	c := cloud.New(cloud.Settings{
		HTTPClient: s.Client(), Endpoint: "http://aws.test",
		Credentials: awscredentials.NewStaticCredentialsProvider(key.ID, key.Secret, ""),
	})
	var err error
	if w.account, err = c.Open(t.Context(), setup.DefaultConnection, "eu-west-1", "", w.calls.record); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w world) prober() *probe.Prober { return probe.New(w.settings, w.calls.record) }

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

// forget empties it.
func (l *ledger) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = nil
}

// services counts the calls of a service.
func (l *ledger) services(name string) (n int) {
	for _, c := range l.all() {
		if c.Service == name {
			n++
		}
	}
	return n
}

func (l *ledger) all() []setup.Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls
}
