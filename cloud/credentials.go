package cloud

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"

	"apifront/setup"
)

// credentials are those of a connection. An error of finding them becomes a
// credentialsError, since the SDK returns it like any other error.
type credentials struct {
	aws.CredentialsProvider
	profile string
	role    setup.Connection // whose role they are for; no kind: for none
}

// Retrieve finds or renews the credentials. The SDK ends a credential_process
// that takes too long, and then waits for the processes that it has started.
// Retrieve does not wait for the SDK then.
func (c credentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	if c.CredentialsProvider == nil {
		return aws.Credentials{}, &credentialsError{c.profile, c.role, errNoProvider}
	}
	limited, cancel := context.WithTimeout(ctx, processTimeout+processTimeout/3)
	defer cancel()
	got, err := c.CredentialsProvider.Retrieve(limited)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		err = errSlow
	}
	if err != nil {
		return aws.Credentials{}, &credentialsError{c.profile, c.role, discreet(err)}
	}
	return got, nil
}

// discreet is an error without what a credential_process wrote: the SDK quotes
// output that it cannot read, and a secret may be in it.
func discreet(err error) error {
	if e, ok := errors.AsType[*processcreds.ProviderError](err); ok && strings.Contains(e.Error(), "parse failed of process output") {
		return &processcreds.ProviderError{Err: errors.New("what credential_process wrote is not the JSON that the AWS tools ask for")}
	}
	return err
}

var (
	errNoProvider = errors.New("nothing names any")
	errSlow       = errors.New("they did not come in time")
)

// A credentialsError is why there are no credentials.
type credentialsError struct {
	profile string
	role    setup.Connection
	err     error
}

func (e *credentialsError) Error() string {
	return "find AWS credentials of profile " + e.profile + ": " + e.err.Error()
}

func (e *credentialsError) Unwrap() error { return e.err }
