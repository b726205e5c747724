package sim

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/google/go-cmp/cmp"
)

const (
	taken      = "One or more of the CNAMEs you provided are already associated with a different resource."
	pointsAway = "incorrectly configured DNS record that points to another CloudFront distribution"
)

func TestV21AliasTaken(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	w.create(t, w.recipe("api.example.com"))
	_, _, err := w.try(t, w.recipe("api.example.com"))
	wantCode(t, err, "CNAMEAlreadyExists")
	wantMessage(t, err, taken)
	d, _ := w.create(t, w.recipe("*.example.com")) // a wildcard above our own

	stranger := cdnOf(w.s, theirs)
	for _, name := range []string{"api.example.com", "other.example.com"} { // under our wildcard
		_, _, err = stranger.try(t, stranger.recipe(name))
		wantCode(t, err, "CNAMEAlreadyExists")
		wantMessage(t, err, taken)
	}
	_, err = w.update(t, *d.Id, func(c *types.DistributionConfig) {
		c.Aliases = &types.Aliases{Quantity: aws.Int32(1), Items: []string{"api.example.com"}}
	})
	wantCode(t, err, "CNAMEAlreadyExists")
	if _, err = w.update(t, *d.Id, func(c *types.DistributionConfig) { c.Comment = aws.String("same alias") }); err != nil {
		t.Error(err)
	}
}

func TestV21EdgeDomainHoldsTheAlias(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	gw := apigateway.NewFromConfig(sdk(w.s, "eu-west-1", w.key))
	if _, err := gw.CreateDomainName(t.Context(), &apigateway.CreateDomainNameInput{DomainName: aws.String("api.example.com"), CertificateArn: aws.String(w.cert)}); err != nil {
		t.Fatal(err)
	}
	_, _, err := w.try(t, w.recipe("api.example.com"))
	wantCode(t, err, "CNAMEAlreadyExists")
	wantMessage(t, err, taken)
	w.create(t, w.recipe("other.example.com"))
	_, err = gw.CreateDomainName(t.Context(), &apigateway.CreateDomainNameInput{DomainName: aws.String("other.example.com"), CertificateArn: aws.String(w.cert)})
	wantCode(t, err, "BadRequestException") // and the other way round
	wantMessage(t, err, taken)
}

func TestV21LiveDNSPointsElsewhere(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	zone := w.s.AddZone(ours, "example.com")
	other, _ := w.create(t, w.recipe())
	w.s.AddRecord(zone, "api.example.com", "CNAME", 300, *other.DomainName)
	_, _, err := w.try(t, w.recipe("api.example.com"))
	wantCode(t, err, "CNAMEAlreadyExists")
	wantMessage(t, err, pointsAway)
	if _, err := w.update(t, *other.Id, func(c *types.DistributionConfig) { // it points here
		c.Aliases = &types.Aliases{Quantity: aws.Int32(1), Items: []string{"api.example.com"}}
	}); err != nil {
		t.Error(err)
	}
	w.s.AddRecord(zone, "plain.example.com", "CNAME", 300, "d-abc.execute-api.eu-west-1.amazonaws.com")
	w.create(t, w.recipe("plain.example.com"))
}

