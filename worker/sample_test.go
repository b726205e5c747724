package worker_test

// sampleEvery is which part of the points a sample tries.
const sampleEvery = 29
