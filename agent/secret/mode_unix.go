//go:build unix

package secret

import "io/fs"

// othersMayRead reports whether the group or the world has any right to a file.
func othersMayRead(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }
