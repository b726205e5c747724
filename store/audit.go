package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"apifront/setup"
)

// What people do, as the audit trail calls it. The names are stable: exports
// and filters use them.
const (
	ActSignIn           = "sign-in"
	ActSignOut          = "sign-out"
	ActSessionEnd       = "session-end" // by oneself elsewhere, or by an administrator
	ActUserCreate       = "user-create"
	ActUserInvite       = "user-invite"
	ActUserRole         = "user-role"
	ActUserPassword     = "user-password"
	ActUserReset        = "user-reset" // a one-time link for a new password
	ActUserDisable      = "user-disable"
	ActUserEnable       = "user-enable"
	ActUserDelete       = "user-delete"
	ActUserBind         = "user-bind" // to an identity of the OIDC provider
	ActDraftCreate      = "draft-create"
	ActDraftDelete      = "draft-delete"
	ActDraftRebase      = "draft-rebase"
	ActJobStart         = "job-start"
	ActJobInvalidate    = "job-invalidate"
	ActJobRestore       = "job-restore"
	ActJobTeardown      = "job-teardown"
	ActSetupHide        = "setup-hide"
	ActSetupAdopt       = "setup-adopt"
	ActSetupGiveBack    = "setup-give-back"
	ActJobCancel        = "job-cancel"
	ActStepRerun        = "step-rerun"
	ActStepRerunFrom    = "step-rerun-from"
	ActStepGoOn         = "step-go-on" // where it asked whether to
	ActConnectionTest   = "connection-test"
	ActConnectionCreate = "connection-create"
	ActConnectionChange = "connection-change"
	ActConnectionDelete = "connection-delete"
	ActKeyBind          = "key-bind" // a key of tests, to a host
	ActKeyUnbind        = "key-unbind"
	ActFindingMute      = "finding-mute"
	ActFindingUnmute    = "finding-unmute"
	ActFindingKeep      = "finding-keep"
	ActCheckSchedule    = "check-schedule"
	ActPlaceAdd         = "place-add" // that notices go to
	ActPlaceChange      = "place-change"
	ActPlaceRemove      = "place-remove"
	ActPlaceTest        = "place-test"
	ActNoticeResend     = "notice-resend"
	ActSecretShow       = "secret-show" // of the header of an origin
	ActSettings         = "settings"
	ActExport           = "export"
	ActRequest          = "request" // one that was refused before it became any of the others
)

// Acts are all of them.
func Acts() []string {
	return []string{
		ActSignIn, ActSignOut, ActSessionEnd,
		ActUserCreate, ActUserInvite, ActUserRole, ActUserPassword, ActUserReset, ActUserDisable, ActUserEnable, ActUserDelete, ActUserBind,
		ActDraftCreate, ActDraftDelete, ActDraftRebase, ActJobStart, ActJobInvalidate, ActJobRestore, ActJobTeardown, ActSetupHide, ActSetupAdopt, ActSetupGiveBack, ActJobCancel, ActStepRerun, ActStepRerunFrom, ActStepGoOn,
		ActConnectionTest, ActConnectionCreate, ActConnectionChange, ActConnectionDelete, ActKeyBind, ActKeyUnbind, ActFindingMute, ActFindingUnmute, ActFindingKeep, ActCheckSchedule,
		ActPlaceAdd, ActPlaceChange, ActPlaceRemove, ActPlaceTest, ActNoticeResend, ActSecretShow, ActSettings, ActExport, ActRequest,
	}
}

// What came of it.
const (
	ResultDone    = "done"
	ResultWrong   = "wrong"   // a password, code or link that does not fit
	ResultLimited = "limited" // too many tries
	ResultRefused = "refused" // not allowed
)

// An Actor is who acts, and from where.
type Actor struct {
	UserID  string // "": nobody is signed in
	Name    string
	Email   string
	Address string // network address, without the port
}

type actorKey struct{}

// WithActor says who acts in everything that is done with the context. The
// store writes the audit trail in the transaction of the change itself, so it
// must know.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorOf is who WithActor said.
func ActorOf(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}

