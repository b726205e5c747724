package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// An AuditFilter chooses lines of the audit trail. Empty fields choose all.
type AuditFilter struct {
	Who      string    // part of a name, an email or an address
	Action   string    // exactly
	Result   string    // exactly
	Text     string    // part of what it was on or of the detail
	From, To time.Time // From belongs to it, To does not
}

// where is the filter as a condition, with placeholders from $first on.
func (f AuditFilter) where(first int) (string, []any) {
	cond, args := []string{"1 = 1"}, []any{}
	add := func(text string, arg any) {
		cond = append(cond, strings.ReplaceAll(text, "?", fmt.Sprintf("$%d", first+len(args))))
		args = append(args, arg)
	}
	if f.Who != "" {
		add(`(LOWER(who) LIKE ? ESCAPE '\' OR LOWER(account) LIKE ? ESCAPE '\' OR address LIKE ? ESCAPE '\')`, like(f.Who))
	}
	if f.Action != "" {
		add(`action = ?`, f.Action)
	}
	if f.Result != "" {
		add(`result = ?`, f.Result)
	}
	if f.Text != "" {
		add(`(LOWER(subject) LIKE ? ESCAPE '\' OR LOWER(detail) LIKE ? ESCAPE '\')`, like(f.Text))
	}
	if !f.From.IsZero() {
		add(`at >= ?`, ms(f.From))
	}
	if !f.To.IsZero() {
		add(`at < ?`, ms(f.To))
	}
	return strings.Join(cond, " AND "), args
}

// AuditBefore lists lines with a number below seq, the newest first; seq 0
// begins with the newest of all.
func (s *Store) AuditBefore(ctx context.Context, f AuditFilter, seq int64, limit int) ([]AuditLine, error) {
	if seq <= 0 {
		seq = 1<<63 - 1
	}
	where, args := f.where(3)
	return all(ctx, s.reader, scanAudit, `
		SELECT `+auditColumns+` FROM audit WHERE seq < $1 AND `+where+` ORDER BY seq DESC LIMIT $2`, append([]any{seq, limit}, args...)...)
}

// AuditAfter lists lines with a number above seq, the oldest first.
func (s *Store) AuditAfter(ctx context.Context, f AuditFilter, seq int64, limit int) ([]AuditLine, error) {
	where, args := f.where(3)
	return all(ctx, s.reader, scanAudit, `
		SELECT `+auditColumns+` FROM audit WHERE seq > $1 AND `+where+` ORDER BY seq LIMIT $2`, append([]any{seq, limit}, args...)...)
}
