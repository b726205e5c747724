package handlers

import (
	"context"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"apifront/store"
)

// fromWhere makes the address of a request known to the audit trail. allow adds
// who the user is.
func (s *Server) fromWhere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(store.WithActor(r.Context(), store.Actor{Address: remoteAddress(r)})))
	})
}

// acting is the context in which the user acts.
func acting(ctx context.Context, u store.User) context.Context {
	a := store.ActorOf(ctx)
	a.UserID, a.Name, a.Email = u.ID, u.Name, u.Email
	return store.WithActor(ctx, a)
}

// audit writes a line about something that was not taken: always for people who
// are signed in, and within limits for strangers. A line that cannot be written
// is only an error in the log: the request changed nothing, so it gets its
// answer all the same.
func (s *Server) audit(ctx context.Context, a store.Act) {
	if who := store.ActorOf(ctx); who.UserID == "" {
		ok, begin := s.lines.take(lineKind{a.Action, a.Result}, network(who.Address), s.Now())
		if begin {
			s.tellLater(ctx)
		}
		if !ok {
			return
		}
	}
	if err := s.Store.Audit(ctx, a); err != nil {
		s.Log.ErrorContext(ctx, "a refusal is not in the audit trail", "action", a.Action, "ref", RequestID(ctx), "error", err)
	}
}

// refused writes that a request was not allowed. It may come before allow knows
// the user, so refused finds out whose browser sent the request.
func (s *Server) refused(r *http.Request, why string) {
	ctx := r.Context()
	if store.ActorOf(ctx).UserID == "" && s.hasSealedCookie(r) {
		if v, err := s.whoIs(r); err == nil && v.Session.TokenHash != "" {
			ctx = acting(ctx, v.User)
		}
	}
	s.audit(ctx, store.Act{Action: store.ActRequest, On: r.Method + " " + withoutTokens(r.URL.Path), Result: store.ResultRefused, Detail: why})
}

// withoutTokens is a path without what may be the secret of a one-time link:
// any long part that is not an ID of ours.
func withoutTokens(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if len(part) > 24 && (len(part) != 36 || uuid.Validate(part) != nil) {
			parts[i] = "…"
		}
	}
	return strings.Join(parts, "/")
}

// triedEmail is an address as the audit trail keeps one that was tried. Any
// other text may be a password in the wrong field, so it is not kept.
func triedEmail(email string) string {
	if at := strings.LastIndex(email, "@"); at < 1 || strings.ContainsAny(email, " \t\r\n") {
		return "what was typed is no email address"
	}
	return strings.ToLower(email)
}

// notSignedIn writes that somebody did not get in.
func (s *Server) notSignedIn(r *http.Request, email, result, why string) {
	ctx, tried := r.Context(), triedEmail(email)
	a := store.ActorOf(ctx)
	a.Email = tried
	s.audit(store.WithActor(ctx, a), store.Act{Action: store.ActSignIn, On: "user " + tried, Result: result, Detail: why})
}

// AuditExport writes that somebody downloaded something. A page shows the same
// content, so the download goes on even if the line cannot be written.
func (s *Server) AuditExport(r *http.Request, what, file string) {
	if err := s.Store.Audit(r.Context(), store.Act{Action: store.ActExport, On: what, Detail: file}); err != nil {
		s.Log.ErrorContext(r.Context(), "an export is not in the audit trail", "what", what, "ref", RequestID(r.Context()), "error", err)
	}
}
