package main

import (
	"encoding/json"

	"apifront/setup"
	"apifront/store"
)

// adoptable lets a diagnosis have found answers with the key, of a name without a setup.
func (l *secretLaw) adoptable(id string) {
	l.t.Helper()
	list, _, err := l.app.store.Setups(l.t.Context(), store.SetupFilter{Limit: 1})
	if err != nil || len(list) == 0 {
		l.t.Fatal(list, err)
	}
	spec := list[0].Setup.Spec
	spec.Domain.Name = "adopted." + spec.Domain.Name
	body, err := json.Marshal(setup.DiagnosisBody{Adoption: &setup.Adoption{Spec: spec}})
	if err != nil {
		l.t.Fatal(err)
	}
	if _, err := l.app.store.Writer().ExecContext(l.t.Context(), `UPDATE diagnoses SET body = $1 WHERE id = $2`, string(body), id); err != nil {
		l.t.Fatal(err)
	}
}
