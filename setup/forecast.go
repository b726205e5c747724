package setup

import "time"

// A Usual is how long a step usually takes.
type Usual struct {
	Half time.Duration // half of the jobs are done within it
	Most time.Duration // nine of ten jobs are done within it; 0: not known
	Jobs int           // how many jobs tell; 0: the step's definition does

	// After is how long the step goes on after a person has done what it asks for.
	After time.Duration
}

// A Forecast is what is left of a job, by what its steps usually take. Steps go on
// side by side, so it is the longest way through the graph that counts.
type Forecast struct {
	Left    time.Duration // until the job's end, or until a person is needed
	Way     []WayStep     // the longest way from the beginning to the end, by what is usual
	Person  StepID        // the step that waits for a person, or will; the time after it is After; "": none
	After   time.Duration // from what that person does to the job's end
	Again   StepID        // the step that needs a person once more after that; "": none
	Between time.Duration // from what that person does until then
	Longer  StepID        // a step that takes longer than in nine of ten jobs; "": none
	Stopped bool          // a step has failed, so nobody knows
	Unknown bool          // too few jobs tell how long this AWS takes, so Left and After mean nothing
}

// A WayStep is a step of the longest way through a job.
type WayStep struct {
	Step   StepID
	Usual  time.Duration
	Beside []StepID // the steps that begin while it usually goes on
}
