package worker

// Migrate makes the tables of a database, River's too.
var Migrate = migrate
