// Package cloud is AWS as apifront reaches it: accounts with their SDK clients,
// pacing, the ledger of calls, AWS's errors in plain words, and what the
// wizard's menus list. Package steps uses it to change AWS, the worker to
// answer looks. It writes nothing by itself, and knows neither store nor pages.
package cloud

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"apifront/setup"
)

// Settings say how AWS is reached. The zero value is right
// for a real account.
type Settings struct {
	// HTTPClient sends every AWS call; nil: one client for the whole process,
	// with the proxy of the environment and the roots of AWS_CA_BUNDLE.
	HTTPClient aws.HTTPClient
	// Dial makes the connections of calls where HTTPClient is nil; nil: a
	// net.Dialer's.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Log takes the warnings of the SDK; nil: nobody does.
	Log *slog.Logger
	// Endpoint is the base endpoint of every service; "": the SDK's default,
	// which honours AWS_ENDPOINT_URL.
	Endpoint string
	// Install is the ID of the installation, which each call names in its user
	// agent; "": the call names apifront alone.
	Install string
	// Credentials are used instead of those of the connection when not nil.
	Credentials aws.CredentialsProvider
	// Connection finds a stored connection by its ID; found is false where there
	// is none. nil: there are only the default chain and profiles.
	Connection func(ctx context.Context, id string) (c setup.Connection, found bool, err error)
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

// Cloud opens accounts.
type Cloud struct {
	settings Settings

	mu       sync.Mutex
	configs  map[string]cachedConfig   // by profile
	roles    map[roleKey]cachedRole    // sessions of assumed roles
	accounts map[string]string         // account ID by connection, as STS said
	keys     map[string]setup.Identity // who an access key ID is, as STS said
	skew     time.Duration             // our clock minus AWS's, as the last answer told
	skewAt   time.Time                 // when it told; zero: never

	wiring sync.Mutex
	wires  []wire
}

// New is AWS reached as the settings say. It makes no call.
func New(s Settings) *Cloud {
	return &Cloud{
		settings: s, configs: map[string]cachedConfig{}, roles: map[roleKey]cachedRole{},
		accounts: map[string]string{}, keys: map[string]setup.Identity{},
	}
}

// accountID is the account behind a connection, as STS last said; "": not asked yet.
func (c *Cloud) accountID(connection string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.accounts[connection]
}
