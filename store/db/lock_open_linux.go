package db

import (
	"errors"
	"os"
	"syscall"
)

// overNetwork are file systems, by their numbers in statfs(2): NFS, SMB (two),
// 9p. There flock(2) is made of the same locks that SQLite uses, so it would
// keep SQLite out.
var overNetwork = map[uint32]bool{0x6969: true, 0xff534d42: true, 0xfe534d42: true, 0x01021997: true}

// lockOpen locks the open file until it is closed. On all other file systems
// SQLite's own locks are of another kind on Linux, fcntl(2), and the two do not
// see each other.
func lockOpen(f *os.File) error {
	var fs syscall.Statfs_t
	if err := syscall.Fstatfs(int(f.Fd()), &fs); err != nil {
		return os.NewSyscallError("fstatfs", err)
	}
	if overNetwork[uint32(fs.Type)] { //nolint:gosec // G115: the numbers have 32 bits, with or without a sign
		return oneName(f)
	}
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errLocked
	}
	return os.NewSyscallError("flock", err)
}

// letGo ends the lock of lockOpen and closes the file. Closing alone would not
// end the lock if a child process is just being started: it has the file open
// too until it is another program.
func letGo(f *os.File) error {
	var fs syscall.Statfs_t
	if err := syscall.Fstatfs(int(f.Fd()), &fs); err != nil || overNetwork[uint32(fs.Type)] { //nolint:gosec // G115: the numbers have 32 bits, with or without a sign
		return f.Close()
	}
	return errors.Join(os.NewSyscallError("flock", syscall.Flock(int(f.Fd()), syscall.LOCK_UN)), f.Close())
}
