package cloud

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// credentials are those of a connection. They mark the errors of finding them,
// which the SDK returns like any other.
type credentials struct {
	aws.CredentialsProvider
	profile string
}

// Retrieve finds or renews the credentials.
func (c credentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	if c.CredentialsProvider == nil {
		return aws.Credentials{}, &credentialsError{c.profile, errNoProvider}
	}
	got, err := c.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, &credentialsError{c.profile, err}
	}
	return got, nil
}

var errNoProvider = errors.New("nothing names any")

// A credentialsError is why there are no credentials.
type credentialsError struct {
	profile string
	err     error
}

func (e *credentialsError) Error() string {
	return "find AWS credentials of profile " + e.profile + ": " + e.err.Error()
}

func (e *credentialsError) Unwrap() error { return e.err }
