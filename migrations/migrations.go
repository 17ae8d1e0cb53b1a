// Package migrations holds the database's schema as SQL files, one folder for each dialect, applied with goose.
// A file that was released is never edited: the next change is the next file.
package migrations

import "embed"

// Files are the migrations, in the folders sqlite and postgres.
//
//go:embed sqlite/*.sql postgres/*.sql
var Files embed.FS
