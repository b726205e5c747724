package store

import (
	"context"
	"strings"
)

// doctorActs are the methods that write diagnoses.
func doctorActs() map[string]act {
	const held = `INSERT INTO diagnoses VALUES ('d1', 'a.example.com', '', '', '', 'Ada', 'ada', 1700000000000, 1700000000000, 0, '', '', '', '', '', '', 1, 'w', 1700000100000, '')`
	waiting := strings.ReplaceAll(held, "'w', 1700000100000", "'', 0")
	const old = `INSERT INTO diagnoses VALUES ('d1', 'a.example.com', '', '', '', 'Ada', 'ada', 1, 1, 2, '', '', 'healthy', '', '', '', 1, '', 0, '')`
	// Its ID gives the hours of its checks, so it is not made up.
	const given = `INSERT INTO setups (id, account_id, name, spec, revision, generation, created_by, created_by_id, created_at, updated_by, updated_by_id, updated_at)
		VALUES ('given', '111122223333', 'adopted.example.com', '{"gone":{"name":"given-back"}}', 1, 1, 'Ada', 'ada', 1, 'Ada', 'ada', 1)`
	diagnosis := func(prep string, do func(*world, context.Context) error) act {
		a := does(do)
		a.prep = prep
		return a
	}
	next := act{prep: waiting, do: func(w *world, ctx context.Context) []any {
		d, found, err := w.s.NextDiagnosis(ctx, "me")
		return []any{d.ID, found, err}
	}}
	return map[string]act{
		"AskDiagnosis": {do: func(w *world, ctx context.Context) []any {
			d, err := w.s.AskDiagnosis(ctx, NewDiagnosis{Name: "a.example.com", By: "Ada"})
			return []any{d.Name, err} // the ID is made up
		}},
		"Adopt": {prep: given, do: func(w *world, ctx context.Context) []any {
			found := foundAt("adopted.example.com")
			done, err := w.s.Adopt(ctx, Adopting{Found: found, Right: &found.Spec, By: "Ada"})
			return []any{done.Before, err} // the IDs are made up
		}},
		"NextDiagnosis":   next,
		"RenewDiagnosis":  diagnosis(held, func(w *world, ctx context.Context) error { return w.s.RenewDiagnosis(ctx, "w", "d1") }),
		"SaveDiagnosis":   diagnosis(held, func(w *world, ctx context.Context) error { return w.s.SaveDiagnosis(ctx, "w", "d1", twoWrong) }),
		"FinishDiagnosis": diagnosis(held, func(w *world, ctx context.Context) error { return w.s.FinishDiagnosis(ctx, "w", "d1", twoWrong) }),
		"StopDiagnosis":   diagnosis(held, func(w *world, ctx context.Context) error { return w.s.StopDiagnosis(ctx, "d1", "Ada") }),
		"FreeDiagnoses":   diagnosis(held, func(w *world, ctx context.Context) error { return w.s.FreeDiagnoses(ctx, "w") }),
		"ForgetDiagnoses": diagnosis(old, func(w *world, ctx context.Context) error { return w.s.ForgetDiagnoses(ctx) }),
	}
}
