package jobs

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"

	"apifront/export"
	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
	"apifront/web"
	webjobs "apifront/web/jobs"
)

// call shows one call with its line of the AWS CLI.
func (s *room) call(w http.ResponseWriter, r *http.Request) error {
	j, err := s.job(r)
	if err != nil {
		return err
	}
	text := chi.URLParam(r, "id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return handlers.NotFound(fmt.Sprintf("Job %d has no call %s", j.ID, setup.Clip(text, 20)))
	}
	c, err := s.Store.Call(r.Context(), j.ID, id)
	if errors.Is(err, store.ErrNotFound) {
		return handlers.NotFound(fmt.Sprintf("Job %d has no call %d", j.ID, id))
	}
	if err != nil {
		return fmt.Errorf("read call %d of job %d: %w", id, j.ID, err)
	}
	list, err := s.Store.Steps(r.Context(), j.ID)
	if err != nil {
		return fmt.Errorf("read steps of job %d: %w", j.ID, err)
	}
	var step setup.Step
	if i := slices.IndexFunc(list, func(st setup.Step) bool { return st.ID == c.StepID }); i >= 0 {
		step = list[i]
	}
	e := webjobs.Exported{Line: export.Line(c), Input: export.Pretty(c), Secrets: export.Secrets(c)}
	if err := s.thing(r, j, c, &e); err != nil {
		return err
	}
	v := webjobs.NewCallView(s.Times(r), j, step, c, e)
	return s.Render(w, r, http.StatusOK, webjobs.CallPage(s.Frame(r, fmt.Sprintf("%s: Job %d", v.Title, j.ID), "jobs"), v))
}

// thing finds what of the setup the call was about, for its arrow into AWS's console.
func (s *room) thing(r *http.Request, j setup.Job, c setup.Call, e *webjobs.Exported) error {
	if len(c.Input) == 0 {
		return nil
	}
	since, err := s.Store.Since(r.Context(), j)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("read setup of job %d: %w", j.ID, err)
	}
	resources, err := s.Store.Resources(r.Context(), j.SetupID)
	if err != nil {
		return fmt.Errorf("read resources of job %d: %w", j.ID, err)
	}
	for _, key := range sortedKeys(resources) {
		link := web.ConsoleOf(since.Setup.Spec, resources[key])
		if id := resources[key].ID; link.URL != "" && (export.Names(c, id) || export.Names(c, resources[key].ARN)) {
			e.About, e.Console = id, link.Demo(s.Demo != nil)
			return nil
		}
	}
	return nil
}

// script makes the script of a job.
func (s *room) script(r *http.Request, j setup.Job) (script export.Script, facts webjobs.ScriptFacts, err error) {
	ctx := r.Context()
	calls, err := s.Store.CallsAsked(ctx, j.ID)
	if err != nil {
		return script, facts, fmt.Errorf("read calls of job %d: %w", j.ID, err)
	}
	all, err := s.Store.Calls(ctx, j.ID, "", logCalls, 0)
	if err != nil {
		return script, facts, fmt.Errorf("read calls of job %d: %w", j.ID, err)
	}
	about := export.About{Job: j, Account: j.AccountID, Made: s.Store.Now()}
	if about.Steps, err = s.Store.Steps(ctx, j.ID); err != nil {
		return script, facts, fmt.Errorf("read steps of job %d: %w", j.ID, err)
	}
	since, err := s.Store.Since(ctx, j)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return script, facts, fmt.Errorf("read setup of job %d: %w", j.ID, err)
	}
	if zone := since.Setup.Spec.DNSAccount().AccountID; zone != j.AccountID {
		about.DNS = zone
	}
	spec := since.Setup.Spec
	about.Hand = spec.Domain.DNS == setup.DNSElsewhere || spec.Gone != nil && spec.Gone.Name == setup.GoneMoved
	have, former, err := s.Store.AllResources(ctx, j.SetupID)
	if err != nil {
		return script, facts, fmt.Errorf("read resources of job %d: %w", j.ID, err)
	}
	about.Things = export.Things(j, since.Setup.Spec, have, former)
	script = export.NewScript(calls, about)
	facts = webjobs.ScriptFacts{Text: script.Text, Writes: script.Writes, Reads: script.Reads, Left: script.Left, Person: script.Person, DNS: about.DNS}
	for _, secret := range script.Secrets {
		facts.Secrets = append(facts.Secrets, secret.Env)
	}
	for _, g := range script.Given {
		facts.Given = append(facts.Given, g.Name)
	}
	for _, c := range all {
		if c.Write && c.Command == "" && c.Code == "" {
			facts.Lost++
		}
	}
	return script, facts, nil
}

// scriptPage shows a job as a script of the AWS CLI.
func (s *room) scriptPage(w http.ResponseWriter, r *http.Request) error {
	j, err := s.job(r)
	if err != nil {
		return err
	}
	_, facts, err := s.script(r, j)
	if err != nil {
		return err
	}
	return s.Render(w, r, http.StatusOK, webjobs.ScriptPage(s.Frame(r, fmt.Sprintf("As AWS CLI: Job %d", j.ID), "jobs"), webjobs.NewScriptView(j, facts)))
}

// scriptFile answers the script as a download.
func (s *room) scriptFile(w http.ResponseWriter, r *http.Request) error {
	j, err := s.job(r)
	if err != nil {
		return err
	}
	script, _, err := s.script(r, j)
	if err != nil {
		return err
	}
	if script.Text == "" {
		return handlers.NotFound(fmt.Sprintf("There is no script of job %d", j.ID))
	}
	name := webjobs.ScriptFile(j.ID)
	s.AuditExport(r, fmt.Sprintf("script of job %d", j.ID), name)
	w.Header().Set("Content-Type", "text/x-shellscript; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	// An error means that the client is gone, so there is nobody to tell.
	_, _ = w.Write([]byte(script.Text))
	return nil
}
