package db

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// whereabouts is where the SQLite file of that name really is, links followed, so
// that one file has one lock whatever it is called. There need be no file yet,
// but the directory for it. Every reason for which the database cannot be
// there is one sentence.
func whereabouts(name string) (string, error) {
	dir := filepath.Dir(name)
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("the directory %s for the database does not exist", dir)
	case err != nil:
		return "", fmt.Errorf("the directory %s for the database cannot be read: %w", dir, err)
	case !info.IsDir():
		return "", fmt.Errorf("%s is not a directory, so the database cannot be in it", dir)
	}
	path, err := filepath.EvalSymlinks(name)
	if errors.Is(err, fs.ErrNotExist) {
		if target, err := os.Readlink(name); err == nil {
			return "", fmt.Errorf("the database %s is a link to %s, which does not exist", name, target)
		}
		if dir, err = filepath.EvalSymlinks(dir); err == nil {
			path = filepath.Join(dir, filepath.Base(name))
		}
	}
	if err != nil {
		return "", fmt.Errorf("the database %s cannot be opened for writing: %w", name, reason(err))
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not a file, so it cannot be the database", name)
	}
	return path, nil
}

// lockPath takes the lock of the SQLite file at path, which need not exist.
func lockPath(name, path string) (unlock func() error, err error) {
	unlock, err = lock(path + ".lock")
	switch {
	case errors.Is(err, errLocked):
		return nil, fmt.Errorf("the database %s is in use by another apifront process; stop that one first", name)
	case err != nil:
		return nil, fmt.Errorf("the database %s cannot be opened for writing: its lock %s cannot be taken: %w", name, path+".lock", reason(err))
	}
	return unlock, nil
}

// holdFile keeps the SQLite file from all other processes by whatever name they
// find it, makes it if there is none, and sees that it can be written and has
// one name: what a killed process wrote last may stand in a -wal file beside
// another name, where SQLite does not look
// (https://www.sqlite.org/howtocorrupt.html#_multiple_links_to_the_same_file). The file
// stays open until it is freed: closing it would end SQLite's own locks of this
// process, so it is closed after SQLite is. opened is what it is.
func holdFile(name, path string) (f *os.File, opened os.FileInfo, err error) {
	f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("the database %s cannot be opened for writing: %w", name, reason(err))
	}
	if err = lockOpen(f); err == nil {
		err = oneName(f)
	}
	if err == nil {
		opened, err = f.Stat()
	}
	if err != nil {
		return nil, nil, errors.Join(inUse(name, err), letGo(f))
	}
	return f, opened, nil
}

// holdExisting is holdFile for a file that need not be there and is not written
// through here.
func holdExisting(path string) (let func() error, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return func() error { return nil }, nil
	}
	if err != nil {
		return nil, err
	}
	if err := lockOpen(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error { return letGo(f) }, nil
}

// reason is an error without the path that the sentence has already.
func reason(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
