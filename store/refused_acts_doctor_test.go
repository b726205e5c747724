package store

import (
	"context"
	"strings"
)

// doctorActs are the methods that write diagnoses.
func doctorActs() map[string]act {
	const held = `INSERT INTO diagnoses VALUES ('d1', 'a.example.com', '', '', '', 'Ada', 'ada', 1700000000000, 1700000000000, 0, '', '', '', '', '', '', 1, 'w', 1700000100000)`
	waiting := strings.ReplaceAll(held, "'w', 1700000100000", "'', 0")
	const old = `INSERT INTO diagnoses VALUES ('d1', 'a.example.com', '', '', '', 'Ada', 'ada', 1, 1, 2, '', '', 'healthy', '', '', '', 1, '', 0)`
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
		"NextDiagnosis":   next,
		"RenewDiagnosis":  diagnosis(held, func(w *world, ctx context.Context) error { return w.s.RenewDiagnosis(ctx, "w", "d1") }),
		"SaveDiagnosis":   diagnosis(held, func(w *world, ctx context.Context) error { return w.s.SaveDiagnosis(ctx, "w", "d1", twoWrong) }),
		"FinishDiagnosis": diagnosis(held, func(w *world, ctx context.Context) error { return w.s.FinishDiagnosis(ctx, "w", "d1", twoWrong) }),
		"StopDiagnosis":   diagnosis(held, func(w *world, ctx context.Context) error { return w.s.StopDiagnosis(ctx, "d1", "Ada") }),
		"FreeDiagnoses":   diagnosis(held, func(w *world, ctx context.Context) error { return w.s.FreeDiagnoses(ctx, "w") }),
		"ForgetDiagnoses": diagnosis(old, func(w *world, ctx context.Context) error { return w.s.ForgetDiagnoses(ctx) }),
	}
}
