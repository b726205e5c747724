package sim

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
)

// TestCharactersThatMeanThemselves: ${*} is a star and nothing else, in ARNs
// and in what conditions compare.
func TestCharactersThatMeanThemselves(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"${*}.example.com", "*.example.com", true},
		{"${*}.example.com", "a.example.com", false},
		{"a${?}b*", "a?bc", true},
		{"a${?}b*", "axbc", false},
		{"${$}{aws:username}", "${aws:username}", true},
		{"${*}*", "*anything", true},
		{"${*}*", "anything", false},
		{"*${*}", "anything*", true},
		{"*${*}", "anything", false},
	} {
		pattern, err := filled(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := wildcard(pattern, c.s); got != c.want {
			t.Errorf("%s on %s: %v", c.pattern, c.s, got)
		}
	}
	for _, v := range []string{"${aws:username}", "${**}", "${*", "${", "${x}", "a${*}b${aws:userid}"} {
		if _, err := filled(v); err == nil {
			t.Errorf("%s was taken", v)
		}
	}

	var asked []Judgement
	s := New(Config{Judged: func(j Judgement) { asked = append(asked, j) }})
	key := s.AddAccount(ours, "u")
	c := clientsOf(s, key, "")
	const pattern = "arn:aws:apigateway:eu-west-1::/domainnames/${*}.example.com/apimappings"
	if err := s.SetPolicy(key.ID, statements(`{"Sid":"Star","Effect":"Allow","Action":"apigateway:GET","Resource":"`+pattern+`","Condition":{"StringEquals":{"aws:PrincipalAccount":"`+ours+`"}}}`)); err != nil {
		t.Fatal(err)
	}
	for name, code := range map[string]string{"*.example.com": "NotFoundException", "a.example.com": "AccessDeniedException"} {
		_, err := c.v2.GetApiMappings(t.Context(), &apigatewayv2.GetApiMappingsInput{DomainName: aws.String(name)})
		wantCode(t, err, code)
	}
	allowed := 0
	for _, j := range asked {
		if j.Allowed {
			allowed++
			if len(j.By) != 1 || j.By[0] != (Match{"Star", "apigateway:get", pattern}) {
				t.Errorf("%+v", j)
			}
		}
	}
	if len(asked) != 2 || allowed != 1 {
		t.Errorf("judged: %+v", asked)
	}
}
