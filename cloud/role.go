package cloud

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"

	"apifront/setup"
)

// roleSession is how long a session of a role lasts: the longest that every
// role allows. The SDK renews it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use.html
const roleSession = time.Hour

// renewBefore is how long before its end a session is renewed, so that no call
// is signed with one that ends on its way.
const renewBefore = 2 * time.Minute

// A roleKey tells sessions apart. It holds all that a session depends on, so a
// connection that was changed gets a new session.
type roleKey struct{ role, externalID, source, session string }

// A cachedRole is a session that is used, with the state of the files that its
// source came from.
type cachedRole struct {
	provider aws.CredentialsProvider
	stamp    string
	usedAt   time.Time
}

// assumed is the configuration of a role, assumed from the connection's source.
func (c *Cloud) assumed(ctx context.Context, conn setup.Connection, session string) (aws.Config, error) {
	source, err := c.connection(ctx, conn.Source)
	if err != nil {
		return aws.Config{}, err
	}
	if source.Kind == setup.ConnectionRole { // one hop; the page offers no more
		return aws.Config{}, &setup.Problem{
			What: "The role was not assumed.",
			Why:  "The connection “" + conn.Name + "” names another role as its source, and a role is assumed from the default chain or a profile only.",
			Fix:  "Choose another source on the page of the connection.",
			Code: "SourceIsRole",
		}
	}
	cfg, err := c.config(ctx, source, session)
	if err != nil {
		return aws.Config{}, err
	}
	key, stamp := roleKey{conn.RoleARN, conn.ExternalID, source.ID, session}, fileStamp()
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	got, ok := c.roles[key]
	if !ok || got.stamp != stamp {
		for k, r := range c.roles { // sessions of jobs that have ended
			if now.Sub(r.usedAt) > 2*roleSession {
				delete(c.roles, k)
			}
		}
		got = cachedRole{provider: c.roleProvider(cfg, conn, session), stamp: stamp}
	}
	got.usedAt = now
	c.roles[key] = got
	cfg = cfg.Copy()
	cfg.Credentials = credentials{got.provider, source.Profile, conn}
	return cfg, nil
}

// roleProvider assumes the role when credentials are needed, and again before
// they end.
func (c *Cloud) roleProvider(cfg aws.Config, conn setup.Connection, session string) aws.CredentialsProvider {
	cfg = cfg.Copy()
	if cfg.Region == "" {
		cfg.Region = setup.EdgeRegion // sessions of its endpoint are valid in all regions
	}
	cfg.APIOptions = append(cfg.APIOptions[:len(cfg.APIOptions):len(cfg.APIOptions)], addTimeout, addAnswer, c.addClock, func(stack *middleware.Stack) error {
		a := Account{Connection: conn.ID, record: recordInContext}
		return a.addLedger(stack)
	})
	role := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), conn.RoleARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName, o.Duration = session, roleSession
		if conn.ExternalID != "" {
			o.ExternalID = aws.String(conn.ExternalID)
		}
	})
	return aws.NewCredentialsCache(role, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = renewBefore })
}

// recorded are credentials whose own calls, such as AssumeRole, are recorded in
// the ledger of the call that needs them.
type recorded struct {
	aws.CredentialsProvider
	record setup.Recorder
}

type recorderKey struct{}

// Retrieve finds or renews the credentials.
func (r recorded) Retrieve(ctx context.Context) (aws.Credentials, error) {
	return r.CredentialsProvider.Retrieve(context.WithValue(ctx, recorderKey{}, r.record))
}

func recordInContext(ctx context.Context, c setup.Call) {
	if record, ok := ctx.Value(recorderKey{}).(setup.Recorder); ok {
		record(ctx, c)
	}
}

// forget makes the next account that is opened find its credentials anew: AWS
// has said that those at hand are over.
func (c *Cloud) forget(conn setup.Connection, session string) {
	source := conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if conn.Kind == setup.ConnectionRole {
		delete(c.roles, roleKey{conn.RoleARN, conn.ExternalID, conn.Source, session})
		source, _ = setup.BuiltIn(conn.Source)
	}
	delete(c.configs, source.Profile)
}
