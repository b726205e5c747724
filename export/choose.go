package export

import (
	"net/http"
	"slices"
	"strings"

	"apifront/setup"
)

// A fate is what became of a write.
type fate int

const (
	refused fate = iota // AWS did not carry it out
	unknown             // its answer was lost, and nothing since tells
	done                // AWS carried it out
	found               // its answer was lost, and what was read since shows that it was carried out
)

// fateOf says what became of the write at i. A step is done only by what AWS shows, so a
// write of it whose answer was lost, and that was not sent again, was carried out.
func fateOf(calls []setup.Call, i int, steps map[setup.StepID]setup.Step) fate {
	c := calls[i]
	switch {
	case c.Code == "" && c.Status >= http.StatusOK && c.Status < http.StatusMultipleChoices:
		return done
	case c.Status >= http.StatusMultipleChoices && c.Status < http.StatusInternalServerError:
		return refused
	}
	key, read := identity(c), false
	for _, later := range calls[i+1:] {
		if later.StepID != c.StepID || later.Status == 0 {
			continue
		}
		if later.Write && identity(later) == key && later.Code == "" {
			return refused // as far as the script goes: it was carried out by the later one
		}
		read = read || !later.Write
	}
	if read && steps[c.StepID].State == setup.StepDone {
		return found
	}
	return unknown
}

// tokens are the members that tell one sending of the same from another.
var tokens = []string{"CallerReference", "IdempotencyToken", "ClientToken", "IfMatch"}

// identity is what a call asks, without its tokens.
func identity(c setup.Call) string {
	in := input(c)
	if in == nil {
		return ""
	}
	in.walk("", func(name string, s *node) {
		if isToken(name) {
			s.raw = ""
		}
	})
	return strings.Join([]string{c.Command, c.Operation, c.Region, in.text(func(name string) string { return name })}, "\x00")
}

func isToken(name string) bool {
	return slices.ContainsFunc(tokens, func(t string) bool { return strings.EqualFold(t, name) })
}

// again says whether the write at i repeats the one before it in its step.
func again(calls []setup.Call, i int, fates map[int]fate) bool {
	for k := i - 1; k >= 0; k-- {
		if c := calls[k]; c.Write && c.StepID == calls[i].StepID && fates[k] >= done {
			return identity(c) == identity(calls[i])
		}
	}
	return false
}

// foundAnswer is what a write would have been answered, as far as what was read since tells:
// the values that stood nowhere before it.
func foundAnswer(calls []setup.Call, i int, before map[string]bool) map[string]string {
	answer := map[string]string{}
	noun := nounOf(calls[i].Operation)
	for _, c := range calls[i+1:] {
		if c.Write || c.Code != "" || c.Command != calls[i].Command || nounOf(c.Operation) != noun {
			continue
		}
		for path, value := range c.Answer {
			if !tellsName(path) || before[trimmed(value)] {
				continue
			}
			if path = asAnswered(calls[i].Operation, path); path != "" && answer[path] == "" {
				answer[path] = value
			}
		}
		if len(answer) > 0 {
			break
		}
	}
	return answer
}

// asAnswered is the path in the answer of a write of what stands at a path in the answer of
// a read; "" if it does not stand there.
func asAnswered(operation, path string) string {
	switch {
	case operation == "RequestCertificate":
		if lastOf(path) != "CertificateArn" {
			return ""
		}
		return "CertificateArn"
	case strings.Contains(path, "]"):
		if operation == "CreateDomainName" {
			return path
		}
		return lastOf(path)
	}
	return path
}

// nounOf is what an operation is about: "Distribution" of CreateDistributionWithTags.
func nounOf(operation string) string {
	for _, verb := range []string{"Create", "Request", "Describe", "Get", "List", "Update", "Put", "Delete", "Change"} {
		if rest, ok := strings.CutPrefix(operation, verb); ok {
			operation = rest
			break
		}
	}
	for _, end := range []string{"WithTags", "Config"} {
		operation = strings.TrimSuffix(operation, end)
	}
	if strings.HasSuffix(operation, "ies") {
		return strings.TrimSuffix(operation, "ies") + "y"
	}
	return strings.TrimSuffix(operation, "s")
}

// lastOf is the last part of a path.
func lastOf(path string) string {
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		path = path[i+1:]
	}
	path, _, _ = strings.Cut(path, "[")
	return path
}

// tellsName says whether what stands at a path names a thing, so that later calls may ask
// for it by that.
func tellsName(path string) bool {
	last := strings.ToLower(lastOf(path))
	for _, end := range []string{"id", "arn", "etag", "name", "value"} {
		if strings.HasSuffix(last, end) {
			return true
		}
	}
	return false
}

// trimmed is a value without the dot at the end of a DNS name.
func trimmed(value string) string {
	if len(value) > 1 {
		return strings.TrimSuffix(value, ".")
	}
	return value
}
