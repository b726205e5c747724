package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// policyLimit is the size of a managed policy, white space not counted.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const policyLimit = 6144

// A policy is an identity-based policy document that was read and understood
// in full: what the simulator cannot judge is an error when it is set.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type policy struct {
	Document   string
	statements []statement
}

// A statement is one of a policy's.
type statement struct {
	Sid         string
	Deny        bool
	Actions     []string // patterns, lower case
	NotActions  []string
	Resources   []string // ARN patterns, or "*"
	NotResource []string
	Conditions  []condition
	start, end  int // bytes of the document
}

// everything is what a key may do to which no policy was given.
var everything = &policy{
	Document:   `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
	statements: []statement{{Actions: []string{"*"}, Resources: []string{"*"}, start: 37, end: 83}},
}

// parsePolicies reads policy documents.
func parsePolicies(documents []string) ([]*policy, error) {
	policies := []*policy{}
	for _, d := range documents {
		p, err := parsePolicy(d)
		if err != nil {
			return nil, err
		}
		policies = append(policies, p)
	}
	return policies, nil
}

// A policyBook is what was read of documents, since every call asks for them.
type policyBook struct {
	mu   sync.Mutex
	read map[string]*policy // by document
}

// bookLimit is how many documents a book keeps.
const bookLimit = 1000

// policies are documents that were checked when they were set.
func (b *policyBook) policies(documents []string) ([]*policy, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := []*policy{}
	for _, d := range documents {
		p := b.read[d]
		if p == nil {
			var err error
			if p, err = parsePolicy(d); err != nil {
				return nil, err
			}
			if b.read == nil || len(b.read) >= bookLimit {
				b.read = map[string]*policy{}
			}
			b.read[d] = p
		}
		list = append(list, p)
	}
	return list, nil
}

// parsePolicy reads a policy document.
func parsePolicy(document string) (*policy, error) {
	if size := len(strings.Join(strings.Fields(document), "")); size > policyLimit {
		return nil, fmt.Errorf("policy: %d characters without white space, the quota is %d", size, policyLimit)
	}
	if err := checkTwice(document); err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	top, err := members(json.RawMessage(document), "Version", "Id", "Statement")
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	var version string
	if raw, there := top["Version"]; there {
		if err := json.Unmarshal(raw, &version); err != nil || (version != "2012-10-17" && version != "2008-10-17") {
			return nil, fmt.Errorf("policy: Version %s is neither 2012-10-17 nor 2008-10-17", raw)
		}
	}
	raws, err := oneOrMany[json.RawMessage](top["Statement"])
	if err != nil || len(raws) == 0 {
		return nil, errors.New("policy: there is no Statement")
	}
	p := &policy{Document: document}
	from := 0
	sids := map[string]bool{}
	for i, raw := range raws {
		st, err := parseStatement(raw)
		if err != nil {
			return nil, fmt.Errorf("policy: statement %d %s: %w", i+1, st.Sid, err)
		}
		if st.Sid != "" && sids[st.Sid] {
			return nil, fmt.Errorf("policy: the statement ID %s is there twice", st.Sid)
		}
		sids[st.Sid] = true
		st.start = from + max(0, strings.Index(document[from:], string(raw)))
		st.end = st.start + len(raw)
		from = st.end
		p.statements = append(p.statements, st)
	}
	return p, nil
}

var sidPattern = regexp.MustCompile(`^[A-Za-z0-9]*$`)

func parseStatement(raw json.RawMessage) (statement, error) {
	var st statement
	m, err := members(raw, "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition")
	if err != nil {
		return st, err
	}
	var effect string
	for name, into := range map[string]*string{"Sid": &st.Sid, "Effect": &effect} {
		if v, there := m[name]; there {
			if err := json.Unmarshal(v, into); err != nil {
				return st, fmt.Errorf("%s must be a string", name)
			}
		}
	}
	if !sidPattern.MatchString(st.Sid) {
		return st, fmt.Errorf("the Sid %q may have letters and digits only", st.Sid)
	}
	if effect != "Allow" && effect != "Deny" {
		return st, fmt.Errorf("the Effect %q is neither Allow nor Deny", effect)
	}
	st.Deny = effect == "Deny"
	if err := st.readActions(m); err != nil {
		return st, err
	}
	if err := st.readResources(m); err != nil {
		return st, err
	}
	if raw, there := m["Condition"]; there {
		st.Conditions, err = parseConditions(raw)
	}
	return st, err
}

// actionPattern is service:Name, where the name may have wildcards.
var actionPattern = regexp.MustCompile(`^([a-zA-Z0-9-]+:[A-Za-z0-9*?]+|\*)$`)

func (st *statement) readActions(m map[string]json.RawMessage) error {
	var err error
	if st.Actions, st.NotActions, err = eitherOr(m, "Action"); err != nil {
		return err
	}
	for _, patterns := range [][]string{st.Actions, st.NotActions} {
		for i, a := range patterns {
			if !actionPattern.MatchString(a) {
				return fmt.Errorf("the action %q is not of the form service:Name", a)
			}
			patterns[i] = strings.ToLower(a) // action names know no case
		}
	}
	return nil
}

func (st *statement) readResources(m map[string]json.RawMessage) error {
	var err error
	if st.Resources, st.NotResource, err = eitherOr(m, "Resource"); err != nil {
		return err
	}
	for _, list := range [][]string{st.Resources, st.NotResource} {
		for i, r := range list {
			if r != "*" && (!strings.HasPrefix(r, "arn:") || strings.Count(r, ":") < 5) {
				return fmt.Errorf("the resource %q must be in ARN format or \"*\"", r)
			}
			if list[i], err = filled(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// eitherOr reads an element or its negation; exactly one of them is there.
func eitherOr(m map[string]json.RawMessage, name string) (plain, negated []string, err error) {
	p, is := m[name]
	n, isNot := m["Not"+name]
	if is == isNot {
		return nil, nil, fmt.Errorf("there must be %s or Not%s, one of them", name, name)
	}
	if is {
		plain, err = oneOrMany[string](p)
	} else {
		negated, err = oneOrMany[string](n)
	}
	if err != nil || len(plain)+len(negated) == 0 {
		return nil, nil, fmt.Errorf("%s must be a string or a list of strings", name)
	}
	return plain, negated, nil
}

// members is the members of an object, none but the known ones.
func members(raw json.RawMessage, known ...string) (map[string]json.RawMessage, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, fmt.Errorf("syntax: %w", err)
	}
	for name := range m {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("unknown element %s", name)
		}
	}
	return m, nil
}

// oneOrMany reads a value or a list of values.
func oneOrMany[T any](raw json.RawMessage) ([]T, error) {
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		var many []T
		err := json.Unmarshal(raw, &many)
		return many, err
	}
	var one T
	if err := json.Unmarshal(raw, &one); err != nil {
		return nil, err
	}
	return []T{one}, nil
}

// checkTwice refuses an object that has a member twice, of which JSON decoders
// would keep one.
func checkTwice(document string) error {
	d := json.NewDecoder(strings.NewReader(document))
	if err := walkOnce(d); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("syntax: something follows the document")
	}
	return nil
}

func walkOnce(d *json.Decoder) error {
	t, err := d.Token()
	if err != nil {
		return fmt.Errorf("syntax: %w", err)
	}
	open, nested := t.(json.Delim)
	if !nested {
		return nil
	}
	seen := map[string]bool{}
	for d.More() {
		if open == '{' {
			key, err := d.Token()
			if err != nil {
				return fmt.Errorf("syntax: %w", err)
			}
			name := fmt.Sprint(key)
			if seen[name] {
				return fmt.Errorf("the element %s is there twice", name)
			}
			seen[name] = true
		}
		if err := walkOnce(d); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("syntax: %w", err)
	}
	return nil
}
