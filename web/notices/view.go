package notices

import (
	"fmt"
	"slices"
	"strconv"

	"apifront/setup"
	"apifront/web"
)

// Facts are what the page of notices is made of.
type Facts struct {
	Times      web.Times
	Places     []setup.NoticePlace
	Last       map[string]setup.Delivery // the newest to each place
	Deliveries []setup.Delivery          // one more than Limit if there are older ones
	Limit      int
	Before     string // those listed are older than this one; "": they are the newest
	Missing    string // why no place can be added
	Mail       bool   // there is a mail server
	Remark     string
	MayAct     bool
	Demo       bool
	Said       string
	Typed      Typed
	Errors     web.FieldErrors
}

// Typed is what was typed into the form of a place.
type Typed struct {
	Kind          setup.NoticeKind
	Address, Name string
}

// A View is the page of notices.
type View struct {
	Lede, Said, Missing, Remark string
	MayAct, MayAdd, Demo        bool
	Places                      []PlaceRow
	Topics                      []TopicRow
	Deliveries                  []DeliveryRow
	NoDeliveries, Older, Newest string
	Kinds                       []web.Option
	Typed                       Typed
	Errors                      web.FieldErrors
}

// A PlaceRow is one place.
type PlaceRow struct {
	ID, Name, What string
	Href, TestURL  string
	State, Word    string // of its last delivery
	Detail         string
	Quote          string // what the other side said
}

// A TopicRow is what of one topic goes where.
type TopicRow struct {
	Name, Title, Detail string
	Ticks               []Tick // one for each place
}

// A Tick is one box of the table.
type Tick struct {
	Place, PlaceName, Label string
	On                      bool
	Word                    string // for who only looks
}

// A DeliveryRow is one delivery.
type DeliveryRow struct {
	Title, About, To string
	Says             string // the whole message
	At               web.Moment
	State, Word      string
	Detail, Quote    string
	ResendURL        string
	Failed           bool
}

// NewView decides what the page shows.
func NewView(f Facts) View {
	v := View{
		Lede: "apifront tells a chat, a mailbox or a program what happens, so that nobody has to watch a page.",
		Said: f.Said, Missing: f.Missing, Remark: f.Remark, MayAct: f.MayAct, MayAdd: f.MayAct && f.Missing == "", Demo: f.Demo, Typed: f.Typed, Errors: f.Errors,
		Kinds: kinds(f.Typed.Kind, f.Mail),
	}
	if len(f.Places) == 0 {
		v.Lede = "Nobody is told yet. Add a chat, a mailbox or a program, and apifront tells it what happens, so that nobody has to watch a page."
	}
	names := map[string]string{}
	for _, p := range f.Places {
		names[p.ID] = p.Name
		v.Places = append(v.Places, placeRow(f.Times, p, f.Last[p.ID]))
	}
	for _, topic := range setup.NoticeTopics() {
		row := TopicRow{Name: string(topic)}
		row.Title, row.Detail = topicWords(topic)
		for _, p := range f.Places {
			t := Tick{Place: p.ID, PlaceName: p.Name, Label: row.Title + ": tell " + p.Name, On: slices.Contains(p.Topics, topic), Word: "No"}
			if t.On {
				t.Word = "Yes"
			}
			row.Ticks = append(row.Ticks, t)
		}
		v.Topics = append(v.Topics, row)
	}
	list := f.Deliveries
	if f.Before != "" {
		v.Newest = "/settings/notices#de-h"
	}
	if len(list) > f.Limit {
		list = list[:f.Limit]
		v.Older = "/settings/notices?before=" + list[f.Limit-1].ID + "#de-h"
	}
	for _, d := range list {
		v.Deliveries = append(v.Deliveries, deliveryRow(f.Times, d, names[d.PlaceID]))
	}
	if len(v.Deliveries) == 0 {
		v.NoDeliveries = "Nothing was told yet."
	}
	return v
}

// Offers says whether a place of the kind can be added.
func Offers(kind setup.NoticeKind, mail bool) bool {
	return kind == setup.NoticeChat || kind == setup.NoticeHook || kind == setup.NoticeMail && mail
}

