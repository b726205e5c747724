package store

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"apifront/setup"
)

func roleOf(name string) setup.Connection {
	return setup.Connection{Name: name, Kind: setup.ConnectionRole, Source: setup.DefaultConnection, RoleARN: "arn:aws:iam::123456789012:role/apifront", Regions: []string{"eu-west-1"}}
}

func TestConnections(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	shop, err := s.CreateConnection(ctx, roleOf("Shop"), "Ada")
	must(t, err)
	if shop.ID == "" || len(shop.ExternalID) < 26 || shop.CreatedBy.Name != "Ada" {
		t.Fatalf("created %+v", shop)
	}
	got, err := s.Connection(ctx, shop.ID)
	must(t, err)
	if diff := cmp.Diff(shop, got); diff != "" {
		t.Errorf("read back: %s", diff)
	}
	_, err = s.CreateConnection(ctx, roleOf("sHOP"), "Bo")
	wants(t, err, ErrConflict)
	asked := roleOf("Asked for")
	asked.ExternalID = "chosen by somebody"
	asked, err = s.CreateConnection(ctx, asked, "Bo")
	must(t, err)
	if !strings.HasPrefix(asked.ExternalID, "apifront-") || asked.ExternalID == shop.ExternalID {
		t.Errorf("the external ID is %q", asked.ExternalID)
	}
	list, err := s.Connections(ctx)
	must(t, err)
	if len(list) != 2 || list[0].Name != "Asked for" || list[1].Name != "Shop" {
		t.Errorf("the list is %+v", list)
	}
	_, err = s.Connection(ctx, "nobody's")
	wants(t, err, ErrNotFound)
}

// A connection that leads elsewhere has another external ID, and nothing is
// known of it any more; the old ID is never given again.
func TestChangedConnection(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	old, err := s.CreateConnection(ctx, roleOf("Shop"), "Ada")
	must(t, err)
	key := setup.LookKey{Kind: setup.LookIdentity, Connection: old.ID}
	_, err = s.AskLook(ctx, key, 0)
	must(t, err)
	renamed := old
	renamed.Name, renamed.ExternalID, renamed.Kind = "Store", "mine", setup.ConnectionDefault
	renamed, err = s.UpdateConnection(ctx, renamed, "Bo")
	must(t, err)
	if renamed.ExternalID != old.ExternalID || renamed.Kind != old.Kind || renamed.Version != 2 {
		t.Errorf("renamed: %+v", renamed)
	}
	if _, err := s.Look(ctx, key); err != nil {
		t.Errorf("a new name lost the last test: %v", err)
	}
	_, err = s.UpdateConnection(ctx, old, "Ada")
	wants(t, err, ErrConflict)
	moved := renamed
	moved.RoleARN = "arn:aws:iam::210987654321:role/apifront"
	moved, err = s.UpdateConnection(ctx, moved, "Bo")
	must(t, err)
	if moved.ExternalID == old.ExternalID {
		t.Error("another role has the same external ID")
	}
	_, err = s.Look(ctx, key)
	wants(t, err, ErrNotFound)
	err = s.write(ctx, func(x *tx) error { return x.burn(ctx, old) })
	wants(t, err, ErrConflict)
}

// What is used is not deleted, and the error names who uses it.
func TestDeleteConnectionInUse(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	c, err := s.CreateConnection(ctx, roleOf("Shop"), "Ada")
	must(t, err)
	d := draft(t, s, "a.example.com")
	for _, use := range []func(*setup.Spec, string){
		func(sp *setup.Spec, id string) { sp.Account.Connection = id },
		func(sp *setup.Spec, id string) { sp.Domain.Connection = id },
	} {
		_, err = s.SaveDraft(ctx, d.ID, 0, setup.PageDomain, "Ada", func(sp *setup.Spec) { use(sp, c.ID) })
		must(t, err)
		err = s.DeleteConnection(ctx, c.ID)
		var used *InUseError
		if !errors.As(err, &used) || len(used.By) != 1 || used.By[0] != "a.example.com" || !errors.Is(err, ErrConflict) {
			t.Errorf("deleted in use: %v", err)
		}
		_, err = s.SaveDraft(ctx, d.ID, 0, setup.PageDomain, "Ada", func(sp *setup.Spec) { use(sp, "") })
		must(t, err)
	}
	must(t, s.DeleteConnection(ctx, c.ID))
	_, err = s.Connection(ctx, c.ID)
	wants(t, err, ErrNotFound)
	wants(t, s.DeleteConnection(ctx, c.ID), ErrNotFound)
	lines, err := s.AuditBefore(ctx, AuditFilter{}, 0, 10)
	must(t, err)
	var acts []string
	for _, l := range lines {
		if strings.Contains(l.On, c.ID) {
			acts = append(acts, l.Action+" "+l.Detail)
		}
	}
	leads := " role arn:aws:iam::123456789012:role/apifront from default"
	if diff := cmp.Diff([]string{ActConnectionDelete + leads, ActConnectionCreate + leads}, acts); diff != "" {
		t.Errorf("the audit trail: %s", diff)
	}
	err = s.write(ctx, func(x *tx) error { return x.burn(ctx, c) })
	wants(t, err, ErrConflict) // for ever
}
