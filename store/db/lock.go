package db

import "errors"

var (
	// errLocked says that another process holds the lock.
	errLocked = errors.New("locked by another process")
	// errLinked says that one lock would not do.
	errLinked = errors.New("the file has more than one name")
)
