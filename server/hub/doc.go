// Package hub holds the sessions of agents: it enrols them, sends them commands and hands on what they tell.
// DESIGN.md says which promises it keeps when a connection breaks.
package hub
