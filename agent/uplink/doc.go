// Package uplink is the agent's connection to its server: it enrols, dials, comes back after every loss, and keeps on disk
// what the server has not confirmed yet.
//
// Three things survive a kill -9 and a power cut: who this agent is (identity), which commands it was given and what became
// of them (journal), and what happened that the server has not heard of (spool). State and configuration are not kept:
// they are told anew, whole, after each reconnect.
package uplink
