package cloud

import (
	"context"

	"apifront/setup"
)

// NameFacts is what DNS and CloudFront say of a domain name today. The account
// may be nil, and then CloudFront is not asked.
func (c *Cloud) NameFacts(ctx context.Context, a *Account, name string, rec Recorder) (setup.NameFacts, error) {
	return setup.NameFacts{Name: name}, nil
}
