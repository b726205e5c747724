package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"

	"apifront/setup"
)

// A node is a part of an input, with its members in their order.
type node struct {
	kind   kind
	raw    string // of a string, a number, true, false or null; the name of a secret
	keys   []string
	inner  []*node
	splice []piece // of a string: its pieces, if values of answers stand in it
}

type kind int

const (
	isRaw kind = iota // a number, true, false or null
	isString
	isSecret
	isObject
	isList
)

// A piece of a string is literal, or the value of a variable.
type piece struct {
	literal string
	value   *variable
}

// secretKey is the one member of the object that stands for a secret.
const secretKey = "$secret"

// input is what was asked, or nil if it was not kept or cannot be read.
func input(c setup.Call) *node {
	if c.Command == "" || len(c.Input) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(c.Input))
	dec.UseNumber()
	n, err := read(dec)
	if err != nil || n.kind != isObject {
		return nil
	}
	return n
}

func read(dec *json.Decoder) (*node, error) {
	t, err := dec.Token()
	if err != nil {
		return nil, fmt.Errorf("read input: %w", err)
	}
	switch t := t.(type) {
	case string:
		return &node{kind: isString, raw: t}, nil
	case json.Number:
		return &node{raw: t.String()}, nil
	case bool:
		return &node{raw: fmt.Sprint(t)}, nil
	case json.Delim:
		n := &node{kind: isList}
		if t == '{' {
			n.kind = isObject
		}
		for dec.More() {
			if n.kind == isObject {
				key, err := dec.Token()
				if err != nil {
					return nil, fmt.Errorf("read input: %w", err)
				}
				n.keys = append(n.keys, fmt.Sprint(key))
			}
			inner, err := read(dec)
			if err != nil {
				return nil, err
			}
			n.inner = append(n.inner, inner)
		}
		if _, err := dec.Token(); err != nil {
			return nil, fmt.Errorf("read input: %w", err)
		}
		if n.kind == isObject && len(n.keys) == 1 && n.keys[0] == secretKey && n.inner[0].kind == isString {
			return &node{kind: isSecret, raw: n.inner[0].raw}, nil
		}
		return n, nil
	default:
		return &node{raw: "null"}, nil
	}
}

// member is the member of an object whose name is one of those, in whatever case; nil: none.
func (n *node) member(path ...string) *node {
	for _, name := range path {
		var next *node
		if n != nil && n.kind == isObject {
			for i, key := range n.keys {
				if strings.EqualFold(key, name) {
					next = n.inner[i]
				}
			}
		}
		n = next
	}
	return n
}

// value is a string's value; "" for all else.
func (n *node) value() string {
	if n == nil || n.kind != isString {
		return ""
	}
	return n.raw
}

// Names says whether what was asked has the ID or ARN as one of its values.
func Names(c setup.Call, id string) (named bool) {
	if in := input(c); in != nil && id != "" {
		in.walk("", func(_ string, s *node) { named = named || s.raw == id })
	}
	return named
}

// walk calls visit for each string, with the name of the member that it is, or is in.
func (n *node) walk(name string, visit func(name string, s *node)) {
	if n.kind == isString {
		visit(name, n)
	}
	for i, inner := range n.inner {
		if n.kind == isObject {
			name = n.keys[i]
		}
		inner.walk(name, visit)
	}
}

func (n *node) secrets(names []string) []string {
	if n.kind == isSecret {
		for _, name := range names {
			if name == n.raw {
				return names
			}
		}
		return append(names, n.raw)
	}
	for _, inner := range n.inner {
		names = inner.secrets(names)
	}
	return names
}

// A writer makes text of a node.
type writer struct {
	out    strings.Builder
	indent bool
	secret func(name string) // writes what stands for a secret, in its quotes
	value  func(*variable)   // writes what stands for a value
}

func (n *node) text(secret func(string) string) string {
	w := &writer{}
	w.secret = func(name string) { w.out.WriteString(quoted(secret(name))) }
	w.node(n, 0)
	return w.out.String()
}

func (n *node) pretty(secret func(string) string) string {
	w := &writer{indent: true}
	w.secret = func(name string) { w.out.WriteString(quoted(secret(name))) }
	w.node(n, 0)
	return w.out.String()
}

func (w *writer) node(n *node, depth int) {
	switch n.kind {
	case isRaw:
		w.out.WriteString(n.raw)
	case isSecret:
		w.secret(n.raw)
	case isString:
		if n.splice == nil || w.value == nil {
			w.out.WriteString(quoted(n.raw))
			return
		}
		w.out.WriteByte('"')
		for _, p := range n.splice {
			if p.value != nil {
				w.value(p.value)
				continue
			}
			q := quoted(p.literal)
			w.out.WriteString(q[1 : len(q)-1])
		}
		w.out.WriteByte('"')
	case isObject, isList:
		w.inner(n, depth)
	}
}

// inner writes what is in an object or a list.
func (w *writer) inner(n *node, depth int) {
	open, shut := byte('['), byte(']')
	if n.kind == isObject {
		open, shut = '{', '}'
	}
	w.out.WriteByte(open)
	for i, inner := range n.inner {
		if i > 0 {
			w.out.WriteByte(',')
		}
		w.line(depth + 1)
		if n.kind == isObject {
			w.out.WriteString(quoted(n.keys[i]))
			w.out.WriteByte(':')
			if w.indent {
				w.out.WriteByte(' ')
			}
		}
		w.node(inner, depth+1)
	}
	if len(n.inner) > 0 {
		w.line(depth)
	}
	w.out.WriteByte(shut)
}

func (w *writer) line(depth int) {
	if w.indent {
		w.out.WriteByte('\n')
		w.out.WriteString(strings.Repeat("  ", depth))
	}
}

// quoted is a string in JSON. What does not print, or turns the direction of what follows,
// is escaped, so that what is seen is what is copied.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r > 0xffff && !unicode.IsPrint(r):
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
