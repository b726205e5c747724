package cloud

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"

	"apifront/setup"
)

// How many connections are kept open between calls. A process makes a few dozen
// passes at once, and few of them ask the same host at the same moment.
const (
	idlePerHost = 32
	idleInAll   = 128
	idleFor     = 90 * time.Second
)

// mostWires is how many pools a process has: one for each set of roots that
// connections name, which is nearly always one.
const mostWires = 8

// A wire is one pool of connections for all calls that trust the same roots.
// The SDK's own client is copied into every service client, and each copy has a
// pool of its own.
type wire struct {
	roots  *x509.CertPool // nil: the system's
	client keeper
}

// A keeper is a client that keeps its connections when answers come at once.
type keeper struct{ aws.HTTPClient }

// Do sends a request. The SDK closes the request's body when the answer is
// there. A moment earlier net/http may still ask the body for a last octet, with
// WriteTo, which then fails and costs the connection; Read does not fail.
func (k keeper) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return k.HTTPClient.Do(r)
}

func (k keeper) closeIdle() {
	if client, ok := k.HTTPClient.(*http.Client); ok {
		client.CloseIdleConnections()
	}
}

// wire is the pool for calls over one of the SDK's clients, which knows the
// roots of AWS_CA_BUNDLE or of the profile. Calls with different credentials
// share it, since each call is signed by itself. A client that is not the SDK's
// is used as it is.
func (c *Cloud) wire(from aws.HTTPClient) aws.HTTPClient {
	if from == nil {
		from = awshttp.NewBuildableClient()
	}
	sdk, ok := from.(*awshttp.BuildableClient)
	if !ok {
		return from
	}
	var roots *x509.CertPool
	if t := sdk.GetTransport().TLSClientConfig; t != nil {
		roots = t.RootCAs
	}
	c.wiring.Lock()
	defer c.wiring.Unlock()
	if i := slices.IndexFunc(c.wires, func(w wire) bool { return sameRoots(w.roots, roots) }); i >= 0 {
		return c.wires[i].client
	}
	if len(c.wires) >= mostWires {
		c.wires[0].client.closeIdle()
		c.wires = slices.Delete(c.wires, 0, 1)
	}
	client := keeper{sdk.WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost, t.MaxIdleConns, t.IdleConnTimeout = idlePerHost, idleInAll, idleFor
		t.OnProxyConnectResponse = proxyAnswered
		if c.settings.Dial != nil {
			t.DialContext = c.settings.Dial
		}
	}).Freeze()}
	c.wires = append(c.wires, wire{roots, client})
	return client
}

func sameRoots(a, b *x509.CertPool) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(b)
}

// A pooledSTS assumes the role of a profile over the connections of all other
// calls: the SDK gives the client that it makes for that a pool of its own.
type pooledSTS struct {
	stscreds.AssumeRoleAPIClient
	client *aws.HTTPClient // known once the profile is loaded
}

// AssumeRole implements stscreds.AssumeRoleAPIClient.
func (p pooledSTS) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, opts ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	opts = append(slices.Clone(opts), func(o *sts.Options) {
		if *p.client != nil {
			o.HTTPClient = *p.client
		}
	})
	return p.AssumeRoleAPIClient.AssumeRole(ctx, in, opts...)
}

// An sdkLog writes what the SDK has to say into the program's log. By itself
// the SDK writes lines of text to standard error.
type sdkLog struct{ log *slog.Logger }

// Logf implements logging.Logger.
func (l sdkLog) Logf(as logging.Classification, format string, v ...any) {
	level := slog.LevelDebug
	if as == logging.Warn {
		level = slog.LevelWarn
	}
	l.log.Log(context.Background(), level, "the AWS SDK", "text", setup.ClipMessage(fmt.Sprintf(format, v...)))
}

// sdkLogger is what clients of the SDK log to.
func (c *Cloud) sdkLogger() logging.Logger {
	if c.settings.Log == nil {
		return logging.Nop{}
	}
	return sdkLog{c.settings.Log}
}
