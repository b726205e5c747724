package cloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"

	"apifront/setup"
)

// How often the SDK itself tries a call. More patience is the worker's, which
// can wait without holding anything.
const attempts = 3

// callTimeout is the limit of one AWS call, with the SDK's own retries.
const callTimeout = 30 * time.Second

// processTimeout is how long a credential_process may take. It is below the
// limit of a call, so that people are told what hangs. Only its test changes it.
var processTimeout = 15 * time.Second

// A cachedConfig is a loaded configuration, kept so that credentials from SSO
// or an assumed role are not fetched anew for every step, and the state of the
// files it was loaded from.
type cachedConfig struct {
	config aws.Config
	stamp  string
}

// Open is the account behind a connection: the default chain, a profile, or a
// stored connection. Region is that of ACM, API Gateway and STS; holder names who
// waits when calls are paced, such as a job's step; rec may be nil. Open reads
// the AWS configuration files and makes no call. A connection that does not
// exist, or a profile, is a *setup.Problem.
func (c *Cloud) Open(ctx context.Context, connection, region, holder string, rec setup.Recorder) (*Account, error) {
	return c.OpenAs(ctx, connection, region, holder, setup.SessionName("look", ""), rec)
}

// OpenAs is Open for somebody: session is the name of the session of a role to
// assume, which CloudTrail shows beside each call.
func (c *Cloud) OpenAs(ctx context.Context, connection, region, holder, session string, rec setup.Recorder) (*Account, error) {
	conn, err := c.connection(ctx, connection)
	if err != nil {
		return nil, err
	}
	if p := conn.RefuseRegion(region); p != nil {
		return nil, p // before anything is made that builds an address from it
	}
	cfg, err := c.config(ctx, conn, session)
	if err != nil {
		return nil, err
	}
	if region == "" {
		if region, err = ownRegion(conn, cfg); err != nil {
			return nil, err
		}
	}
	a := &Account{Connection: conn.ID, Region: region, ID: c.accountID(conn.ID), cloud: c, way: conn, session: session, holder: holder, record: rec, stood: &stood{}}
	a.configure(cfg)
	return a, nil
}

// configure gives the account the configuration of its connection.
func (a *Account) configure(cfg aws.Config) {
	a.base, a.config = cfg, cfg.Copy()
	if a.record != nil {
		a.config.Credentials = recorded{a.config.Credentials, a.record}
	}
	a.config.APIOptions = append(a.config.APIOptions[:len(a.config.APIOptions):len(a.config.APIOptions)],
		awsmiddleware.AddUserAgentKeyValue(Agent, cmp.Or(a.cloud.settings.Install, "unnamed")), a.addWay, addTimeout, addSpelling, a.addPace, addAnswer, a.cloud.addClock, a.addLedger)
}

// In is the account in another region: API Gateway, and the turns that it
// allows, are that region's. A region that the connection is not for is a
// *setup.Problem.
func (a *Account) In(region string) (*Account, error) {
	if region == a.Region {
		return a, nil
	}
	if p := a.way.RefuseRegion(region); p != nil {
		return nil, p
	}
	b := &Account{Connection: a.Connection, Region: region, ID: a.ID, cloud: a.cloud, way: a.way, session: a.session, holder: a.holder, record: a.record, stood: a.stood}
	b.configure(a.base)
	return b, nil
}

// ownRegion is where a connection leads by itself: the region that the
// environment or the AWS configuration files name, unless the connection is
// for others.
func ownRegion(conn setup.Connection, cfg aws.Config) (string, error) {
	switch {
	case len(conn.Regions) > 0 && !conn.In(cfg.Region):
		if p := conn.RefuseRegion(conn.Regions[0]); p != nil {
			return "", p
		}
		return conn.Regions[0], nil
	case cfg.Region == "":
		return setup.EdgeRegion, nil
	case !regionCode.MatchString(cfg.Region):
		return "", &setup.Problem{
			What: "The AWS configuration could not be used.",
			Why:  fmt.Sprintf("It names the region “%s”, which cannot be one of AWS.", setup.ClipMessage(cfg.Region)),
			Fix:  fmt.Sprintf("Correct the region in AWS_REGION or in %s, then try again.", configFile()),
			Code: "UnknownRegion",
		}
	}
	return cfg.Region, nil
}

