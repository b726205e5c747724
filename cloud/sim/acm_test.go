package sim

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/google/go-cmp/cmp"
)

func askCertificate(ctx context.Context, c *acm.Client, names ...string) (string, error) {
	out, err := c.RequestCertificate(ctx, &acm.RequestCertificateInput{
		DomainName: aws.String(names[0]), SubjectAlternativeNames: names[1:], ValidationMethod: types.ValidationMethodDns,
	})
	if err != nil {
		return "", err
	}
	return *out.CertificateArn, nil
}

func mustRequest(t *testing.T, c *acm.Client, names ...string) string {
	t.Helper()
	arn, err := askCertificate(t.Context(), c, names...)
	if err != nil {
		t.Fatal(err)
	}
	return arn
}

func describe(t *testing.T, c *acm.Client, arn string) *types.CertificateDetail {
	t.Helper()
	out, err := c.DescribeCertificate(t.Context(), &acm.DescribeCertificateInput{CertificateArn: aws.String(arn)})
	if err != nil {
		t.Fatal(err)
	}
	return out.Certificate
}

func acmClient(s *Sim, region string) (*acm.Client, string) {
	key := s.AddAccount("111122223333", "u")
	return acm.NewFromConfig(sdk(s, region, key)), key.AccountID
}

func TestV1Token(t *testing.T) {
	t.Parallel()
	c, _ := acmClient(New(Config{}), "us-east-1")
	for token, good := range map[string]bool{
		"abc_1": true, strings.Repeat("a", 32): true, strings.Repeat("a", 33): false,
		"0b1f3c1e-7f8f-4d7c-9d3a-111111111111": false, "a b": false,
	} {
		_, err := c.RequestCertificate(t.Context(), &acm.RequestCertificateInput{
			DomainName: aws.String("a.example.com"), IdempotencyToken: aws.String(token), ValidationMethod: "DNS",
		})
		if good && err != nil {
			t.Errorf("%q: %v", token, err)
		}
		if !good {
			wantCode(t, err, "ValidationException")
		}
	}
}

func TestV2Names(t *testing.T) {
	t.Parallel()
	c, _ := acmClient(New(Config{}), "us-east-1")
	many := []string{"a.example.com"}
	for _, l := range "bcdefghijk" {
		many = append(many, string(l)+".example.com")
	}
	long := strings.Repeat("a", 53) + ".example.com" // 65 octets
	for _, tc := range []struct {
		names []string
		code  string // "" is good
	}{
		{[]string{"api.example.com"}, ""},
		{[]string{"*.example.com", "example.com"}, ""},
		{[]string{"API.Example.com"}, ""},
		{many[:10], ""},
		{many, "LimitExceededException"},
		{[]string{long[1:]}, ""},
		{[]string{long}, "InvalidDomainValidationOptionsException"},
		{[]string{"a.example.com", long}, ""},
		{[]string{"a.example.com", strings.Repeat("a.", 123) + "example.com"}, "ValidationException"},
		{[]string{"example"}, "ValidationException"},
		{[]string{"a.*.example.com"}, "ValidationException"},
		{[]string{"-a.example.com"}, "ValidationException"},
		{[]string{"a-.example.com"}, "ValidationException"},
		{[]string{"a_b.example.com"}, "ValidationException"},
		{[]string{"a.example.com."}, "ValidationException"},
		{[]string{"https://a.example.com"}, "ValidationException"},
	} {
		_, err := askCertificate(t.Context(), c, tc.names...)
		if tc.code == "" {
			if err != nil {
				t.Errorf("%v: %v", tc.names, err)
			}
			continue
		}
		wantCode(t, err, tc.code)
	}
}

