package cloud

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"apifront/setup"
)

// Identity is who AWS says the connection is. It needs no permission.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
func (a *Account) Identity(ctx context.Context) (setup.Identity, error) {
	out, err := a.STS().GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return setup.Identity{}, fmt.Errorf("ask who the connection %s is: %w", a.Connection, err)
	}
	id := setup.Identity{AccountID: aws.ToString(out.Account), ARN: aws.ToString(out.Arn), Partition: "aws"}
	if parsed, err := arn.Parse(id.ARN); err == nil {
		id.Partition = parsed.Partition
	}
	creds, err := a.credentials(ctx)
	if err != nil {
		return setup.Identity{}, err
	}
	a.cloud.mu.Lock()
	a.cloud.accounts[a.Connection] = id.AccountID
	if len(a.cloud.keys) >= maxKeys {
		clear(a.cloud.keys) // asked for anew; keys of sessions come and go
	}
	a.cloud.keys[creds.AccessKeyID] = id
	a.cloud.mu.Unlock()
	return id, nil
}

// maxKeys is how many access keys are remembered together with their identity.
const maxKeys = 1000

// Guard is nil if the connection still leads to the account that is wanted. It
// asks STS once for each access key: a profile or a role may lead elsewhere
// from one call to the next, and nothing is to be written there. wanted "" is
// any account.
func (a *Account) Guard(ctx context.Context, wanted string) error {
	if wanted == "" {
		return nil
	}
	creds, err := a.credentials(ctx)
	if err != nil {
		return err
	}
	a.cloud.mu.Lock()
	id, known := a.cloud.keys[creds.AccessKeyID]
	a.cloud.mu.Unlock()
	if !known {
		if id, err = a.Identity(ctx); err != nil {
			return err
		}
	}
	if id.AccountID == wanted {
		return nil
	}
	return &setup.Problem{
		What: "The connection leads to another account.",
		Why:  fmt.Sprintf("The setup is for account %s, but AWS says that the connection “%s” belongs to %s now.", spaced(wanted), a.way.Name, spaced(id.AccountID)),
		Fix:  fmt.Sprintf("Let %s lead to account %s again, or choose a connection that does, then re-run the step. Nothing was written to account %s.", wayOf(a.way), spaced(wanted), spaced(id.AccountID)),
		Code: "ForeignAccount",
	}
}

// credentials are those that the next call will be signed with.
func (a *Account) credentials(ctx context.Context) (aws.Credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	creds, err := a.config.Credentials.Retrieve(ctx)
	if err != nil {
		skew, _ := a.cloud.Skew()
		return creds, &wayError{a.way, skew, err}
	}
	return creds, nil
}

// spaced is an account number as people read it: 4821-7730-1954.
func spaced(id string) string {
	if len(id) != 12 {
		return id
	}
	return id[:4] + "-" + id[4:8] + "-" + id[8:]
}
