package sim

import (
	"fmt"
	"strings"
)

// The characters that mean something in a pattern, where a policy writes them
// as ${*}, ${?} and ${$} to mean themselves. Patterns keep them as characters
// that JSON strings of policies and names do not have.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
const (
	literalStar     = '\uE000'
	literalQuestion = '\uE001'
)

var (
	fillLiterals = strings.NewReplacer("${*}", string(literalStar), "${?}", string(literalQuestion), "${$}", "$")
	unfilled     = strings.NewReplacer(string(literalStar), "${*}", string(literalQuestion), "${?}")
	showLiterals = strings.NewReplacer(string(literalStar), "*", string(literalQuestion), "?")
)

// filled is a value of a policy with ${*} and its kin filled in. Other policy
// variables are not modelled.
func filled(v string) (string, error) {
	if strings.ContainsAny(v, string(literalStar)+string(literalQuestion)) {
		return "", fmt.Errorf("the simulator does not take private characters, as in %q", v)
	}
	rest := v
	for {
		_, after, found := strings.Cut(rest, "${")
		if !found {
			return fillLiterals.Replace(v), nil
		}
		if len(after) < 2 || after[1] != '}' || !strings.ContainsAny(after[:1], "*?$") {
			return "", fmt.Errorf("the simulator does not model policy variables but ${*}, ${?} and ${$}, as in %q", v)
		}
		rest = after[2:]
	}
}

// A pattern of a policy is compared rune by rune: a literal star only with a
// star.
func sameRune(pattern, r rune) bool {
	switch pattern {
	case '?':
		return true
	case literalStar:
		return r == '*'
	case literalQuestion:
		return r == '?'
	default:
		return pattern == r
	}
}
