package steps

import (
	"strings"
	"testing"
	"testing/synctest"

	"apifront/cloud/sim"
	"apifront/setup"
)

// longName is valid in DNS but too long for a new certificate, and so is the name above.
const longName = "daily.reports-and-statistics-for-partners-and-their-customers.harborview.example"

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
				if p != nil && !strings.Contains(p.Why, "64 characters at most, and this one has 80") {
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
			wild := sim.Certificate{Names: []string{"*." + longName[len("daily."):]}}
			c := &w.setup.Spec.Certificates
			c.Edge, c.Regional = w.sim.AddCertificate(w.demo.AccountID, "us-east-1", wild), w.sim.AddCertificate(w.demo.AccountID, "eu-west-1", wild)
			w.mustRunAll(setup.JobApply)
		})
	})
}

// A name that is too long for a certificate of its own has one for the wildcard above
// it: it is proved by a record of the name above, its CAA records count, the policy of
// the setup is enough, and a second job writes nothing.
func TestLongNameByAWildcard(t *testing.T) {
	name := strings.Repeat("a", 40) + ".reports-and-statistics-for-partners.harborview.example"
	const parent = "reports-and-statistics-for-partners.harborview.example"
	for _, elsewhere := range []bool{false, true} {
		t.Run(map[bool]string{false: "Route 53", true: "elsewhere"}[elsewhere], func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, sim.Pace{}, func(s *setup.Spec, _ sim.DemoWorld) {
					s.Domain.Name = name
				})
				if elsewhere {
					w.elsewhere()
				}
				w.mustRunAll(setup.JobApply)
				for _, key := range []string{setup.KeyCertificateEdge, setup.KeyCertificateRegional} {
					r := w.resources[key]
					d, err := w.outside().CertificateDetail(t.Context(), r.Region, r.ARN)
					if err != nil {
						t.Fatal(err)
					}
					if got := d.SubjectAlternativeNames; len(got) != 1 || got[0] != "*."+parent {
						t.Errorf("%s is for %v", key, got)
					}
					if got := r.Attributes[setup.AttrRecordName]; !strings.HasPrefix(got, "_") || !strings.HasSuffix(got, "."+parent) || strings.Contains(got, name) {
						t.Errorf("%s is proved by %s", key, got)
					}
				}
				before := len(w.writes())
				w.mustRunAll(setup.JobApply)
				if made := w.writes()[before:]; len(made) > 0 {
					t.Errorf("a second job writes %v", made)
				}
			})
		})
	}
}