func TestV3WithoutValidationMethodIsEmail(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	c, account := acmClient(s, "us-east-1")
	zone := s.AddZone(account, "example.com")
	out, err := c.RequestCertificate(t.Context(), &acm.RequestCertificateInput{DomainName: aws.String("a.example.com")})
	if err != nil {
		t.Fatal(err)
	}
	record, value := validationRecord(account, "a.example.com")
	s.AddRecord(zone, record, "CNAME", 300, value)
	d := describe(t, c, *out.CertificateArn)
	if d.Status != types.CertificateStatusPendingValidation || d.DomainValidationOptions[0].ResourceRecord != nil ||
		d.DomainValidationOptions[0].ValidationMethod != types.ValidationMethodEmail {
		t.Errorf("got %+v, want a pending certificate by e-mail", d)
	}
}

func TestV4SameTokenSameCertificate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := acmClient(New(Config{}), "us-east-1")
		ask := func(token string) string {
			out, err := c.RequestCertificate(t.Context(), &acm.RequestCertificateInput{
				DomainName: aws.String("a.example.com"), IdempotencyToken: aws.String(token), ValidationMethod: "DNS",
			})
			if err != nil {
				t.Fatal(err)
			}
			return *out.CertificateArn
		}
		first := ask("one")
		if ask("one") != first {
			t.Error("same token at once: another certificate")
		}
		if ask("two") == first {
			t.Error("another token: same certificate")
		}
		time.Sleep(59 * time.Minute)
		if ask("one") != first {
			t.Error("same token after 59 minutes: another certificate")
		}
		time.Sleep(time.Minute)
		if ask("one") == first {
			t.Error("same token after an hour: same certificate")
		}
	})
}

func TestV5NotFoundThenWithoutRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := acmClient(New(Config{Pace: Pace{RecordDelay: 8 * time.Second}}), "us-east-1")
		arn := mustRequest(t, c, "a.example.com")
		_, err := c.DescribeCertificate(t.Context(), &acm.DescribeCertificateInput{CertificateArn: &arn})
		wantCode(t, err, "ResourceNotFoundException")
		time.Sleep(2 * time.Second)
		if d := describe(t, c, arn); d.DomainValidationOptions[0].ResourceRecord != nil {
			t.Error("after 2 s: there is a record already")
		}
		time.Sleep(6 * time.Second)
		if d := describe(t, c, arn); d.DomainValidationOptions[0].ResourceRecord == nil {
			t.Error("after 8 s: there is no record")
		}
	})
}

