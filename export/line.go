// Package export writes down what apifront asked of AWS as command lines of the AWS CLI:
// one call as a line, and a whole job as a script that does the same. It is pure: it asks
// nothing and stores nothing.
package export

import (
	"regexp"
	"strings"

	"apifront/setup"
)

// Line is the call as a line of the AWS CLI for a POSIX shell; "" if what was asked of AWS
// was not kept. In the place of each secret it says what to put there.
func Line(c setup.Call) string {
	in := input(c)
	if in == nil {
		return ""
	}
	return setup.ShellLine(append(command(c), inputFlag, in.text(func(name string) string { return "<" + secretWords(name) + ">" }))...)
}

// Pretty is what was asked, as JSON over several lines; "" if it was not kept. In the place
// of each secret it says what stood there.
func Pretty(c setup.Call) string {
	in := input(c)
	if in == nil {
		return ""
	}
	return in.pretty(func(name string) string { return "<" + secretWords(name) + ">" })
}

// inputFlag is the CLI's flag that takes a whole input.
// https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-skeleton.html (documented)
const inputFlag = "--cli-input-json"

// Secrets are the names of the secrets in what was asked, each once.
func Secrets(c setup.Call) (names []string) {
	if in := input(c); in != nil {
		names = in.secrets(nil)
	}
	return names
}

// secretWords are what a secret is, for the place where it is to be put.
func secretWords(name string) string { return "the secret " + name }

// command are the first words of a call's line.
func command(c setup.Call) []string {
	words := []string{"aws", c.Command, Operation(c.Operation)}
	if c.Region != "" {
		words = append(words, "--region", c.Region)
	}
	return words
}

// Operation is an operation's name in the AWS CLI. The rule is botocore's (xform_name in
// botocore/__init__.py), whose exceptions are operations that apifront never calls.
func Operation(name string) string {
	if strings.Contains(name, "-") {
		return name
	}
	if plural := pluralAcronym.FindString(name); plural != "" {
		name = strings.TrimSuffix(name, plural) + "-" + strings.ToLower(plural)
	}
	return strings.ToLower(capsEnd.ReplaceAllString(capsBegin.ReplaceAllString(name, "$1-$2"), "$1-$2"))
}

var (
	pluralAcronym = regexp.MustCompile(`[A-Z]{2,}s$`)
	capsBegin     = regexp.MustCompile(`(.)([A-Z][a-z]+)`)
	capsEnd       = regexp.MustCompile(`([a-z0-9])([A-Z])`)
)
