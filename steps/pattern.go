package steps

import "strings"

// Literal escapes a text for a pattern in a policy, so that each character
// stands for itself.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
func Literal(text string) string { return asLiteral.Replace(text) }

// Plain escapes a text for a value that is not a pattern, as with StringEquals,
// so that IAM reads no policy variable in it.
func Plain(text string) string { return asPlain.Replace(text) }

// Unescape returns the text that Literal or Plain was given.
func Unescape(pattern string) string { return asText.Replace(pattern) }

var (
	asLiteral = strings.NewReplacer("*", "${*}", "?", "${?}", "$", "${$}")
	asPlain   = strings.NewReplacer("$", "${$}")
	asText    = strings.NewReplacer("${*}", "*", "${?}", "?", "${$}", "$")
)
