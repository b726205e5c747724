package jobs

import "apifront/handlers"

// LogFile is the download of a job.
type LogFile = logFile

// In tells which room answers.
func In(into **Room) handlers.Room {
	return func(s *handlers.Server) []handlers.Route {
		*into = open(s)
		return (*into).routes()
	}
}

// Streams counts the open streams of a room, and the updates that are kept for
// them.
func Streams(s *Room) (streams, kept int) {
	s.feeds.mu.Lock()
	defer s.feeds.mu.Unlock()
	for _, f := range s.feeds.list {
		streams += f.viewers
		f.mu.Lock()
		kept += len(f.updates)
		f.mu.Unlock()
	}
	return streams, kept
}

// A Room is the room, for tests to look into.
type Room = room
