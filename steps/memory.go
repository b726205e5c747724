package steps

import "context"

// A memory is what one pass has read from AWS, by what was asked. Within a
// pass, Apply follows Observe at once, so Apply uses what Observe has read as
// its look before a create call, and AWS is not asked twice. A write replaces
// what was read by AWS's answer, or forgets it, so that the next Observe asks.
// A memory lasts for one pass.
type memory map[string]any

// The keys of a memory.
const (
	readCertificate  = "certificate"
	readDomain       = "domain"
	readMappings     = "mappings"
	readWithoutV2    = "no v2" // API Gateway v2 refuses every call in the region
	readDistribution = "distribution"
	readHolder       = "holder"  // the distribution of the account that has the name
	readRefused      = "refused" // CloudFront does not know the certificate yet
	readCachePolicy  = "cache policy"
	readOld          = "old"       // the certificate is old enough for API Gateway
	readRequested    = "requested" // this pass has requested the certificate
	readChanged      = "changed"   // followed by the ID of a change of records: what Route 53 says of it
	readRecords      = "records "  // followed by the name
)

// remembered returns what the pass has read under the key. If there is nothing,
// it calls read and remembers the result. It does not remember errors.
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

// remember stores an answer of AWS for the rest of the pass.
func (e *Env) remember(key string, v any) {
	if e.read == nil {
		e.read = memory{}
	}
	e.read[key] = v
}

// forget makes the next look ask AWS. It is called before a write is sent,
// because the answer may be lost, and then the old state means nothing.
func (e *Env) forget(key string) { delete(e.read, key) }
