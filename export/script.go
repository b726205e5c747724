package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"apifront/setup"
)

// About is what a script says of its job beside the calls.
type About struct {
	Job     setup.Job
	Steps   []setup.Step
	Account string    // 12 digits; "" if it is not known
	DNS     string    // the account of the hosted zone, if that is another one; else ""
	Made    time.Time // when the script is made
	Hand    bool      // somebody adds the records by hand
	Things  []Thing   // what the setup has and had
}

// A Script is a job as a shell script.
type Script struct {
	Text    string // "": nothing of what was asked was kept, or nothing was written
	Writes  int    // the writes in it
	Reads   int    // the reads in it
	Secrets []Secret
	Person  bool     // it says which records somebody adds by hand
	Given   []Thing  // what was there before the job and stands in it
	Left    []string // what AWS may have carried out and is not in it: a sentence for each

	keys []string // what the file says of each write
}

// A Secret is given to the script in an environment variable.
type Secret struct {
	Name string // as in the input: "origin-header"
	Env  string
}

// NewScript is the script of a job's calls, which are in their order.
func NewScript(calls []setup.Call, about About) Script {
	b := &builder{
		about: about, steps: map[setup.StepID]setup.Step{}, names: names{}, secrets: map[string]string{}, has: map[string]bool{},
		created: map[string]bool{}, domains: map[string]*item{}, waited: map[*variable]bool{}, handed: map[setup.StepID]bool{},
	}
	b.things()
	for _, s := range about.Steps {
		b.steps[s.ID] = s
	}
	b.choose(calls)
	if len(b.items) == 0 {
		return Script{Left: b.left}
	}
	if !slices.ContainsFunc(b.items, func(i *item) bool { return i.call.Command == "route53" }) {
		b.about.DNS = ""
	}
	b.has["dns"] = b.about.DNS != ""
	for _, i := range b.items {
		b.secretsOf(i)
	}
	b.use()
	for n, i := range b.items {
		b.hands(i.call.StartedAt, true)
		b.write(n, i)
	}
	b.end()
	keys := make([]string, 0, len(b.items))
	for _, i := range b.items {
		keys = append(keys, keyOf(i))
	}
	out := Script{Writes: len(b.items), Reads: b.reads, Left: b.left, Person: len(b.hand) > 0, keys: keys}
	for _, v := range b.given {
		if v.used {
			out.Given = append(out.Given, Thing{v.name, v.value})
		}
	}
	for name, env := range b.secrets {
		out.Secrets = append(out.Secrets, Secret{name, env})
	}
	slices.SortFunc(out.Secrets, func(a, c Secret) int { return cmp.Compare(a.Env, c.Env) })
	out.Text = b.head(out) + b.body.String()
	return out
}

// A builder writes a script.
type builder struct {
	about   About
	steps   map[setup.StepID]setup.Step
	names   names
	secrets map[string]string // their variables
	items   []*item
	by      map[setup.StepID]bool // steps with writes in the script
	hand    map[setup.StepID][][]piece
	left    []string
	reads   int
	body    strings.Builder
	has     map[string]bool // the functions that the script needs
	given   []*variable     // what was there before the job
	defined []*variable     // in the block that is being written

	step    setup.StepID
	created map[string]bool       // "distribution", …: what was written to so far
	domains map[string]*item      // custom domains that may not be available yet
	dirty   []*item               // distributions that may not be deployed yet
	waited  map[*variable]bool    // certificates
	handed  map[setup.StepID]bool // what is asked of a person
	asked   bool                  // whether callers are gone
	change  *variable             // the last change of traffic records
	ttl     int                   // how long callers keep what was changed, in seconds
}

