package ecs

// Upstream's file of this name reads labels of instances; there are none.
