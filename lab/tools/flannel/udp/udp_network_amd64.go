package udp

// Upstream's file of this name carries the packets; there are none.
