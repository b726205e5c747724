package main

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

// tables are all rows of the database, as texts.
func (l *secretLaw) tables() {
	l.t.Helper()
	db, err := sql.Open("sqlite", "file:"+l.file+"?mode=ro")
	if err != nil {
		l.t.Fatal(err)
	}
	defer db.Close()
	list, err := texts(l.t.Context(), db, `SELECT name FROM sqlite_master WHERE type = 'table'`)
	if err != nil || len(list) < 15 {
		l.t.Fatal(list, err)
	}
	for _, name := range list {
		rows, err := texts(l.t.Context(), db, `SELECT * FROM "`+name+`"`)
		if err != nil {
			l.t.Fatal(err)
		}
		l.keep("table "+name, []byte(strings.Join(rows, "\n")))
	}
}

// texts are the rows of a query, each as one text.
func texts(ctx context.Context, db *sql.DB, query string) (list []string, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		values := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		var words []string
		for _, v := range values {
			words = append(words, v.String)
		}
		list = append(list, strings.Join(words, "|"))
	}
	return list, rows.Err()
}
