package cloud

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"

	"apifront/setup"
)

// AliasHolder is the ID of the account's distribution that has the very name
// as alias; "" for none. A wildcard that covers it is no holder: the exact name
// may be added elsewhere in the same account.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html
func (a *Account) AliasHolder(ctx context.Context, name string) (string, error) {
	pages := cloudfront.NewListDistributionsPaginator(a.CloudFront(), &cloudfront.ListDistributionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", fmt.Errorf("list distributions: %w", err)
		}
		if page.DistributionList == nil {
			break
		}
		for _, d := range page.DistributionList.Items {
			if d.Aliases != nil && slices.ContainsFunc(d.Aliases.Items, func(s string) bool { return setup.FoldName(s) == setup.FoldName(name) }) {
				return aws.ToString(d.Id), nil
			}
		}
	}
	return "", nil
}
