package store

import (
	"testing"

	"apifront/setup"
)

// Many questions are read in one query and asked in one transaction; what AWS
// cannot have is not asked.
func TestManyLooksAtOnce(t *testing.T) {
	t.Parallel()
	s, ctx := open(t), t.Context()
	keys := []setup.LookKey{
		{Kind: setup.LookAPIs, Connection: "default", Region: "eu-west-1"},
		{Kind: setup.LookZones, Connection: "default"},
		{Kind: setup.LookName, Connection: "default", Subject: "a.example.com"},
		{Kind: setup.LookAPIs, Connection: "default", Region: "a.evil.test"},
	}
	if found, err := s.Looks(ctx, keys); err != nil || len(found) != 0 {
		t.Fatalf("before: %v, %v", found, err)
	}
	reads, writes := s.Asked()
	must(t, s.AskLooks(ctx, keys))
	must(t, s.AskLooks(ctx, keys[3:]))
	must(t, s.AskLooks(ctx, nil))
	found, err := s.Looks(ctx, append(keys, setup.LookKey{Kind: setup.LookZones, Connection: "other"}))
	must(t, err)
	if r, w := s.Asked(); r-reads != 1 || w-writes != 1 {
		t.Errorf("it takes %d reads and %d writes, want one each", r-reads, w-writes)
	}
	if len(found) != 3 {
		t.Errorf("%d looks are stored: %v", len(found), found)
	}
	for _, k := range keys[:3] {
		if !found[k].Pending {
			t.Errorf("%+v is not asked: %+v", k, found[k])
		}
	}
	if none, err := s.Looks(ctx, nil); err != nil || len(none) != 0 {
		t.Errorf("of none: %v, %v", none, err)
	}
}
