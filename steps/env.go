package steps

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
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

// Token is the idempotency token of the pass's create call: always the same
// for an installation, setup, step and generation. What was made before and is
// gone for good (replaces) makes a new one. It has 32 hexadecimal digits, which
// is all ACM takes.
// https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
func (e *Env) Token(replaces ...string) string {
	parts := append([]string{e.Install, e.Setup.ID, string(e.StepID), fmt.Sprint(e.Setup.Generation)}, replaces...)
	sum := sha256.Sum256([]byte(strings.Join(parts, "|")))
	return hex.EncodeToString(sum[:])[:32]
}

// Guard is nil if the connections still lead to the accounts that the setup is
// for. It is asked before every write: a profile or a role may lead elsewhere
// from one call to the next.
func (e *Env) Guard(ctx context.Context) error {
	wanted := e.Job.AccountID
	if wanted == "" {
		wanted = e.Setup.Spec.Account.AccountID
	}
	if err := e.Account.Guard(ctx, wanted); err != nil {
		return err
	}
	if e.DNSAccount == e.Account {
		return nil
	}
	return e.DNSAccount.Guard(ctx, e.Setup.Spec.Domain.AccountID)
}

// name is the setup's domain name.
func (e *Env) name() string { return e.Setup.Spec.Domain.Name }

// saved is how long ago the resource was saved.
func (e *Env) saved(key string) time.Duration { return e.Now().Sub(e.Resources[key].SavedAt) }

// keep stores what is known of a resource, unless it is stored already.
func (e *Env) keep(ctx context.Context, r setup.Resource) error {
	old, ok := e.Resources[r.Key]
	if ok && old.ID == r.ID && old.ARN == r.ARN && old.Region == r.Region && old.Owned == r.Owned &&
		old.State == r.State && old.Token == r.Token && maps.Equal(old.Attributes, r.Attributes) {
		return nil
	}
	r.Attributes = maps.Clone(r.Attributes)
	if err := e.Save(ctx, r); err != nil {
		return fmt.Errorf("store resource %s: %w", r.Key, err)
	}
	resources := maps.Clone(e.Resources)
	if resources == nil {
		resources = setup.Resources{}
	}
	r.SavedAt = e.Now()
	resources[r.Key] = r
	e.Resources = resources
	return nil
}