func TestV6IssuedOnlyByTheDelegatedZone(t *testing.T) {
	const minutes = time.Minute
	for name, tc := range map[string]struct {
		add  func(s *Sim, account, record, value string)
		want types.CertificateStatus
	}{
		"delegated": {func(s *Sim, account, record, value string) {
			s.AddRecord(s.AddZone(account, "example.com"), record, "CNAME", 300, value)
		}, types.CertificateStatusIssued},
		"another account's zone": {func(s *Sim, _, record, value string) {
			s.AddRecord(s.AddZone("999988887777", "example.com"), record, "CNAME", 300, value)
		}, types.CertificateStatusIssued},
		"orphan twin": {func(s *Sim, account, record, value string) {
			s.AddZone(account, "example.com")
			s.AddRecord(s.AddTwinZone(account, "example.com"), record, "CNAME", 300, value)
		}, types.CertificateStatusPendingValidation},
		"private": {func(s *Sim, account, record, value string) {
			s.AddRecord(s.AddPrivateZone(account, "example.com"), record, "CNAME", 300, value)
		}, types.CertificateStatusPendingValidation},
		"wrong value": {func(s *Sim, account, record, _ string) {
			s.AddRecord(s.AddZone(account, "example.com"), record, "CNAME", 300, "_0.x.acm-validations.aws.")
		}, types.CertificateStatusPendingValidation},
		"zone name twice": {func(s *Sim, account, record, value string) {
			s.AddRecord(s.AddZone(account, "example.com"), record+"example.com.", "CNAME", 300, value)
		}, types.CertificateStatusPendingValidation},
		"child zone elsewhere": {func(s *Sim, account, record, value string) {
			z := s.AddZone(account, "example.com")
			s.AddRecord(z, "a.example.com", "NS", 300, "ns1.elsewhere.example.")
			s.AddRecord(z, record, "CNAME", 300, value)
		}, types.CertificateStatusPendingValidation},
		"CAA for another": {func(s *Sim, account, record, value string) {
			z := s.AddZone(account, "example.com")
			s.AddRecord(z, "example.com", "CAA", 300, `0 issue "letsencrypt.org"`)
			s.AddRecord(z, record, "CNAME", 300, value)
		}, types.CertificateStatusFailed},
		"CAA for Amazon": {func(s *Sim, account, record, value string) {
			z := s.AddZone(account, "example.com")
			s.AddRecord(z, "example.com", "CAA", 300, `0 issue "letsencrypt.org"`, `0 issue "amazontrust.com"`)
			s.AddRecord(z, record, "CNAME", 300, value)
		}, types.CertificateStatusIssued},
		"CAA closest wins": {func(s *Sim, account, record, value string) {
			z := s.AddZone(account, "example.com")
			s.AddRecord(z, "example.com", "CAA", 300, `0 issue "letsencrypt.org"`)
			s.AddRecord(z, "a.example.com", "CAA", 300, `0 issue "amazon.com"`)
			s.AddRecord(z, record, "CNAME", 300, value)
		}, types.CertificateStatusIssued},
		"CAA of a CNAME's target": {func(s *Sim, account, record, value string) {
			z := s.AddZone(account, "example.com")
			s.AddRecord(z, "a.example.com", "CNAME", 300, "host.elsewhere.example.")
			s.AddRecord(s.AddZone("999988887777", "elsewhere.example"), "host.elsewhere.example", "CAA", 300, `0 issue "globalsign.com"`)
			s.AddRecord(z, record, "CNAME", 300, value)
		}, types.CertificateStatusFailed},
		"CAA issuewild does not rule plain names": {func(s *Sim, account, record, value string) {
			z := s.AddZone(account, "example.com")
			s.AddRecord(z, "example.com", "CAA", 300, `0 issuewild ";"`)
			s.AddRecord(z, record, "CNAME", 300, value)
		}, types.CertificateStatusIssued},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := New(Config{Pace: Pace{IssueDelay: 2 * minutes}})
				c, account := acmClient(s, "eu-west-1")
				arn := mustRequest(t, c, "a.example.com")
				rr := describe(t, c, arn).DomainValidationOptions[0].ResourceRecord
				tc.add(s, account, *rr.Name, *rr.Value)
				time.Sleep(lookEvery)
				describe(t, c, arn) // ACM looks
				time.Sleep(2*minutes - time.Second)
				if got := describe(t, c, arn).Status; got != types.CertificateStatusPendingValidation {
					t.Fatalf("just before the delay: got %s", got)
				}
				time.Sleep(time.Second)
				d := describe(t, c, arn)
				if d.Status != tc.want {
					t.Fatalf("got %s, want %s", d.Status, tc.want)
				}
				switch tc.want {
				case types.CertificateStatusFailed:
					if d.FailureReason != types.FailureReasonCaaError {
						t.Errorf("got failure %s, want CAA_ERROR", d.FailureReason)
					}
				case types.CertificateStatusIssued:
					if got := d.NotAfter.Sub(*d.NotBefore) + time.Second; got != 198*24*time.Hour || d.IssuedAt == nil {
						t.Errorf("valid for %s, want 198 days", got)
					}
				default:
					time.Sleep(72 * time.Hour)
					if got := describe(t, c, arn).Status; got != types.CertificateStatusValidationTimedOut {
						t.Errorf("after 72 h: got %s", got)
					}
				}
			})
		})
	}
}

