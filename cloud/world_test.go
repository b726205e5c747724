package cloud_test

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"

	"apifront/cloud"
	"apifront/cloud/sim"
	"apifront/setup"
)

const (
	accountID = "111122223333"
	endpoint  = "http://aws.test"
)

// A world is a simulated AWS, and apifront's way to it.
type world struct {
	sim   *sim.Sim
	cloud *cloud.Cloud
	calls *ledger
	key   sim.Key
}

func newWorld(t *testing.T, cfg sim.Config, change ...func(*cloud.Settings)) world {
	t.Helper()
	s := sim.New(cfg)
	key := s.AddAccount(accountID, "ada")
	settings := cloud.Settings{
		HTTPClient: s.Client(), Endpoint: endpoint,
		Credentials: awscredentials.NewStaticCredentialsProvider(key.ID, key.Secret, ""),
	}
	for _, f := range change {
		f(&settings)
	}
	return world{s, cloud.New(settings), &ledger{}, key}
}

func (w world) open(t *testing.T, region string) *cloud.Account {
	t.Helper()
	return open(t, w.cloud, region, w.calls)
}

func open(t *testing.T, c *cloud.Cloud, region string, l *ledger) *cloud.Account {
	t.Helper()
	a, err := c.Open(t.Context(), setup.DefaultConnection, region, "job 1 step x", l.record)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A ledger keeps what is recorded.
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

// wire answers AWS calls by hand.
type wire func(*http.Request) (*http.Response, error)

func (w wire) Do(r *http.Request) (*http.Response, error) { return w(r) }

// wired is an account whose calls are answered by hand.
func wired(t *testing.T, w wire, change ...func(*cloud.Settings)) (*cloud.Account, *ledger) {
	t.Helper()
	settings := cloud.Settings{
		HTTPClient: w, Endpoint: endpoint,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AK", SecretAccessKey: "SK"}, nil
		}),
	}
	for _, f := range change {
		f(&settings)
	}
	l := &ledger{}
	return open(t, cloud.New(settings), "eu-west-1", l), l
}