// personOf is the person who acts under the name: the user of the context, if
// that is the user's name, and otherwise the name alone.
func personOf(ctx context.Context, name string) setup.Person {
	p := setup.Person{Name: name}
	if a := ActorOf(ctx); a.Name == name {
		p.ID = a.UserID
	}
	return p
}

// An Act is what is to be written into the audit trail. Who and from where is
// in the context.
type Act struct {
	Action string
	On     string // such as "job 12, api.example.com"
	Result string // "": ResultDone
	Detail string
	By     string // name of who did it, if the context has none
}

// An AuditLine is one row of the audit trail. Its JSON without the hash, as
// encoding/json writes it, is what the hash is made of.
type AuditLine struct {
	Seq      int64  `json:"seq"`
	At       int64  `json:"at"` // UTC milliseconds since 1970
	UserID   string `json:"user_id"`
	Who      string `json:"who"`
	Account  string `json:"account"`
	Address  string `json:"address"`
	Action   string `json:"action"`
	On       string `json:"on"`
	Result   string `json:"result"`
	Detail   string `json:"detail"`
	Previous string `json:"previous"`
	Hash     string `json:"hash,omitempty"`
}

// Time is when it was.
func (l AuditLine) Time() time.Time { return at(l.At) }

// sum is the hash that the line must have.
func (l AuditLine) sum() (string, error) {
	l.Hash = ""
	text, err := json.Marshal(l)
	if err != nil {
		return "", fmt.Errorf("encode line %d of the audit trail: %w", l.Seq, err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// Audit writes a line for what changes nothing in the store, such as a refused
// sign-in. Everything else writes its line in its own transaction.
func (s *Store) Audit(ctx context.Context, a Act) error {
	err := s.write(ctx, func(t *tx) error { return t.audit(ctx, a) })
	if err != nil {
		return fmt.Errorf("write the audit trail: %w", err)
	}
	return nil
}

// audit adds a line. Taking its number makes all writers of lines follow each
// other until they commit, on every database, so the chain has no fork and no
// gap. It should be the last thing a transaction does.
func (t *tx) audit(ctx context.Context, a Act) error {
	who := ActorOf(ctx)
	l := AuditLine{
		At: ms(t.now), UserID: who.UserID, Who: plain(who.Name, 200), Account: plain(who.Email, 254), Address: plain(who.Address, 100),
		Action: a.Action, On: plain(a.On, 500), Result: a.Result, Detail: plain(a.Detail, 1000),
	}
	if l.Who == "" {
		l.Who = plain(a.By, 200)
	}
	if l.Result == "" {
		l.Result = ResultDone
	}
	var err error
	if l.Seq, err = t.count(ctx, "audit", 1); err != nil {
		return err
	}
	// Without the line before, the new one begins no new chain: verifying
	// finds the gap.
	err = t.QueryRowContext(ctx, `SELECT COALESCE(MAX(hash), '') FROM audit WHERE seq = $1`, l.Seq-1).Scan(&l.Previous)
	if err != nil {
		return translate(err)
	}
	if l.Hash, err = l.sum(); err != nil {
		return err
	}
	_, err = t.exec(ctx, `
		INSERT INTO audit (`+auditColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		l.Seq, l.At, l.UserID, l.Who, l.Account, l.Address, l.Action, l.On, l.Result, l.Detail, l.Previous, l.Hash)
	return err
}

const auditColumns = `seq, at, user_id, who, account, address, action, subject, result, detail, previous, hash`

func scanAudit(row scanner) (AuditLine, error) {
	var l AuditLine
	err := row.Scan(&l.Seq, &l.At, &l.UserID, &l.Who, &l.Account, &l.Address, &l.Action, &l.On, &l.Result, &l.Detail, &l.Previous, &l.Hash)
	return l, translate(err)
}

// plain makes a text fit for one line of a trail that people read in
// terminals, logs and spreadsheets too: controls, line ends and marks that turn
// the direction of writing stand as their code, and it has an end.
func plain(text string, most int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	var b strings.Builder
	n := 0
	for _, r := range text {
		if n++; n > most {
			b.WriteString("…")
			break
		}
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
