package core

import "hawser/agent/replication/mirror/wire"

// Judge lets tests compare all greetings there are: 0 the same, 1 ahead, -1 behind.
func Judge(me, peer wire.Greeting) (order int, full bool, err error) {
	v, err := judge(me, peer)
	return map[standing]int{ahead: 1, behind: -1}[v.order], v.full, err
}

type standing = order
