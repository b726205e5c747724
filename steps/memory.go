package steps

import "context"

// A memory is what one pass has read of AWS, by what was asked. Observe and
// Apply follow each other within a pass, a moment apart: the look of the one
// is the look-before-create of the other, and AWS is not asked the same thing
// twice. A write puts what AWS answered in the place of what was read before,
// or forgets it, so that the next Observe asks. No memory outlives its pass.
type memory map[string]any

// What a pass remembers.
const (
	readCertificate  = "certificate"
	readDomain       = "domain"
	readMappings     = "mappings"
	readWithoutV2    = "no v2" // API Gateway v2 refuses every call in the region
	readDistribution = "distribution"
	readCachePolicy  = "cache policy"
	readRecords      = "records " // and the name
)

// remembered is what the pass has read under the key already, or what read
// says now. An error is not remembered.
func remembered[T any](ctx context.Context, e *Env, key string, read func(context.Context, *Env) (T, error)) (T, error) {
	if v, ok := e.read[key].(T); ok {
		return v, nil
	}
	v, err := read(ctx, e)
	if err == nil {
		e.remember(key, v)
	}
	return v, err
}

// remember keeps what AWS said, for the rest of the pass.
func (e *Env) remember(key string, v any) {
	if e.read == nil {
		e.read = memory{}
	}
	e.read[key] = v
}

// forget makes the next look ask AWS. It is called before a write is sent: its
// answer may be lost, and then nobody knows how things stand.
func (e *Env) forget(key string) { delete(e.read, key) }