// choose finds the writes of the script and what they need of each other.
func (b *builder) choose(calls []setup.Call) {
	t := &tracer{seen: map[string]bool{}, touched: map[string]bool{}, given: b.given}
	fates := map[int]fate{}
	b.by = map[setup.StepID]bool{}
	for i, c := range calls {
		if !c.Write {
			t.read(c)
			continue
		}
		fates[i] = fateOf(calls, i, b.steps)
		in := input(c)
		if in == nil {
			if fates[i] != refused {
				b.left = append(b.left, what(c)+" What was asked was not kept.")
			}
			continue
		}
		if fates[i] == unknown {
			b.left = append(b.left, what(c)+" Its answer was lost, and nothing since shows that AWS carried it out.")
		}
		if fates[i] < done || again(calls, i, fates) {
			t.note(in)
			continue
		}
		it, answer := &item{call: c, in: in, found: fates[i] == found}, c.Answer
		if it.found {
			answer = foundAnswer(calls, i, t.seen)
		}
		b.unnamed(t, in, c.Operation)
		b.items, b.by[c.StepID] = append(b.items, it), true
		t.write(it, answer)
	}
	b.hand = map[setup.StepID][][]piece{}
	for _, s := range b.about.Steps {
		if !b.about.Hand || b.by[s.ID] || s.State == setup.StepSkipped || s.State == setup.StepCancelled {
			continue
		}
		for _, r := range s.Records {
			text := t.pieces(setup.Printable(fmt.Sprintf("%s %s %s", r.Name, r.Type, r.Value)))
			b.hand[s.ID] = append(b.hand[s.ID], text)
		}
	}
}

// what is a write, for people.
func what(c setup.Call) string {
	return setup.Printable(fmt.Sprintf("%s %s at %s.", c.Command, Operation(c.Operation), c.StartedAt.UTC().Format(time.TimeOnly)))
}

// secretsOf gives the secrets of an item their variables.
func (b *builder) secretsOf(i *item) {
	for _, name := range i.in.secrets(nil) {
		if b.secrets[name] == "" {
			env := shellName(name)
			if env == "" || env[0] >= '0' && env[0] <= '9' {
				env = "SECRET_" + env
			}
			b.secrets[name] = b.names.free(env)
		}
	}
}

// use marks the values that the script needs.
func (b *builder) use() {
	var mark func(v *variable)
	marks := func(list []piece) {
		for _, p := range list {
			if p.value != nil && !p.value.used {
				mark(p.value)
			}
		}
	}
	mark = func(v *variable) {
		v.used = true
		if v.of != nil && !v.of.call.Write {
			v.of.in.walk("", func(_ string, s *node) { marks(s.splice) })
		}
	}
	for _, i := range b.items {
		i.in.walk("", func(_ string, s *node) { marks(s.splice) })
		for _, v := range i.vars {
			v.used = v.used || v.keep
		}
		if path := needed[i.call.Operation]; path != "" && (i.call.Operation != "ChangeResourceRecordSets" || moves(i.in)) {
			mark(i.variable(path))
		}
	}
	for _, list := range b.hand {
		for _, p := range list {
			marks(p)
		}
	}
}

// needed are the values that waiting needs, by the operation that answers them.
var needed = map[string]string{
	"CreateDistribution": "Distribution.Id", "CreateDistributionWithTags": "Distribution.Id",
	"CreateInvalidation": "Invalidation.Id", "ChangeResourceRecordSets": "ChangeInfo.Id",
}

func (b *builder) line(format string, args ...any) { fmt.Fprintf(&b.body, format+"\n", args...) }

func (b *builder) comment(text string) { b.line("# %s", setup.Printable(text)) }

// write writes an item down, with what has to be there before it.
func (b *builder) write(n int, i *item) {
	if n == 0 || i.call.StepID != b.step {
		b.step = i.call.StepID
		b.line("")
		b.comment(b.title(i))
		b.line("say %s", setup.ShellWord(setup.Printable(b.title(i))))
	}
	name := fmt.Sprintf("write %d of %d, %s %s", n+1, len(b.items), i.call.Command, Operation(i.call.Operation))
	b.block(keyOf(i), name, func() {
		b.waits(i)
		b.asks(i.in)
		b.match(i)
		if i.found {
			b.comment("The answer to this was lost then. What was read after it shows that AWS had carried it out.")
		}
		b.call(i)
	})
	b.since(i)
}

// keyOf is what the file says of an item: its number, which databases begin anew, and when
// it was asked.
func keyOf(i *item) string { return fmt.Sprintf("%d-%d", i.call.ID, i.call.StartedAt.Unix()) }

