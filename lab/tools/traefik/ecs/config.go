package ecs

// Upstream's file of this name makes the configuration; there is none.
