// Package web holds the console as it is served: the built single-page application, embedded.
package web

import (
	"embed"
	"io/fs"
)

// dist is what Vite has built. A committed placeholder stands there before that, so that Go builds without Node.
//
//go:embed all:dist
var dist embed.FS

// Dist returns the files of the console, index.html among them where it has been built; placeholder.html is always there.
func Dist() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder is named in the directive above
	}
	return sub
}

// Built says whether the console has been built into this program.
func Built() bool {
	_, err := fs.Stat(dist, "dist/index.html")
	return err == nil
}
