//go:build unix

package db

import (
	"os"
	"syscall"
)

// oneName refuses a file with more than one name, since the lock file beside it
// belongs to one name only.
func oneName(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Nlink > 1 {
		return errLinked
	}
	return nil
}
