//go:build unix

package db

import (
	"os"
	"syscall"
)

// oneName refuses a file with more than one name: the lock beside it is one
// name's.
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
