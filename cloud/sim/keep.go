package sim

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// keepEvery is how long a change may stay unsaved if no caller waits for it:
// what changed by the passing of time, orders of faults, clocks of quotas.
const keepEvery = time.Second

// A keeper writes the world to a state file.
type keeper struct {
	s    *Sim
	path string

	mu      sync.Mutex // one save at a time
	saved   int64      // the version of the world that is in the file
	stopped bool
}

// Keep saves the world to a file from now on: a call that changed something is
// answered once the file has the change, anything else is in it a second
// later. The file is replaced as a whole, so that it is never half written.
// The returned function saves for the last time; after it nothing is saved.
//
// Keep is to be called before the world is served. A save that fails later is
// told to Config.Log, and by the returned function if it is the last one.
func (s *Sim) Keep(path string) (stop func() error, err error) {
	k := &keeper{s: s, path: path, saved: -1}
	if err := k.save(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keeper = k
	return k.stop, nil
}

// changed notes that the world has changed, and has it saved soon. s.mu is held.
// It returns the version that must be in the file before the change is safe; 0
// if nothing is saved.
func (s *Sim) changed() int64 {
	if s.keeper == nil {
		return 0
	}
	s.version++
	if !s.saving {
		s.saving = true
		time.AfterFunc(keepEvery, s.keeper.late)
	}
	return s.version
}

// late saves what nobody waited for.
func (k *keeper) late() {
	k.s.mu.Lock()
	k.s.saving = false
	version := k.s.version
	k.s.mu.Unlock()
	if err := k.upTo(version); err != nil {
		k.s.logf("%v", err)
	}
}

// upTo returns when the file has the version. Calls that wait at the same time
// are saved together.
func (k *keeper) upTo(version int64) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stopped || k.saved >= version {
		return nil
	}
	return k.save()
}

func (k *keeper) stop() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stopped {
		return nil
	}
	k.stopped = true
	return k.save()
}

// save writes a new file and puts it in the place of the old one.
func (k *keeper) save() error {
	k.s.mu.Lock()
	b, err := k.s.save()
	version := k.s.version
	k.s.mu.Unlock()
	if err == nil {
		err = replaceFile(k.path, b)
	}
	if err != nil {
		return fmt.Errorf("cannot save the state: %w", err)
	}
	k.saved = version
	return nil
}

func replaceFile(path string, b []byte) error {
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return os.Rename(part, path)
}
