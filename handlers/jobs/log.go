package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"apifront/handlers"
	"apifront/setup"
	"apifront/store"
)

// A logFile is the download of a job. Its names are stable.
type logFile struct {
	Job      int64                  `json:"job"`
	Kind     setup.JobKind          `json:"kind"`
	State    setup.JobState         `json:"state"`
	Revision int                    `json:"revision"`
	Newest   int                    `json:"newest_revision,omitempty"` // of the setup, when the file was made
	Setup    string                 `json:"setup"`
	Domain   string                 `json:"domain"`
	Account  string                 `json:"account,omitempty"`
	Region   string                 `json:"region,omitempty"`
	Paths    []string               `json:"paths,omitempty"`
	By       string                 `json:"by"`
	Created  time.Time              `json:"created"`
	Started  *time.Time             `json:"started,omitempty"`
	Finished *time.Time             `json:"finished,omitempty"`
	Steps    []logStep              `json:"steps"`
	Now      []logResource          `json:"resources"` // of the setup, when the file was made
	At       time.Time              `json:"resources_at"`
	Since    int64                  `json:"resources_since_job,omitempty"` // the newest job that has made or changed things since; none: what Now says is of this job
	Events   []logEvent             `json:"events"`
	Truncate map[setup.StepID]int64 `json:"earlier_calls_left_out,omitempty"`
	Inputs   int                    `json:"cli_inputs_left_out,omitempty"`
}

type logStep struct {
	ID       setup.StepID    `json:"id"`
	Number   int             `json:"number"`
	Title    string          `json:"title"`
	Service  string          `json:"service"`
	State    setup.StepState `json:"state"`
	Needs    []setup.StepID  `json:"needs,omitempty"`
	Summary  string          `json:"summary,omitempty"`
	Problem  *setup.Problem  `json:"problem,omitempty"`
	Records  []setup.Record  `json:"records,omitempty"`
	Started  *time.Time      `json:"started,omitempty"`
	Finished *time.Time      `json:"finished,omitempty"`
	Attempts []logAttempt    `json:"attempts"`
}

type logAttempt struct {
	Number   int             `json:"number"`
	By       string          `json:"by"`
	State    setup.StepState `json:"state"`
	Problem  *setup.Problem  `json:"problem,omitempty"`
	Changes  []setup.Change  `json:"changes,omitempty"`
	Removals []setup.Removal `json:"removals,omitempty"`
	Started  *time.Time      `json:"started,omitempty"`
	Finished *time.Time      `json:"finished,omitempty"`
	Calls    []logCall       `json:"calls"`
}

type logCall struct {
	Service   string    `json:"service"`
	Operation string    `json:"operation"`
	Region    string    `json:"region,omitempty"`
	Status    int       `json:"status,omitempty"`
	Code      string    `json:"code,omitempty"`
	Message   string    `json:"message,omitempty"`
	RequestID string    `json:"request_id,omitempty"`
	Write     bool      `json:"write,omitempty"`
	Started   time.Time `json:"started"`
	TookMS    int64     `json:"took_ms"`

	logAsked
}

// logAsked is what an AWS call asked for, without secrets.
type logAsked struct {
	Command string            `json:"cli_command,omitempty"`
	Input   json.RawMessage   `json:"cli_input,omitempty"`
	Answer  map[string]string `json:"answer,omitempty"`
}

type logResource struct {
	Key    string `json:"key"`
	Type   string `json:"type"`
	ID     string `json:"id"`
	ARN    string `json:"arn,omitempty"`
	Region string `json:"region,omitempty"`
	Owned  bool   `json:"made_by_apifront"`
	State  string `json:"state,omitempty"`
}

type logEvent struct {
	Seq  int64        `json:"seq"`
	At   time.Time    `json:"at"`
	Kind string       `json:"kind"`
	Step setup.StepID `json:"step,omitempty"`
	Text string       `json:"text"`
}

// Limits of a download. It says how many lines it leaves out.
const (
	logCalls  = 10_000 // of one step
	logEvents = 50_000
	logInputs = 4 << 20 // octets of inputs; a job of some hundred calls has about a hundred thousand
)

// log answers a download of all that is stored about a job, or about one step
// of it with ?step, in JSON.
func (s *room) log(w http.ResponseWriter, r *http.Request) error {
	return s.download(w, r, "json", "application/json", func(file *logFile) ([]byte, error) {
		body, err := json.MarshalIndent(file, "", "  ")
		return append(body, '\n'), err
	})
}

// logText is log as plain text.
func (s *room) logText(w http.ResponseWriter, r *http.Request) error {
	return s.download(w, r, "txt", "text/plain; charset=utf-8", func(file *logFile) ([]byte, error) { return []byte(file.text()), nil })
}

func (s *room) download(w http.ResponseWriter, r *http.Request, end, kind string, write func(*logFile) ([]byte, error)) error {
	j, err := s.job(r)
	if err != nil {
		return err
	}
	step := r.URL.Query().Get("step")
	file, err := s.logFile(r.Context(), j, setup.StepID(step))
	if err != nil {
		return err
	}
	if step != "" && len(file.Steps) == 0 {
		return handlers.NotFound(fmt.Sprintf("Job %d has no step %s", j.ID, setup.Clip(step, 40)))
	}
	name := fmt.Sprintf("apifront-job-%d.%s", j.ID, end)
	if step != "" {
		name = fmt.Sprintf("apifront-job-%d-%s.%s", j.ID, file.Steps[0].ID, end)
	}
	body, err := write(file)
	if err != nil {
		return fmt.Errorf("write log of job %d: %w", j.ID, err)
	}
	s.AuditExport(r, "log of job "+strconv.FormatInt(j.ID, 10), name)
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	// An error means that the client is gone, so there is nobody to tell.
	_, _ = w.Write(body)
	return nil
}

