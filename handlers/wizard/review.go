package wizard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"apifront/handlers"
	"apifront/setup"
	"apifront/steps"
	"apifront/store"
	"apifront/web"
	webwizard "apifront/web/wizard"
)

type review struct{}

func (review) id() setup.PageID { return setup.PageReview }

func (review) words() (title, intro, next string) {
	return "Check the plan, then start", "Everything the job does. Finished steps are kept if a later one fails.", "Start job"
}

// changeWords are the title and the intro where a setup is changed.
func changeWords() (title, intro string) {
	return "Check the change, then apply it", "First what your answers change, then what the job does for it. The job pauses when it needs a DNS record from you, and every finished step is kept if a later one fails."
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
	v := webwizard.ReviewView{Blocks: answerBlocks(c.connectionName, c.draft, provider, leaves), Policy: handlers.DraftURL(c.draft.ID) + "/policy", Stamp: c.s.Now().UnixMilli(), Faults: c.s.Faults(c.ctx)}
	if v.Change, err = c.reviewChange(provider, known.Other); err != nil {
		return nil, err
	}
	offer, err := c.clearing()
	if err != nil {
		return nil, err
	}
	if v.Kept, err = c.keptView(offer); err != nil {
		return nil, err
	}
	v.Cost = c.costView()
	v.Price, v.Answers = c.priceLine(v.Cost.Lines), answersLine(*sp)
	rows := steps.JobRows(setup.JobApply, likely(offer), *sp)
	v.Usual = usualSentence(rows)
	writes := 0
	for _, r := range rows {
		if r.Skip != "" {
			continue
		}
		v.Order = append(v.Order, webwizard.OrderLine{Number: len(v.Order) + 1, Title: r.Title, Text: orderText(r, *sp)})
		if changes(r.ID) {
			writes++
		}
	}
	v.Writes = setup.Count(writes, "step") + " may change something. All others only look."
	var plan handlers.Answer[setup.Plan]
	if len(wrong) == 0 {
		if plan, err = handlers.Ask[setup.Plan](c.ctx, c.s.Server, planKey(c.draft), since(c.draft)); err != nil {
			return nil, err
		}
		v.Look = lookView(c.times, "The plan", "Compare again", plan)
		if !plan.DoneAt.Before(since(c.draft)) && plan.Have && plan.Problem == nil {
			v.Lines, v.Looks = reviewLines(plan.Value)
			v.Does = doesLine(plan.Value)
			if v.Blocked = blockedText(plan.Value); v.Blocked != "" && c.fresh() {
				v.Adopt = handlers.DoctorURL(sp.Domain.Name, sp.Account.Connection)
			}
			v.Lower = c.lowerOffer(plan.Value)
		}
	}
	c.pending = c.pending || plan.Pending
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

// blockedText says why a job must not start: a step would meet a resource that
// is not ours. It is "" if no step would.
func blockedText(p setup.Plan) string {
	stops := 0
	for _, l := range p.Lines {
		if l.Action == setup.PlanStop && (l.Problem == nil || l.Problem.Code != "Panic") {
			stops++
		}
	}
	if stops == 0 {
		return ""
	}
	return "The job would stop at " + setup.Count(stops, "step") + ", marked “In the way” above. Clear that first, then compare again. Nothing in AWS was changed."
}

// changes says whether a step may change something in AWS.
func changes(id setup.StepID) bool {
	st, ok := steps.Find(id)
	return ok && st.Apply != nil
}

// orderText says what a step is about, and how long AWS usually takes for it.
func orderText(r steps.Row, sp setup.Spec) string {
	st, ok := steps.Find(r.ID)
	text, timed := r.Service, true
	if ok && st.Brief != nil {
		text, timed = st.Brief(sp)
	}
	if timed && st.Wait.Usual >= 10*time.Second {
		text += ", usually " + setup.Span(st.Wait.Usual)
	}
	return text
}

// reviewLines are the steps of the plan that create, change or reuse something,
// or would stop. others counts the steps that only look.
func reviewLines(p setup.Plan) (lines []webwizard.ReviewLine, others string) {
	looks := 0
	for _, l := range p.Lines {
		state, word := planWord(l.Action)
		if reusesNothing(l) {
			looks++
			continue
		}
		switch l.Action {
		case setup.PlanSkip:
			continue
		case setup.PlanCreate, setup.PlanChange, setup.PlanReuse, setup.PlanRemove, setup.PlanStop, setup.PlanPerson:
		default:
			if l.Problem == nil {
				looks++
				continue
			}
		}
		icon := state
		if l.Action == setup.PlanCreate {
			icon = "plus"
		}
		line := webwizard.ReviewLine{State: state, Icon: icon, Word: word, Title: thingOf(l), Text: l.Summary, Service: l.Service, Differs: differs(l)}
		if l.Problem != nil {
			problem := web.ShowProblem(l.Problem)
			line.Problem = &problem
			line.Text = l.Problem.What
		}
		lines = append(lines, line)
	}
	if looks > 0 {
		others = setup.Count(looks, "other step") + " only look."
		if looks == 1 {
			others = "1 other step only looks."
		}
	}
	return lines, others
}

// doesLine counts what a job would do, as "Makes 7 things, changes 1, reuses 2.".
func doesLine(p setup.Plan) string {
	counts := map[string]int{}
	for _, l := range p.Lines {
		if !reusesNothing(l) {
			counts[l.Action]++
		}
	}
	var parts []string
	for _, of := range []struct{ action, word string }{
		{setup.PlanCreate, "makes"}, {setup.PlanChange, "changes"}, {setup.PlanRemove, "removes"}, {setup.PlanReuse, "reuses"},
	} {
		n := counts[of.action]
		switch {
		case n > 0 && len(parts) == 0:
			parts = append(parts, of.word+" "+setup.Count(n, "thing"))
		case n > 0:
			parts = append(parts, fmt.Sprintf("%s %d", of.word, n))
		}
	}
	if n := counts[setup.PlanPerson]; n > 0 {
		parts = append(parts, fmt.Sprintf("needs you for %d", n))
	}
	if len(parts) == 0 {
		return "Nothing differs: it only looks."
	}
	text := strings.Join(parts, ", ")
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// answersLine is what was answered, in a line.
func answersLine(sp setup.Spec) string {
	var parts []string
	for _, part := range []string{sp.Domain.Name, sp.Account.Region} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	parts = append(parts, setup.Count(len(sp.API.Mappings), "path"))
	if n := len(sp.NewCertificates()); n > 0 {
		parts = append(parts, setup.Count(n, "new certificate"))
	}
	switch {
	case sp.Domain.DNS == setup.DNSRoute53 && sp.Domain.ZoneName != "":
		parts = append(parts, "Route 53, "+sp.Domain.ZoneName)
	case sp.Domain.DNS == setup.DNSElsewhere:
		parts = append(parts, "DNS at another provider")
	}
	return strings.Join(parts, ", ")
}

// reusesNothing says that a step has nothing to do, and no thing of its own that would
// be reused.
func reusesNothing(l setup.PlanLine) bool {
	st, ok := steps.Find(l.StepID)
	return ok && l.Action == setup.PlanReuse && l.Problem == nil && len(st.Keys) == 0
}

// thingOf is what a line of the plan is about. The title of a step says what the step
// does, which is not what happens to a thing that exists.
func thingOf(l setup.PlanLine) string {
	st, ok := steps.Find(l.StepID)
	if !ok || st.Thing == "" || l.Action == setup.PlanCreate {
		return l.Title
	}
	return strings.ToUpper(st.Thing[:1]) + st.Thing[1:]
}

// differs is what a line of the plan changes, in words. A record that takes the place
// of another one is one line.
func differs(l setup.PlanLine) (list []string) {
	var out, in []string
	for _, ch := range l.Changes {
		switch {
		case ch.Want == "" && ch.Is != "":
			out = append(out, ch.Field+" "+ch.Is)
		case ch.Is == "":
			in = append(in, ch.Field+" "+ch.Want)
		default:
			list = append(list, ch.Field+": "+ch.Is+" becomes "+ch.Want)
		}
	}
	switch {
	case len(out) > 0 && len(in) > 0:
		list = append(list, strings.Join(out, ", ")+" → "+strings.Join(in, ", "))
	case len(out) > 0:
		list = append(list, "Taken out: "+strings.Join(out, ", "))
	case len(in) > 0:
		list = append(list, "Added: "+strings.Join(in, ", "))
	}
	for _, r := range l.Removals {
		what := " is removed: "
		if r.Stays {
			what = " stays: "
		}
		list = append(list, r.Name()+what+r.Why)
	}
	return list
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

// planWord is the icon and the word for what a job would do.
func planWord(action string) (state, word string) {
	switch action {
	case setup.PlanCreate:
		return "running", "Create"
	case setup.PlanChange:
		return "you", "Change"
	case setup.PlanReuse:
		return "done", "Reuse"
	case setup.PlanRemove:
		return "you", "Remove"
	case setup.PlanStop:
		return "failed", "In the way"
	case setup.PlanSkip:
		return "wait", "Skip"
	case setup.PlanPerson:
		return "you", "You do it"
	}
	return "wait", "Look"
}

// start makes a job of a draft. From then on the draft is a setup.
func (s *room) start(w http.ResponseWriter, r *http.Request) error {
	c, err := s.visit(r)
	if err != nil {
		return err
	}
	p, ticked := review{}, r.PostFormValue(web.ClearField) != ""
	c.clears, c.lowers = &ticked, r.PostFormValue(web.LowerField) != ""
	if err := c.renewZone(); err != nil {
		return err
	}
	known, err := (&finder{visit: c}).facts(r.Context(), setup.PageReview)
	if err != nil {
		return err
	}
	c.spec().Learn(known)
	c.errors = reviewErrors(c.spec().Check(known))
	if len(c.errors) > 0 {
		return s.showPage(w, r, http.StatusUnprocessableEntity, p, c)
	}
	if c.spec().Account.AccountID != c.stored.Account.AccountID || c.spec().Domain.AccountID != c.stored.Domain.AccountID {
		if err := c.learn(r.Context(), known); err != nil {
			return err
		}
	}
	plan, err := handlers.Stored[setup.Plan](r.Context(), s.Server, planKey(c.draft))
	if err != nil {
		return err
	}
	if why := blockedText(plan.Value); why != "" && plan.Problem == nil && !plan.DoneAt.Before(since(c.draft)) {
		c.errors = web.FieldErrors{{ID: "plan-h", Text: "Clear what is in the way in AWS, then compare again"}}
		return s.showPage(w, r, http.StatusUnprocessableEntity, p, c)
	}
	offer, err := c.clearing()
	if err != nil {
		return err
	}
	input := handlers.ClearInput(r, offer)
	input.LowerTTL = c.lowers && c.spec().Domain.Switch == setup.SwitchAtEnd
	err = s.StartJob(w, r, store.NewJob{DraftID: c.draft.ID, Version: c.draft.Version, Kind: setup.JobApply, Input: input}, c.draft.Name(), *c.spec())
	_, exists := errors.AsType[*store.SetupExistsError](err)
	if _, old := errors.AsType[*store.OldDraftError](err); old || exists {
		c.errors = web.FieldErrors{{ID: "behind-h", Text: "Look at what others have changed, then go on from there"}}
		return s.showPage(w, r, http.StatusConflict, p, c)
	}
	if errors.Is(err, store.ErrConflict) {
		return s.started(r.Context(), c.draft.ID)
	}
	return err
}

// learn stores the account numbers that were not known when the pages were
// saved.
func (c *visit) learn(ctx context.Context, known setup.Facts) error {
	_, err := c.s.Store.SaveDraft(ctx, c.draft.ID, 0, setup.PageReview, c.user.Name, func(sp *setup.Spec) { sp.Learn(known) })
	if errors.Is(err, store.ErrConflict) {
		return c.s.started(ctx, c.draft.ID)
	}
	if err != nil {
		return fmt.Errorf("save the number of the account: %w", err)
	}
	c.draft.Version++ // a save between this one and the start is still noticed
	return nil
}
