package main

import (
	"time"

	"apifront/setup"
)

// doctorFormat is the format of the JSON document. Members may be added to it; what a
// member means changes only with a new number.
const doctorFormat = 1

// The next types are the JSON document of a diagnosis, which docs/doctor.md describes:
// the tag doc of each member is its line there.

type doctorDocument struct {
	Format   int             `json:"format" doc:"number of this format: 1. Members may be added; what one means changes only with a new number"`
	Name     string          `json:"name" doc:"that was asked about, in lower case and as DNS writes it"`
	Path     string          `json:"path" doc:"that was asked about, with a slash before it; empty where none was named"`
	AskedAt  time.Time       `json:"asked_at" doc:"when the diagnosis began, in UTC"`
	TookMS   int64           `json:"took_ms" doc:"how long it took, in milliseconds"`
	Verdict  setup.Verdict   `json:"verdict" doc:"what it comes to, see above"`
	Head     string          `json:"head" doc:"the verdict in a few words"`
	Text     string          `json:"text" doc:"the verdict in a sentence or two: what callers get, because of what"`
	Exit     int             `json:"exit_code" doc:"with which the command ends"`
	AWS      doctorAWS       `json:"aws" doc:"what was asked of AWS"`
	Hops     []doctorHop     `json:"hops" doc:"the way of a request in its order: name, edge, origin, gateway; empty where the diagnosis was stopped"`
	Findings []doctorFinding `json:"findings" doc:"what is wrong, what callers notice first before all, then in the order of the tutorial's settings; remarks come last"`
	Either   []doctorEither  `json:"either" doc:"causes between which the looks cannot tell"`
	Needs    []doctorNeed    `json:"needs" doc:"what would tell more"`
	Looks    []doctorLook    `json:"looks" doc:"all looks in the order of a request's way, whether they were made or not"`
	Things   []doctorThing   `json:"things" doc:"what there is in AWS"`
	Key      string          `json:"key_header" doc:"header in which a key was sent; empty: none was"`
	Servers  doctorServers   `json:"name_servers" doc:"name servers to enter, where that is the cure"`
	Doors    []doctorDoor    `json:"doors" doc:"ways to the API that pass CloudFront by and were seen open, where callers are served and an account was asked; no fault"`
	Takeover doctorTakeover  `json:"takeover" doc:"how a setup can take the name over from what has it in the account"`
}

type doctorDoor struct {
	Kind  setup.DoorKind `json:"kind" doc:"default-endpoint (the API's own name) or regional-name (the target of the custom domain, asked with the name)"`
	Host  string         `json:"host" doc:"at which the API answers"`
	Title string         `json:"title" doc:"what is open; without a full stop"`
	Fix   string         `json:"fix" doc:"how it is closed"`
	Line  string         `json:"line" doc:"of aws, which closes it; empty: none does"`
	Asked []doctorAsked  `json:"asked" doc:"by what it is known"`
}

type doctorTakeover struct {
	From   string `json:"from" doc:"ID of the distribution that gives the name; empty: none has to"`
	Region string `json:"region" doc:"of the edge-optimised custom domain that becomes Regional; empty: there is none"`
	Text   string `json:"text" doc:"what to choose in the wizard; empty: nothing has to give the name"`
}

type doctorServers struct {
	Zone  string   `json:"zone" doc:"hosted zone whose name servers they are: they are entered where its domain was bought, or in the zone above; empty: none are to be entered"`
	Names []string `json:"names" doc:"all of them, without a dot at the end"`
}

type doctorAWS struct {
	Account string `json:"account" doc:"number of the account that was asked; empty: none was"`
	Calls   int    `json:"calls" doc:"how many calls were made, all of them reads"`
	Unasked string `json:"unasked" doc:"why no account was asked; empty: one was"`
}

type doctorHop struct {
	Part  setup.Part     `json:"part" doc:"name, edge, origin or gateway"`
	State setup.HopState `json:"state" doc:"right, wrong (requests end here), differs (requests go on), away (the name leads elsewhere); empty: not known"`
	Claim string         `json:"claim" doc:"what was seen of it in a few words"`
	Text  string         `json:"text" doc:"by what, in a sentence"`
	ID    string         `json:"id" doc:"of what is there, in AWS or in DNS; empty: not known"`
	Past  bool           `json:"past" doc:"it was asked past a fault before it"`
}

type doctorFinding struct {
	Setting  setup.Setting `json:"setting" doc:"that is wrong, such as origin-protocol or host-header"`
	Tutorial int           `json:"tutorial" doc:"number of the tutorial's step that the setting belongs to, 1 to 6; 0: to none"`
	Title    string        `json:"title" doc:"what callers get, because of what; without a full stop"`
	Field    string        `json:"field" doc:"as AWS or DNS names it; empty: it is about no single field"`
	Is       string        `json:"is" doc:"what the field is; empty: not there"`
	Want     string        `json:"want" doc:"what it should be"`
	Fix      string        `json:"fix" doc:"what to do, in a sentence"`
	Remark   bool          `json:"remark" doc:"callers are served all the same"`
	Passes   bool          `json:"passes" doc:"it goes away by waiting"`
	Paths    []string      `json:"paths" doc:"that it is about; none: all"`
	Evidence []doctorAsked `json:"evidence" doc:"by what it is known"`
}

