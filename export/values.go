package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"apifront/setup"
)

// A variable is a value of an answer that later calls need.
type variable struct {
	name  string // in the shell; given when it is first written down
	of    *item
	path  string // in the answer
	value string // as it was, without the dot at the end of a DNS name; "": it was not kept
	used  bool
	given bool // it was there before the job; of is nil
	keep  bool // later scripts of the setup ask for it
}

// An item is a call of a script: a write, or a read whose answer a write needs.
type item struct {
	call  setup.Call
	in    *node
	found bool // its own answer was lost
	vars  []*variable
	asked bool // a read that is written down already
	fresh bool // it uses a certificate that the script has requested
}

// variable is the item's value at a path; it is made if it is not there.
func (i *item) variable(path string) *variable {
	for _, v := range i.vars {
		if v.path == path {
			return v
		}
	}
	v := &variable{of: i, path: path}
	i.vars = append(i.vars, v)
	return v
}

// A tracer follows the calls of a job in their order, and sees which values of answers
// stand in later inputs.
type tracer struct {
	seen    map[string]bool // all values so far
	live    []*variable     // what the script could know so far
	given   []*variable     // what was there before the job, as far as nothing in live has the value
	touched map[string]bool // IDs of what the script has written to
}

// write follows a write of the script.
func (t *tracer) write(i *item, answer map[string]string) {
	t.splice(i.in)
	t.note(i.in)
	i.in.walk("", func(name string, s *node) {
		if strings.EqualFold(name, "Id") {
			t.touched[s.raw] = true
		}
	})
	t.learn(i, answer, func(string) bool { return true })
	t.noteAnswer(answer)
}

// read follows a call that only asks. It is of use if it is about what the script has made,
// or tells the ETag of what it has changed.
func (t *tracer) read(c setup.Call) {
	i := &item{call: c, in: input(c)}
	if i.in == nil {
		return
	}
	if c.Code == "" {
		made, changed := t.splice(i.in), false
		i.in.walk("", func(_ string, s *node) { changed = changed || t.touched[s.raw] })
		t.learn(i, c.Answer, func(path string) bool { return made || changed && isETag(path) })
	}
	t.note(i.in)
	t.noteAnswer(c.Answer)
}

func isETag(path string) bool { return strings.EqualFold(lastOf(path), "ETag") }

// learn keeps the values of an answer that stood nowhere before. What stood somewhere was
// there before, or repeats what was asked.
func (t *tracer) learn(i *item, answer map[string]string, of func(path string) bool) {
	paths := make([]string, 0, len(answer))
	for path := range answer {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		v := trimmed(answer[path])
		if !tellsName(path) || !of(path) || len(v) < 4 || strings.ContainsAny(v, " \t\r\n\"\\") || t.seen[v] || t.knows(v) {
			continue
		}
		made := i.variable(path)
		made.value = v
		for _, g := range t.given {
			if g.value == v {
				made.name, made.keep = g.name, true
			}
		}
		t.live = append(t.live, made)
	}
}

func (t *tracer) knows(value string) bool {
	return slices.ContainsFunc(t.live, func(v *variable) bool { return v.value == value })
}

func (t *tracer) note(in *node) {
	in.walk("", func(_ string, s *node) { t.seen[trimmed(s.raw)] = true })
}

func (t *tracer) noteAnswer(answer map[string]string) {
	for _, v := range answer {
		t.seen[trimmed(v)] = true
	}
}

// splice takes the strings of an input apart where values stand in them that the script
// knows by then; any says whether the script has made some of them.
func (t *tracer) splice(in *node) (any bool) {
	in.walk("", func(name string, s *node) {
		if isToken(name) && !strings.EqualFold(name, "IfMatch") {
			return
		}
		if pieces := t.pieces(s.raw); len(pieces) > 1 || len(pieces) == 1 && pieces[0].value != nil {
			s.splice = pieces
			any = any || slices.ContainsFunc(pieces, func(p piece) bool { return p.value != nil && !p.value.given })
		}
	})
	return any
}

// shortest is how long a value has to be to be looked for inside of others.
const shortest = 10

// pieces takes a text apart.
func (t *tracer) pieces(s string) []piece {
	list := slices.Concat(t.live, t.given)
	for _, v := range list {
		if rest, ok := strings.CutPrefix(s, v.value); ok && (rest == "" || rest == ".") {
			if rest == "" {
				return []piece{{value: v}}
			}
			return []piece{{value: v}, {literal: rest}}
		}
	}
	slices.SortStableFunc(list, func(a, b *variable) int { return cmp.Compare(len(b.value), len(a.value)) })
	for _, v := range list {
		if len(v.value) < shortest {
			break
		}
		for from := 0; ; {
			at := strings.Index(s[from:], v.value)
			if at < 0 {
				break
			}
			before, after := s[:from+at], s[from+at+len(v.value):]
			if apart(before, after) {
				return append(append(t.rest(before), piece{value: v}), t.rest(after)...)
			}
			from += at + 1
		}
	}
	return []piece{{literal: s}}
}

func (t *tracer) rest(s string) []piece {
	if s == "" {
		return nil
	}
	return t.pieces(s)
}

// apart says whether what stands before and after a value does not belong to it.
func apart(before, after string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	first, _ := utf8.DecodeRuneInString(after)
	return (before == "" || !wordRune(last)) && (after == "" || !wordRune(first))
}

func wordRune(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
}

// names gives variables their names in the shell.
type names map[string]bool

// of is the variable's name.
func (n names) of(v *variable) string {
	if v.name == "" {
		v.name = n.free(nameOf(v))
	}
	return v.name
}

// free is a name that nothing has yet.
func (n names) free(name string) string {
	for i, base := 2, name; n[name]; i++ {
		name = fmt.Sprintf("%s_%d", base, i)
	}
	n[name] = true
	return name
}

// nameOf is what a variable would be called if it were alone.
func nameOf(v *variable) string {
	noun, last := shellName(nounOf(v.of.call.Operation)), shellName(lastOf(v.path))
	switch {
	case v.of.call.Operation == "RequestCertificate":
		return "CERTIFICATE_" + shellName(v.of.call.Region)
	case strings.Contains(v.path, "ResourceRecord"):
		return "VALIDATION_" + last
	case noun == "DOMAIN_NAME" && strings.HasSuffix(last, "DOMAIN_NAME"):
		return "DOMAIN_TARGET"
	case noun == "DOMAIN_NAME" && strings.HasSuffix(last, "ZONE_ID"):
		return "DOMAIN_ZONE"
	case noun == "RESOURCE_RECORD_SET":
		return "CHANGE_" + last
	case last == "ETAG" || !strings.HasPrefix(last, noun):
		return noun + "_" + last
	}
	return last
}

// shellName is a name in upper case, with lines between its words.
func shellName(name string) string {
	name = Operation(strings.ReplaceAll(name, "ETag", "Etag"))
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= '0' && r <= '9' || r >= 'A' && r <= 'Z':
			return r
		}
		return '_'
	}, name)
}
