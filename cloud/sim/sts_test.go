package sim

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func TestCallerIdentity(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	w := s.Demo()
	out, err := sts.NewFromConfig(sdk(s, "eu-west-1", Key{ID: w.KeyID, Secret: w.Secret})).GetCallerIdentity(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if *out.Account != "482177301954" || *out.Arn != "arn:aws:iam::482177301954:user/apifront-demo" || *out.UserId == "" {
		t.Errorf("got %s %s %s", *out.Account, *out.Arn, *out.UserId)
	}
}

func TestAssumeRole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{})
		key := s.AddAccount("111122223333", "u")
		role := s.AddRole("999988887777", "apifront-deployer", "the external id")
		assume := func(role, external string) (*sts.AssumeRoleOutput, error) {
			return sts.NewFromConfig(sdk(s, "us-east-1", key)).AssumeRole(t.Context(), &sts.AssumeRoleInput{
				RoleArn: &role, RoleSessionName: aws.String("apifront"), ExternalId: &external, DurationSeconds: aws.Int32(900),
			})
		}
		for role, external := range map[string]string{role: "another id", role + "x": "the external id"} {
			_, err := assume(role, external)
			wantCode(t, err, "AccessDenied")
			wantMessage(t, err, "is not authorized to perform: sts:AssumeRole on resource: "+role)
		}
		out, err := assume(role, "the external id")
		if err != nil {
			t.Fatal(err)
		}
		if got := time.Until(*out.Credentials.Expiration); got > 15*time.Minute || got < 15*time.Minute-time.Second {
			t.Errorf("lasts %s, want 15 minutes", got)
		}
		session := Key{ID: *out.Credentials.AccessKeyId, Secret: *out.Credentials.SecretAccessKey}
		who, err := sts.NewFromConfig(sdkWithToken(s, "us-east-1", session, *out.Credentials.SessionToken)).GetCallerIdentity(t.Context(), nil)
		if err != nil || *who.Account != "999988887777" || *who.Arn != "arn:aws:sts::999988887777:assumed-role/apifront-deployer/apifront" {
			t.Fatalf("got %+v (%v)", who, err)
		}
		_, err = sts.NewFromConfig(sdk(s, "us-east-1", session)).GetCallerIdentity(t.Context(), nil)
		wantCode(t, err, "InvalidClientTokenId") // its session token is part of it
		time.Sleep(15 * time.Minute)
		_, err = acm.NewFromConfig(sdkWithToken(s, "us-east-1", session, *out.Credentials.SessionToken)).ListCertificates(t.Context(), nil)
		wantCode(t, err, "ExpiredTokenException")
	})
}