// title is what the step is called.
func (b *builder) title(i *item) string {
	s := b.steps[i.call.StepID]
	title := cmp.Or(s.Title, string(i.call.StepID))
	if s.Number > 0 {
		title = fmt.Sprintf("%d. %s", s.Number, title)
	}
	return title
}

// asks writes down the reads whose values an input needs.
func (b *builder) asks(in *node) {
	in.walk("", func(_ string, s *node) {
		for _, p := range s.splice {
			b.ask(p.value)
		}
	})
}

func (b *builder) ask(v *variable) {
	if v == nil || v.of == nil || v.of.call.Write || v.of.asked {
		return
	}
	b.asks(v.of.in)
	v.of.asked = true
	b.reads++
	b.has["ask"] = true
	b.comment("Asked of AWS until it is there:")
	b.call(v.of)
}

// call writes down a call, and keeps of its answer what is needed.
func (b *builder) call(i *item) {
	words := command(i.call)
	if b.about.DNS != "" && i.call.Command == "route53" {
		words = append([]string{"dns"}, words[1:]...)
	}
	if !i.call.Write {
		words = append([]string{"ask"}, words...)
	}
	var vars []*variable
	for _, v := range i.vars {
		if v.used {
			vars = append(vars, v)
		}
	}
	line := setup.ShellLine(words...)
	if len(vars) > 0 {
		query := vars[0].path
		if len(vars) > 1 {
			var paths []string
			for _, v := range vars {
				paths = append(paths, v.path)
			}
			query = "[" + strings.Join(paths, ", ") + "]"
		}
		line += " --query " + setup.ShellWord(query) + " --output text"
	}
	if i.fresh {
		b.has["tries"] = true
	}
	if len(i.in.secrets(nil)) > 0 {
		// Not as a word: see sent.
		b.has["sent"] = true
		b.line("INPUT=%s", b.word(i.in))
		line = "sent " + line + " " + inputFlag + ` "file://$SENT"`
	} else {
		line += " " + inputFlag + " " + b.word(i.in)
	}
	if i.fresh {
		line = "tries " + line
	}
	switch len(vars) {
	case 0:
		b.line("%s >/dev/null", line)
	case 1:
		b.line("%s=$(%s)", b.names.of(vars[0]), line)
	default:
		b.line("ANSWER=$(%s)", line)
		var list []string
		for _, v := range vars {
			list = append(list, b.names.of(v))
		}
		b.line("IFS=$TAB read -r %s <<END\n$ANSWER\nEND", strings.Join(list, " "))
		b.has["tab"] = true
	}
	b.defined = append(b.defined, vars...)
	for _, v := range vars {
		name := b.names.of(v)
		b.line(`plain %s "$%s"`, name, name)
		if strings.HasSuffix(lastOf(v.path), "Name") || strings.Contains(v.path, "ResourceRecord") {
			b.line("%s=${%s%%.}", name, name)
		}
	}
}

// word is an input as one word of the shell: JSON in single quotes, in which the values of
// variables stand in double quotes.
func (b *builder) word(in *node) string {
	w := &writer{indent: true}
	w.value = func(v *variable) { w.out.WriteString("\x00" + b.names.of(v) + "\x00") }
	w.secret = func(name string) {
		b.has["json"] = true
		w.out.WriteString("\"\x00" + b.secrets[name] + "_JSON\x00\"")
	}
	w.node(in, 0)
	var out strings.Builder
	for i, part := range strings.Split(w.out.String(), "\x00") {
		if i%2 == 1 { // no text has this character: quoted escapes it
			out.WriteString(`"$` + part + `"`)
			continue
		}
		out.WriteString("'" + strings.ReplaceAll(part, "'", `'\''`) + "'")
	}
	return out.String()
}

// shell is a text with values as one word of the shell.
func (b *builder) shell(list []piece) string {
	var out strings.Builder
	for _, p := range list {
		if p.value != nil {
			out.WriteString(`"$` + b.names.of(p.value) + `"`)
			continue
		}
		out.WriteString(setup.ShellWord(p.literal))
	}
	return out.String()
}

// wordOf is a string of an input as one word of the shell.
func (b *builder) wordOf(s *node) string {
	if s.splice != nil {
		return b.shell(s.splice)
	}
	return setup.ShellWord(s.value())
}
