package cloud

import (
	"context"
	"time"
)

// NotYet is the error of an action whose turn has not come. It is no failure:
// ask again at At.
type NotYet struct {
	At  time.Time
	Why string // a sentence for people
}

func (n *NotYet) Error() string { return n.Why }

// Turn takes the account's turn for an action, such as
// "apigateway:CreateDomainName", and is nil when the call may be made now. A
// turn that is far off is reserved, and the error is a *NotYet.
func (a *Account) Turn(ctx context.Context, action string) error { return nil }
