package setup

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// KeyLasts is how long a key that was typed for a look waits for it to begin.
const KeyLasts = 2 * time.Minute

// doctorLooks are the looks of the doctor, in the order of a request's way.
var doctorLooks = []DoctorLook{
	{ID: DoctorDelegation, Part: PartName, Title: "The domain is delegated"},
	{ID: DoctorServers, Part: PartName, Title: "Every name server gives the same answer"},
	{ID: DoctorCertificate, Part: PartEdge, Title: "The name is shown with its own certificate"},
	{ID: DoctorRequest, Part: PartEdge, Title: "A request is answered"},
	{ID: DoctorDistribution, Part: PartEdge, Title: "The distribution has the name"},
	{ID: DoctorOrigin, Part: PartOrigin, Title: "How CloudFront calls the origin"},
	{ID: DoctorHost, Part: PartOrigin, Title: "Host reaches API Gateway"},
	{ID: DoctorBeneath, Part: PartOrigin, Title: "The origin shows a certificate for the name"},
	{ID: DoctorDomain, Part: PartGateway, Title: "The custom domain is Regional and mapped"},
	{ID: DoctorStage, Part: PartGateway, Title: "The stage is deployed"},
	{ID: DoctorRenewal, Title: "Both certificates will renew"},
}

// DoctorLooks are all looks of the doctor, none of which was made yet. The caller
// owns the result.
func DoctorLooks() []DoctorLook {
	list := slices.Clone(doctorLooks)
	for i := range list {
		list[i].State = DoctorWaiting
	}
	return list
}

// Made says whether the look has ended, and was made.
func (l DoctorLook) Made() bool {
	return l.State != DoctorWaiting && l.State != DoctorLooking && l.State != DoctorUnasked
}

// Seen is the body with what one more look has shown so far, in its place.
func (b DiagnosisBody) Seen(l DoctorLook) DiagnosisBody {
	if len(b.Looks) == 0 {
		b.Looks = DoctorLooks()
	}
	b.Looks = slices.Clone(b.Looks)
	if i := slices.IndexFunc(b.Looks, func(x DoctorLook) bool { return x.ID == l.ID }); i >= 0 {
		b.Looks[i] = l
	} else {
		b.Looks = append(b.Looks, l)
	}
	return b
}

// Closed is the body with no look under way: what has not ended was not made.
func (b DiagnosisBody) Closed() DiagnosisBody {
	if len(b.Looks) == 0 {
		b.Looks = DoctorLooks()
	}
	b.Looks = slices.Clone(b.Looks)
	for i := range b.Looks {
		if l := &b.Looks[i]; !l.Made() && l.State != DoctorUnasked {
			l.State, l.Text, l.Asked = DoctorUnasked, "Not made: the doctor was stopped before.", nil
		}
	}
	return b
}

// Stopped is what a diagnosis says that somebody ended: what was seen by then.
func (b DiagnosisBody) Stopped() DiagnosisBody {
	b = b.Closed()
	made, right, wrong := 0, 0, 0
	for i := range b.Looks {
		switch l := &b.Looks[i]; {
		case !l.Made():
		case l.State == DoctorRight:
			made, right = made+1, right+1
		case l.State == DoctorWrong:
			made, wrong = made+1, wrong+1
		default:
			made++
		}
	}
	b.Verdict, b.Head = VerdictStopped, "Stopped"
	switch {
	case made == 0:
		b.Text = "No look was made."
	case right == made:
		b.Text = madeOf(made, len(b.Looks)) + " all right."
	case wrong > 0:
		b.Text = madeOf(made, len(b.Looks)) + " " + strconv.Itoa(wrong) + " of them showed something wrong."
	default:
		b.Text = madeOf(made, len(b.Looks)) + " none of them showed anything wrong."
	}
	if made > 0 && made < len(b.Looks) {
		b.Text += " The others were not made."
	}
	return b
}

func madeOf(made, all int) string {
	word := "looks were"
	if made == 1 {
		word = "look was"
	}
	return strings.Join([]string{strconv.Itoa(made), "of", strconv.Itoa(all), word, "done,"}, " ")
}

// GivenUp is what a diagnosis says that was begun so many times, and each time the
// program ended before.
func (b DiagnosisBody) GivenUp(times int) DiagnosisBody {
	b = b.Stopped()
	b.Verdict, b.Head = VerdictCouldNot, "Could not look"
	b.Text = "apifront began to look " + Count(times, "time") + ", and each time it ended before the doctor did. That says nothing about the name."
	return b
}

// KeyLost is what a diagnosis says for which somebody typed a key that is gone: it is in
// the memory of one process, for one try.
func (b DiagnosisBody) KeyLost() DiagnosisBody {
	b = b.Stopped()
	b.Verdict, b.Head = VerdictCouldNot, "Could not look"
	b.Text = "The key that was typed is kept for one try alone, for " + Span(KeyLasts) + " and in the memory of one process. That try has not come to an end, so nothing can be said of the name. Type the key once more."
	b.Needs = []Need{KeyNeed("X-Api-Key", "Sent with the requests of one look to this name and its API, and then forgotten.")}
	return b
}

// KeyNeed is the look with a key or a token that somebody types. Callers mostly send it
// in the header.
func KeyNeed(header, text string) Need {
	n := Need{Kind: NeedKey, Title: "Ask once with an API key", Text: text, Header: header}
	if header == "Authorization" {
		n.Title = "Ask once with a token"
	}
	return n
}
