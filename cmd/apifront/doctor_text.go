package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"apifront/doctor"
	"apifront/probe"
	"apifront/setup"
)

// A diagnosis is what the doctor said, with what was asked.
type diagnosis struct {
	setup.DiagnosisBody

	asked   setup.AskedName
	at      time.Time
	unasked string // why AWS was not asked; "": it was
}

// about is the name with its path.
func (d diagnosis) about() string { return d.asked.Name + d.asked.Path }

// notAsked says which account was not asked, and what it would say besides; "": one
// was.
func (d diagnosis) notAsked() string {
	why := d.unasked
	for _, n := range d.Needs {
		switch {
		case n.Kind != setup.NeedConnection:
		case why != "":
			return "Not asked: AWS (" + why + "). " + n.Text
		case d.AccountID == "":
			return "Not asked: AWS. " + n.Text
		default:
			return n.Text
		}
	}
	if why != "" {
		return "Not asked: AWS (" + why + ")."
	}
	return ""
}

// The colours of a terminal, as SGR parameters.
const (
	plain  = "0"
	bold   = "1"
	faint  = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
)

// A printout gathers the lines of a diagnosis.
type printout struct {
	out     strings.Builder
	colours bool
}

// in is a text in a colour, where there are colours.
func (p *printout) in(colour, text string) string {
	if !p.colours || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[" + plain + "m"
}

// line writes a line; its parts are separated by blanks.
func (p *printout) line(parts ...string) {
	p.out.WriteString(strings.TrimRight(strings.Join(parts, " "), " ") + "\n")
}

// wrapped writes a text in lines of at most 96 characters, after an indent.
// The lines of a point of a list stand under its first word.
func (p *printout) wrapped(indent, text string) {
	at, hang := 0, indent
	if n, _, is := strings.Cut(text, ". "); is && len(n) < 3 && strings.Trim(n, "0123456789") == "" {
		hang += "   "
	}
	for i, word := range strings.Fields(text) {
		switch n := len([]rune(word)); {
		case i == 0:
			p.out.WriteString(indent)
			at = len(indent) + n
		case at+1+n > 96:
			p.out.WriteString("\n" + hang)
			at = len(hang) + n
		default:
			p.out.WriteString(" ")
			at += 1 + n
		}
		p.out.WriteString(word)
	}
	p.out.WriteString("\n")
}

// verdictColour is the colour of a verdict.
func verdictColour(v setup.Verdict) string {
	switch doctorExit(v) {
	case 0:
		return green
	case exitFindings:
		return red
	}
	return yellow
}

// text is the diagnosis for people.
func (d diagnosis) text(colours, verbose bool) string {
	p := &printout{colours: colours}
	p.line(p.in(bold, d.about()), p.in(bold+";"+verdictColour(d.Verdict), d.Head))
	p.wrapped("", d.Text)
	d.hops(p)
	d.wrongs(p)
	d.doors(p)
	d.servers(p)
	if d.Takeover != nil {
		p.line("")
		p.line(p.in(bold, "A setup can take the name over"))
		p.wrapped("  ", d.Takeover.Text)
	}
	if len(d.Either) > 0 {
		p.line("")
		p.line(p.in(bold, "One of these"))
		for i, a := range d.Either {
			p.wrapped("  ", fmt.Sprintf("%d. %s. %s", i+1, strings.TrimSuffix(a.Title, "."), a.Text))
			if a.Fix != "" {
				p.wrapped("     ", "Fix: "+a.Fix)
			}
		}
	}
	d.needs(p)
	if verbose {
		d.looks(p)
	}
	p.line("")
	p.line(p.in(faint, d.foot(verbose)))
	return p.out.String()
}

var hopNames = map[setup.Part]string{setup.PartName: "Name", setup.PartEdge: "Edge", setup.PartOrigin: "Origin", setup.PartGateway: "API"}

// hops writes the way of a request.
func (d diagnosis) hops(p *printout) {
	if len(d.Way) > 0 {
		p.line("")
	}
	for _, h := range d.Way {
		state, colour := "not known", yellow
		switch h.State {
		case setup.HopRight:
			state, colour = "right", green
		case setup.HopWrong:
			state, colour = "wrong", red
		case setup.HopDiffers:
			state = "differs"
		case setup.HopAway:
			state = "elsewhere"
		case setup.HopUnknown:
		}
		p.line(fmt.Sprintf("  %-7s", hopNames[h.Part]), p.in(colour, fmt.Sprintf("%-10s", state)), h.Claim)
		p.wrapped("                     ", cmp.Or(h.Text, h.ID))
	}
}

// wrongs writes the findings, and then the remarks.
func (d diagnosis) wrongs(p *printout) {
	for _, remarks := range []bool{false, true} {
		title := "Wrong"
		if remarks {
			title = "Remarks"
		}
		n := 0
		for _, f := range d.Findings {
			if f.Beside != remarks {
				continue
			}
			if n++; n == 1 {
				p.line("")
				p.line(p.in(bold, title))
			}
			d.finding(p, n, f)
		}
	}
}

// doors writes the ways past CloudFront, with the lines that ask there and that close them.
func (d diagnosis) doors(p *printout) {
	for i, o := range d.Doors {
		if i == 0 {
			p.line("")
			p.line(p.in(bold, "Ways past CloudFront")+",", "as most names have them")
		}
		p.wrapped("  ", fmt.Sprintf("%d. %s.", i+1, o.Title))
		for _, a := range o.Asked[:min(len(o.Asked), 1)] {
			p.line("     $", p.in(faint, a.Line))
		}
		p.wrapped("     ", "Close: "+o.Fix)
		if o.Line != "" {
			p.line("     $", p.in(faint, o.Line))
		}
	}
}

// servers writes the name servers to be entered, each on a line of its own to be copied.
func (d diagnosis) servers(p *printout) {
	if len(d.Servers) == 0 {
		return
	}
	p.line("")
	p.line(p.in(bold, "Name servers to enter"))
	p.wrapped("  ", "For "+d.Zone+", where the domain was bought or in the zone above:")
	for _, s := range d.Servers {
		p.line("    ", s)
	}
}

func (d diagnosis) finding(p *printout, n int, f setup.FindingBody) {
	title := fmt.Sprintf("%d. %s.", n, strings.TrimSuffix(f.Title, "."))
	if step := f.Setting.Tutorial(); step > 0 && !f.Beside {
		title += fmt.Sprintf(" (setting %d of 6)", step)
	}
	p.wrapped("  ", title)
	shown := 0
	for _, a := range f.Evidence {
		if a.Line == "" || shown == 2 || f.Beside && shown == 1 {
			continue
		}
		shown++
		p.line("     $", p.in(faint, a.Line))
		p.wrapped("       ", a.Answer)
	}
	if f.Field != "" {
		p.line("     Is:     ", p.in(red, f.Field+": "+cmp.Or(f.Is, "not there")))
		p.line("     Becomes:", p.in(green, f.Field+": "+f.Want))
	}
	p.wrapped("     ", "Fix: "+f.Fix)
}

// needs writes what would tell more.
func (d diagnosis) needs(p *printout) {
	first := true
	head := func() {
		if first {
			p.line("")
			p.line(p.in(bold, "This would tell more"))
		}
		first = false
	}
	for _, n := range d.Needs {
		if n.Kind == setup.NeedConnection {
			continue
		}
		head()
		p.wrapped("  ", n.Title+". "+n.Text)
		if n.Kind == setup.NeedKey {
			p.line("    $", p.in(faint, "read -rs "+doctor.KeyVariable+" && export "+doctor.KeyVariable))
			p.line("    $", p.in(faint, setup.ShellLine("apifront", "doctor", "--key-header", cmp.Or(n.Header, "X-Api-Key"), d.about())))
		}
		if n.Line != "" {
			p.line("    $", p.in(faint, n.Line))
		}
	}
	if text := d.notAsked(); text != "" {
		head()
		p.wrapped("  ", text)
	}
}

var stateWords = map[setup.DoctorLookState]string{
	setup.DoctorRight: "right", setup.DoctorWrong: "wrong", setup.DoctorRemark: "remark", setup.DoctorUnknown: "not known", setup.DoctorUnasked: "not asked",
}

var stateColours = map[setup.DoctorLookState]string{setup.DoctorRight: green, setup.DoctorWrong: red}

// looks writes each look with its evidence.
func (d diagnosis) looks(p *printout) {
	p.line("")
	p.line(p.in(bold, "Looks"))
	for _, l := range d.Looks {
		took := ""
		if l.Took > 0 {
			took = p.in(faint, "("+probe.ShortSpan(l.Took)+")")
		}
		p.line(" ", p.in(cmp.Or(stateColours[l.State], yellow), fmt.Sprintf("%-10s", stateWords[l.State])), l.Title, took)
		p.wrapped("             ", l.Text)
		for _, a := range l.Asked {
			if a.Line == "" {
				p.wrapped("             ", a.What+": "+a.Answer)
				continue
			}
			p.line("             $", p.in(faint, a.Line))
			p.wrapped("               ", a.Answer)
		}
	}
}

// foot says how many looks were made, and of whom AWS was asked.
func (d diagnosis) foot(verbose bool) string {
	made := 0
	for _, l := range d.Looks {
		if l.State != setup.DoctorUnasked {
			made++
		}
	}
	text := fmt.Sprintf("%d of %d looks in %s, changed nothing.", made, len(d.Looks), probe.ShortSpan(d.Took))
	if d.KeyHeader != "" {
		text += " With a key in " + d.KeyHeader + "."
	}
	if d.AccountID != "" {
		text += fmt.Sprintf(" Account %s, %s.", d.AccountID, setup.Count(d.Calls, "call"))
	}
	if !verbose {
		text += " --verbose shows each look with the lines that repeat it."
	}
	return text
}
