package db

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// syncFile waits until the content of a file is on the disk.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncDir waits until the names in the directory of path are on the disk.
// Windows knows no such thing.
func syncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// rename gives a file another name, in place of the file that has it. It does so
// in one step: nobody sees anything between the old file and the new one, also
// after a power cut.
func rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("rename %s: %w", from, reason(err))
	}
	return syncDir(to)
}
