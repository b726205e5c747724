package web

import "context"

type lookOnlyKey struct{}

// LookOnly says that the reader of a page may only look. Parts that are
// rendered with this context leave out buttons and links that act.
func LookOnly(ctx context.Context) context.Context {
	return context.WithValue(ctx, lookOnlyKey{}, true)
}

// MayAct says whether buttons and links that act are offered. This only spares
// people the refusal: the handler of an act asks again whether it is allowed.
func MayAct(ctx context.Context) bool { return ctx.Value(lookOnlyKey{}) == nil }
