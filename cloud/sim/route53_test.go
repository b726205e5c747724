package sim

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/google/go-cmp/cmp"
)

// aChange is a change of a simple record.
func aChange(action types.ChangeAction, name string, kind types.RRType, ttl int64, values ...string) types.Change {
	set := &types.ResourceRecordSet{Name: &name, Type: kind, TTL: &ttl}
	for _, v := range values {
		set.ResourceRecords = append(set.ResourceRecords, types.ResourceRecord{Value: &v})
	}
	return types.Change{Action: action, ResourceRecordSet: set}
}

// anAlias is a change of an alias.
func anAlias(action types.ChangeAction, name string, kind types.RRType, zone, target string, health bool) types.Change {
	return types.Change{Action: action, ResourceRecordSet: &types.ResourceRecordSet{
		Name: &name, Type: kind,
		AliasTarget: &types.AliasTarget{DNSName: &target, HostedZoneId: &zone, EvaluateTargetHealth: health},
	}}
}

const (
	create = types.ChangeActionCreate
	upsert = types.ChangeActionUpsert
	remove = types.ChangeActionDelete
)

func TestV30Batches(t *testing.T) {
	t.Parallel()
	const cf = "d111111abcdef8.cloudfront.net"
	for _, tc := range []struct {
		name    string
		zone    string // "" is example.com, or "private"
		changes []types.Change
		message string // "" is good
	}{
		{"create", "", []types.Change{aChange(create, "new.example.com", "A", 60, "192.0.2.1")}, ""},
		{"create what exists", "", []types.Change{aChange(create, "www.example.com", "A", 60, "192.0.2.1")},
			"Tried to create resource record set [name='www.example.com.', type='A'] but it already exists"},
		{"upsert what exists", "", []types.Change{aChange(upsert, "www.example.com", "A", 60, "192.0.2.9")}, ""},
		{"names are folded", "", []types.Change{aChange(create, "WWW.Example.COM.", "A", 60, "192.0.2.1")}, "but it already exists"},
		{"octal escapes are names", "", []types.Change{aChange(create, `\052.example.com`, "TXT", 60, `"x"`)}, "but it already exists"},
		{"delete exactly", "", []types.Change{aChange(remove, "www.example.com", "A", 300, "192.0.2.2", "192.0.2.1")}, ""},
		{"delete with another TTL", "", []types.Change{aChange(remove, "www.example.com", "A", 60, "192.0.2.1", "192.0.2.2")},
			"Tried to delete resource record set [name='www.example.com.', type='A'] but the values provided do not match the current values"},
		{"delete with a value short", "", []types.Change{aChange(remove, "www.example.com", "A", 300, "192.0.2.1")}, "do not match the current values"},
		{"delete what is not there", "", []types.Change{aChange(remove, "gone.example.com", "A", 300, "192.0.2.1")},
			"Tried to delete resource record set [name='gone.example.com.', type='A'] but it was not found"},
		{"alias delete with another target", "", []types.Change{anAlias(remove, "app.example.com", "A", CloudFrontZone, "d222.cloudfront.net", false)}, "do not match the current values"},
		{"alias delete", "", []types.Change{anAlias(remove, "app.example.com", "A", CloudFrontZone, cf+".", false)}, ""},
		{"CNAME beside A", "", []types.Change{aChange(create, "www.example.com", "CNAME", 60, "x.example.net")},
			"RRSet of type CNAME with DNS name www.example.com. is not permitted as it conflicts with other records with the same DNS name in zone example.com."},
		{"A beside CNAME", "", []types.Change{aChange(upsert, "old.example.com", "A", 60, "192.0.2.1")},
			"RRSet of type A with DNS name old.example.com. is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone example.com."},
		{"alias beside CNAME", "", []types.Change{anAlias(upsert, "old.example.com", "A", CloudFrontZone, cf, false)}, "because a conflicting RRSet of type CNAME"},
		{"CNAME replaced by alias in one batch", "", []types.Change{
			aChange(remove, "old.example.com", "CNAME", 300, "target.example.net"),
			anAlias(create, "old.example.com", "A", CloudFrontZone, cf, false),
			anAlias(create, "old.example.com", "AAAA", CloudFrontZone, cf, false),
		}, ""},
		{"CNAME at the apex", "", []types.Change{aChange(create, "example.com", "CNAME", 60, "x.example.net")},
			"RRSet of type CNAME with DNS name example.com. is not permitted at apex in zone example.com."},
		{"outside the zone", "", []types.Change{aChange(create, "a.xample.com", "A", 60, "192.0.2.1")},
			"RRSet with DNS name a.xample.com. is not permitted in zone example.com."},
		{"label-aligned", "", []types.Change{aChange(create, "notexample.com", "A", 60, "192.0.2.1")}, "is not permitted in zone"},
		{"alias to CloudFront", "", []types.Change{
			anAlias(upsert, "new.example.com", "A", CloudFrontZone, cf, false),
			anAlias(upsert, "new.example.com", "AAAA", CloudFrontZone, cf, false),
			anAlias(upsert, "new.example.com", "HTTPS", CloudFrontZone, cf, false),
		}, ""},
		{"alias with health", "", []types.Change{anAlias(upsert, "new.example.com", "A", CloudFrontZone, cf, true)}, "EvaluateTargetHealth"},
		{"alias with a wrong zone", "", []types.Change{anAlias(upsert, "new.example.com", "A", "Z000000000000000000AB", cf, false)},
			"Tried to create an alias that targets d111111abcdef8.cloudfront.net., type A in zone Z000000000000000000AB, but the alias target name does not lie within the target zone"},
		{"alias to a regional name as CloudFront", "", []types.Change{anAlias(upsert, "new.example.com", "A", CloudFrontZone, "d-abc.execute-api.eu-west-1.amazonaws.com", false)}, "does not lie within the target zone"},
		{"alias to CloudFront in a private zone", "private", []types.Change{anAlias(create, "new.example.com", "A", CloudFrontZone, cf, false)}, "private"},
		{"twice in one batch", "", []types.Change{
			aChange(upsert, "new.example.com", "A", 60, "192.0.2.1"),
			aChange(upsert, "new.example.com", "A", 60, "192.0.2.1"),
		}, "The request contains an invalid set of changes for a resource record set 'A new.example.com.'"},
		{"delete and create again", "", []types.Change{
			aChange(remove, "www.example.com", "A", 300, "192.0.2.1", "192.0.2.2"),
			aChange(create, "www.example.com", "A", 60, "192.0.2.3"),
		}, ""},
		{"upsert beside weighted", "", []types.Change{aChange(upsert, "split.example.com", "A", 60, "192.0.2.1")}, "weighted RRSets exist with the same name and type"},
		{"several complaints", "", []types.Change{
			aChange(remove, "gone.example.com", "A", 300, "192.0.2.1"),
			aChange(create, "www.example.com", "A", 300, "192.0.2.1"),
		}, "but it was not found, Tried to create"},
		{"no IPv4 address", "", []types.Change{aChange(create, "new.example.com", "A", 60, "x.example.net")}, "ARRDATAIllegalIPv4Address"},
		{"text without quotes", "", []types.Change{aChange(create, "new.example.com", "TXT", 60, "hello")}, "InvalidCharacterString"},
		{"the zone's own NS", "", []types.Change{anNSDelete}, "A HostedZone must contain at least one NS record for the zone itself."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := New(Config{})
			key := s.AddAccount("111122223333", "u")
			c := route53.NewFromConfig(sdk(s, "us-east-1", key))
			zone := s.AddZone(key.AccountID, "example.com")
			s.AddRecord(zone, "www.example.com", "A", 300, "192.0.2.1", "192.0.2.2")
			s.AddRecord(zone, "old.example.com", "CNAME", 300, "target.example.net")
			s.AddRecord(zone, "*.example.com", "TXT", 300, `"any"`)
			s.AddRecord(zone, "example.com", "NS", 172800, "ns.example.")
			mustChange(t, c, zone, anAlias(create, "app.example.com", "A", CloudFrontZone, cf, false))
			mustChange(t, c, zone, weighted("split.example.com", "blue", 1))
			if tc.zone == "private" {
				zone = s.AddPrivateZone(key.AccountID, "example.com")
			}
			before := recordLines(t, c, zone)
			_, err := changeRecords(t, c, zone, tc.changes...)
			if tc.message == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			wantCode(t, err, "InvalidChangeBatch")
			wantMessage(t, err, tc.message)
			if diff := cmp.Diff(recordLines(t, c, zone), before); diff != "" {
				t.Errorf("a refused batch changed the zone: %s", diff)
			}
		})
	}
}

