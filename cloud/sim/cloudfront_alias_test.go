package sim

import (
	"testing"

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
	err := move(w, target.Id)
	wantCode(t, err, "InvalidArgument")
	wantMessage(t, err, "TXT")
	w.s.AddRecord(zone, "_api.example.com", "TXT", 60, `"`+*source.DomainName+`"`) // another one's
	wantCode(t, move(w, target.Id), "InvalidArgument")
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
	wantCode(t, move(stranger, other.Id), "IllegalUpdate") // across accounts from an enabled one
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
