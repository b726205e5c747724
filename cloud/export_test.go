package cloud

import "time"

// SetProcessTimeout makes a credential_process be given up on sooner.
func SetProcessTimeout(d time.Duration) (restore func()) {
	old := processTimeout
	processTimeout = d
	return func() { processTimeout = old }
}

// ProxyAnswered keeps what a proxy says.
var ProxyAnswered = proxyAnswered