var anNSDelete = aChange(remove, "example.com", "NS", 172800, "ns.example.")

func weighted(name, id string, weight int64) types.Change {
	c := aChange(create, name, "A", 60, "192.0.2.7")
	c.ResourceRecordSet.SetIdentifier, c.ResourceRecordSet.Weight = &id, &weight
	return c
}

func changeRecords(t *testing.T, c *route53.Client, zone string, changes ...types.Change) (*types.ChangeInfo, error) {
	t.Helper()
	out, err := c.ChangeResourceRecordSets(t.Context(), &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: &zone, ChangeBatch: &types.ChangeBatch{Changes: changes},
	})
	if err != nil {
		return nil, err
	}
	return out.ChangeInfo, nil
}

func mustChange(t *testing.T, c *route53.Client, zone string, changes ...types.Change) *types.ChangeInfo {
	t.Helper()
	info, err := changeRecords(t, c, zone, changes...)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// recordLines is "name type value,value" of every record set, in AWS's order.
func recordLines(t *testing.T, c *route53.Client, zone string) []string {
	t.Helper()
	lines := []string{}
	p := route53.NewListResourceRecordSetsPaginator(c, &route53.ListResourceRecordSetsInput{HostedZoneId: &zone})
	for p.HasMorePages() {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range out.ResourceRecordSets {
			values := []string{}
			for _, v := range r.ResourceRecords {
				values = append(values, *v.Value)
			}
			if r.AliasTarget != nil {
				values = append(values, "alias "+*r.AliasTarget.DNSName)
			}
			lines = append(lines, fmt.Sprintf("%s %s %s", *r.Name, r.Type, strings.Join(values, ",")))
		}
	}
	return lines
}

func TestRecordsAreListedInOrderPageByPage(t *testing.T) {
	t.Parallel()
	for _, page := range []int{0, 1, 2} { // V33
		s := New(Config{PageSize: page})
		key := s.AddAccount("111122223333", "u")
		c := route53.NewFromConfig(sdk(s, "us-east-1", key))
		zone := s.AddZone(key.AccountID, "example.com")
		for _, n := range []string{"www", "b.a", "a", "*", "_x.a"} {
			s.AddRecord(zone, n+".example.com", "TXT", 60, `"`+n+`"`)
		}
		s.AddRecord(zone, "a.example.com", "A", 60, "192.0.2.1")
		want := []string{
			"example.com. NS", "example.com. SOA", `\052.example.com. TXT`, "a.example.com. A", "a.example.com. TXT",
			"_x.a.example.com. TXT", "b.a.example.com. TXT", "www.example.com. TXT",
		}
		got := []string{}
		for _, line := range recordLines(t, c, zone) {
			got = append(got, strings.Join(strings.Fields(line)[:2], " "))
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("page size %d: %s", page, diff)
		}
		out, err := c.ListResourceRecordSets(t.Context(), &route53.ListResourceRecordSetsInput{
			HostedZoneId: &zone, StartRecordName: aws.String("A.example.com"), StartRecordType: "TXT", MaxItems: aws.Int32(1),
		})
		if err != nil || *out.ResourceRecordSets[0].Name != "a.example.com." || out.ResourceRecordSets[0].Type != "TXT" || !out.IsTruncated {
			t.Errorf("start in the middle: got %+v (%v)", out, err)
		}
	}
}

func TestV31Rate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{Pace: Pace{Route53Rate: 5}})
		key := s.AddAccount("111122223333", "u")
		c := route53.NewFromConfig(sdk(s, "us-east-1", key))
		list := func() error {
			_, err := c.ListHostedZones(t.Context(), nil)
			return err
		}
		for range 5 {
			if err := list(); err != nil {
				t.Fatal(err)
			}
		}
		err := list()
		wantCode(t, err, "Throttling")
		wantMessage(t, err, "Rate exceeded")
		if calls := s.Calls(); calls[5].Operation != "ListHostedZones" {
			t.Errorf("the refused call is noted as %q", calls[5].Operation)
		}
		time.Sleep(time.Second)
		if err := list(); err != nil {
			t.Errorf("a second later: %v", err)
		}
	})
}