// regionCode matches the code of every region, also of other partitions: the
// settings of the server may name one of those.
var regionCode = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`)

// connection finds a connection by its ID.
func (c *Cloud) connection(ctx context.Context, id string) (setup.Connection, error) {
	if conn, ok := setup.BuiltIn(id); ok {
		return conn, nil
	}
	if c.settings.Connection != nil {
		conn, found, err := c.settings.Connection(ctx, id)
		if err != nil {
			return conn, fmt.Errorf("find connection %s: %w", id, err)
		}
		if found {
			return conn, nil
		}
	}
	return setup.Connection{}, &setup.Problem{
		What: fmt.Sprintf("The connection %q could not be used.", setup.ClipMessage(id)),
		Why:  "This server has no such connection; it may have been deleted.",
		Fix:  "Choose a connection on the page Account and region.",
		Code: "UnknownConnection",
	}
}

// config is the configuration of a connection, without a region of our own.
func (c *Cloud) config(ctx context.Context, conn setup.Connection, session string) (aws.Config, error) {
	if conn.Kind == setup.ConnectionRole {
		return c.assumed(ctx, conn, session)
	}
	if c.settings.Credentials != nil && c.settings.Endpoint != "" {
		return c.closedConfig(), nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	stamp := fileStamp()
	if got, ok := c.configs[conn.Profile]; ok && got.stamp == stamp {
		return got.config, nil
	}
	cfg, err := c.load(ctx, conn.Profile)
	if err != nil {
		return aws.Config{}, err
	}
	c.configs[conn.Profile] = cachedConfig{cfg, stamp}
	return cfg, nil
}

// closedConfig takes nothing from the environment. Demo and tests neither read
// nor reach the AWS account of the person who runs them.
func (c *Cloud) closedConfig() aws.Config {
	return aws.Config{
		Credentials:  credentials{CredentialsProvider: aws.NewCredentialsCache(c.settings.Credentials), profile: "default"},
		HTTPClient:   c.wire(c.settings.HTTPClient),
		Logger:       c.sdkLogger(),
		BaseEndpoint: aws.String(c.settings.Endpoint),
		Retryer:      newRetryer,
	}
}

func (c *Cloud) load(ctx context.Context, profile string) (aws.Config, error) {
	var client aws.HTTPClient
	opts := []func(*config.LoadOptions) error{
		config.WithLogger(c.sdkLogger()),
		config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) {
			if o.Client != nil { // nil while the SDK only checks the options
				o.Client = pooledSTS{o.Client, &client}
			}
		}),
		config.WithDefaultRegion(setup.EdgeRegion), config.WithRetryer(newRetryer),
		config.WithProcessCredentialOptions(func(o *processcreds.Options) { o.Timeout = processTimeout }),
	}
	if profile != "" {
		opts = append(opts, config.WithSharedConfigProfile(profile))
	}
	if c.settings.HTTPClient != nil {
		opts = append(opts, config.WithHTTPClient(c.settings.HTTPClient))
	}
	if c.settings.Endpoint != "" {
		opts = append(opts, config.WithBaseEndpoint(c.settings.Endpoint))
	}
	if c.settings.Credentials != nil {
		opts = append(opts, config.WithCredentialsProvider(c.settings.Credentials))
	}
	cfg, err := config.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return aws.Config{}, configProblem(profile, err)
	}
	// The client is replaced only here. What finds credentials, such as the role
	// of the machine, needs the SDK's own client and shortens its time limits.
	client = c.wire(cfg.HTTPClient)
	cfg.HTTPClient = client
	name := profile
	if name == "" {
		name = "default"
	}
	cfg.Credentials = credentials{CredentialsProvider: cfg.Credentials, profile: name}
	return cfg, nil
}

// configProblem is why the AWS configuration could not be loaded.
func configProblem(profile string, err error) *setup.Problem {
	if missing, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok {
		name := missing.Profile
		p := &setup.Problem{
			What: fmt.Sprintf("The AWS profile %q was not found.", name),
			Why:  fmt.Sprintf("Neither %s nor %s has a profile of that name.", configFile(), credentialsFile()),
			Fix:  fmt.Sprintf("Add the profile %q with “aws configure --profile %s”, or choose another connection.", name, name),
			Code: "ProfileNotFound",
		}
		if profile == "" {
			p.Fix = fmt.Sprintf("Set AWS_PROFILE to a profile that exists, or add %q with “aws configure --profile %s”.", name, name)
		}
		return p
	}
	if denied, ok := errors.AsType[*fs.PathError](err); ok {
		return &setup.Problem{
			What:    "An AWS config file could not be opened.",
			Why:     fmt.Sprintf("The server may not read %s, or it is no file.", denied.Path),
			Fix:     fmt.Sprintf("Let the account that runs this server read %s, then try again.", denied.Path),
			Service: "The system", Said: err.Error(), Code: "ConfigurationUnreadable",
		}
	}
	return &setup.Problem{
		What:    "The AWS configuration could not be read.",
		Why:     "The SDK stopped at something in the configuration files or in the AWS_ variables of the environment.",
		Fix:     fmt.Sprintf("Correct %s or %s, then try again.", configFile(), credentialsFile()),
		Service: "The AWS SDK", Said: err.Error(), Code: "ConfigurationUnreadable",
	}
}

// newRetryer is the SDK's standard retryer with few attempts. It does not repeat
// calls that a quota refused.
func newRetryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = attempts
		o.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(neverQuota)}, o.Retryables...)
	})
}

// neverQuota keeps the SDK from repeating calls that a quota refused: it
// counts LimitExceededException among the throttling codes.
func neverQuota(err error) aws.Ternary {
	if quotaCodes[Code(err)] {
		return aws.FalseTernary
	}
	return aws.UnknownTernary
}

// fileStamp changes when an AWS configuration file does.
func fileStamp() string {
	var b strings.Builder
	for _, name := range []string{configFile(), credentialsFile()} {
		info, err := os.Stat(name)
		if err != nil {
			fmt.Fprintf(&b, "%s -;", name)
			continue
		}
		fmt.Fprintf(&b, "%s %d %d;", name, info.ModTime().UnixNano(), info.Size())
	}
	return b.String()
}
