package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A condition is one key of one operator of a statement's Condition block.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
type condition struct {
	Operator string // without prefix and suffix
	Set      string // "", ForAllValues or ForAnyValue
	IfExists bool
	Name     string // the key as it was written
	Key      string // lower case: condition keys know no case
	Values   []string
}

// An operator compares one value of the request with one of the policy.
type operator struct {
	negated bool // StringNotEquals and its kin
	match   func(want, got string) bool
}

// operators are the modelled ones; Null stands beside them. Numbers, dates,
// addresses and binaries are not modelled: no key of theirs is.
var operators = map[string]operator{
	"StringEquals":              {false, equal},
	"StringNotEquals":           {true, equal},
	"StringEqualsIgnoreCase":    {false, strings.EqualFold},
	"StringNotEqualsIgnoreCase": {true, strings.EqualFold},
	"StringLike":                {false, wildcard},
	"StringNotLike":             {true, wildcard},
	"Bool":                      {false, strings.EqualFold},
	"ArnEquals":                 {false, matchARN}, // the same as ArnLike, by AWS's word
	"ArnLike":                   {false, matchARN},
	"ArnNotEquals":              {true, matchARN},
	"ArnNotLike":                {true, matchARN},
}

// conditionKeys are the keys that requests carry here, and whether a key may
// have several values. A policy that names any other key is refused: the key
// would look absent here although AWS has it.
var conditionKeys = map[string]bool{
	"aws:requestedregion": false, "aws:principalarn": false, "aws:principalaccount": false, "aws:principaltype": false,
	"aws:userid": false, "aws:username": false, "aws:securetransport": false, "aws:viaawsservice": false,
	"aws:tagkeys":          true,
	"acm:validationmethod": false, "acm:keyalgorithm": false, "acm:domainnames": true,
	"route53:changeresourcerecordsetsnormalizedrecordnames": true,
	"route53:changeresourcerecordsetsrecordtypes":           true,
	"route53:changeresourcerecordsetsactions":               true,
	"iam:awsservicename":                                    false,
	"sts:externalid":                                        false, "sts:rolesessionname": false,
	"apigateway:request/endpointtype": true, "apigateway:request/securitypolicy": true,
}

// manyValued says whether a key may have several values, and whether it is
// known at all.
func manyValued(key string) (many, known bool) {
	for _, prefix := range []string{"aws:requesttag/", "aws:resourcetag/"} {
		if len(key) > len(prefix) && strings.HasPrefix(key, prefix) {
			return false, true
		}
	}
	many, known = conditionKeys[key]
	return many, known
}

// parseConditions reads a Condition block, in a fixed order.
func parseConditions(raw json.RawMessage) ([]condition, error) {
	var block map[string]map[string]json.RawMessage
	if err := json.Unmarshal(raw, &block); err != nil {
		return nil, fmt.Errorf("the Condition must be {operator: {key: value}}: %w", err)
	}
	var out []condition
	for _, op := range slices.Sorted(maps.Keys(block)) {
		for _, key := range slices.Sorted(maps.Keys(block[op])) {
			c, err := parseCondition(op, key, block[op][key])
			if err != nil {
				return nil, fmt.Errorf("condition %s %s: %w", op, key, err)
			}
			out = append(out, c)
		}
	}
	return out, nil
}

func parseCondition(op, key string, raw json.RawMessage) (condition, error) {
	c := condition{Operator: op, Name: key, Key: strings.ToLower(key)}
	if set, rest, ok := strings.Cut(op, ":"); ok {
		c.Set, c.Operator = set, rest
	}
	c.Operator, c.IfExists = strings.CutSuffix(c.Operator, "IfExists")
	_, known := operators[c.Operator]
	null := c.Operator == "Null" && !c.IfExists && c.Set == ""
	if (!known && !null) || !slices.Contains([]string{"", "ForAllValues", "ForAnyValue"}, c.Set) {
		return c, fmt.Errorf("the simulator does not model the operator %s", op)
	}
	many, known := manyValued(c.Key)
	if !known {
		return c, fmt.Errorf("the simulator does not model the condition key %s", key)
	}
	if many && c.Set == "" && !null {
		return c, fmt.Errorf("%s has several values: it needs ForAllValues or ForAnyValue", key)
	}
	values, err := oneOrMany[any](raw)
	if err != nil || len(values) == 0 {
		return c, errors.New("needs a value or a list of values")
	}
	for _, v := range values {
		switch v.(type) {
		case string, bool:
		default:
			return c, fmt.Errorf("the value %v is neither a string nor a boolean", v)
		}
		c.Values = append(c.Values, fmt.Sprint(v))
	}
	return c, c.checkValues(null)
}

func (c condition) checkValues(null bool) error {
	for i, v := range c.Values {
		v, err := filled(v)
		if err != nil {
			return err
		}
		if !strings.HasSuffix(c.Operator, "Like") && !strings.HasPrefix(c.Operator, "Arn") {
			v = showLiterals.Replace(v) // no pattern
		}
		c.Values[i] = v
		if (null || c.Operator == "Bool") && !strings.EqualFold(v, "true") && !strings.EqualFold(v, "false") {
			return fmt.Errorf("the value %q is neither true nor false", v)
		}
		if strings.HasPrefix(c.Operator, "Arn") && strings.Count(v, ":") < 5 {
			return fmt.Errorf("the value %q is no ARN", v)
		}
	}
	return nil
}

// holds says whether the condition is met by the keys of a request.
func (c condition) holds(keys contextKeys) bool {
	got := keys[c.Key]
	if c.Operator == "Null" {
		absent := "false"
		if len(got) == 0 {
			absent = "true"
		}
		return slices.ContainsFunc(c.Values, func(v string) bool { return strings.EqualFold(v, absent) })
	}
	op := operators[c.Operator]
	fits := func(value string) bool {
		return slices.ContainsFunc(c.Values, func(want string) bool { return op.match(want, value) }) != op.negated
	}
	if len(got) == 0 {
		// ForAllValues is true of nothing, ForAnyValue false, even negated.
		return c.IfExists || c.Set == "ForAllValues" || (op.negated && c.Set == "")
	}
	if c.Set == "ForAnyValue" {
		return slices.ContainsFunc(got, fits)
	}
	return !slices.ContainsFunc(got, func(v string) bool { return !fits(v) })
}

func equal(want, got string) bool { return want == got }

// wildcard matches "*" with any characters, none included, and "?" with one.
func wildcard(pattern, s string) bool {
	want, got := []rune(pattern), []rune(s)
	p, i, star, mark := 0, 0, -1, 0
	for i < len(got) {
		switch {
		case p < len(want) && want[p] == '*':
			star, mark = p, i
			p++
		case p < len(want) && sameRune(want[p], got[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(string(want[p:]), "*") == ""
}

// matchARN matches the six parts of an ARN each with its own pattern: no
// wildcard reaches over a colon, but in the last part.
func matchARN(pattern, arn string) bool {
	want, got := strings.SplitN(pattern, ":", 6), strings.SplitN(arn, ":", 6)
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if !wildcard(want[i], got[i]) {
			return false
		}
	}
	return true
}

// matchResource matches a Resource of a policy with that of a call. An action
// without resource level asks for "*", which only "*" allows.
func matchResource(pattern, resource string) bool {
	return pattern == "*" || matchARN(pattern, resource)
}