// Preset are the topics that a new place of the kind is told of.
func Preset(kind setup.NoticeKind) []setup.NoticeTopic {
	if kind == setup.NoticeMail { // what somebody has to do
		return []setup.NoticeTopic{setup.TopicTurn, setup.TopicFailed, setup.TopicAnswering, setup.TopicDrift, setup.TopicRenewal}
	}
	return setup.NoticeTopics()
}

func kinds(chosen setup.NoticeKind, mail bool) []web.Option {
	list := []web.Option{
		{Value: string(setup.NoticeChat), Text: "A chat", Detail: "Slack, Mattermost, Rocket.Chat, or anything else with an incoming webhook in Slack’s format.", ID: "kind"},
		{Value: string(setup.NoticeMail), Text: "A mailbox", Detail: "Sent by the mail server in the settings of this server."},
		{Value: string(setup.NoticeHook), Text: "A program", Detail: "POST with JSON, signed so that the program can tell it comes from here."},
	}
	if !mail {
		list[1].Off, list[1].Detail = true, "Needs a mail server: whoever runs this server sets APIFRONT_SMTP_SERVER."
	}
	for i := range list {
		list[i].Chosen = list[i].Value == string(chosen)
	}
	return list
}

// kindWords says what a place is.
func kindWords(p setup.NoticePlace) string {
	switch p.Kind {
	case setup.NoticeHook:
		return "Program at " + p.Host
	case setup.NoticeMail:
		return "Mailbox at " + p.Host
	case setup.NoticeChat:
	}
	return "Chat at " + p.Host
}

// topicWords are a topic as people call it, and what its messages say.
func topicWords(t setup.NoticeTopic) (title, detail string) {
	switch t {
	case setup.TopicTurn:
		return "Your turn", "A job needs a DNS record or an answer, or a TTL was left low"
	case setup.TopicFailed:
		return "A job failed", "With the step and what to do"
	case setup.TopicSucceeded:
		return "A job succeeded", "With how long it took"
	case setup.TopicAnswering:
		return "Not answering, and answering again", "After 2 checks in a row"
	case setup.TopicDrift:
		return "Changed outside apifront, and as wanted again", "With Is and Should be"
	case setup.TopicRenewal:
		return "A certificate will not renew", "With the reason and what to do"
	case setup.TopicIssued:
		return "A certificate was issued", "After a job has waited for it"
	case setup.TopicTeardown:
		return "A setup was taken down", "Once everything is deleted"
	}
	return string(t), ""
}

// placeRow is a place with its last delivery.
func placeRow(c web.Times, p setup.NoticePlace, last setup.Delivery) PlaceRow {
	r := PlaceRow{ID: p.ID, Name: p.Name, What: kindWords(p), Href: "/settings/notices/" + p.ID, TestURL: "/settings/notices/" + p.ID + "/test", State: "wait", Word: "Nothing sent yet"}
	r.Quote = quote(last)
	switch {
	case !p.PausedAt.IsZero():
		r.State, r.Word = "failed", "Paused"
		r.Detail = fmt.Sprintf("Nothing is sent there since %s, because nothing was taken since %s. A test that is taken ends that.", c.Minute(p.PausedAt).Text, c.Minute(p.FailingSince).Text)
		if p.FailingSince.IsZero() {
			r.Detail = fmt.Sprintf("Nothing is sent there since %s, because it said that it wants nothing more. A test that is taken ends that.", c.Minute(p.PausedAt).Text)
		}
	case last.ID == "":
	case last.State == setup.DeliveryDone:
		r.State, r.Word = "done", "Delivered"
		r.Detail = fmt.Sprintf("%s, in %s", c.Minute(last.TriedAt).Text, milliseconds(last))
		r.Quote = ""
	case last.State == setup.DeliveryWaiting && (last.Tries == 0 || last.TriedAt.After(last.DueAt) || last.TriedAt.Equal(last.DueAt)):
		r.State, r.Word, r.Detail = "running", "Being sent", "Load the page again to see what came of it."
		r.Quote = ""
	case last.Notice.Event == setup.NoticeTest:
		r.State, r.Word, r.Detail = "failed", "Test not taken", c.Minute(last.TriedAt).Text
	case last.State == setup.DeliveryGivenUp:
		r.State, r.Word, r.Detail = "failed", "Not taken", fmt.Sprintf("Given up after %s", setup.Count(last.Tries, "try"))
		if last.Tries != 1 {
			r.Detail = fmt.Sprintf("Given up after %d tries", last.Tries)
		}
	default:
		r.State, r.Word, r.Detail = "you", triesWord(last.Tries), fmt.Sprintf("Failing since %s. Tries again at %s", c.Minute(p.FailingSince).Text, c.Minute(last.DueAt).Text)
	}
	return r
}

