package setups

import (
	"strings"
	"testing"
	"time"

	"apifront/setup"
	"apifront/web"
)

// One verdict for each certificate: what will become of it, why, and what to do.
func TestVerdictOfACertificate(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	now := time.Date(2027, 1, 4, 12, 0, 0, 0, time.UTC)
	stop := func(k setup.StopKind) []setup.Stop { return []setup.Stop{{Kind: k, Why: "Because.", Fix: "Do it."}} }
	for _, c := range []struct {
		left          time.Duration
		stops         []setup.Stop
		mark, verdict string
		text          string
	}{
		{112 * day, nil, "done", "Will renew by itself from about 12 Mar.", "It is in use"},
		{44 * day, nil, "running", "Should renew by itself in the next few days.", "Everything"},
		{30 * day, nil, "you", "Should have renewed by now.", "nothing seems to stop it"},
		{112 * day, stop(setup.StopDNS), "you", "Will not renew.", "Because. Do it."},
		{112 * day, stop(setup.StopImported), "wait", "Does not renew. Import a new one before 26 Apr.", "Because. Do it."},
		{44 * day, stop(setup.StopImported), "you", "Does not renew.", "Do it."},
		{-day, nil, "failed", "Ended.", ""},
	} {
		f := Facts{Times: web.Times{Now: now}, Setup: setup.Setup{Spec: setup.DefaultSpec()}}
		f.Setup.Spec.Account.Region = "eu-west-1"
		f.Guard = setup.Guard{SeenAt: now, Terms: []setup.Term{{Key: setup.KeyCertificateEdge, ARN: "arn:aws:acm:us-east-1:1:certificate/9c95", Region: "us-east-1", Begins: now.Add(c.left - 198*day), Ends: now.Add(c.left), Stops: c.stops}}}
		got := certificates(f).List[0]
		if got.Mark != c.mark || !strings.HasPrefix(got.Verdict, c.verdict) || !strings.Contains(got.Text, c.text) || got.ID != "9c95" || got.Title != "For CloudFront, us-east-1" {
			t.Errorf("%s left, %v:\n%+v", c.left, c.stops, got)
		}
	}
	if certificates(Facts{}) != nil {
		t.Error("there are certificates that no check has seen")
	}
}
