package wizard

import (
	"strconv"

	"github.com/a-h/templ"

	"apifront/handlers"
	"apifront/setup"
	"apifront/steps"
	"apifront/web"
	webwizard "apifront/web/wizard"
)

type review struct{}

func (review) id() setup.PageID { return setup.PageReview }

func (review) words() (title, intro, next string) {
	return "Check the plan, then start", "Everything the job does. Finished steps are kept if a later one fails.", "Start job"
}

// changeTitle is the title where a setup is changed.
const changeTitle = "Check the change, then apply it"

// changeIntro says how many answers a change is of.
func changeIntro(v webwizard.ReviewView) string {
	n := len(v.Change.Items)
	revision := "revision " + strconv.Itoa(v.Change.Revision)
	switch n {
	case 0:
		return "No answer differs from " + revision + "."
	case 1:
		return "1 answer differs from " + revision + ". Everything else stays as it is."
	}
	return setup.Count(n, "answer") + " differ from " + revision + ". Everything else stays as it is."
}

func (review) read(*visit) error { return nil }

// check returns the errors of the other pages' answers.
func (review) check(c *visit) (web.FieldErrors, error) {
	faults, err := c.faults(c.ctx, setup.PageReview)
	return reviewErrors(faults), err
}

func (review) refresh(c *visit) error {
	if v, err := c.takesOut(); err != nil || v != nil {
		if err != nil {
			return err
		}
		if err := c.s.LookAgain(c.ctx, requestsKey(c.draft, *v)); err != nil {
			return err
		}
	}
	if err := c.s.LookAgain(c.ctx, preflightKey(c.draft)); err != nil {
		return err
	}
	return c.s.LookAgain(c.ctx, planKey(c.draft))
}

func (review) show(c *visit, w webwizard.View) (func(web.Frame) templ.Component, error) {
	sp := c.spec()
	round, err := c.round()
	if err != nil {
		return nil, err
	}
	if err := c.askAll(round); err != nil {
		return nil, err
	}
	f := &finder{visit: c, ask: true} // the draft may name something that was not looked at for a long time
	known, err := f.facts(c.ctx, setup.PageReview)
	if err != nil {
		return nil, err
	}
	sp.Learn(known)
	faults := sp.Check(known)
	wrong := reviewErrors(faults)
	provider := providerOf(known.Name.Value.NameServers)
	leaves, err := c.leavesRoute53()
	if err != nil {
		return nil, err
	}
	v := webwizard.ReviewView{Policy: handlers.DraftURL(c.draft.ID) + "/policy", Stamp: c.s.Now().UnixMilli(), Faults: c.s.Faults(c.ctx)}
	if v.Change, err = c.reviewChange(provider, known.Other); err != nil {
		return nil, err
	}
	changes := v.Change.Real()
	offer, err := c.clearing()
	if err != nil {
		return nil, err
	}
	if v.Kept, err = c.keptView(offer); err != nil {
		return nil, err
	}
	var plan handlers.Answer[setup.Plan]
	var compared *setup.Plan // nil: AWS was not compared with these answers
	if len(wrong) == 0 {
		if plan, err = handlers.Ask[setup.Plan](c.ctx, c.s.Server, planKey(c.draft), since(c.draft)); err != nil {
			return nil, err
		}
		v.Look = lookView(c.times, "The plan", "Compare again", plan)
		v.Comparing = c.waits(plan)
		if current(c.draft, plan) {
			compared = &plan.Value
			v.Lines, v.Looks = reviewLines(plan.Value)
			v.Does = doesLine(plan.Value, changes)
			if v.Blocked = blockedText(plan.Value); v.Blocked != "" && c.fresh() {
				v.Adopt = handlers.DoctorURL(sp.Domain.Name, sp.Account.Connection)
			}
			v.Lower = c.lowerOffer(plan.Value)
		} else if !v.Comparing {
			v.Unknown = "AWS was not compared, so what differs there is not known. The job looks before each step, and touches nothing that is not the setup's own."
		}
	}
	c.pending = c.pending || plan.Pending
	o := newOutlook(*sp, changes, steps.JobRows(setup.JobApply, likely(offer), *sp), compared)
	v.Cost = c.costView()
	v.Price, v.Answers = c.priceLine(v.Cost.Lines), answersLine(*sp, o.made())
	v.Blocks = answerBlocks(c.connectionName, c.draft, provider, leaves, o.standing())
	v.Order, v.Usual, v.You, v.Writes = o.order(), o.sentence(), o.you(), o.writes()
	if changes && v.Unknown != "" {
		v.Usual = "How long it takes is not known."
	}
	if changes {
		if err := c.tellChange(&v, compared, offer); err != nil {
			return nil, err
		}
		if v.Looks = ""; v.Nothing {
			v.Usual, v.You, v.Writes = "Nothing to apply.", "", ""
		}
		w.Intro = changeIntro(v)
		for i, st := range w.Steps {
			w.Steps[i].Changed = v.Change.On(setup.Pages()[st.Number-1].ID)
		}
	}
	var early handlers.Answer[[]setup.Check]
	if len(wrong) == 0 {
		if early, err = handlers.Ask[[]setup.Check](c.ctx, c.s.Server, preflightKey(c.draft), since(c.draft)); err != nil {
			return nil, err
		}
		c.pending = c.pending || early.Pending
	}
	v.Pending = c.pending
	checks := preChecks(c, known, faults, plan)
	if len(wrong) == 0 {
		checks = append(checks, preflightChecks(c, early)...)
	}
	v.Open, v.Passed = split(checks)
	if v.Change != nil && v.Change.Behind != nil { // the server refuses it until the draft goes on from there
		v.Blocked, v.Answer = v.Change.Behind.Title(v.Change.Name)+".", webwizard.BehindAnchor
		if v.Change.Behind.New { // what is in the way is that setup's own
			v.Open, v.Lines, v.Does, v.Lower, v.Adopt = nil, nil, "", nil, ""
		}
	} else if len(wrong) > 0 { // the first stands on top
		v.Blocked, v.Answer = setup.Count(len(wrong), "answer")+" "+map[bool]string{true: "stops", false: "stop"}[len(wrong) == 1]+" the start. "+wrong[0].Text+".", v.Open[0].Href
	}
	return func(f web.Frame) templ.Component { return webwizard.Review(f, w, v) }, nil
}

