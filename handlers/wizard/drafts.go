package wizard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	"apifront/web"
	webwizard "apifront/web/wizard"
)

// A page is one page of the wizard. read reads the form into the page's own
// part of the draft, as far as it can; check says what is missing or wrong;
// show renders the page.
type page interface {
	id() setup.PageID
	words() (title, intro, next string)
	read(c *visit) error
	check(c *visit) (web.FieldErrors, error)
	show(c *visit, w webwizard.View) (func(web.Frame) templ.Component, error)
	refresh(c *visit) error
}

// A visit is one request to a wizard page.
type visit struct {
	ctx     context.Context
	s       *room
	times   web.Times
	user    store.User
	draft   setup.Draft // with the typed answers
	stored  setup.Spec  // as it is in the store
	form    url.Values  // the typed form; nil if there is none
	errors  web.FieldErrors
	problem *setup.Problem // why the typed answers are not saved; nil if they are
	pending bool           // a look that this page shows has not been answered yet
	kept    kept           // what this request has read already
	// typedUsage is what was typed into the two fields of the cost note; nil: nothing.
	typedUsage []string
	lowers     bool  // the person wants the TTL of the old record lowered first
	clears     *bool // whether the person wants kept answers cleared; nil: not said
}

// A kept holds what one request reads only once.
type kept struct {
	setup       *setup.Setup // the setup that the draft was begun to change
	connections *setup.Fact[[]setup.Connection]
	other       *setup.Fact[setup.Setup]
	otherOf     string       // account number that other is for
	all         *setup.Facts // about all answers; nil: not read
	had         *had         // what the setup that is changed has; nil: not read
	own         *setup.OwnEdge
}

// A had is what jobs of a setup have stored of its resources.
type had struct {
	resources setup.Resources
	former    setup.Former
}

// spec is the draft's spec with the typed answers.
func (c *visit) spec() *setup.Spec { return &c.draft.Spec }

func pageOf(id setup.PageID) (page, bool) {
	switch id {
	case setup.PageAccount:
		return account{}, true
	case setup.PageAPI:
		return api{}, true
	case setup.PageDomain:
		return domain{}, true
	case setup.PageCertificates:
		return certificates{}, true
	case setup.PageEdge:
		return edge{}, true
	case setup.PageReview:
		return review{}, true
	}
	return nil, false
}

// neighbour is the page that many places further; false if the wizard has none
// there.
func neighbour(id setup.PageID, by int) (setup.PageID, bool) {
	pages := setup.Pages()
	i := id.Number() - 1 + by
	if i < 0 || i >= len(pages) {
		return "", false
	}
	return pages[i].ID, true
}

// copyPart copies the answers of one page, so that saving a page never
// touches another one's.
func copyPart(id setup.PageID, to, from *setup.Spec) {
	switch id {
	case setup.PageAccount:
		if moved(to.Account, from.Account) {
			// APIs and Regional certificates belong to one account and region.
			for i := range to.API.Mappings {
				to.API.Mappings[i].APIID, to.API.Mappings[i].Stage, to.API.Mappings[i].APIName = "", "", ""
			}
			to.Certificates = setup.Certificates{}
			to.Domain.ZoneID, to.Domain.ZoneName = "", ""
		}
		to.Account = from.Account
	case setup.PageAPI:
		to.API = from.API
	case setup.PageDomain:
		if to.Domain.Name != from.Domain.Name {
			to.Certificates = setup.Certificates{}
		}
		to.Domain = from.Domain
	case setup.PageCertificates:
		to.Certificates = from.Certificates
	case setup.PageEdge:
		to.Edge = from.Edge
	case setup.PageReview:
	}
}

// moved says whether the answers lead to another account or region than before.
// If the account number was not known before, that is no move.
func moved(before, now setup.Account) bool {
	return before.Connection != now.Connection || before.Region != now.Region ||
		before.AccountID != "" && now.AccountID != "" && before.AccountID != now.AccountID
}

// started is the error for a draft that has been started. Its page links to the
// job.
func (s *room) started(ctx context.Context, id string) error {
	d, err := s.Store.Draft(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return handlers.NotFound("There is no such draft")
	case err != nil:
		return fmt.Errorf("read draft: %w", err)
	case d.Job == 0: // somebody saved it meanwhile
		return handlers.Conflict("This draft was changed meanwhile", d.UpdatedBy.Name+" has saved it since this page was made. Look at the answers and start again.",
			handlers.DraftPageURL(d.ID, setup.PageReview), "Open the review")
	}
	return handlers.HasStarted(handlers.JobURL(d.Job), fmt.Sprintf("Open job %d", d.Job))
}

