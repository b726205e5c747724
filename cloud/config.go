package cloud

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"

	"apifront/setup"
)

// How often the SDK itself tries a call. More patience is the worker's, which
// can wait without holding anything.
const attempts = 3

// callTimeout is the limit of one AWS call, with the SDK's own retries.
const callTimeout = 30 * time.Second

// A cachedConfig is a loaded configuration, kept so that credentials from SSO
// or an assumed role are not fetched anew for every step, and the state of the
// files it was loaded from.
type cachedConfig struct {
	config aws.Config
	stamp  string
}

// Open is the account behind a connection, which is setup.DefaultConnection or
// "profile:NAME". Region is that of ACM, API Gateway and STS; holder names who
// waits when calls are paced, such as a job's step; rec may be nil. Open reads
// the AWS configuration files and makes no call. A profile that does not exist
// is a *setup.Problem.
func (c *Cloud) Open(ctx context.Context, connection, region, holder string, rec Recorder) (*Account, error) {
	cfg, err := c.config(ctx, connection)
	if err != nil {
		return nil, err
	}
	if region == "" {
		region = cfg.Region
	}
	if region == "" {
		region = setup.EdgeRegion
	}
	a := &Account{Connection: connection, Region: region, ID: c.accountID(connection), cloud: c, holder: holder, record: rec}
	a.config = cfg.Copy()
	a.config.APIOptions = append(a.config.APIOptions[:len(a.config.APIOptions):len(a.config.APIOptions)],
		addTimeout, a.addPace, a.addLedger)
	return a, nil
}

// parseConnection is the named profile of a connection; "" for the default
// chain. Other kinds of connection, such as a role to assume, go here.
func parseConnection(connection string) (profile string, err error) {
	if connection == setup.DefaultConnection || connection == "" {
		return "", nil
	}
	if name, ok := strings.CutPrefix(connection, "profile:"); ok && name != "" {
		return name, nil
	}
	return "", &setup.Problem{
		What: fmt.Sprintf("The connection %q could not be used.", connection),
		Why:  "A connection is the AWS default chain or a named profile, and this is neither.",
		Fix:  "Choose a connection on the page Account and region.",
		Code: "UnknownConnection",
	}
}

// config is the configuration of a connection, without a region of our own.
func (c *Cloud) config(ctx context.Context, connection string) (aws.Config, error) {
	profile, err := parseConnection(connection)
	if err != nil {
		return aws.Config{}, err
	}
	if c.settings.Credentials != nil && c.settings.Endpoint != "" {
		return c.closedConfig(), nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	stamp := fileStamp()
	if got, ok := c.configs[connection]; ok && got.stamp == stamp {
		return got.config, nil
	}
	cfg, err := c.load(ctx, profile)
	if err != nil {
		return aws.Config{}, err
	}
	c.configs[connection] = cachedConfig{cfg, stamp}
	return cfg, nil
}

// closedConfig takes nothing from the environment: demo and tests neither read
// nor reach the account of who runs them.
func (c *Cloud) closedConfig() aws.Config {
	return aws.Config{
		Credentials:  credentials{aws.NewCredentialsCache(c.settings.Credentials), "default"},
		HTTPClient:   c.settings.HTTPClient,
		BaseEndpoint: aws.String(c.settings.Endpoint),
		Retryer:      newRetryer,
	}
}

func (c *Cloud) load(ctx context.Context, profile string) (aws.Config, error) {
	opts := []func(*config.LoadOptions) error{config.WithDefaultRegion(setup.EdgeRegion), config.WithRetryer(newRetryer)}
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
	name := profile
	if name == "" {
		name = "default"
	}
	cfg.Credentials = credentials{cfg.Credentials, name}
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
	return &setup.Problem{
		What:    "The AWS configuration could not be read.",
		Why:     "The SDK stopped at something in the configuration files or in the AWS_ variables of the environment.",
		Fix:     fmt.Sprintf("Correct %s or %s, then try again.", configFile(), credentialsFile()),
		Service: "The AWS SDK", Said: err.Error(), Code: "ConfigurationUnreadable",
	}
}

// newRetryer is the SDK's standard retryer with few attempts, and with quotas
// taken for what they are.
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
