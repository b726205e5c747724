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
	a.cloud.mu.Lock()
	a.cloud.accounts[a.Connection] = id.AccountID
	a.cloud.mu.Unlock()
	return id, nil
}