func TestV31OneChangeAtATimeAndInsync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{Pace: Pace{Insync: 40 * time.Second}})
		key := s.AddAccount("111122223333", "u")
		c := route53.NewFromConfig(sdk(s, "us-east-1", key))
		zone := s.AddZone(key.AccountID, "example.com")
		info := mustChange(t, c, zone, aChange(create, "a.example.com", "A", 60, "192.0.2.1"))
		_, err := changeRecords(t, c, zone, aChange(create, "b.example.com", "A", 60, "192.0.2.1"))
		wantCode(t, err, "PriorRequestNotComplete")
		served := func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			values, _, _ := s.lookup("a.example.com", "A", s.now())
			return len(values) == 1
		}
		status := func() types.ChangeStatus {
			out, err := c.GetChange(t.Context(), &route53.GetChangeInput{Id: info.Id})
			if err != nil {
				t.Fatal(err)
			}
			return out.ChangeInfo.Status
		}
		if len(recordLines(t, c, zone)) != 3 {
			t.Error("a PENDING record is not listed")
		}
		time.Sleep(40*time.Second - time.Millisecond)
		if served() || status() != types.ChangeStatusPending {
			t.Error("served or INSYNC before its time")
		}
		time.Sleep(time.Millisecond)
		if !served() || status() != types.ChangeStatusInsync {
			t.Error("not served or not INSYNC in time")
		}
		mustChange(t, c, zone, aChange(create, "b.example.com", "A", 60, "192.0.2.1"))
		_, err = c.GetChange(t.Context(), &route53.GetChangeInput{Id: aws.String("C0")})
		wantCode(t, err, "NoSuchChange")
	})
}

