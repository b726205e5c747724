package sim

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/miekg/dns"
)

// A pending is a world with a certificate that ACM looked for in vain.
type pending struct {
	*Sim
	key           Key
	zone, twin    string
	record, value string
	cert          *certificate
}

func newPending(t *testing.T, pace Pace) *pending {
	t.Helper()
	p := &pending{Sim: New(Config{Pace: pace, Log: t.Logf})}
	t.Cleanup(p.Close)
	p.key = p.AddAccount(ours, "u")
	p.zone = p.AddZone(ours, "example.com")
	p.twin = p.AddTwinZone(ours, "team.example.com")
	p.record, p.value = validationRecord(ours, "a.team.example.com")
	arn := p.AddCertificate(ours, "us-east-1", Certificate{Names: []string{"a.team.example.com"}, Status: "PENDING_VALIDATION"})
	p.cert = p.certificate(arn)
	p.let()
	p.let()
	if p.cert.Status != "PENDING_VALIDATION" {
		t.Fatalf("got %s before there is a record", p.cert.Status)
	}
	return p
}

// let is what each request begins with.
func (p *pending) let() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settle()
}

// ACM looks again after every kind of change of the public DNS, at the next
// request.
func TestPendingCertificateSeesEveryChange(t *testing.T) {
	const wait = 45 * time.Second
	for name, change := range map[string]func(t *testing.T, p *pending){
		"a record": func(_ *testing.T, p *pending) {
			p.AddRecord(p.zone, p.record, "CNAME", 300, p.value)
		},
		"a value": func(_ *testing.T, p *pending) {
			p.AddRecord(p.zone, p.record, "CNAME", 300, "_0.wrong.acm-validations.aws.")
			p.let()
			p.AddRecord(p.zone, p.record, "CNAME", 300, p.value)
		},
		"a record that becomes INSYNC": func(t *testing.T, p *pending) {
			mustChange(t, route53.NewFromConfig(sdk(p.Sim, "us-east-1", p.key)), p.zone, aChange("UPSERT", p.record, "CNAME", 300, p.value))
			p.let()
			time.Sleep(wait)
		},
		"a record that a resolver saw first": func(t *testing.T, p *pending) {
			mustChange(t, route53.NewFromConfig(sdk(p.Sim, "us-east-1", p.key)), p.zone, aChange("UPSERT", p.record, "CNAME", 300, p.value))
			p.let()
			time.Sleep(wait)
			query(t, p.Sim, p.record, dns.TypeCNAME, false)
		},
		"a delegation by the parent": func(_ *testing.T, p *pending) {
			p.AddRecord(p.twin, p.record, "CNAME", 300, p.value)
			p.let()
			p.AddRecord(p.zone, "team.example.com", "NS", 300, p.NameServers(p.twin)...)
		},
		"a delegation by itself": func(_ *testing.T, p *pending) {
			p.AddRecord(p.twin, p.record, "CNAME", 300, p.value)
			p.let()
			p.mu.Lock()
			p.zones[p.twin].Delegated = true
			p.mu.Unlock()
		},
		"a private zone made public": func(_ *testing.T, p *pending) {
			p.mu.Lock()
			z := p.zones[p.zone]
			z.Private = true
			p.mu.Unlock()
			p.AddRecord(p.zone, p.record, "CNAME", 300, p.value)
			p.let()
			p.mu.Lock()
			z.Private = false
			p.mu.Unlock()
		},
		"a zone that took another's place": func(_ *testing.T, p *pending) {
			p.mu.Lock()
			z := *p.zones[p.zone]
			z.put(&recordSet{recordKey: recordKey{Name: p.record, Type: "CNAME"}, TTL: 300, Values: []string{p.value}})
			z.Served = z.Records
			p.zones[p.zone] = &z // as loading a state does
			p.mu.Unlock()
		},
		"a zone that is gone": func(t *testing.T, p *pending) {
			p.AddRecord(p.zone, p.record, "CNAME", 300, p.value)
			other := p.AddZone(ours, "a.team.example.com")
			p.let()
			if p.cert.Status == "ISSUED" {
				t.Fatal("issued by the zone above the cut")
			}
			if _, err := route53.NewFromConfig(sdk(p.Sim, "us-east-1", p.key)).DeleteHostedZone(t.Context(), &route53.DeleteHostedZoneInput{Id: &other}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPending(t, Pace{Insync: wait})
				change(t, p)
				p.let()
				if p.cert.Status != "ISSUED" {
					t.Errorf("got %s", p.cert.Status)
				}
			})
		})
	}
}

