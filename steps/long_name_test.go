package steps

import (
	"strings"
	"testing"
	"testing/synctest"

	"apifront/cloud/sim"
	"apifront/setup"
)

// longName is valid in DNS but too long for a new certificate.
var longName = strings.Repeat("a", 40) + ".reports-and-statistics-for-partners.harborview.example"

// If the name is too long for a new certificate, the job requests none, and the
// problem names the limit. With an existing certificate that covers the name,
// the whole job succeeds.
func TestLongName(t *testing.T) {
	covered := func(t *testing.T, there bool) *world {
		return newWorld(t, sim.Pace{}, func(s *setup.Spec, _ sim.DemoWorld) {
			s.Domain.Name = longName
			s.Certificates.Answered = there
		})
	}
	t.Run("a new one", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := covered(t, false)
			for _, id := range []string{"certificate-edge", "certificate-regional"} {
				_, p := w.run(w.step(setup.StepID(id)))
				complete(t, p)
				if p != nil && !strings.Contains(p.Why, "64 characters at most, and this one has 95") {
					t.Errorf("%s: %+v", id, p)
				}
			}
			if made := w.writes(); len(made) > 0 {
				t.Errorf("AWS was asked all the same: %v", made)
			}
		})
	})
	t.Run("one that exists", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := covered(t, true)
			wild := sim.Certificate{Names: []string{"*.reports-and-statistics-for-partners.harborview.example"}}
			c := &w.setup.Spec.Certificates
			c.Edge, c.Regional = w.sim.AddCertificate(w.demo.AccountID, "us-east-1", wild), w.sim.AddCertificate(w.demo.AccountID, "eu-west-1", wild)
			w.mustRunAll(setup.JobApply)
		})
	})
}
