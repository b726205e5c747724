package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"apifront/setup"
)

// ms is a time as it is stored: UTC milliseconds, 0 for the zero time.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// at is the time that ms stored.
func at(v int64) time.Time {
	if v == 0 {
		return time.Time{}
	}
	return time.UnixMilli(v).UTC()
}

// flag is a boolean as it is stored.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// encode is v as JSON text.
func encode(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode %T: %w", v, err)
	}
	return string(b), nil
}

// decode reads what encode wrote; "" leaves v as it is.
func decode(text string, v any) error {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return fmt.Errorf("decode %T: %w", v, err)
	}
	return nil
}

// encodeProblem is the problem as JSON, "" for none.
func encodeProblem(p *setup.Problem) (string, error) {
	if p == nil {
		return "", nil
	}
	return encode(p)
}

// encodeRecords is the records as JSON, "" for none.
func encodeRecords(r []setup.Record) (string, error) {
	if len(r) == 0 {
		return "", nil
	}
	return encode(r)
}

// like is a LIKE pattern that finds q anywhere, to be used with ESCAPE '\'.
func like(q string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(q)) + "%"
}

// places writes n placeholders from $first on.
func placeholders(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", first+i)
	}
	return b.String()
}