func (s *room) visit(r *http.Request) (*visit, error) {
	d, err := s.DraftOf(r)
	if err != nil {
		return nil, err
	}
	u, _ := handlers.User(r.Context())
	return &visit{ctx: r.Context(), s: s, times: s.Times(r), user: u, draft: d, stored: d.Spec}, nil
}

// create makes a draft of a new setup and opens its first page.
func (s *room) create(w http.ResponseWriter, r *http.Request) error {
	u, _ := handlers.User(r.Context())
	spec := setup.DefaultSpec()
	if a, err := setup.CleanAsked(r.PostFormValue("name")); err == nil { // of a page that knows which name it is about
		spec.Domain.Name = a.Name
	}
	if region := r.PostFormValue("region"); setup.IsRegion(region) { // likewise
		spec.Account.Region = region
	}
	d, err := s.Store.CreateDraft(r.Context(), u.Name, spec)
	if err != nil {
		return fmt.Errorf("create draft: %w", err)
	}
	return handlers.SeeOther(w, r, handlers.DraftPageURL(d.ID, setup.PageAccount))
}

// resume redirects to the page that the draft was last on.
func (s *room) resume(w http.ResponseWriter, r *http.Request) error {
	d, err := s.DraftOf(r)
	if err != nil {
		return err
	}
	page := d.Page
	if page.Number() == 0 {
		page = setup.PageAccount
	}
	return handlers.SeeOther(w, r, handlers.DraftPageURL(d.ID, page))
}