// ACM looks at most every lookEvery, and what it saw counts from its look.
func TestPendingCertificateIsLookedAtNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPending(t, Pace{IssueDelay: time.Minute})
		looked := p.cert.LookedAt
		p.AddRecord(p.zone, p.record, "CNAME", 300, p.value)
		time.Sleep(lookEvery - time.Millisecond)
		p.let()
		if !p.cert.SeenAt.IsZero() || !p.cert.LookedAt.Equal(looked) {
			t.Errorf("before it looks again: seen at %v, looked at %v", p.cert.SeenAt, p.cert.LookedAt)
		}
		time.Sleep(time.Millisecond)
		p.let()
		if !p.cert.SeenAt.Equal(p.now()) {
			t.Errorf("when it looks again: seen at %v, want now", p.cert.SeenAt)
		}
		p.AddRecord(p.zone, p.record, "CNAME", 300, "_0.wrong.acm-validations.aws.") // once seen, it counts
		time.Sleep(time.Minute)
		p.let()
		if p.cert.Status != "ISSUED" {
			t.Errorf("got %s", p.cert.Status)
		}
	})
}

// A look that finds nothing counts as one, whether or not DNS had changed.
func TestPendingCertificateKeepsItsRhythm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPending(t, Pace{IssueDelay: time.Minute})
		time.Sleep(lookEvery)
		p.let() // nothing changed
		p.AddRecord(p.zone, p.record, "CNAME", 300, p.value)
		time.Sleep(lookEvery - time.Millisecond)
		p.let()
		if !p.cert.SeenAt.IsZero() {
			t.Errorf("seen at %v, before it looks again", p.cert.SeenAt)
		}
	})
}

// pendingCrowd is a world where many certificates wait.
func pendingCrowd() *crowd {
	c := newCrowd()
	for n := range loadSetups {
		name := fmt.Sprintf("n%d.example.com", n)
		c.s.AddCertificate(ours, "eu-west-1", Certificate{Names: []string{name}, Status: "PENDING_VALIDATION"})
		c.s.AddRecord(c.zone, name, "A", 60, "192.0.2.1")
	}
	return c
}

// While DNS stays as it is, waiting certificates cost nothing but a glance:
// looking for a record would allocate its name.
func TestPendingCertificatesCostNoLookups(t *testing.T) {
	c := pendingCrowd()
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if got := testing.AllocsPerRun(5, c.s.settle); got != 0 {
		t.Errorf("got %v allocations", got)
	}
}

// BenchmarkPending is one call while loadSetups certificates wait.
func BenchmarkPending(b *testing.B) {
	c := pendingCrowd()
	for b.Loop() {
		r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "https://aws.example/domainnames/n0.example.com", http.NoBody)
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+c.key.ID+"/20261123/eu-west-1/apigateway/aws4_request, SignedHeaders=host, Signature=0")
		if _, err := c.s.exchange(r); err != nil {
			b.Fatal(err)
		}
	}
}

// ACM looks by itself when a record is published: nobody has to ask for that.
func TestACMLooksThoughNobodyAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPending(t, Pace{IssueDelay: time.Minute, Insync: 45 * time.Second})
		began := p.now()
		zone := p.zones[p.zone]
		records := maps.Clone(zone.Records)
		p.mu.Lock()
		_, err := p.commit(&request{account: &account{ID: zone.Account}}, zone, records, "")
		p.mu.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		p.AddRecord(p.zone, p.record, "CNAME", 300, p.value)
		time.Sleep(time.Hour)
		p.mu.Lock()
		defer p.mu.Unlock()
		if late := p.cert.SeenAt.Sub(began) - 45*time.Second; p.cert.SeenAt.IsZero() || late > lookEvery {
			t.Errorf("the record is seen %s after it was published", late)
		}
	})
}
