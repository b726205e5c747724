package cloud

import (
	"context"

	"apifront/setup"
)

// Certificates lists the certificates of us-east-1 and of the account's region
// that cover name, also those that cannot be reused, with the reason.
func (a *Account) Certificates(ctx context.Context, name string) ([]setup.CertificateInfo, error) {
	return nil, nil
}
