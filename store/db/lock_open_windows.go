package db

import (
	"os"
	"syscall"
)

// lockOpen refuses a file with more than one name, since the lock file beside it
// belongs to one name only.
func lockOpen(f *os.File) error {
	var info syscall.ByHandleFileInformation
	if err := syscall.GetFileInformationByHandle(syscall.Handle(f.Fd()), &info); err != nil {
		return err
	}
	if info.NumberOfLinks > 1 {
		return errLinked
	}
	return nil
}

// letGo closes the file.
func letGo(f *os.File) error { return f.Close() }
