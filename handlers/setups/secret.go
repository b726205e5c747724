package setups

import (
	"fmt"
	"maps"
	"net/http"
	"time"

	"apifront/handlers"
	"apifront/seal"
	"apifront/setup"
	"apifront/store"
	websetups "apifront/web/setups"
)

// secretPage says how the secret header of a setup's origin stands, and what makes an
// API want it. No value is on it.
func (s *room) secretPage(w http.ResponseWriter, r *http.Request) error {
	st, err := s.SetupOf(r)
	if err != nil {
		return err
	}
	return s.showSecret(w, r, st, nil)
}

// secretShow shows a value, since who lets the API want it has to type it there. That is
// written to the audit trail first.
func (s *room) secretShow(w http.ResponseWriter, r *http.Request) error {
	st, row, err := s.secretOf(r)
	if err != nil {
		return err
	}
	attr, what := setup.AttrOriginSecret, "the secret"
	if r.PostFormValue("which") == "next" {
		attr, what = setup.AttrOriginNext, "the new secret"
	}
	if row.Attributes[attr] == "" {
		return noSecret(st)
	}
	text, err := s.Seals.Open(seal.AboutOrigin(st.ID), row.Attributes[attr])
	if err != nil {
		return handlers.Conflict("The secret cannot be read", "This server does not have the key that it was sealed with. The next job of the setup reads it from CloudFront again. Nothing was changed.", handlers.SetupURL(st.ID)+"/secret", "Back to the secret header")
	}
	if err := s.Store.Audit(r.Context(), store.Act{Action: store.ActSecretShow, On: "setup " + st.Name(), Detail: what + " of the header " + row.Attributes[setup.AttrOriginHeader]}); err != nil {
		return fmt.Errorf("write that a secret is shown: %w", err)
	}
	return s.showSecret(w, r, st, &websetups.ShownSecret{What: what, Value: string(text)})
}

// secretChange starts a job that sends a new secret once the API accepts it. One that a
// job of before did not come to send is taken up again.
func (s *room) secretChange(w http.ResponseWriter, r *http.Request) error {
	st, had, err := s.secretOf(r)
	if err != nil {
		return err
	}
	waits := had.Attributes[setup.AttrOriginNext]
	if _, err := s.Seals.Open(seal.AboutOrigin(st.ID), waits); err != nil {
		waits = "" // nobody can read it, so another one takes its place
	}
	if err := handlers.AsSeen(r, st); err != nil {
		return err
	}
	sealed, err := s.Seals.Seal(seal.AboutOrigin(st.ID), []byte(seal.RandomSecret().Reveal()))
	if err != nil {
		return handlers.Conflict("No secret can be made", websetups.NoSealKey+" Nothing was changed.", handlers.SetupURL(st.ID)+"/secret", "Back to the secret header")
	}
	return s.StartJob(w, r, store.NewJob{
		SetupID: st.ID, Kind: setup.JobApply, Input: setup.JobInput{NewSecret: true},
		Rows: func(now setup.Resources, _ setup.Former, _ time.Time) []setup.Resource {
			row, ok := now[setup.KeyDistribution]
			if !ok || row.Attributes[setup.AttrOriginSecret] == "" || waits != "" && row.Attributes[setup.AttrOriginNext] == waits {
				return nil
			}
			row.Attributes = maps.Clone(row.Attributes)
			row.Attributes[setup.AttrOriginNext] = sealed
			return []setup.Resource{row}
		},
	}, st.Name(), st.Spec)
}

// secretOf is the setup that a request is about, with the row of its distribution that
// has the secret.
func (s *room) secretOf(r *http.Request) (setup.Setup, setup.Resource, error) {
	st, err := s.SetupOf(r)
	if err != nil {
		return st, setup.Resource{}, err
	}
	have, err := s.Store.Resources(r.Context(), st.ID)
	if err != nil {
		return st, setup.Resource{}, fmt.Errorf("read resources of setup %s: %w", st.ID, err)
	}
	row := have[setup.KeyDistribution]
	if row.Attributes[setup.AttrOriginSecret] == "" || st.Spec.Edge.OriginHeader == "" {
		return st, row, noSecret(st)
	}
	return st, row, nil
}

// noSecret is the error for an act on a secret that is not there.
func noSecret(st setup.Setup) error {
	return handlers.Conflict("There is no such secret", "No job has made one for "+st.Name()+", or it is not wanted any more. Nothing was changed.", handlers.SetupURL(st.ID)+"/secret", "Back to the secret header")
}

func (s *room) showSecret(w http.ResponseWriter, r *http.Request, st setup.Setup, shown *websetups.ShownSecret) error {
	f := websetups.SecretFacts{Times: s.Times(r), Setup: st, Shown: shown, Keyless: s.Seals.Missing()}
	var err error
	if f.Resources, err = s.Store.Resources(r.Context(), st.ID); err != nil {
		return fmt.Errorf("read resources of setup %s: %w", st.ID, err)
	}
	jobs, err := s.Store.Jobs(r.Context(), store.JobFilter{SetupID: st.ID, Limit: 1})
	if err != nil {
		return fmt.Errorf("read jobs of setup %s: %w", st.ID, err)
	}
	if len(jobs) > 0 && jobs[0].State.Active() {
		f.Active = jobs[0].ID
	}
	return s.Render(w, r, http.StatusOK, websetups.SecretPage(s.Frame(r, "Secret header: "+st.Name(), "setups"), websetups.NewSecret(f)))
}
