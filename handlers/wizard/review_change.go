package wizard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	"apifront/web"
	webwizard "apifront/web/wizard"
)

// changed is the setup that the draft was begun to change; nil if there is
// none.
func (c *visit) changed(ctx context.Context) (*setup.Setup, error) {
	if c.draft.SetupID == "" || c.kept.setup != nil {
		return c.kept.setup, nil
	}
	v, err := c.s.Store.Setup(ctx, c.draft.SetupID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil // the setup is gone, so the draft makes a new one
	}
	if err != nil {
		return nil, fmt.Errorf("read setup of draft %s: %w", c.draft.ID, err)
	}
	c.kept.setup = &v
	return &v, nil
}

// fresh says whether the draft makes a setup anew, and so finds nothing of its own in AWS.
func (c *visit) fresh() bool {
	v, err := c.changed(c.ctx)
	return err == nil && (v == nil || v.Spec.IsGone())
}

// unfinished is the note for a person who wanted to change the setup and was
// led to the draft that they had begun before. It is nil if the person came to
// the page in another way.
func (c *visit) unfinished(r *http.Request, page setup.PageID, of string) *webwizard.Unfinished {
	if r.URL.Query().Get("unfinished") == "" || !c.draft.CreatedBy.Same(c.user.Person()) {
		return nil
	}
	u := &webwizard.Unfinished{
		Text:   "You began this change " + c.times.Past(c.draft.CreatedAt) + " and have not started it. It is as it was left. Beginning anew keeps it among the drafts of the setup.",
		Action: handlers.SetupURL(of) + "/change", Page: string(page),
	}
	if c.draft.CameFrom != 0 {
		u.Revision = strconv.Itoa(c.draft.CameFrom)
	}
	return u
}

// reviewChange is what the draft changes in its setup; nil for a new setup.
// other is another setup of the draft's account and name.
func (c *visit) reviewChange(provider string, other setup.Fact[setup.Setup]) (*webwizard.ReviewChange, error) {
	v, err := c.changed(c.ctx)
	if err != nil {
		return nil, err
	}
	if other.Have {
		r := &webwizard.ReviewChange{Name: other.Value.Name(), SetupURL: handlers.SetupURL(other.Value.ID), Revision: other.Value.Revision}
		r.Behind, err = c.behind(other.Value, provider, true)
		r.Blocks = c.diff(other.Value.Spec, *c.spec(), provider)
		return r, err
	}
	if v == nil {
		return nil, nil
	}
	r := &webwizard.ReviewChange{Name: v.Name(), SetupURL: handlers.SetupURL(v.ID), Revision: v.Revision}
	if !c.draft.Changes(*v) {
		r.Other = "Another account or domain name is another setup: the job makes " + c.draft.Name() + ", and " + v.Name() + " stays as it is."
		return r, nil
	}
	if c.draft.BeganFrom != v.Revision {
		r.Behind, err = c.behind(*v, provider, false)
	}
	r.Blocks = c.diff(v.Spec, *c.spec(), provider)
	if err == nil {
		r.Out, err = c.out(v.Spec)
	}
	r.Items = changeItems(*r, v.Spec, *c.spec())
	return r, err
}

// changeItems are the answers that differ, one by one. A path that is taken out asks
// something, and comes last.
func changeItems(r webwizard.ReviewChange, is, want setup.Spec) (list []webwizard.ChangeItem) {
	var out []webwizard.ChangeItem
	for _, b := range r.Blocks {
		for _, row := range b.Rows {
			item := webwizard.ChangeItem{Page: b.Page, Href: b.Href, Title: row.Field, Is: row.Is, Becomes: row.Want}
			item.Bold, item.Callers = noticed(row.Field, row.Is, row.Want, is, want)
			if strings.HasPrefix(row.Field, "/") {
				item.Title = "Path " + row.Field
			}
			if i := slices.IndexFunc(r.Out, func(p webwizard.PathOut) bool { return p.Path == row.Field }); i >= 0 {
				item.Out, item.Becomes, item.Bold, item.Callers = &r.Out[i], "Not part of this setup any more", "", ""
				out = append(out, item)
				continue
			}
			list = append(list, item)
		}
	}
	return append(list, out...)
}

// tellChange says what is told of a change alone: what AWS has otherwise than the newest
// revision though no answer differs, and that there is nothing to apply.
func (c *visit) tellChange(v *webwizard.ReviewView, plan *setup.Plan, offer *setup.Clearing) error {
	if plan == nil {
		return nil
	}
	if placed, err := c.placed(v.Change.Revision); err != nil || !placed {
		return err
	}
	for i, l := range v.Lines { // with answers that differ, nobody knows which of them it comes from
		v.Lines[i].Outside = !l.Stays && l.Problem == nil && len(v.Change.Items) == 0
	}
	v.Nothing = len(v.Change.Items) == 0 && offer == nil && !slices.ContainsFunc(v.Lines, func(l webwizard.ReviewLine) bool { return !l.Stays })
	return nil
}