func TestV28Conflicts(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	held, _ := w.create(t, w.recipe("api.example.com"))
	wild, _ := w.create(t, w.recipe("*.example.com"))
	ask, _ := w.create(t, w.recipe())
	out, err := w.c.ListConflictingAliases(t.Context(), &cloudfront.ListConflictingAliasesInput{Alias: aws.String("api.example.com"), DistributionId: ask.Id})
	if err != nil {
		t.Fatal(err)
	}
	masked := map[string]string{}
	for _, i := range out.ConflictingAliasesList.Items {
		masked[*i.Alias] = *i.DistributionId + " " + *i.AccountId
	}
	want := map[string]string{
		"api.example.com": "**********" + (*held.Id)[10:] + " ******223333",
		"*.example.com":   "**********" + (*wild.Id)[10:] + " ******223333",
	}
	if d := cmp.Diff(masked, want); d != "" {
		t.Error(d)
	}
	conflicts := func(id *string, domain string) (*cloudfront.ListDomainConflictsOutput, error) {
		return w.c.ListDomainConflicts(t.Context(), &cloudfront.ListDomainConflictsInput{
			Domain: aws.String(domain), DomainControlValidationResource: &types.DistributionResourceId{DistributionId: id},
		})
	}
	all, err := conflicts(ask.Id, "api.example.com")
	if err != nil {
		t.Fatal(err)
	}
	plain := map[string]string{}
	for _, i := range all.DomainConflicts {
		plain[*i.Domain] = *i.ResourceId + " " + *i.AccountId + " " + string(i.ResourceType)
	}
	want = map[string]string{"api.example.com": *held.Id + " " + ours + " distribution", "*.example.com": *wild.Id + " " + ours + " distribution"}
	if d := cmp.Diff(plain, want); d != "" {
		t.Error(d)
	}

	_, err = conflicts(ask.Id, "api.example.net") // not covered
	wantCode(t, err, "InvalidArgument")
	_, err = w.c.ListConflictingAliases(t.Context(), &cloudfront.ListConflictingAliasesInput{Alias: aws.String("api.example.net"), DistributionId: ask.Id})
	wantCode(t, err, "InvalidArgument")
	bare := w.recipe()
	bare.ViewerCertificate = nil
	without, _ := w.create(t, bare)
	_, err = conflicts(without.Id, "api.example.com") // no certificate
	wantCode(t, err, "InvalidArgument")
	stranger := cdnOf(w.s, theirs)
	foreign, _ := stranger.create(t, stranger.recipe())
	_, err = conflicts(foreign.Id, "api.example.com") // not ours
	wantCode(t, err, "AccessDenied")
}

func TestV29AssociateAlias(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	zone := w.s.AddZone(ours, "example.com")
	source, _ := w.create(t, w.recipe("api.example.com"))
	target, _ := w.create(t, w.recipe())
	move := func(w *cdn, id *string) error {
		_, err := w.c.AssociateAlias(t.Context(), &cloudfront.AssociateAliasInput{Alias: aws.String("api.example.com"), TargetDistributionId: id})
		return err
	}
	bare := w.recipe()
	bare.ViewerCertificate = nil
	uncertified, _ := w.create(t, bare)
	wantCode(t, move(w, uncertified.Id), "InvalidArgument") // before the TXT record is asked for
	err := move(w, target.Id)
	wantCode(t, err, "IllegalUpdate")
	wantMessage(t, err, "Invalid or missing alias DNS TXT records.")
	w.s.AddRecord(zone, "_api.example.com", "TXT", 60, `"`+*source.DomainName+`"`) // another one's
	wantCode(t, move(w, target.Id), "IllegalUpdate")
	w.s.AddRecord(zone, "_api.example.com", "TXT", 60, `"`+*target.DomainName+`"`)
	if err := move(w, target.Id); err != nil {
		t.Fatal(err)
	}
	from, _ := w.get(t, *source.Id)
	to, _ := w.get(t, *target.Id)
	if *from.DistributionConfig.Aliases.Quantity != 0 || to.DistributionConfig.Aliases.Items[0] != "api.example.com" {
		t.Errorf("got %v %v", from.DistributionConfig.Aliases, to.DistributionConfig.Aliases)
	}

	stranger := cdnOf(w.s, theirs)
	other, _ := stranger.create(t, stranger.recipe())
	w.s.AddRecord(zone, "_api.example.com", "TXT", 60, `"`+*other.DomainName+`"`)
	err = move(stranger, other.Id)
	wantCode(t, err, "IllegalUpdate") // across accounts from an enabled one
	wantMessage(t, err, "Alias move is not allowed since the source distribution is enabled")
	if _, err := w.update(t, *target.Id, func(c *types.DistributionConfig) { c.Enabled = aws.Bool(false) }); err != nil {
		t.Fatal(err)
	}
	if err := move(stranger, other.Id); err != nil {
		t.Error(err)
	}
}

