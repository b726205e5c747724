package jobs

import (
	"context"
	"errors"
	"slices"

	"apifront/setup"
	"apifront/store"
	"apifront/web"
	webjobs "apifront/web/jobs"
)

// choices are what the history can be filtered by: who started jobs, their setups, and
// the tags of those. What the address names is among them, also if nothing has it.
func (s *room) choices(ctx context.Context, v *webjobs.ListView, q query) error {
	people, err := s.Store.Starters(ctx)
	if err != nil {
		return err
	}
	v.People = options(people, q.person, "Anybody", "Somebody who is not here", func(c store.Choice) string { return c.Apart })
	setups, err := s.Store.SetupChoices(ctx)
	if err != nil {
		return err
	}
	if len(setups) > store.MostChoices {
		setups = nil // the field beside it finds them by name
	}
	missing := "A setup that is not here"
	if q.setup != "" && !slices.ContainsFunc(setups, func(c store.Choice) bool { return c.ID == q.setup }) {
		switch st, err := s.Store.Setup(ctx, q.setup); {
		case err == nil:
			missing = st.Name()
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
	}
	v.Setups = options(setups, q.setup, "Any setup", missing, func(c store.Choice) string { return web.AccountNumber(c.Apart) })
	tags, err := s.Store.SetupTags(ctx)
	if err != nil {
		return err
	}
	v.Tags = web.TagOptions(tags, q.tag)
	return nil
}

// options are the choices of a list; none if there is nothing to choose. One that is
// chosen and not in the list has the name missing. Those of one name are told apart.
func options(list []store.Choice, id, all, missing string, apart func(store.Choice) string) (o []web.Option) {
	names, found := map[string]int{}, id == ""
	for _, c := range list {
		names[c.Name]++
		found = found || c.ID == id
	}
	if len(list) < 2 && id == "" {
		return nil
	}
	o = append(o, web.Option{Text: all, Chosen: id == ""})
	if !found {
		o = append(o, web.Option{Value: id, Text: setup.Clip(missing, 80), Chosen: true})
	}
	for _, c := range list {
		text := setup.Clip(c.Name, 80)
		if names[c.Name] > 1 {
			text += ", " + apart(c)
		}
		o = append(o, web.Option{Value: c.ID, Text: text, Chosen: c.ID == id})
	}
	return o
}
