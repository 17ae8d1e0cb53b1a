package drbd

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"reflect"
	"strings"
	"time"
)

// memory is what the kernel forgets and a person needs in order to choose a side of a split brain, by volume. It is evidence for people: no
// decision is made of the times in it, because clocks lie.
type memory map[string]*note

// note is of one volume.
type note struct {
	Lost  time.Time `json:"lost,omitzero"`  // since when there is no peer
	Asked bool      `json:"asked,omitzero"` // somebody has asked Hawser to disconnect
	Apart bool      `json:"apart,omitzero"` // the connection is closed
	Deaf  bool      `json:"deaf,omitzero"`  // when that was first seen nobody had listened to the kernel
	Split time.Time `json:"split,omitzero"` // when the kernel said that it is one
	From  time.Time `json:"from,omitzero"`  // first and last time that it was seen as Primary since Lost
	Until time.Time `json:"until,omitzero"`
	// Made names the metadata that Hawser has laid out (device-uuid), Making is the disk where that was begun and not ended, and Formatting the file system whose making was begun and not ended.
	Made       string `json:"made,omitzero"`
	Making     string `json:"making,omitzero"`
	Formatting string `json:"formatting,omitzero"`
	Limit      int64  `json:"limit,omitzero"` // bytes per second, until the next adjust
}

// untilEvery is how often Until is written down while a side goes on as Primary without its peer.
const untilEvery = time.Minute

func readMemory(path string, log *slog.Logger) memory {
	m := memory{}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m
	}
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err != nil {
		log.Error("what was known of volumes is unreadable", "file", path, "err", err)
		return memory{}
	}
	for name, n := range m {
		if n == nil {
			delete(m, name)
		}
	}
	return m
}

// recall is what is known of a volume.
func (d *Driver) recall(name string) note {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := d.memory[name]; n != nil {
		return *n
	}
	return note{}
}

// note changes what is known of a volume and writes it down where that matters.
func (d *Driver) note(name string, change func(*note)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.memory[name]
	if n == nil {
		n = &note{}
	}
	before := *n
	change(n)
	if reflect.DeepEqual(before, *n) {
		return
	}
	d.memory[name] = n
	only := before
	only.Until = n.Until
	if only == *n && n.Until.Sub(before.Until) < untilEvery && !before.Until.IsZero() {
		n.Until = before.Until // not worth a write; the next look finds it again
		return
	}
	d.keep()
}

func (d *Driver) forget(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, had := d.memory[name]; had {
		delete(d.memory, name)
		d.keep()
	}
	maps.DeleteFunc(d.looks, func(key string, _ look) bool { return strings.HasPrefix(key, name+"|") })
}

// keep writes the memory down. The caller holds mu.
func (d *Driver) keep() {
	data, err := json.Marshal(d.memory)
	if err == nil {
		err = d.o.Write(d.o.State, data, 0o600)
	}
	if err != nil {
		d.o.Log.Error("what is known of volumes is not kept", "file", d.o.State, "err", err)
	}
}