func (s *room) logFile(ctx context.Context, j setup.Job, only setup.StepID) (*logFile, error) {
	file := &logFile{
		Job: j.ID, Kind: j.Kind, State: j.State, Revision: j.Revision, Setup: j.SetupID, Domain: j.SetupName, Account: j.AccountID, Region: j.Region,
		Paths: j.Input.Paths, By: j.CreatedBy.Name, Created: j.CreatedAt.UTC(), Started: logTime(j.StartedAt), Finished: logTime(j.FinishedAt),
		Steps: []logStep{}, Now: []logResource{}, Events: []logEvent{},
	}
	list, err := s.Store.Steps(ctx, j.ID)
	if err != nil {
		return nil, fmt.Errorf("read steps of job %d: %w", j.ID, err)
	}
	attempts, err := s.Store.Attempts(ctx, j.ID)
	if err != nil {
		return nil, fmt.Errorf("read attempts of job %d: %w", j.ID, err)
	}
	counts, err := s.Store.CountCalls(ctx, j.ID)
	if err != nil {
		return nil, fmt.Errorf("count calls of job %d: %w", j.ID, err)
	}
	asked, left, err := s.asked(ctx, j.ID, only)
	if err != nil {
		return nil, err
	}
	file.Inputs = left
	for _, st := range list {
		if only != "" && st.ID != only {
			continue
		}
		calls, err := s.Store.Calls(ctx, j.ID, st.ID, logCalls, 0)
		if err != nil {
			return nil, fmt.Errorf("read calls of job %d, step %s: %w", j.ID, st.ID, err)
		}
		if left := counts[st.ID] - len(calls); left > 0 {
			if file.Truncate == nil {
				file.Truncate = map[setup.StepID]int64{}
			}
			file.Truncate[st.ID] = int64(left)
		}
		file.Steps = append(file.Steps, newLogStep(st, attempts, calls, asked))
	}
	since, err := s.Store.Since(ctx, j)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("read setup of job %d: %w", j.ID, err)
	}
	file.Newest, file.At = since.Setup.Revision, s.Store.Now().UTC()
	if since.LastApply > j.ID {
		file.Since = since.LastApply
	}
	resources, err := s.Store.Resources(ctx, j.SetupID)
	if err != nil {
		return nil, fmt.Errorf("read resources of job %d: %w", j.ID, err)
	}
	for _, key := range sortedKeys(resources) {
		res := resources[key]
		if res.ID != "" {
			file.Now = append(file.Now, logResource{res.Key, res.Type, res.ID, res.ARN, res.Region, res.Owned, res.State})
		}
	}
	events, err := s.Store.Events(ctx, j.ID, 0, logEvents)
	if err != nil {
		return nil, fmt.Errorf("read events of job %d: %w", j.ID, err)
	}
	for _, e := range events {
		if only == "" || e.StepID == only {
			file.Events = append(file.Events, logEvent{e.Seq, e.At.UTC(), e.Kind, e.StepID, e.Text})
		}
	}
	return file, nil
}

// asked is what the calls of a job asked for (only; "": of all steps), by the ID of the
// call, and how many there was no room for.
func (s *room) asked(ctx context.Context, job int64, only setup.StepID) (map[int64]logAsked, int, error) {
	calls, err := s.Store.CallsAsked(ctx, job)
	if err != nil {
		return nil, 0, fmt.Errorf("read log of job %d: %w", job, err)
	}
	asked, size, left := map[int64]logAsked{}, 0, 0
	for _, c := range calls {
		if only != "" && c.StepID != only {
			continue
		}
		if size += len(c.Input); size > logInputs {
			left++
			continue
		}
		asked[c.ID] = logAsked{c.Command, c.Input, c.Answer}
	}
	return asked, left, nil
}

func newLogStep(st setup.Step, attempts []setup.Attempt, calls []setup.Call, asked map[int64]logAsked) logStep {
	out := logStep{
		ID: st.ID, Number: st.Number, Title: st.Title, Service: st.Service, State: st.State, Needs: st.Needs, Summary: st.Summary,
		Problem: st.Problem, Records: st.Records, Started: logTime(st.StartedAt), Finished: logTime(st.FinishedAt), Attempts: []logAttempt{},
	}
	for _, a := range attempts {
		if a.StepID != st.ID {
			continue
		}
		la := logAttempt{Number: a.Number, By: a.By.Name, State: a.State, Problem: a.Problem, Changes: a.Changes, Removals: a.Removals, Started: logTime(a.StartedAt), Finished: logTime(a.FinishedAt), Calls: []logCall{}}
		for _, c := range calls {
			if c.Attempt == a.Number {
				la.Calls = append(la.Calls, logCall{c.Service, c.Operation, c.Region, c.Status, c.Code, c.Message, c.RequestID, c.Write, c.StartedAt.UTC(), c.Took.Milliseconds(), asked[c.ID]})
			}
		}
		out.Attempts = append(out.Attempts, la)
	}
	return out
}

func logTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