// placed says whether a revision of the setup is in place: nothing else may be, and its
// job has succeeded or it was adopted.
func (c *visit) placed(revision int) (bool, error) {
	may, err := c.s.Store.MayBeInPlace(c.ctx, c.draft.SetupID)
	if err != nil {
		return false, fmt.Errorf("read what may be in place: %w", err)
	}
	if len(may) != 1 || may[0].Number != revision || may[0].Why == setup.WhyAdopted {
		return len(may) == 1 && may[0].Number == revision, nil
	}
	list, err := c.s.Store.Jobs(c.ctx, store.JobFilter{SetupID: c.draft.SetupID, Kind: setup.JobApply, States: []setup.JobState{setup.JobSucceeded}, Limit: 1})
	if err != nil {
		return false, fmt.Errorf("read the last job that succeeded: %w", err)
	}
	return len(list) == 1 && list[0].Revision == revision, nil
}

// takesOut is the setup that the draft takes paths out of; nil if it does not.
func (c *visit) takesOut() (*setup.Setup, error) {
	v, err := c.changed(c.ctx)
	if err != nil || v == nil || !c.draft.Changes(*v) || len(c.spec().API.Out(v.Spec.API)) == 0 {
		return nil, err
	}
	return v, nil
}

// requests is what CloudWatch has counted of the paths that are taken out; asked is
// false if none is.
func (c *visit) requests() (a handlers.Answer[setup.Requests], asked bool, err error) {
	v, err := c.takesOut()
	if err != nil || v == nil {
		return a, false, err
	}
	a, err = handlers.Ask[setup.Requests](c.ctx, c.s.Server, requestsKey(c.draft, *v), since(c.draft))
	c.pending = c.pending || a.Pending
	return a, true, err
}

// out lists the paths that the spec maps and that the draft does not map any more.
func (c *visit) out(is setup.Spec) ([]webwizard.PathOut, error) {
	want := c.spec().API
	counted, asked, err := c.requests()
	if err != nil || !asked {
		return nil, err
	}
	var list []webwizard.PathOut
	for _, m := range want.Out(is.API) {
		p := webwizard.PathOut{
			Path: m.DisplayPath(), Value: m.Path, Left: slices.Contains(want.Left, m.Path), Then: then(want, m.Path),
			Action: handlers.DraftURL(c.draft.ID) + "/leave",
		}
		p.Requests, p.Note = c.requestsText(counted, m, is)
		list = append(list, p)
	}
	return list, nil
}

// requestsText says how much reached what the mapping of a path leads to, and what that
// number is about. Note is "" where there is no number.
func (c *visit) requestsText(a handlers.Answer[setup.Requests], m setup.Mapping, is setup.Spec) (text, note string) {
	const unknown = "Requests of the last 24 hours: not known. "
	i := slices.IndexFunc(a.Value.Paths, func(p setup.StageCount) bool { return p.Path == m.Path && p.Stage == m.Stage })
	switch {
	case i >= 0:
	case a.Pending:
		return "Requests of the last 24 hours: CloudWatch is being asked.", ""
	case a.Problem != nil:
		return unknown + a.Problem.What, ""
	case a.Value.Unknown != "":
		return unknown + a.Value.Unknown, ""
	default:
		return unknown + "CloudWatch was not asked about this path.", ""
	}
	p := a.Value.Paths[i]
	if p.Gone {
		return p.Words(""), ""
	}
	text = p.Words("in the 24 hours until " + c.times.Minute(a.Value.Until).Text)
	switch {
	case p.None() && is.MayKeep():
		return text, "Counted by any name and path, without what CloudFront answered from what it keeps."
	case p.None():
		return text, "Counted by any name and path."
	}
	note = "Counted by any name and path: CloudWatch does not count " + m.DisplayPath() + " alone, and tests by apifront are among them."
	if is.MayKeep() {
		note += " What CloudFront answered from what it keeps is not."
	}
	return text, note
}

// then says which mapping answers for a path that is not mapped any more; "" if
// none does.
func then(a setup.API, path string) string {
	above, ok := a.Above(path)
	if !ok {
		return ""
	}
	for _, m := range a.Mappings {
		if m.Path == above {
			return m.DisplayPath() + ", which is " + m.APIName + ", stage " + m.Stage
		}
	}
	return setup.Mapping{Path: above}.DisplayPath() + ", which stays mapped"
}

