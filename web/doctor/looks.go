package doctor

import (
	"strconv"
	"strings"
	"time"

	"apifront/setup"
	"apifront/web"
)

// groups are looks by their part of the way.
func groups(looks []setup.DoctorLook, show func(setup.DoctorLook) LookView) (list []Group) {
	for _, l := range looks[:min(len(looks), groupsShown)] {
		kind := web.HopKind(l.Part)
		if kind == "" {
			kind = "Renewal"
		}
		if n := len(list); n == 0 || list[n-1].Kind != kind {
			list = append(list, Group{Kind: kind})
		}
		g := &list[len(list)-1]
		g.Looks = append(g.Looks, show(l))
	}
	return list
}

// asksShown is how many questions of a look stand open, with their lines.
const asksShown = 2

func newLook(l setup.DoctorLook) LookView {
	v := LookView{Title: setup.Clip(setup.Printable(l.Title), 200), Text: setup.Clip(setup.Printable(l.Text), 600), Asked: web.AskedViews(l.Asked)}
	if len(v.Asked) > asksShown+1 {
		v.Asked, v.More = v.Asked[:asksShown], v.Asked[asksShown:]
	}
	v.Mark, v.Word = lookState(l.State)
	if l.Took > 0 {
		v.Took = shortTime(l.Took)
	}
	return v
}

// newRung is a look while others are made: its lines come with the result.
func newRung(l setup.DoctorLook) LookView {
	l.Asked = nil
	return newLook(l)
}

// lookState is the icon of a look, and what it means.
func lookState(s setup.DoctorLookState) (mark, word string) {
	switch s {
	case setup.DoctorWaiting:
		return "wait", "Not yet looked at"
	case setup.DoctorLooking:
		return "running", "Looking now"
	case setup.DoctorRight:
		return "done", "Right"
	case setup.DoctorWrong:
		return "failed", "Wrong"
	case setup.DoctorRemark:
		return "you", "Remark"
	case setup.DoctorUnasked:
		return "skip", "Not looked at"
	case setup.DoctorUnknown:
	}
	return "unsure", "Not known"
}

// shortTime is how long one look took: "41 ms", "1.2 s".
func shortTime(d time.Duration) string {
	if d < time.Second {
		return strconv.FormatInt(max(d.Milliseconds(), 1), 10) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}

// lookWords is what a look is about, in a list of looks.
func lookWords(id setup.DoctorLookID) string {
	switch id {
	case setup.DoctorDelegation:
		return "delegation"
	case setup.DoctorServers:
		return "name servers"
	case setup.DoctorCertificate:
		return "certificate shown"
	case setup.DoctorRequest:
		return "request"
	case setup.DoctorDistribution:
		return "distribution"
	case setup.DoctorOrigin:
		return "origin"
	case setup.DoctorHost:
		return "Host header"
	case setup.DoctorBeneath:
		return "certificate of the origin"
	case setup.DoctorDomain:
		return "custom domain and mapping"
	case setup.DoctorStage:
		return "stage"
	case setup.DoctorRenewal:
		return "renewal"
	}
	return "other"
}

// lastOfARN is the end of an ARN, by which people know a certificate.
func lastOfARN(id string) string {
	if strings.HasPrefix(id, "arn:") {
		return id[strings.LastIndexAny(id, ":/")+1:]
	}
	return id
}
