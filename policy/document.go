package policy

import (
	"bytes"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"strings"

	"apifront/setup"
	"apifront/steps"
)

// limit is how many characters a managed policy may have, not counting white
// space.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const limit = 6144

// A Document is a policy document.
type Document struct {
	Statements []Statement
}

// Documents returns the policies of a kind for a scope: one, or as many as
// AWS's limit on the size of a policy makes necessary. The problem says what is
// missing in the scope.
func Documents(kind Kind, scope steps.Scope) ([]Document, *setup.Problem) {
	if p := scope.Check(); p != nil {
		return nil, p
	}
	return split(Statements(kind, scope), limit), nil
}

// split puts the statements into as few documents as their order allows, each
// of at most most characters.
func split(list []Statement, most int) []Document {
	var out []Document
	for _, st := range slices.Collect(parts(list, most)) {
		if n := len(out) - 1; n >= 0 {
			fuller := Document{append(slices.Clone(out[n].Statements), st)}
			if fuller.Size() <= most {
				out[n] = fuller
				continue
			}
		}
		out = append(out, Document{[]Statement{st}})
	}
	return out
}

// parts yields the statements. A statement that is too large for a document
// comes in several parts, each with some of its resources.
func parts(list []Statement, most int) iter.Seq[Statement] {
	return func(yield func(Statement) bool) {
		for _, st := range list {
			n := 1
			for ; n < len(st.Resources) && (Document{[]Statement{st}}).Size()/n > most*2/3; n++ {
			}
			number := 0
			for some := range slices.Chunk(st.Resources, (len(st.Resources)+n-1)/n) {
				part := st
				part.Resources = some
				if number++; number > 1 {
					part.Sid += "Part" + strconv.Itoa(number)
				}
				if !yield(part) {
					return
				}
			}
		}
	}
}

// Size is the number of characters as AWS counts them: without white space.
func (d Document) Size() int {
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(d.JSON())); err != nil {
		return limit + 1
	}
	return len(strings.Join(strings.Fields(compact.String()), ""))
}

// JSON is the document as indented JSON.
func (d Document) JSON() string { return indented(d.iam()) }

// An iamDocument is a policy as IAM reads it.
type iamDocument struct {
	Version   string
	Statement []iamStatement
}

type iamStatement struct {
	Sid       string
	Effect    string
	Principal map[string]string `json:",omitempty"`
	Action    oneOrMany
	Resource  oneOrMany                       `json:",omitempty"`
	Condition map[string]map[string]oneOrMany `json:",omitempty"`
}

// oneOrMany is a list in a policy. IAM also takes a single entry without
// brackets.
type oneOrMany []string

// MarshalJSON writes a list of one entry as that entry, and others as an array.
func (l oneOrMany) MarshalJSON() ([]byte, error) {
	if len(l) == 1 {
		return json.Marshal(l[0])
	}
	return json.Marshal([]string(l))
}

func (d Document) iam() iamDocument {
	out := iamDocument{Version: "2012-10-17"}
	for _, st := range d.Statements {
		out.Statement = append(out.Statement, iamStatement{
			Sid: st.Sid, Effect: "Allow", Action: st.Actions, Resource: st.Resources, Condition: conditionBlock(st.Conditions),
		})
	}
	return out
}

func conditionBlock(list []steps.Condition) map[string]map[string]oneOrMany {
	if len(list) == 0 {
		return nil
	}
	block := map[string]map[string]oneOrMany{}
	for _, c := range list {
		if block[c.Operator] == nil {
			block[c.Operator] = map[string]oneOrMany{}
		}
		block[c.Operator][c.Key] = c.Values
	}
	return block
}

func indented(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return "" // strings can always be encoded
	}
	return b.String()
}
