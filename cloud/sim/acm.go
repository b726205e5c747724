package sim

import (
	"strings"
)

// requestToken is an idempotency token of RequestCertificate (V4).
type requestToken struct{}

// acm answers ACM's JSON 1.1 protocol.
func (s *Sim) acm(req *request) (answer, error) {
	op, _ := strings.CutPrefix(req.r.Header.Get("X-Amz-Target"), "CertificateManager.")
	return answer{}, notModelled("the ACM operation %q", op)
}

// settle lets time pass: whatever is due by now has happened.
func (s *Sim) settle() {
	now := s.now()
	for _, z := range s.zones {
		z.settle(now)
	}
}