func triesWord(n int) string {
	if n == 1 {
		return "Not taken"
	}
	return fmt.Sprintf("Not taken %d times", n)
}

// quote is what the other side said to the last try.
func quote(d setup.Delivery) string {
	switch {
	case d.Tries == 0 || d.Taken:
		return ""
	case d.Status != 0 && d.Text != "":
		return strconv.Itoa(d.Status) + ": “" + d.Text + "”"
	case d.Status != 0:
		return strconv.Itoa(d.Status) + ", without a word"
	}
	return d.Text
}

func milliseconds(d setup.Delivery) string {
	if ms := d.Took.Milliseconds(); ms > 0 {
		return fmt.Sprintf("%d ms", ms)
	}
	return "less than 1 ms"
}

// deliveryRow is a delivery with what the other side said.
func deliveryRow(c web.Times, d setup.Delivery, to string) DeliveryRow {
	r := DeliveryRow{Title: eventWords(d.Notice.Event), About: d.Notice.Setup, To: to, Says: d.Notice.Title + ". " + d.Notice.Text, At: c.Second(d.Notice.At), ResendURL: "/settings/deliveries/" + d.ID + "/resend", Quote: quote(d)}
	if d.Notice.Count > 1 {
		r.Title = fmt.Sprintf("%s, %d times", r.Title, d.Notice.Count)
	}
	status := "Taken"
	if d.Status != 0 {
		status = strconv.Itoa(d.Status)
	}
	switch d.State {
	case setup.DeliveryDone:
		r.State, r.Word, r.Detail, r.Quote = "done", status, milliseconds(d), ""
		if d.Status == 0 {
			r.Quote = d.Text
		}
	case setup.DeliveryGivenUp:
		r.State, r.Word, r.Failed = "failed", "Given up", true
		if d.Tries > 1 {
			r.Detail = fmt.Sprintf("After %d tries", d.Tries)
		}
	case setup.DeliveryWaiting:
		switch {
		case d.Tries == 0 && d.DueAt.After(c.Now):
			r.State, r.Word, r.Detail = "wait", "Waits", "Goes out at "+c.Minute(d.DueAt).Text+", with what happens until then"
		case d.Tries == 0 || !d.DueAt.After(d.TriedAt):
			r.State, r.Word = "running", "Being sent"
		default:
			r.State, r.Word, r.Failed = "you", triesWord(d.Tries), true
			r.Detail = "Next at " + c.Minute(d.DueAt).Text
		}
	}
	return r
}

// eventWords are an event as people call it.
func eventWords(e setup.NoticeEvent) string {
	switch e {
	case setup.NoticeTurn:
		return "Your turn"
	case setup.NoticeFailed:
		return "A job failed"
	case setup.NoticeSucceeded:
		return "A job succeeded"
	case setup.NoticeTakenDown:
		return "Taken down"
	case setup.NoticeNotAnswering:
		return "Not answering"
	case setup.NoticeAnswering:
		return "Answering again"
	case setup.NoticeDrifted:
		return "Changed outside apifront"
	case setup.NoticeRepaired:
		return "As wanted again"
	case setup.NoticeNoRenewal:
		return "A certificate will not renew"
	case setup.NoticeIssued:
		return "Certificate issued"
	case setup.NoticeTTLLow:
		return "A TTL is still low"
	case setup.NoticeTest:
		return "Test"
	}
	return string(e)
}

// Said is the sentence for what was done, by a word that the address names; "" for
// any other.
func Said(done string) string {
	switch done {
	case "added":
		return "The place was added, and a test was sent there. What came of it stands in the table."
	case "changed":
		return "The place was changed."
	case "removed":
		return "The place was removed. Nothing is sent there any more."
	case "saved":
		return "What goes where was saved."
	case "tested":
		return "A test was sent. What came of it stands in the table."
	case "sent":
		return "It is sent again, and tried for a day if it has to be."
	}
	return ""
}