// round reads all looks of the review in one query. The visit then uses these.
func (c *visit) round() (round *handlers.Round, err error) {
	sp := c.spec()
	keys := []setup.LookKey{identityKey(sp.Account), apisKey(sp.Account), zonesKey(sp.DNSAccount()), planKey(c.draft), preflightKey(c.draft)}
	if sp.Domain.Connection != "" {
		keys = append(keys, identityKey(sp.DNSAccount()))
	}
	if sp.Domain.Name != "" {
		keys = append(keys, certificatesKey(sp.Account, sp.Domain.Name), handlers.NameKey(sp.Account, sp.Domain.Name))
	}
	v, err := c.takesOut()
	if err != nil {
		return nil, err
	}
	if v != nil {
		keys = append(keys, requestsKey(c.draft, *v))
	}
	c.ctx, round, err = c.s.NewRound(c.ctx, keys)
	return round, err
}

// askAll asks the worker for the looks that are old or missing and, if the
// answers have no error, for the plan.
func (c *visit) askAll(round *handlers.Round) error {
	known, err := (&finder{visit: c, ask: true}).facts(c.ctx, setup.PageReview)
	if err != nil {
		return err
	}
	sp := *c.spec()
	sp.Learn(known)
	if len(reviewErrors(sp.Check(known))) == 0 {
		if _, err := handlers.Ask[setup.Plan](c.ctx, c.s.Server, planKey(c.draft), since(c.draft)); err != nil {
			return err
		}
		if _, err := handlers.Ask[[]setup.Check](c.ctx, c.s.Server, preflightKey(c.draft), since(c.draft)); err != nil {
			return err
		}
	}
	if _, _, err := c.requests(); err != nil {
		return err
	}
	return round.Send(c.ctx)
}