func TestZones(t *testing.T) {
	t.Parallel()
	s := New(Config{PageSize: 1}) // V33
	key, other := s.AddAccount("111122223333", "u"), s.AddAccount("999988887777", "u")
	c := route53.NewFromConfig(sdk(s, "eu-west-1", key))
	own := s.AddZone(key.AccountID, "Example.com")
	s.AddTwinZone(key.AccountID, "example.com")
	private := s.AddPrivateZone(key.AccountID, "a.example.com")
	strange := s.AddZone(other.AccountID, "example.org")

	got := map[string]bool{}
	p := route53.NewListHostedZonesPaginator(c, &route53.ListHostedZonesInput{})
	for p.HasMorePages() {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, z := range out.HostedZones {
			got[*z.Id+" "+*z.Name] = z.Config.PrivateZone
		}
	}
	if len(got) != 3 || got["/hostedzone/"+own+" example.com."] || !got["/hostedzone/"+private+" a.example.com."] {
		t.Errorf("got zones %v", got)
	}

	named, err := c.ListHostedZonesByName(t.Context(), &route53.ListHostedZonesByNameInput{DNSName: aws.String("a.example.com")})
	if err != nil || len(named.HostedZones) != 1 || *named.HostedZones[0].Name != "a.example.com." {
		t.Errorf("by name: got %+v (%v)", named, err)
	}

	z, err := c.GetHostedZone(t.Context(), &route53.GetHostedZoneInput{Id: aws.String("/hostedzone/" + own)})
	if err != nil || len(z.DelegationSet.NameServers) != 4 || *z.HostedZone.ResourceRecordSetCount != 2 {
		t.Errorf("got %+v (%v), want four name servers and two records", z, err)
	}
	_, err = c.GetHostedZone(t.Context(), &route53.GetHostedZoneInput{Id: &strange})
	wantCode(t, err, "AccessDenied")
	_, err = c.GetHostedZone(t.Context(), &route53.GetHostedZoneInput{Id: aws.String("ZNOBODY")})
	wantCode(t, err, "NoSuchHostedZone")
	wantMessage(t, err, "No hosted zone found with ID: ZNOBODY")

	made, err := c.CreateHostedZone(t.Context(), &route53.CreateHostedZoneInput{Name: aws.String("new.example.com"), CallerReference: aws.String("r")})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.CreateHostedZone(t.Context(), &route53.CreateHostedZoneInput{Name: aws.String("new.example.com"), CallerReference: aws.String("r")})
	wantCode(t, err, "HostedZoneAlreadyExists")
	id := strings.TrimPrefix(*made.HostedZone.Id, "/hostedzone/")
	mustChange(t, c, id, aChange(create, "x.new.example.com", "A", 60, "192.0.2.1"))
	_, err = c.DeleteHostedZone(t.Context(), &route53.DeleteHostedZoneInput{Id: &id})
	wantCode(t, err, "HostedZoneNotEmpty")
	mustChange(t, c, id, aChange(remove, "x.new.example.com", "A", 60, "192.0.2.1"))
	if _, err = c.DeleteHostedZone(t.Context(), &route53.DeleteHostedZoneInput{Id: &id}); err != nil {
		t.Error(err)
	}

	if _, err = c.ChangeTagsForResource(t.Context(), &route53.ChangeTagsForResourceInput{
		ResourceType: "hostedzone", ResourceId: &own, AddTags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
	}); err != nil {
		t.Fatal(err)
	}
	tags, err := c.ListTagsForResource(t.Context(), &route53.ListTagsForResourceInput{ResourceType: "hostedzone", ResourceId: &own})
	if err != nil || len(tags.ResourceTagSet.Tags) != 1 || *tags.ResourceTagSet.Tags[0].Value != "v" {
		t.Errorf("got tags %+v (%v)", tags, err)
	}
}

