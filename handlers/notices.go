package handlers

import "apifront/setup"

// Notices are what the pages need of what sends notices.
type Notices struct {
	// Missing says why no place can be added; "": it can.
	Missing string
	Mail    bool // there is a mail server
	// Remark is what somebody who adds places should know; "": nothing.
	Remark string
	// Check says which host an address has or, as a form says it, what is wrong with it.
	Check func(kind setup.NoticeKind, address string) (host, wrong string)
	// Seal seals what is known of a place with its ID and kind.
	Seal func(setup.NoticePlace, setup.NoticeSecret) (string, error)
	// NewKey makes a key that signs what goes to a program.
	NewKey func() string
	// Rekey seals a place anew, with another such key.
	Rekey func(setup.NoticePlace) (sealed, key string, err error)
}
