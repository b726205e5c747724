// Package cloud is AWS as apifront reaches it, and the world as a visitor sees
// it: accounts with their SDK clients, pacing, the ledger of calls, AWS's
// errors in plain words, what the wizard's menus list, and probes over DNS and
// HTTPS. Package steps uses it to change AWS, the worker to answer looks. It
// writes nothing by itself, and knows neither store nor pages.
package cloud

import (
	"context"
	"crypto/x509"
	"net"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"apifront/setup"
)

// Settings say how AWS and the Internet are reached. The zero value is right
// for a real account.
type Settings struct {
	// HTTPClient sends every AWS call; nil: the SDK's own.
	HTTPClient aws.HTTPClient
	// Endpoint is the base endpoint of every service; "": the SDK's default,
	// which honours AWS_ENDPOINT_URL.
	Endpoint string
	// Credentials are used instead of those of the connection when not nil.
	Credentials aws.CredentialsProvider
	// Connection finds a stored connection by its ID; found is false where there
	// is none. nil: there are only the default chain and profiles.
	Connection func(ctx context.Context, id string) (c setup.Connection, found bool, err error)
	// Dial makes the connections of probes; nil: a net.Dialer's.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// ProbeDNS are the resolvers that probes ask, as "host:port"; empty: the
	// system's, or public ones where the system names none.
	ProbeDNS []string
	// ProbePort is the HTTPS port of probes; 0: 443.
	ProbePort int
	// ProbeCA are the roots that probes trust; nil: the system's.
	ProbeCA *x509.CertPool
	// AllowPrivate lets probes dial loopback, private and link-local addresses.
	AllowPrivate bool
	// Turn hands out the turns that all jobs share: 0 is "now", and more is
	// the time until the turn that was reserved; nil: no pacing.
	Turn func(ctx context.Context, key, holder string, every time.Duration) (time.Duration, error)
	// Hold says that AWS refused the call of a holder whose turn had come: no
	// turn comes before the wait is over, and the holder's is the first. nil:
	// nobody is told.
	Hold func(ctx context.Context, key, holder string, wait time.Duration) error
	// Pace changes the time between two calls of an action, such as
	// "apigateway:CreateDomainName"; nil: what AWS asks for. A simulator that
	// runs faster than AWS answers less.
	Pace func(action string, every time.Duration) time.Duration
}

// Cloud opens accounts and makes probes.
type Cloud struct {
	settings Settings

	mu       sync.Mutex
	configs  map[string]cachedConfig   // by profile
	roles    map[roleKey]cachedRole    // sessions of assumed roles
	accounts map[string]string         // account ID by connection, as STS said
	keys     map[string]setup.Identity // who an access key ID is, as STS said
	skew     time.Duration             // our clock minus AWS's, as the last answer told
	skewAt   time.Time                 // when it told; zero: never
}

// New is AWS reached as the settings say. It makes no call.
func New(s Settings) *Cloud {
	return &Cloud{
		settings: s, configs: map[string]cachedConfig{}, roles: map[roleKey]cachedRole{},
		accounts: map[string]string{}, keys: map[string]setup.Identity{},
	}
}

// A Recorder is told each HTTP attempt to AWS, each DNS query and each HTTPS
// probe, after its end. It fills in which job, step and attempt it was for.
type Recorder func(ctx context.Context, c setup.Call)

// accountID is the account behind a connection, as STS last said; "": not asked yet.
func (c *Cloud) accountID(connection string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.accounts[connection]
}