// leave stores whether the mapping of a removed path stays in AWS.
func (s *room) leave(w http.ResponseWriter, r *http.Request) error {
	c, err := s.visit(r)
	if err != nil {
		return err
	}
	path, stays := r.PostFormValue("path"), r.PostFormValue("leave") == "yes"
	v, err := c.changed(r.Context())
	if err != nil {
		return err
	}
	if v == nil || !slices.ContainsFunc(c.spec().API.Out(v.Spec.API), func(m setup.Mapping) bool { return m.Path == path }) {
		return handlers.NotFound("No such path is taken out")
	}
	_, err = s.Store.SaveDraft(r.Context(), c.draft.ID, 0, setup.PageReview, c.user.Name, func(sp *setup.Spec) {
		sp.API.Left = slices.DeleteFunc(sp.API.Left, func(p string) bool { return p == path })
		if stays {
			sp.API.Left = append(sp.API.Left, path)
		}
	})
	if errors.Is(err, store.ErrConflict) {
		return s.started(r.Context(), c.draft.ID)
	}
	if err != nil {
		return fmt.Errorf("save draft: %w", err)
	}
	return handlers.SeeOther(w, r, handlers.DraftPageURL(c.draft.ID, setup.PageReview))
}

// behind is what other people have changed in the setup since the draft was
// begun.
func (c *visit) behind(v setup.Setup, provider string, isNew bool) (*webwizard.BehindView, error) {
	b := &webwizard.BehindView{
		BeganFrom: c.draft.BeganFrom, Newest: v.Revision, By: v.UpdatedBy.Name, Ago: c.times.Past(v.UpdatedAt),
		Action: handlers.DraftURL(c.draft.ID) + "/rebase", Setup: v.ID, New: isNew,
	}
	if isNew {
		return b, nil
	}
	was, err := c.s.Store.Revision(c.ctx, v.ID, c.draft.BeganFrom)
	if err != nil {
		return nil, fmt.Errorf("read the revision that draft %s began from: %w", c.draft.ID, err)
	}
	b.Blocks = c.diff(was.Spec, v.Spec, provider)
	return b, nil
}

// connectionName is the name of a connection by its ID.
func (c *visit) connectionName(id string) string { return c.s.ConnectionName(c.ctx, id) }

// diff lists the answers that differ between two specs, in the words of the
// review.
func (c *visit) diff(is, want setup.Spec, provider string) []webwizard.DiffBlock {
	return diffBlocks(
		answerBlocks(c.connectionName, setup.Draft{ID: c.draft.ID, Spec: is}, provider, false, standing{}),
		answerBlocks(c.connectionName, setup.Draft{ID: c.draft.ID, Spec: want}, provider, leavesRoute53(is, want), standing{}),
	)
}

// leavesRoute53 says whether DNS is elsewhere by the one spec, and in Route 53 by
// the one before it.
func leavesRoute53(is, want setup.Spec) bool {
	return is.Domain.DNS == setup.DNSRoute53 && want.Domain.DNS == setup.DNSElsewhere && is.Domain.Switch == setup.SwitchAtEnd
}

// leavesRoute53 says whether the draft takes DNS of its setup away from Route 53.
func (c *visit) leavesRoute53() (bool, error) {
	v, err := c.changed(c.ctx)
	return v != nil && c.draft.Changes(*v) && leavesRoute53(v.Spec, *c.spec()), err
}

// diffBlocks compares answers by their names. If one side does not have an
// answer, it counts as empty.
func diffBlocks(is, want []webwizard.AnswerBlock) []webwizard.DiffBlock {
	var list []webwizard.DiffBlock
	for i, b := range want {
		d := webwizard.DiffBlock{Page: b.Page, Title: b.Title, Href: b.Href}
		var keys []string
		was, becomes := map[string]string{}, map[string]string{}
		add := func(pairs []web.Pair, to map[string]string) {
			for _, p := range pairs {
				if _, seen := was[p.Key]; !seen {
					if _, seen := becomes[p.Key]; !seen {
						keys = append(keys, p.Key)
					}
				}
				to[p.Key] = answerText(p)
			}
		}
		add(is[i].Pairs, was)
		add(b.Pairs, becomes)
		for _, key := range keys {
			if was[key] != becomes[key] {
				d.Rows = append(d.Rows, webwizard.ChangeView{Field: key, Is: orNothing(was[key]), Want: orNothing(becomes[key])})
			}
		}
		if len(d.Rows) > 0 {
			list = append(list, d)
		}
	}
	return list
}

// answerText is an answer together with what the page shows after it.
func answerText(p web.Pair) string {
	if p.Note == "" {
		return p.Value
	}
	return p.Value + " (" + p.Note + ")"
}

// rebase lets a draft begin from the newest revision of its setup. The draft
// keeps its own answers. Then the review is shown again.
func (s *room) rebase(w http.ResponseWriter, r *http.Request) error {
	d, err := s.DraftOf(r)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PostFormValue("revision"))
	if err != nil {
		return handlers.NotFound("There is no such revision")
	}
	user, _ := handlers.User(r.Context())
	err = s.Store.RebaseDraft(r.Context(), d.ID, r.PostFormValue("setup"), n, user.Name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return handlers.NotFound("There is no such setup")
	case errors.Is(err, store.ErrConflict):
		// The setup was changed once more, or the draft was started. The review
		// says which.
	case err != nil:
		return fmt.Errorf("bring draft up to date: %w", err)
	}
	return handlers.SeeOther(w, r, handlers.DraftPageURL(d.ID, setup.PageReview))
}
