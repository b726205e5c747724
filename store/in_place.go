package store

import (
	"context"
	"fmt"
	"slices"

	"apifront/setup"
)

// revisionsBack is how many revisions are looked back at that may be in place.
const revisionsBack = 10

// MayBeInPlace lists the revisions of a setup that CloudFront may have gone by
// lately, the newest first: down to the newest whose job has succeeded, or that was
// found in place and adopted, since a job that did not come to its end leaves things as
// they were before. There are none
// while the setup has no distribution.
func (s *Store) MayBeInPlace(ctx context.Context, setupID string) ([]setup.Revision, error) {
	type row struct {
		setup.Revision
		placed bool
	}
	list, err := all(ctx, s.reader, func(r scanner) (row, error) {
		var placed bool
		v, err := scanRevision(scanWith{r, &placed})
		return row{v, placed}, err
	}, `
		SELECT `+revisionColumns+`, EXISTS (SELECT 1 FROM jobs j WHERE j.setup_id = r.setup_id AND j.revision = r.number AND j.kind = 'apply' AND j.state = 'succeeded') OR r.why = '`+setup.WhyAdopted+`'
		FROM revisions r
		WHERE r.setup_id = $1 AND EXISTS (SELECT 1 FROM resources x WHERE x.setup_id = r.setup_id AND x.key = '`+setup.KeyDistribution+`' AND x.id <> '' AND x.removed_at = 0)
		ORDER BY r.number DESC LIMIT $2`, setupID, revisionsBack)
	if err != nil {
		return nil, fmt.Errorf("revisions of setup %s that may be in place: %w", setupID, err)
	}
	if i := slices.IndexFunc(list, func(r row) bool { return r.placed }); i >= 0 {
		list = list[:i+1]
	}
	revisions := make([]setup.Revision, len(list))
	for i, r := range list {
		revisions[i] = r.Revision
	}
	return revisions, nil
}

// scanWith scans a row that has one column more at its end.
type scanWith struct {
	scanner
	last any
}

func (s scanWith) Scan(dest ...any) error { return s.scanner.Scan(append(dest, s.last)...) }
