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
	Name     string          `json:"name" doc:"the name that was asked about, in lower case and as DNS writes it"`
	Path     string          `json:"path" doc:"the path that was asked about, with a slash before it; empty: none was named"`
	AskedAt  time.Time       `json:"asked_at" doc:"when the diagnosis began, in UTC"`
	TookMS   int64           `json:"took_ms" doc:"how long it took, in milliseconds"`
	Verdict  setup.Verdict   `json:"verdict" doc:"what the diagnosis comes to, see above"`
	Head     string          `json:"head" doc:"the verdict in a few words"`
	Text     string          `json:"text" doc:"the verdict in a sentence or two: what callers get, because of what"`
	Exit     int             `json:"exit_code" doc:"exit code of the command"`
	AWS      doctorAWS       `json:"aws" doc:"what was asked of AWS"`
	Hops     []doctorHop     `json:"hops" doc:"the way of a request in its order: name, edge, origin, gateway; empty: the diagnosis was stopped"`
	Findings []doctorFinding `json:"findings" doc:"what is wrong: first what callers notice, then in the order of the member tutorial; remarks come last"`
	Either   []doctorEither  `json:"either" doc:"causes between which the looks cannot tell"`
	Needs    []doctorNeed    `json:"needs" doc:"what would tell more"`
	Looks    []doctorLook    `json:"looks" doc:"all looks in the order of a request's way, whether they were made or not"`
	Things   []doctorThing   `json:"things" doc:"what exists in AWS"`
	Key      string          `json:"key_header" doc:"the header in which a key was sent; empty: none was"`
	Servers  doctorServers   `json:"name_servers" doc:"name servers to enter, where that is the cure"`
	Doors    []doctorDoor    `json:"doors" doc:"ways to the API that pass CloudFront by and were seen open; looked for where callers are served and an account was asked; no fault"`
	Takeover doctorTakeover  `json:"takeover" doc:"how a setup can take the name over from what has it in the account"`
}

type doctorDoor struct {
	Kind  setup.DoorKind `json:"kind" doc:"default-endpoint (the API's own name) or regional-name (the target of the custom domain, asked with the name)"`
	Host  string         `json:"host" doc:"the name at which the API answers"`
	Title string         `json:"title" doc:"what is open; without a full stop"`
	Fix   string         `json:"fix" doc:"how it is closed"`
	Line  string         `json:"line" doc:"a line of the AWS CLI that closes it; empty: none does"`
	Asked []doctorAsked  `json:"asked" doc:"how it is known"`
}

type doctorTakeover struct {
	From   string `json:"from" doc:"ID of the distribution that gives the name up; empty: none has to"`
	Region string `json:"region" doc:"region of the edge-optimised custom domain that becomes Regional; empty: there is none"`
	Text   string `json:"text" doc:"what to choose in the wizard; empty: nothing has to give the name up"`
}

type doctorServers struct {
	Zone  string   `json:"zone" doc:"the hosted zone that these name servers belong to; enter them where its domain was bought, or in the zone above; empty: none are to be entered"`
	Names []string `json:"names" doc:"all name servers of the zone, without a dot at the end"`
}

type doctorAWS struct {
	Account string `json:"account" doc:"number of the account that was asked; empty: none was"`
	Calls   int    `json:"calls" doc:"how many calls were made, all of them reads"`
	Unasked string `json:"unasked" doc:"why no account was asked; empty: one was"`
}

type doctorHop struct {
	Part  setup.Part     `json:"part" doc:"name, edge, origin or gateway"`
	State setup.HopState `json:"state" doc:"right, wrong (requests end here), differs (requests go on), away (the name leads elsewhere); empty: not known"`
	Claim string         `json:"claim" doc:"what was seen there, in a few words"`
	Text  string         `json:"text" doc:"how that is known, in a sentence"`
	ID    string         `json:"id" doc:"ID of what is there, in AWS or in DNS; empty: not known"`
	Past  bool           `json:"past" doc:"true: it was asked past a part that is at fault"`
}

type doctorFinding struct {
	Setting  setup.Setting `json:"setting" doc:"the setting that is wrong, such as origin-protocol or host-header"`
	Tutorial int           `json:"tutorial" doc:"the part of the recipe that the setting belongs to: 1 certificates, 2 custom domain and paths, 3 distribution, 4 HTTPS to the origin, 5 Host header, 6 DNS; 0: to none"`
	Title    string        `json:"title" doc:"what callers get, because of what; without a full stop"`
	Field    string        `json:"field" doc:"the name of the field in AWS or DNS; empty: no single field is wrong"`
	Is       string        `json:"is" doc:"the value of the field now; empty: it has none"`
	Want     string        `json:"want" doc:"the value that it should have"`
	Fix      string        `json:"fix" doc:"what to do, in a sentence"`
	Remark   bool          `json:"remark" doc:"true: callers are served all the same"`
	Passes   bool          `json:"passes" doc:"true: waiting is enough"`
	Paths    []string      `json:"paths" doc:"the paths that it is about; empty: all"`
	Evidence []doctorAsked `json:"evidence" doc:"how it is known"`
}

type doctorAsked struct {
	What   string `json:"what" doc:"what was asked, and of whom"`
	Answer string `json:"answer" doc:"what was answered"`
	Line   string `json:"line" doc:"a line of dig, curl, openssl or aws that asks again; empty: there is none"`
	Bad    bool   `json:"bad" doc:"true: the answer shows a fault"`
}

type doctorEither struct {
	Setting setup.Setting `json:"setting" doc:"the setting that would be wrong"`
	Title   string        `json:"title" doc:"the cause"`
	Text    string        `json:"text" doc:"why this would look the same"`
	Fix     string        `json:"fix" doc:"what to do if it is this one"`
}

type doctorNeed struct {
	Kind  setup.NeedKind `json:"kind" doc:"key (an API key for one request), path (one that answers without a key), connection (an account that may be read) or owner (a line that the owner of the name runs)"`
	Title string         `json:"title" doc:"the look that would tell"`
	Text  string         `json:"text" doc:"what it would tell"`
	Line  string         `json:"line" doc:"a line to run; empty: there is none"`
	In    string         `json:"header" doc:"for a key, the header in which callers mostly send one; empty: it is of another kind"`
}

type doctorLook struct {
	ID     setup.DoctorLookID    `json:"id" doc:"ID of the look, see above"`
	Part   setup.Part            `json:"part" doc:"the part of the way of a request; empty: requests do not meet it"`
	Title  string                `json:"title" doc:"what is looked at"`
	State  setup.DoctorLookState `json:"state" doc:"right, wrong, remark, unknown (it was made and does not tell) or unasked (it was not made)"`
	Text   string                `json:"text" doc:"what was seen, or why nothing was"`
	TookMS int64                 `json:"took_ms" doc:"how long it took, in milliseconds"`
	Asked  []doctorAsked         `json:"asked" doc:"its questions, with the lines that ask again"`
}

type doctorThing struct {
	What   string `json:"what" doc:"what it is, such as Distribution or Custom domain"`
	Region string `json:"region" doc:"its region; empty: it is in none"`
	ID     string `json:"id" doc:"its ID"`
	State  string `json:"state" doc:"its state in AWS, such as Deployed"`
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