func (s *room) show(w http.ResponseWriter, r *http.Request) error {
	p, ok := pageOf(setup.PageID(chi.URLParam(r, "page")))
	if !ok {
		return handlers.NotFound("The wizard has no such page")
	}
	c, err := s.visit(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Get("check") != "" {
		if c.errors, err = p.check(c); err != nil {
			return err
		}
	}
	return s.showPage(w, r, http.StatusOK, p, c)
}

// showPage renders a page of the wizard with the typed answers and the errors.
func (s *room) showPage(w http.ResponseWriter, r *http.Request, status int, p page, c *visit) error {
	title, intro, next := p.words()
	saved := c.times.Minute(c.draft.UpdatedAt)
	v := webwizard.View{
		ID: c.draft.ID, Page: p.id(), Title: title, Intro: intro, Next: next,
		Saved: saved.Text, SavedStamp: saved.ISO, Version: c.draft.Version,
		Return: r.URL.Query().Get("return") == "review" && p.id() != setup.PageReview,
		Errors: c.errors, Plan: panel(c.draft, p.id()),
	}
	if v.Return {
		v.Next = "Save and return to the review"
	}
	if c.problem != nil {
		problem := web.ShowProblem(c.problem)
		v.Problem = &problem
	}
	v.Steps = pageSteps(c.draft, p.id(), c.stored.Unanswered())
	if changed, err := c.changed(r.Context()); err != nil {
		return err
	} else if changed != nil {
		v.Change, v.ChangeURL = changed.Name(), handlers.SetupURL(changed.ID)
		if p.id() == setup.PageReview && c.draft.Changes(*changed) {
			title = changeTitle
			v.Title = title
		}
		v.Unfinished = c.unfinished(r, p.id(), changed.ID)
	}
	q := r.URL.Query()
	if other := s.Unseal(r, "other", c.draft.ID); other != "" && c.draft.UpdatedBy.Name != "" {
		v.Other = other + " saved this draft while you edited it. Your answers on the page before were saved after theirs, so yours count."
	}
	if q.Get("window") != "" {
		v.Other = "This draft was saved in another window while this page was open. Your answers on the page before were saved after that, so they count."
	}
	if c.draft.UpdatedBy.Name != "" && !c.draft.UpdatedBy.Same(c.user.Person()) && v.Other == "" {
		v.Other = c.draft.UpdatedBy.Name + " saved this draft at " + saved.Text + ". You see those answers."
	}
	if typed := s.Unseal(r, "typed", c.draft.ID); typed != "" {
		if clean, err := setup.CleanServed(typed); err == nil && clean.Name == c.draft.Spec.Domain.Name && len(clean.Notes) > 0 {
			v.Notes = append(v.Notes, "The domain name is "+clean.Name+". "+joinNotes(clean.Notes))
		}
	}
	if q.Get("newer") != "" && p.id() == setup.PageReview {
		v.Notes = append(v.Notes, "This draft was saved in another window after you had opened the page, so nothing was started. Here is what it says now; look at it, then press again.")
	}
	if q.Get("compare") != "" && p.id() == setup.PageReview {
		v.Notes = append(v.Notes, "AWS was still being compared with your answers when you pressed the button, so nothing was started. What it finds appears here by itself; then press again.")
	}
	if q.Get("wait") != "" {
		what, err := awaits(r.Context(), p, c)
		if err != nil {
			return err
		}
		if what != "" {
			v.Notes = append(v.Notes, "The "+what+" was still on its way from AWS when you pressed Next. It appears here by itself; then press Next again. What you typed is saved.")
		}
	}
	if p.id() == setup.PageCertificates && v.Return && !c.draft.Spec.Certificates.Answered {
		v.Notes = append(v.Notes, "The domain name or the region has changed, so the certificates chosen before no longer fit. Choose again here.")
	}
	if q.Get("copied") != "" && c.draft.Spec.Domain.Name == "" {
		v.Notes = append(v.Notes, "These are the answers of the other setup, as a draft of a new one. Enter the name of the new one; the account, the API and its stage can be changed too. Certificates are chosen anew, to cover the new name.")
	}
	if q.Get("moved") != "" {
		v.Notes = append(v.Notes, "You changed the account or the region, so the APIs and certificates chosen before no longer fit. Choose again here; the paths are kept.")
	}
	prefix := ""
	if len(c.errors) > 0 || c.problem != nil {
		prefix = "Error: "
	}
	f := s.Frame(r, prefix+title+", page "+strconv.Itoa(p.id().Number())+" of "+strconv.Itoa(len(setup.Pages())), "setups")
	f.Skips = v.Skips()
	page, err := p.show(c, v)
	if err != nil {
		return err
	}
	if c.kept.all != nil { // the page knows more than the answers themselves tell
		for i, st := range pageSteps(c.draft, p.id(), c.spec().Check(*c.kept.all).Stopped()) {
			st.Changed = v.Steps[i].Changed
			v.Steps[i] = st
		}
	}
	if c.pending && c.form == nil && r.Method == http.MethodGet { // a reload must not remove refused input
		f.Refresh = 2
		if p.id() == setup.PageDomain && c.draft.Spec.Domain.Name == "" {
			f.Refresh = 10 // leaves time to type the name
		}
	}
	return s.Render(w, r, status, page(f))
}

// pageSteps is the list of pages. A page on which an answer is missing is not done.
func pageSteps(d setup.Draft, now setup.PageID, missing map[setup.PageID]bool) []webwizard.Step {
	reached := max(d.Page.Number(), now.Number())
	var steps []webwizard.Step
	for i, p := range setup.Pages() {
		st := webwizard.Step{Number: i + 1, Title: p.Title, Href: handlers.DraftPageURL(d.ID, p.ID), State: "later"}
		switch {
		case p.ID == now:
			st.State = "now"
		case i+1 >= reached && !answered(d.Spec, p.ID):
		case missing[p.ID]:
			st.State = "open"
		default:
			st.State = "done"
		}
		steps = append(steps, st)
	}
	return steps
}

// answered says whether a person has answered a page. It is false for pages
// that need no answer.
func answered(s setup.Spec, id setup.PageID) bool {
	switch id {
	case setup.PageAccount:
		return s.Account.Region != ""
	case setup.PageAPI:
		return len(s.API.Mappings) > 0 && s.API.Mappings[0].APIID != ""
	case setup.PageDomain:
		return s.Domain.Name != ""
	case setup.PageCertificates:
		return s.Certificates.Answered
	case setup.PageEdge, setup.PageReview:
	}
	return false
}

func (s *room) deletePage(w http.ResponseWriter, r *http.Request) error {
	d, err := s.DraftOf(r)
	if err != nil {
		return err
	}
	v := webwizard.DeleteView{ID: d.ID, Name: d.Name(), Back: "/", Sub: "Last saved " + s.Times(r).Past(d.UpdatedAt) + " by " + d.UpdatedBy.Name + "."}
	if d.SetupID != "" {
		v.Change, v.Back = true, handlers.SetupURL(d.SetupID)
	}
	return s.Render(w, r, http.StatusOK, webwizard.DeleteDraft(s.Frame(r, "Delete draft", "setups"), v))
}

func (s *room) remove(w http.ResponseWriter, r *http.Request) error {
	d, err := s.DraftOf(r)
	if err != nil {
		return err
	}
	if err := s.Store.DeleteDraft(r.Context(), d.ID); errors.Is(err, store.ErrConflict) {
		return s.started(r.Context(), d.ID)
	} else if err != nil {
		return fmt.Errorf("delete draft: %w", err)
	}
	if d.SetupID != "" {
		return handlers.SeeOther(w, r, handlers.SetupURL(d.SetupID))
	}
	return handlers.SeeOther(w, r, "/")
}

// since is the time after which AWS must have answered for the answer to fit
// the saved draft.
func since(d setup.Draft) time.Time { return d.UpdatedAt }
