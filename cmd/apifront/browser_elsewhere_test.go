//go:build browser

package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// chooseAPI chooses the first offered stage of an API of a kind.
func (s *screen) chooseAPI(kind string) {
	s.t.Helper()
	v := s.eval(`[...document.querySelectorAll('#api-0 option')].filter(o => o.textContent.includes("` + kind + `")).map(o => o.value)[0]`)
	if v == "" || v == "undefined" {
		s.fail("no %s API is offered: %s", kind, s.text("#api-0"))
	}
	s.set("#api-0", v)
}

// addRecordsAsAPersonWould copies the records that the job page asks for, as
// they come up, into the zone: with the provider's own tools, which here is
// the simulator's Route 53.
func (d *demo) addRecordsAsAPersonWould(t *testing.T, s *screen) {
	t.Helper()
	dns := route53.New(route53.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(d.net.AWSEndpoint),
		Credentials: credentials.NewStaticCredentialsProvider(d.world.KeyID, d.world.Secret, ""),
	})
	added := map[string]bool{}
	for _, what := range []string{"validation record", "traffic record"} {
		s.until(60*time.Second, "the job asks for the "+what, func() bool {
			for _, r := range s.records() {
				if added[r[1]] || r[3] == "hold" {
					continue
				}
				_, err := dns.ChangeResourceRecordSets(t.Context(), &route53.ChangeResourceRecordSetsInput{
					HostedZoneId: aws.String(d.world.Zones["lakeside.example"]),
					ChangeBatch: &types.ChangeBatch{Changes: []types.Change{{
						Action: types.ChangeActionCreate,
						ResourceRecordSet: &types.ResourceRecordSet{
							Name: aws.String(r[1]), Type: types.RRType(r[0]), TTL: aws.Int64(60),
							ResourceRecords: []types.ResourceRecord{{Value: aws.String(r[2])}},
						},
					}}},
				})
				if err != nil {
					t.Fatalf("add %v: %v", r, err)
				}
				added[r[1]] = true
				s.shot(strings.ReplaceAll(what, " ", "-"))
				return true
			}
			return false
		})
	}
}

// records reads the record card as a person copies it: type, full name, value,
// and "hold" where the card says not to touch the record yet.
func (s *screen) records() (records [][4]string) {
	raw := s.eval(`JSON.stringify([...document.querySelectorAll('td[data-l=Type]')].map(td => td.parentElement).map(row => {
		// Type, name and value; what the last two are called depends on the provider.
		const copy = n => row.cells[n].querySelector('[data-copy]').dataset.copy;
		const hold = row.closest('.card').innerText.includes('Do not change the traffic record') && copy(2).includes('cloudfront.net');
		return [row.cells[0].innerText.trim(), copy(1), copy(2), hold ? 'hold' : ''];
	}))`)
	if raw == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(raw), &records); err != nil {
		s.fail("read the records: %v", err)
	}
	for i, r := range records {
		if !strings.HasSuffix(r[1], ".lakeside.example") {
			records[i][1] += ".lakeside.example"
		}
	}
	return records
}
