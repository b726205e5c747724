package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"apifront/probe"
	"apifront/seal"
	"apifront/setup"
)

// headerConsequence is what callers get while the secret header is not as wanted.
func headerConsequence(d setup.FindingBody) string {
	name := setup.Clip(strings.TrimPrefix(d.Field, headerField), 60)
	switch {
	case d.Want == "":
		return "Nothing changes for callers; CloudFront still adds " + name + " to requests"
	case d.Is == "":
		return "Callers get 403 if the API wants " + name + ", because CloudFront does not add it"
	}
	return "Callers get 403 if the API wants the setup's secret in " + name + ", because CloudFront adds another value"
}

// headerLooks is how long passes between two looks at whether the API accepts what
// CloudFront is to send.
const headerLooks = 30 * time.Second

// guardHeader keeps CloudFront from sending what the API would refuse. Where the header
// is about to get another value, or to go, the API is asked past CloudFront with what is
// sent now and with what is to be sent. Until it answers both alike, a person has to
// change what checks the header.
func guardHeader(ctx context.Context, e *Env, d *standing, in distributionInput) (o Observation, waits bool, err error) {
	h := in.header
	if e.DryRun || e.Terms != nil || len(h.changes(d.DistributionConfig, in.originID())) == 0 {
		return o, false, nil
	}
	var now, then []probe.KeyHeader
	names := []string{h.want}
	if h.leaves() {
		names = append(names, h.has)
	}
	for _, name := range names {
		if is, there := sent(d.DistributionConfig, in.originID(), name); there && !is.IsZero() {
			now = append(now, e.asKeys(name, is)...)
		}
	}
	if len(now) == 0 {
		return o, false, nil // what is added opens no lock and closes none
	}
	if value := h.coming(); h.want != "" && !value.IsZero() {
		then = e.asKeys(h.want, value)
	}
	target, _ := aim(e)
	target.Rungs, target.Patience = []setup.Rung{setup.RungRegional}, gatewayTimeout+margin
	target.Origin = now
	before := e.Prober.Climb(ctx, target)
	target.Origin = then
	after := e.Prober.Climb(ctx, target)
	if err := ctx.Err(); err != nil {
		return o, false, err
	}
	e.saw(slices.Concat(before, after))
	for _, to := range after {
		from := answerLike(before, to)
		switch {
		case to.Status == 0:
			return headerUnseen(h, in.target, to), true, nil
		case otherAnswer(from, to) && refuses(to):
			return headerRefused(h, in.target, from, to), true, nil
		}
	}
	return o, false, nil
}

// coming is the value that is about to be sent.
func (h originHeader) coming() seal.Secret {
	if !h.next.IsZero() {
		return h.next
	}
	return h.value
}

// answerLike is the answer, among others, to the same request.
func answerLike(list []setup.Evidence, e setup.Evidence) setup.Evidence {
	i := slices.IndexFunc(list, func(o setup.Evidence) bool {
		return o.Path == e.Path && o.Below == e.Below && o.Upgrade == e.Upgrade && o.Method == e.Method
	})
	if i < 0 {
		return setup.Evidence{}
	}
	return list[i]
}

// otherAnswer says whether two answers to the same request are different ones: one that a
// web ACL refuses has a message of its own.
func otherAnswer(a, b setup.Evidence) bool { return a.Status != b.Status || a.Message != b.Message }

// refuses says whether an answer is that of a web ACL or an authorizer.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-aws-waf.html (documented)
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html (documented)
func refuses(e setup.Evidence) bool { return e.Status == 401 || e.Status == 403 }

// headerRefused asks a person to let the API accept what CloudFront is to send.
func headerRefused(h originHeader, target string, from, to setup.Evidence) Observation {
	what, fix := "The API does not accept the new secret yet.",
		"Open Secret header on the page of the setup, copy the new secret, and let the web ACL or the authorizer accept it beside the present one. The job looks again by itself and goes on then."
	with := "with the new secret in " + h.want
	switch {
	case h.want == "":
		what, with = "The API still wants the header "+h.has+".", "without "+h.has
		fix = "Remove the rule from the web ACL, or the check from the authorizer. The job looks again by itself and takes the header away then."
	case h.next.IsZero():
		what, with = "The API does not accept the secret of the setup.", "with the secret of the setup in "+h.want
		fix = "Let the web ACL or the authorizer accept the secret that Secret header on the page of the setup shows, beside what it accepts now. The job looks again by itself and goes on then."
	}
	was := "as CloudFront asks now " + fmt.Sprint(from.Status)
	if from.Status == 0 {
		was = "how it answers CloudFront now was not seen"
	}
	p := problem(what, "Asked at "+target+" "+with+", "+to.Path+" answers "+fmt.Sprint(to.Status)+"; "+was+". Nothing was changed, so callers are served as before.", fix)
	return Observation{State: Person, Summary: "Waits until the API accepts what CloudFront is to send", Problem: p, Sure: true, After: headerLooks}
}

// headerUnseen waits for an answer.
func headerUnseen(h originHeader, target string, to setup.Evidence) Observation {
	why := "No answer came."
	if to.Error != "" {
		why = "No answer came: " + setup.Clip(to.Error, 160) + "."
	}
	name := h.want
	if name == "" {
		name = h.has
	}
	p := problem("Whether the API accepts what CloudFront is to send in "+name+" is not known.", why+" Nothing was changed, so callers are served as before.",
		"Check that this server reaches "+target+". The job looks again by itself.")
	return Observation{State: Person, Summary: "Waits for an answer of the API", Problem: p, Sure: true, After: headerLooks}
}
