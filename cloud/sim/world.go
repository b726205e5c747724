package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// now is the time of the world: the clock's, so that it works in synctest.
func (s *Sim) now() time.Time { return time.Now().UTC() }

// region is what an account holds in a region.
func (s *Sim) region(account, name string) *region {
	key := regionKey{account, name}
	r, ok := s.regions[key]
	if !ok {
		r = &region{
			key:          key,
			certificates: map[string]*certificate{},
			apis:         map[string]*api{},
			domains:      map[string]*domain{},
			lastMutation: map[string]time.Time{},
			tokens:       map[string]requestToken{},
			logs:         newLogDeliveries(),
		}
		s.regions[key] = r
	}
	return r
}

// global is what an account holds in global services.
func (s *Sim) global(account string) *global {
	g, ok := s.globals[account]
	if !ok {
		g = &global{
			account:       account,
			cachePolicies: map[string]*cachePolicy{},
			originPolicy:  map[string]*originRequestPolicy{},
			changes:       map[string]*change{},
		}
		s.globals[account] = g
	}
	return g
}

const idAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// ChooseOthers lets the world choose other IDs from now on than one that began alike, as
// AWS does. Without it two such worlds may give the same ID to different things, as soon
// as their calls come in another order.
func (s *Sim) ChooseOthers() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial += 1 << 32
}

// newID is prefix with n upper-case letters and digits. IDs of a world follow
// from the order of its calls, so a test sees the same ones each time.
func (s *Sim) newID(prefix string, n int) string {
	sum := s.nextSum()
	var b strings.Builder
	b.WriteString(prefix)
	for i := range n {
		b.WriteByte(idAlphabet[int(sum[i%len(sum)])%len(idAlphabet)])
	}
	return b.String()
}

// newLowerID is newID in lower case, as API Gateway's IDs are.
func (s *Sim) newLowerID(prefix string, n int) string {
	return strings.ToLower(s.newID(prefix, n))
}

// newUUID has the form of a version 4 UUID.
func (s *Sim) newUUID() string {
	sum := s.nextSum()
	sum[6] = sum[6]&0x0f | 0x40
	sum[8] = sum[8]&0x3f | 0x80
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func (s *Sim) newRequestID() string { return s.newUUID() }

func (s *Sim) nextSum() [sha256.Size]byte {
	s.serial++
	return sha256.Sum256(fmt.Appendf(nil, "apifront simulator %d", s.serial))
}

// certificate is the certificate with the ARN in any account and region, nil
// if there is none.
func (s *Sim) certificate(arn string) *certificate {
	region, account, ok := splitCertificateARN(arn)
	if !ok {
		return nil
	}
	r, ok := s.regions[regionKey{account, region}]
	if !ok {
		return nil
	}
	return r.certificates[arn]
}

// splitCertificateARN takes arn:aws:acm:REGION:ACCOUNT:certificate/ID apart.
func splitCertificateARN(arn string) (region, account string, ok bool) {
	f := strings.SplitN(arn, ":", 6)
	if len(f) != 6 || f[0] != "arn" || f[2] != "acm" || !strings.HasPrefix(f[5], "certificate/") {
		return "", "", false
	}
	return f[3], f[4], true
}

// useBy notes that the resource with the ARN uses the certificate.
func (c *certificate) useBy(arn string) {
	if c.InUseBy == nil {
		c.InUseBy = map[string]time.Time{}
	}
	c.InUseBy[arn] = time.Time{}
}

// release notes that the resource with the ARN no longer uses the certificate;
// ACM still shows it in InUseBy for Pace.Release (V9).
func (c *certificate) release(arn string, at time.Time) {
	if since, used := c.InUseBy[arn]; used && since.IsZero() {
		c.InUseBy[arn] = at
	}
}

// served is what the name servers answer from: the records without the
// changes that are not INSYNC yet.
func (z *zone) served(now time.Time) map[recordKey]*recordSet {
	z.settle(now)
	return z.Served
}

// settle lets the changes that are INSYNC by now reach the name servers.
func (z *zone) settle(now time.Time) {
	for len(z.Pending) > 0 && !now.Before(z.Pending[0].At) {
		z.Served = z.Pending[0].Records
		z.Pending = z.Pending[1:]
	}
}
