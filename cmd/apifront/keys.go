package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"apifront/handlers"
)

// The keys that sign and seal cookies are in a file with one key a line, the
// newest first: base64 of 64 bytes, a space, and when it was made. New cookies
// are sealed with the first key, and all of them open old ones, so a new key
// signs nobody out.
const (
	keysEnd = ".cookie-keys" // of the file's name, behind the database's
	keySize = 64
	// keysLast is how long a key is kept after a newer one came: as long as the
	// longest session.
	keysLast = 14 * 24 * time.Hour
)

// A cookieKey is one line of the file.
type cookieKey struct {
	key  []byte
	made time.Time
}

// A keyUse is what a file or a variable with keys is for.
type keyUse struct {
	variable, what string
	head           string // first line of the file
}

var cookieKeys = keyUse{"APIFRONT_COOKIE_KEYS", "cookie keys", "# Keys of apifront's cookies, the newest first. New ones: apifront keys rotate"}

// cookieKeys finds the keys: in the environment, in the file, which is made if
// there is none, or, with neither, in the database (nil).
func (p *program) cookieKeys(file string) ([][]byte, error) {
	return p.keysOf(file, cookieKeys)
}

// keysOf finds keys in a variable, or in a file, which is made if there is none; nil
// with neither.
func (p *program) keysOf(file string, of keyUse) ([][]byte, error) {
	if text := p.getenv(of.variable); text != "" {
		var keys [][]byte
		for part := range strings.SplitSeq(text, ",") {
			key, err := readKey(strings.TrimSpace(part))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", of.variable, err)
			}
			keys = append(keys, key)
		}
		return keys, nil
	}
	if file == "" {
		return nil, nil
	}
	list, err := readKeys(file, of.what)
	if errors.Is(err, fs.ErrNotExist) {
		fresh := []cookieKey{{handlers.NewCookieKey(), time.Now()}}
		if err := writeKeys(file, of.head, fresh, false); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("the file of the %s cannot be made: %w", of.what, err)
		}
		list, err = readKeys(file, of.what) // of whoever was first
	}
	if err != nil {
		return nil, err
	}
	var keys [][]byte
	for _, k := range list {
		keys = append(keys, k.key)
	}
	return keys, nil
}

// readKey reads one key. Its error does not hold it.
func readKey(text string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != keySize {
		return nil, errors.New("a key is base64 of 64 random bytes, such as \"openssl rand -base64 64 | tr -d '\\n'\" prints")
	}
	return key, nil
}

// readKeys reads a file with keys; what is what they are.
func readKeys(file, what string) ([]cookieKey, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("the %s cannot be read: %w", what, err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("others may read the %s in %s; make it yours alone with chmod 600", what, file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the %s cannot be read: %w", what, err)
	}
	var list []cookieKey
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		var k cookieKey
		if k.key, err = readKey(fields[0]); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w", file, n, err)
		}
		if len(fields) > 1 {
			if k.made, err = time.Parse(time.RFC3339, fields[1]); err != nil {
				return nil, fmt.Errorf("%s, line %d: %q is no time such as 2026-11-26T14:02:00Z", file, n, fields[1])
			}
		}
		list = append(list, k)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s holds no %s; remove it, and a new one is made", file, strings.TrimSuffix(what, "s"))
	}
	return list, nil
}

// writeKeys writes the file for the owner's eyes only, whole or not at all.
// Without replace an existing file stays, and the error is fs.ErrExist. head is its
// first line.
func writeKeys(file, head string, list []cookieKey, replace bool) (err error) {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*") // made with mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone after a renaming
	text := head + "\n"
	for _, k := range list {
		text += base64.StdEncoding.EncodeToString(k.key) + " " + k.made.UTC().Format(time.RFC3339) + "\n"
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if replace {
		return os.Rename(f.Name(), file)
	}
	return os.Link(f.Name(), file)
}

// rotate puts a new key before the others. It drops a key when a newer one has
// existed for longer than keysLast.
func rotate(list []cookieKey, now time.Time) []cookieKey {
	fresh := []cookieKey{{handlers.NewCookieKey(), now}}
	for i, k := range list {
		if i > 0 && now.Sub(list[i-1].made) > keysLast {
			break
		}
		fresh = append(fresh, k)
	}
	return fresh
}

func runKeys(_ context.Context, p *program, args []string) error {
	f := p.flags("keys rotate")
	database := f.String("database", p.or("APIFRONT_DATABASE", defaultDatabase), "SQLite `file`; the keys are beside it (APIFRONT_DATABASE)")
	file := f.String("cookie-keys", p.getenv("APIFRONT_COOKIE_KEYS_FILE"), "`file` with the cookie keys; empty: beside the database (APIFRONT_COOKIE_KEYS_FILE)")
	if len(args) == 0 || args[0] != "rotate" {
		return usageError{errors.New("say what to do with the keys: apifront keys rotate")}
	}
	if err := parse(f, args[1:], 0); err != nil {
		return err
	}
	name := keysFile(*file, *database)
	if name == "" {
		return errors.New("with PostgreSQL the cookie key is in the database unless a file or APIFRONT_COOKIE_KEYS holds keys; name the file with --cookie-keys, or put a new key before the others in that variable")
	}
	list, err := readKeys(name, cookieKeys.what)
	if err != nil {
		return err
	}
	fresh := rotate(list, time.Now())
	if err := writeKeys(name, cookieKeys.head, fresh, true); err != nil {
		return fmt.Errorf("the cookie keys cannot be written: %w", err)
	}
	_, err = fmt.Fprintf(p.stdout, "%s has a new key and %d from before. Restart the server to use it; nobody is signed out.\n", name, len(fresh)-1)
	return err
}

// keysFile is the file of the cookie keys; "" if they are in the database.
func keysFile(file, database string) string { return besides(file, database, keysEnd) }

// besides is the file, or one beside an SQLite database; "" for PostgreSQL.
func besides(file, database, end string) string {
	if file != "" || strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://") {
		return file
	}
	return database + end
}