func TestV29UpdateDomainAssociation(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	source, _ := w.create(t, w.recipe("api.example.com"))
	target, etag := w.create(t, w.recipe())
	move := func(match string) (*cloudfront.UpdateDomainAssociationOutput, error) {
		return w.c.UpdateDomainAssociation(t.Context(), &cloudfront.UpdateDomainAssociationInput{
			Domain: aws.String("api.example.com"), IfMatch: aws.String(match), TargetResource: &types.DistributionResourceId{DistributionId: target.Id},
		})
	}
	_, err := move("E0")
	wantCode(t, err, "PreconditionFailed")
	_, err = move(etag)
	wantCode(t, err, "ResourceNotDisabled") // even within an account
	if _, err := w.update(t, *source.Id, func(c *types.DistributionConfig) { c.Enabled = aws.Bool(false) }); err != nil {
		t.Fatal(err)
	}
	out, err := move(etag)
	if err != nil || *out.ResourceId != *target.Id || *out.ETag == etag {
		t.Fatalf("got %v %v", out, err)
	}
	to, _ := w.get(t, *target.Id)
	if to.DistributionConfig.Aliases.Items[0] != "api.example.com" {
		t.Errorf("got %v", to.DistributionConfig.Aliases)
	}
}

// TestV29ApexProof: at the apex of a zone the record has a label of its own.
func TestV29ApexProof(t *testing.T) {
	t.Parallel()
	w := newCDN(Config{})
	zone := w.s.AddZone(ours, "example.com")
	cert := w.s.AddCertificate(ours, "us-east-1", Certificate{Names: []string{"example.com"}})
	recipe := w.recipe()
	recipe.ViewerCertificate.ACMCertificateArn = &cert
	target, _ := w.create(t, recipe)
	move := func() error {
		_, err := w.c.AssociateAlias(t.Context(), &cloudfront.AssociateAliasInput{Alias: aws.String("example.com"), TargetDistributionId: target.Id})
		return err
	}
	w.s.AddRecord(zone, "_example.com.example.com", "TXT", 60, `"`+*target.DomainName+`"`)
	wantCode(t, move(), "IllegalUpdate")
	w.s.AddRecord(zone, "_.example.com", "TXT", 60, `"`+*target.DomainName+`"`)
	if err := move(); err != nil {
		t.Error(err)
	}
}

// TestV29AMissIsRemembered: CloudFront's resolver remembers for the zone's negative TTL
// that there was no TXT record, though the record resolves elsewhere.
func TestV29AMissIsRemembered(t *testing.T) {
	for _, early := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newCDN(Config{Pace: RealPace()})
			zone := w.s.AddZone(ours, "example.com")
			target, _ := w.create(t, w.recipe())
			move := func() error {
				_, err := w.c.AssociateAlias(t.Context(), &cloudfront.AssociateAliasInput{Alias: aws.String("api.example.com"), TargetDistributionId: target.Id})
				return err
			}
			if early {
				wantCode(t, move(), "IllegalUpdate")
			}
			w.s.AddRecord(zone, "_api.example.com", "TXT", 60, `"`+*target.DomainName+`"`)
			time.Sleep(time.Minute)
			if !early {
				if err := move(); err != nil {
					t.Error(err)
				}
				return
			}
			wantCode(t, move(), "IllegalUpdate")
			time.Sleep(ttlSOA * time.Second)
			if err := move(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestV29NobodyIsWithoutTheName: while an alias moves, each edge knows one distribution
// that has it, at every moment, however long a deployment takes.
func TestV29NobodyIsWithoutTheName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace := RealPace()
		pace.Spread = 0.5
		w := newCDN(Config{Pace: pace})
		zone := w.s.AddZone(ours, "example.com")
		source, _ := w.create(t, w.recipe("api.example.com"))
		target, _ := w.create(t, w.recipe())
		w.s.AddRecord(zone, "_api.example.com", "TXT", 60, `"`+*target.DomainName+`"`)
		time.Sleep(2 * time.Hour)
		if _, err := w.c.AssociateAlias(t.Context(), &cloudfront.AssociateAliasInput{Alias: aws.String("api.example.com"), TargetDistributionId: target.Id}); err != nil {
			t.Fatal(err)
		}
		at := map[string]int{}
		for range 7200 {
			for edge := range edgeCount {
				w.s.mu.Lock()
				h := w.s.holderOf(edge, "api.example.com", w.s.now())
				w.s.mu.Unlock()
				if h == nil || h.distribution == nil {
					t.Fatalf("edge %d has nobody for the name", edge)
				}
				at[h.distribution.ID]++
			}
			time.Sleep(500 * time.Millisecond)
		}
		if at[*source.Id] == 0 || at[*target.Id] == 0 {
			t.Errorf("the name was at %v", at)
		}
	})
}
