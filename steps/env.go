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
	"apifront/seal"
	"apifront/setup"
)

// Env is what a step works with during one pass.
type Env struct {
	Setup     setup.Setup
	Job       setup.Job
	StepID    setup.StepID
	Resources setup.Resources // as they were at the start of the pass, with what was saved since
	Former    setup.Former    // what had these keys before and is not current any more, newest first
	Account   *cloud.Account
	Prober    *probe.Prober
	Install   string           // installation ID, for tags and tokens
	Now       func() time.Time // the clock that dates what is stored
	DryRun    bool             // this is a plan: nothing is stored, and Save only tells later steps of the plan

	// Keys are the keys that tests may send.
	Keys []setup.ProbeKey

	// Seals seal the secret of the origin's header.
	Seals seal.Keys

	// Thorough is a look at a setup that no job has just gone through: tests read
	// what is configured even if every path answers.
	Thorough bool

	// Gentle is how much a test from outside spares the API.
	Gentle Gentle

	// Needs lists the names of other setups whose certificates renew with the
	// validation record of this name. nil: there are none.
	Needs func(ctx context.Context, record string) ([]string, error)

	// Closes lists the names of other setups that want the default endpoint with this
	// key in the region closed, and had it closed. nil: there are none.
	Closes func(ctx context.Context, key, region string) ([]string, error)

	// DNSAccount is the account of the hosted zone. It is the same as Account,
	// unless the zone has a connection of its own.
	DNSAccount *cloud.Account

	// Waits: jobs before this one never found AWS done at the first look. Where AWS
	// has just said what it will do, or nothing can be done before it is ready, the
	// first look is left out: when the next one comes is learned from them too.
	Waits bool
	// Waiting: an earlier pass of this attempt has seen AWS at work.
	Waiting bool

	// Terms gather the certificates that a check sees; nil: this is no check.
	Terms *Terms

	// Name gathers what a check sees of the name in DNS; nil: this is no check.
	Name *NameLook

	// Save stores a resource at once, with a context that outlives a cancel.
	Save func(context.Context, setup.Resource) error

	// Since is when the step began, and Turn what a person is asked at it now; nil: nobody
	// is.
	Since time.Time
	Turn  *setup.Problem

	read memory // what this pass has read
	seen sight  // what this pass has seen from outside
}

// Token makes a new idempotency token for the pass's create call. It differs by
// installation, setup, step and number of the resource, so a resource that
// replaces another one never gets the answer to the other one's call. It has 32
// hexadecimal digits, which is all that ACM accepts. A stored token is read,
// and never computed again.
// https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
func (e *Env) Token(number int, more ...string) string {
	parts := append([]string{e.Install, e.Setup.ID, string(e.StepID), fmt.Sprint(number)}, more...)
	sum := sha256.Sum256([]byte(strings.Join(parts, "|")))
	return hex.EncodeToString(sum[:])[:32]
}

// Guard checks that the connections still lead to the accounts of the setup. It
// returns nil if they do. It is called before every write, because a profile or
// a role may lead to another account from one call to the next.
func (e *Env) Guard(ctx context.Context) error {
	if err := e.Account.Guard(ctx, e.accountID()); err != nil {
		return err
	}
	if e.DNSAccount == e.Account {
		return nil
	}
	return e.DNSAccount.Guard(ctx, e.Setup.Spec.Domain.AccountID)
}

// accountID is the account of the setup; "" if it is not known yet.
func (e *Env) accountID() string {
	return cmp.Or(e.Job.AccountID, e.Setup.AccountID, e.Setup.Spec.Account.AccountID)
}

// name is the setup's domain name.
func (e *Env) name() string { return e.Setup.Spec.Domain.Name }

// saved is the time since the resource under the key was saved.
func (e *Env) saved(key string) time.Duration { return e.Now().Sub(e.Resources[key].SavedAt) }
