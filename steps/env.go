package steps

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"apifront/cloud"
	"apifront/probe"
	"apifront/setup"
)

// Env is what a step works with during one pass.
type Env struct {
	Setup     setup.Setup
	Job       setup.Job
	StepID    setup.StepID
	Resources setup.Resources // as they were at the start of the pass, and what was saved since
	Former    setup.Former    // what once stood under their keys, the newest first
	Account   *cloud.Account
	Prober    *probe.Prober
	Install   string           // installation ID, for tags and tokens
	Now       func() time.Time // the clock by which what is stored was dated
	DryRun    bool             // a plan: nothing is stored, and Save only tells later steps of the plan

	// DNSAccount is the account of the hosted zone: Account, unless the zone is
	// reached over a connection of its own.
	DNSAccount *cloud.Account

	// Save stores a resource at once, with a context that outlives a cancel.
	Save func(context.Context, setup.Resource) error

	read memory // by this pass
}

// Token is a new idempotency token for the pass's create call. It differs by
// installation, setup, step and the number of the resource: what takes the place
// of another thing never gets that one's answer. It has 32 hexadecimal digits,
// which is all ACM takes. A token that is stored is read, never computed again.
// https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
func (e *Env) Token(number int, more ...string) string {
	parts := append([]string{e.Install, e.Setup.ID, string(e.StepID), fmt.Sprint(number)}, more...)
	sum := sha256.Sum256([]byte(strings.Join(parts, "|")))
	return hex.EncodeToString(sum[:])[:32]
}

// Guard is nil if the connections still lead to the accounts that the setup is
// for. It is asked before every write: a profile or a role may lead elsewhere
// from one call to the next.
func (e *Env) Guard(ctx context.Context) error {
	if err := e.Account.Guard(ctx, e.accountID()); err != nil {
		return err
	}
	if e.DNSAccount == e.Account {
		return nil
	}
	return e.DNSAccount.Guard(ctx, e.Setup.Spec.Domain.AccountID)
}

// accountID is the account that the setup is for; "" where nobody knows it yet.
func (e *Env) accountID() string {
	return cmp.Or(e.Job.AccountID, e.Setup.AccountID, e.Setup.Spec.Account.AccountID)
}

// name is the setup's domain name.
func (e *Env) name() string { return e.Setup.Spec.Domain.Name }

// saved is how long ago the resource was saved.
func (e *Env) saved(key string) time.Duration { return e.Now().Sub(e.Resources[key].SavedAt) }