func TestV6WildcardIsRuledByIssuewild(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]types.CertificateStatus{
		`0 issuewild ";"`:          types.CertificateStatusFailed,
		`0 issuewild "amazon.com"`: types.CertificateStatusIssued,
		`0 issue "pki.goog"`:       types.CertificateStatusFailed,
		`0 iodef "mailto:a@b.c"`:   types.CertificateStatusIssued,
	} {
		s := New(Config{})
		c, account := acmClient(s, "us-east-1")
		z := s.AddZone(account, "example.com")
		s.AddRecord(z, "example.com", "CAA", 300, set)
		record, value := validationRecord(account, "*.example.com")
		s.AddRecord(z, record, "CNAME", 300, value)
		if got := describe(t, c, mustRequest(t, c, "*.example.com")).Status; got != want {
			t.Errorf("%s: got %s, want %s", set, got, want)
		}
	}
}

func TestV7RecordFollowsFromAccountAndName(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	key, other := s.AddAccount("111122223333", "u"), s.AddAccount("999988887777", "u")
	record := func(key Key, region, name string, i int) types.ResourceRecord {
		c := acm.NewFromConfig(sdk(s, region, key))
		d := describe(t, c, mustRequest(t, c, strings.Split(name, ",")...))
		return *d.DomainValidationOptions[i].ResourceRecord
	}
	base := record(key, "us-east-1", "example.com", 0)
	for what, got := range map[string]types.ResourceRecord{
		"another region": record(key, "eu-west-1", "example.com", 0),
		"the wildcard":   record(key, "us-east-1", "*.example.com", 0),
		"as second name": record(key, "us-east-1", "a.example.com,example.com", 1),
	} {
		if *got.Name != *base.Name || *got.Value != *base.Value {
			t.Errorf("%s: got %s %s, want %s %s", what, *got.Name, *got.Value, *base.Name, *base.Value)
		}
	}
	if got := record(other, "us-east-1", "example.com", 0); *got.Name == *base.Name {
		t.Error("another account has the same record")
	}
	if got := record(key, "us-east-1", "a.example.com", 0); *got.Value == *base.Value {
		t.Error("another name has the same record")
	}
	if !strings.HasSuffix(*base.Name, ".example.com.") || !strings.HasSuffix(*base.Value, ".acm-validations.aws.") {
		t.Errorf("got %s %s", *base.Name, *base.Value)
	}
}

func TestV8ListHidesEllipticKeysUnlessAsked(t *testing.T) {
	t.Parallel()
	s := New(Config{PageSize: 1}) // V33: every list has to be paged
	c, account := acmClient(s, "us-east-1")
	s.AddCertificate(account, "us-east-1", Certificate{Names: []string{"rsa.example.com"}})
	s.AddCertificate(account, "us-east-1", Certificate{Names: []string{"ec.example.com"}, Key: "EC_prime256v1"})
	s.AddCertificate(account, "us-east-1", Certificate{Names: []string{"old.example.com"}, Status: "EXPIRED"})
	s.AddCertificate(account, "eu-west-1", Certificate{Names: []string{"eu.example.com"}})
	list := func(in acm.ListCertificatesInput) []string {
		names := []string{}
		p := acm.NewListCertificatesPaginator(c, &in)
		for pages := 0; p.HasMorePages(); pages++ {
			out, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(out.CertificateSummaryList) > 1 {
				t.Fatal("V33: a page is longer than it may be")
			}
			for _, x := range out.CertificateSummaryList {
				names = append(names, *x.DomainName)
			}
		}
		return names
	}
	by := func(in acm.ListCertificatesInput) acm.ListCertificatesInput {
		in.SortBy, in.SortOrder = types.SortByCreatedAt, types.SortOrderAscending
		return in
	}
	both := &types.Filters{KeyTypes: []types.KeyAlgorithm{types.KeyAlgorithmRsa2048, types.KeyAlgorithmEcPrime256v1}}
	for _, tc := range []struct {
		in   acm.ListCertificatesInput
		want []string
	}{
		{acm.ListCertificatesInput{}, []string{"rsa.example.com", "old.example.com"}},
		{acm.ListCertificatesInput{Includes: both}, []string{"rsa.example.com", "ec.example.com", "old.example.com"}},
		{acm.ListCertificatesInput{Includes: both, CertificateStatuses: []types.CertificateStatus{types.CertificateStatusIssued}}, []string{"rsa.example.com", "ec.example.com"}},
	} {
		if diff := cmp.Diff(list(by(tc.in)), tc.want); diff != "" {
			t.Error(diff)
		}
	}
	_, err := c.ListCertificates(t.Context(), &acm.ListCertificatesInput{SortBy: types.SortByCreatedAt})
	wantCode(t, err, "ValidationException")
}