func TestRecordsWithoutValueAreRefused(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	key := s.AddAccount("111122223333", "u")
	c := route53.NewFromConfig(sdk(s, "us-east-1", key))
	zone := s.AddZone(key.AccountID, "example.com")
	noTTL := aChange(create, "a.example.com", "A", 60, "192.0.2.1")
	noTTL.ResourceRecordSet.TTL = nil
	both := anAlias(create, "a.example.com", "A", CloudFrontZone, "d1.cloudfront.net", false)
	both.ResourceRecordSet.TTL = aws.Int64(60)
	failover := aChange(create, "a.example.com", "A", 60, "192.0.2.1")
	failover.ResourceRecordSet.Failover, failover.ResourceRecordSet.SetIdentifier = "PRIMARY", aws.String("x")
	for _, tc := range []struct {
		change types.Change
		code   string
	}{
		{aChange(create, "a.example.com", "A", 60), "InvalidInput"},
		{noTTL, "InvalidInput"}, {both, "InvalidInput"}, {failover, "NotModelled"},
		{aChange(create, "a.example.com", "BOGUS", 60, "x"), "InvalidInput"},
	} {
		_, err := changeRecords(t, c, zone, tc.change)
		wantCode(t, err, tc.code)
	}
}

// An alias is listed without records, as AWS lists it (recorded), so that it can be deleted
// just as it was listed: AWS takes no empty list of records.
func TestAliasIsListedWithoutRecords(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	key := s.AddAccount("111122223333", "u")
	c := route53.NewFromConfig(sdk(s, "us-east-1", key))
	zone := s.AddZone(key.AccountID, "example.com")
	change := func(action types.ChangeAction, set *types.ResourceRecordSet) error {
		_, err := c.ChangeResourceRecordSets(t.Context(), &route53.ChangeResourceRecordSetsInput{
			HostedZoneId: &zone, ChangeBatch: &types.ChangeBatch{Changes: []types.Change{{Action: action, ResourceRecordSet: set}}},
		})
		return err
	}
	alias := &types.ResourceRecordSet{Name: aws.String("a.example.com"), Type: types.RRTypeA, AliasTarget: &types.AliasTarget{
		DNSName: aws.String("d1.cloudfront.net"), HostedZoneId: aws.String(CloudFrontZone),
	}}
	if err := change(types.ChangeActionCreate, alias); err != nil {
		t.Fatal(err)
	}
	out, err := c.ListResourceRecordSets(t.Context(), &route53.ListResourceRecordSetsInput{HostedZoneId: &zone, StartRecordName: alias.Name})
	if err != nil || len(out.ResourceRecordSets) != 1 || out.ResourceRecordSets[0].ResourceRecords != nil {
		t.Fatalf("it is listed as %+v (%v)", out, err)
	}
	if err := change(types.ChangeActionDelete, &out.ResourceRecordSets[0]); err != nil {
		t.Error(err)
	}
}
