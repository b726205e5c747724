package setup

import (
	"strings"
	"testing"
	"time"
)

func TestUnfit(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	for name, x := range map[string]struct {
		change func(c *CertificateInfo)
		want   string
	}{
		"right":                       {func(*CertificateInfo) {}, ""},
		"expired by its status":       {func(c *CertificateInfo) { c.Status = "EXPIRED" }, "It expired on 8 November 2026."},
		"expired by its end":          {func(c *CertificateInfo) { c.NotAfter = now.Add(-day) }, "It expired on 30 April 2026."},
		"waits":                       {func(c *CertificateInfo) { c.Status = "PENDING_VALIDATION" }, "It is not issued yet"},
		"revoked":                     {func(c *CertificateInfo) { c.Status = "REVOKED" }, "Only issued certificates can be reused; ACM says that its status is REVOKED."},
		"without a status":            {func(c *CertificateInfo) { c.Status = "" }, "Only issued certificates can be reused; ACM says that its status is not given."},
		"imported":                    {func(c *CertificateInfo) { c.Type = "IMPORTED" }, ""},
		"imported, for API Gateway":   {func(c *CertificateInfo) { c.Type, c.Region = "IMPORTED", "eu-west-1" }, ""},
		"imported, ends soon":         {func(c *CertificateInfo) { c.Type, c.NotAfter = "IMPORTED", now.Add(29*day) }, "It was imported and ends in 29 days."},
		"imported, with a long key":   {func(c *CertificateInfo) { c.Type, c.Key = "IMPORTED", KeyP521 }, "Its key is ECDSA P-521."},
		"private":                     {func(c *CertificateInfo) { c.Type = "PRIVATE" }, "It comes from a private authority"},
		"of a new type":               {func(c *CertificateInfo) { c.Type = "NEW" }, "Only certificates that Amazon issued can be reused"},
		"with a new key":              {func(c *CertificateInfo) { c.Key = "ML_DSA" }, "ACM says that its key is ML_DSA"},
		"as answers spell its key":    {func(c *CertificateInfo) { c.Key = "EC-prime256v1" }, ""},
		"too long for API Gateway":    {func(c *CertificateInfo) { c.Key, c.Region = KeyRSA4096, "eu-west-1" }, "Its key is RSA 4096. AWS does not say that API Gateway takes that"},
		"long, for CloudFront":        {func(c *CertificateInfo) { c.Key = KeyRSA4096 }, ""},
		"P-384, for CloudFront":       {func(c *CertificateInfo) { c.Key = KeyP384 }, "Its key is ECDSA P-384. CloudFront does not take that"},
		"ends soon":                   {func(c *CertificateInfo) { c.NotAfter = now.Add(29 * day) }, "It ends in 29 days, and ACM does not promise to renew it."},
		"ends soon and will be newer": {func(c *CertificateInfo) { c.NotAfter, c.Renews = now.Add(29*day), true }, ""},
		"ends in a month":             {func(c *CertificateInfo) { c.NotAfter = now.Add(30 * day) }, ""},
	} {
		c := CertificateInfo{Region: EdgeRegion, Status: "ISSUED", Type: "AMAZON_ISSUED", Key: KeyRSA2048, NotAfter: time.Date(2026, 11, 8, 0, 0, 0, 0, time.UTC)}
		x.change(&c)
		if got := c.Unfit("eu-west-1", now); !strings.HasPrefix(got, x.want) || (got == "") != (x.want == "") {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
	both := CertificateInfo{Region: EdgeRegion, Status: "ISSUED", Type: "AMAZON_ISSUED", Key: KeyRSA4096, NotAfter: now.Add(90 * day)}
	if got := both.Unfit(EdgeRegion, now); !strings.Contains(got, "API Gateway") {
		t.Errorf("one certificate for both: %q", got)
	}
}