func TestV9DeleteWhileInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{Pace: Pace{Release: 15 * time.Minute}})
		c, account := acmClient(s, "us-east-1")
		arn := s.AddCertificate(account, "us-east-1", Certificate{Names: []string{"a.example.com"}})
		user := "arn:aws:cloudfront::111122223333:distribution/E1"
		cert := s.certificate(arn)
		cert.useBy(user)
		if diff := cmp.Diff(describe(t, c, arn).InUseBy, []string{user}); diff != "" {
			t.Error(diff)
		}
		remove := func() error {
			_, err := c.DeleteCertificate(t.Context(), &acm.DeleteCertificateInput{CertificateArn: &arn})
			return err
		}
		err := remove()
		wantCode(t, err, "ResourceInUseException")
		wantMessage(t, err, "is in use.")
		cert.release(user, s.now())
		time.Sleep(15*time.Minute - time.Second)
		wantCode(t, remove(), "ResourceInUseException")
		time.Sleep(time.Second)
		if err := remove(); err != nil {
			t.Fatal(err)
		}
		wantCode(t, remove(), "ResourceNotFoundException")
	})
}

func TestCertificateTags(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	c, _ := acmClient(s, "us-east-1")
	out, err := c.RequestCertificate(t.Context(), &acm.RequestCertificateInput{
		DomainName: aws.String("a.example.com"), ValidationMethod: "DNS", Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.AddTagsToCertificate(t.Context(), &acm.AddTagsToCertificateInput{
		CertificateArn: out.CertificateArn, Tags: []types.Tag{{Key: aws.String("b"), Value: aws.String("2")}, {Key: aws.String("c")}},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.RemoveTagsFromCertificate(t.Context(), &acm.RemoveTagsFromCertificateInput{
		CertificateArn: out.CertificateArn, Tags: []types.Tag{{Key: aws.String("a")}, {Key: aws.String("b"), Value: aws.String("other")}},
	}); err != nil {
		t.Fatal(err)
	}
	tags, err := c.ListTagsForCertificate(t.Context(), &acm.ListTagsForCertificateInput{CertificateArn: out.CertificateArn})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, tag := range tags.Tags {
		got[*tag.Key] = *tag.Value
	}
	if diff := cmp.Diff(got, map[string]string{"b": "2", "c": ""}); diff != "" {
		t.Error(diff)
	}
	_, err = c.AddTagsToCertificate(t.Context(), &acm.AddTagsToCertificateInput{
		CertificateArn: out.CertificateArn, Tags: []types.Tag{{Key: aws.String("aws:mine")}},
	})
	wantCode(t, err, "InvalidTagException")
}

func TestOrderedCAAFault(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	w := s.Demo()
	c := acm.NewFromConfig(sdk(s, "us-east-1", Key{ID: w.KeyID, Secret: w.Secret}))
	if err := s.OrderDemoFault("certificate-caa"); err != nil {
		t.Fatal(err)
	}
	for i, want := range []types.CertificateStatus{types.CertificateStatusFailed, types.CertificateStatusIssued} {
		// The record of *.lakeside.example stands already.
		if got := describe(t, c, mustRequest(t, c, "lakeside.example")).Status; got != want {
			t.Errorf("request %d: got %s, want %s", i+1, got, want)
		}
	}
}
