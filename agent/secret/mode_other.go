//go:build !unix

package secret

import "io/fs"

// othersMayRead cannot be told from the mode here: access lists say it.
func othersMayRead(fs.FileInfo) bool { return false }
