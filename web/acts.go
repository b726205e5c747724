package web

import "context"

type lookOnlyKey struct{}

// LookOnly says that the reader of what is rendered with the context may only
// look: buttons and links that act are left out.
func LookOnly(ctx context.Context) context.Context {
	return context.WithValue(ctx, lookOnlyKey{}, true)
}

// MayAct says whether buttons and links that act are offered. Whether an act is
// allowed is asked again when it is sent; this only spares people the refusal.
func MayAct(ctx context.Context) bool { return ctx.Value(lookOnlyKey{}) == nil }
