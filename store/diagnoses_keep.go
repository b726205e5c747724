package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"apifront/setup"
)

// KeepDiagnoses is how long after it was asked for a diagnosis is kept.
const KeepDiagnoses = 30 * 24 * time.Hour

// diagnosisBounds is how much is kept of diagnoses. Nobody who asks about many names
// pushes out what others asked, nor fills the disk.
type diagnosisBounds struct {
	ofOne  int // diagnoses of one person
	inAll  int
	octets int // of all of them
}

var keepDiagnoses = diagnosisBounds{ofOne: 300, inAll: 3000, octets: 64 << 20}

// pruneDiagnosesEvery is how many are asked for between two looks at their number.
const pruneDiagnosesEvery = 20

// Bounds of one diagnosis. LongestDiagnosis is what it may have as JSON, in octets,
// beside what could be adopted, and LongestAdoption what that may have.
const (
	LongestDiagnosis = 128 << 10
	LongestAdoption  = 256 << 10 // 200 mappings, the most that a domain may have, need 150
	longestHead      = 80        // characters
	longestText      = 1000      // characters
)

// boundedBody is as much of what a diagnosis says as is kept, as JSON. What could be
// adopted is kept whole or not at all.
func boundedBody(b setup.DiagnosisBody) (string, error) {
	if b.Adoption == nil {
		return boundedLooks(b)
	}
	adoption, err := encode(b.Adoption)
	if err != nil {
		return "", err
	}
	if len(adoption) > LongestAdoption {
		if adoption, err = encode(b.Adoption.TooMuch()); err != nil {
			return "", err
		}
	}
	b.Adoption = nil
	text, err := boundedLooks(b)
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(text, "}") + `,"adoption":` + adoption + "}", nil
}

// boundedLooks is as much of all else as is kept: first goes what was asked, then what
// stands last.
func boundedLooks(b setup.DiagnosisBody) (string, error) {
	for _, keep := range []int{1000, 12, 3, 0} {
		b = asksOf(b, keep)
		if text, err := encode(b); err != nil || len(text) <= LongestDiagnosis {
			return text, err
		}
	}
	for len(b.Findings)+len(b.Things)+len(b.Either)+len(b.Needs) > 0 {
		b.Findings, b.Things = firstOf(b.Findings, len(b.Findings)/2), firstOf(b.Things, len(b.Things)/2)
		b.Either, b.Needs = firstOf(b.Either, len(b.Either)/2), firstOf(b.Needs, len(b.Needs)/2)
		if text, err := encode(b); err != nil || len(text) <= LongestDiagnosis {
			return text, err
		}
	}
	return encode(setup.DiagnosisBody{Verdict: b.Verdict, Head: setup.Clip(b.Head, longestHead), Text: setup.Clip(b.Text, longestText), Took: b.Took})
}

// asksOf is the body with at most so many questions of each look, hop and finding.
func asksOf(b setup.DiagnosisBody, most int) setup.DiagnosisBody {
	b.Looks, b.Way, b.Findings = slices.Clone(b.Looks), slices.Clone(b.Way), slices.Clone(b.Findings)
	for i := range b.Looks {
		b.Looks[i].Asked = firstOf(b.Looks[i].Asked, most)
	}
	for i := range b.Way {
		b.Way[i].Asked = firstOf(b.Way[i].Asked, most)
	}
	for i := range b.Findings {
		b.Findings[i].Evidence = firstOf(b.Findings[i].Evidence, most)
	}
	return b
}

func firstOf[T any](list []T, n int) []T { return list[:min(len(list), n)] }

// ForgetDiagnoses forgets diagnoses that are old or too many. One that a worker is at
// stays.
func (s *Store) ForgetDiagnoses(ctx context.Context) error {
	if err := s.write(ctx, func(t *tx) error { return t.pruneDiagnoses(ctx, keepDiagnoses) }); err != nil {
		return fmt.Errorf("forget diagnoses: %w", err)
	}
	return nil
}

func (t *tx) pruneDiagnoses(ctx context.Context, keep diagnosisBounds) error {
	if _, err := t.exec(ctx, `DELETE FROM diagnoses WHERE done_at > 0 AND asked_at < $1`, ms(t.now.Add(-KeepDiagnoses))); err != nil {
		return err
	}
	_, err := t.exec(ctx, `
		DELETE FROM diagnoses WHERE done_at > 0 AND id IN (
			SELECT id FROM (
				SELECT id,
					ROW_NUMBER() OVER one AS place, ROW_NUMBER() OVER every AS place_in_all,
					SUM(octet_length(body)) OVER every AS octets
				FROM diagnoses
				WINDOW one AS (PARTITION BY asked_by_id, CASE asked_by_id WHEN '' THEN asked_by ELSE '' END ORDER BY id DESC),
					every AS (ORDER BY id DESC)) ranked
			WHERE place > $1 OR place_in_all > $2 OR octets > $3)`, keep.ofOne, keep.inAll, keep.octets)
	return err
}
