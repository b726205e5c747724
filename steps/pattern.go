package steps

import "strings"

// Literal keeps the characters of a text from meaning something in a pattern
// of a policy.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
func Literal(text string) string { return asLiteral.Replace(text) }

// Plain keeps a text from being read as a policy variable where no pattern
// stands, as in StringEquals.
func Plain(text string) string { return asPlain.Replace(text) }

// Unescape is the text that Literal or Plain was given.
func Unescape(pattern string) string { return asText.Replace(pattern) }

var (
	asLiteral = strings.NewReplacer("*", "${*}", "?", "${?}", "$", "${$}")
	asPlain   = strings.NewReplacer("$", "${$}")
	asText    = strings.NewReplacer("${*}", "*", "${?}", "?", "${$}", "$")
)