type doctorAsked struct {
	What   string `json:"what" doc:"what was asked, and of whom"`
	Answer string `json:"answer" doc:"what was answered"`
	Line   string `json:"line" doc:"of dig, curl, openssl or aws, which asks again; empty: there is none"`
	Bad    bool   `json:"bad" doc:"the answer tells of a fault"`
}

type doctorEither struct {
	Setting setup.Setting `json:"setting" doc:"that would be wrong"`
	Title   string        `json:"title" doc:"the cause"`
	Text    string        `json:"text" doc:"why it looks like that"`
	Fix     string        `json:"fix" doc:"what to do if it is this one"`
}

type doctorNeed struct {
	Kind  setup.NeedKind `json:"kind" doc:"key (an API key for one request), path (one that answers without a key), connection (an account that may be read) or owner (a line that the owner of the name runs)"`
	Title string         `json:"title" doc:"the look"`
	Text  string         `json:"text" doc:"what it would tell"`
	Line  string         `json:"line" doc:"to run; empty: there is none"`
	In    string         `json:"header" doc:"of a key: in which callers mostly send it; empty: it is no key"`
}

type doctorLook struct {
	ID     setup.DoctorLookID    `json:"id" doc:"of the look, see above"`
	Part   setup.Part            `json:"part" doc:"of a request's way; empty: requests do not meet it"`
	Title  string                `json:"title" doc:"what is looked at"`
	State  setup.DoctorLookState `json:"state" doc:"right, wrong, remark, unknown (it was made, and does not tell) or unasked (it was not made)"`
	Text   string                `json:"text" doc:"what was seen, or why nothing was"`
	TookMS int64                 `json:"took_ms" doc:"how long it took, in milliseconds"`
	Asked  []doctorAsked         `json:"asked" doc:"its questions, with the lines that ask again"`
}

type doctorThing struct {
	What   string `json:"what" doc:"such as Distribution or Custom domain"`
	Region string `json:"region" doc:"in which it is; empty: in none"`
	ID     string `json:"id" doc:"of the thing"`
	State  string `json:"state" doc:"such as Deployed"`
}

// document is the diagnosis as JSON. Lists are empty and never null.
func (d diagnosis) document() doctorDocument {
	out := doctorDocument{
		Format: doctorFormat, Name: d.asked.Name, Path: d.asked.Path, AskedAt: d.at.UTC(), TookMS: d.Took.Milliseconds(),
		Verdict: d.Verdict, Head: d.Head, Text: d.Text, Exit: doctorExit(d.Verdict),
		AWS:  doctorAWS{d.AccountID, d.Calls, d.notAskedWhy()},
		Hops: []doctorHop{}, Findings: []doctorFinding{}, Either: []doctorEither{}, Needs: []doctorNeed{}, Looks: []doctorLook{}, Things: []doctorThing{}, Doors: []doctorDoor{},
		Key:     d.KeyHeader,
		Servers: doctorServers{d.Zone, append([]string{}, d.Servers...)},
	}
	for _, o := range d.Doors {
		out.Doors = append(out.Doors, doctorDoor{o.Kind, o.Host, o.Title, o.Fix, o.Line, askedJSON(o.Asked)})
	}
	if t := d.Takeover; t != nil {
		out.Takeover = doctorTakeover{t.From, t.Region, t.Text}
	}
	for _, h := range d.Way {
		out.Hops = append(out.Hops, doctorHop{h.Part, h.State, h.Claim, h.Text, h.ID, h.Past})
	}
	for _, f := range d.Findings {
		out.Findings = append(out.Findings, doctorFinding{
			f.Setting, f.Setting.Tutorial(), f.Title, f.Field, f.Is, f.Want, f.Fix, f.Beside, f.Passes, append([]string{}, f.Paths...), askedJSON(f.Evidence),
		})
	}
	for _, a := range d.Either {
		out.Either = append(out.Either, doctorEither{a.Setting, a.Title, a.Text, a.Fix})
	}
	for _, n := range d.Needs {
		out.Needs = append(out.Needs, doctorNeed{n.Kind, n.Title, n.Text, n.Line, n.Header})
	}
	for _, l := range d.Looks {
		out.Looks = append(out.Looks, doctorLook{l.ID, l.Part, l.Title, l.State, l.Text, l.Took.Milliseconds(), askedJSON(l.Asked)})
	}
	for _, t := range d.Things {
		out.Things = append(out.Things, doctorThing{t.What, t.Region, t.ID, t.State})
	}
	return out
}

// notAskedWhy is why no account was asked; "": one was.
func (d diagnosis) notAskedWhy() string {
	if d.AccountID != "" {
		return ""
	}
	if d.unasked != "" {
		return d.unasked
	}
	for _, n := range d.Needs {
		if n.Kind == setup.NeedConnection {
			return n.Text
		}
	}
	return "the diagnosis was stopped before"
}

func askedJSON(list []setup.Asked) []doctorAsked {
	out := []doctorAsked{}
	for _, a := range list {
		out = append(out, doctorAsked{a.What, a.Answer, a.Line, a.Bad})
	}
	return out
}
