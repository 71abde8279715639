package ics

// Between returns f with do called between reading a file and replacing it.
func (f Folder) Between(do func()) Folder {
	f.between = do
	return f
}
