package ics

import (
	"archive/zip"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"unmeet/calendars"
)

// Limits on archives, against those made to explode.
const (
	maxArchived     = 2 << 30 // bytes unpacked of one archive
	maxArchiveFiles = 10_000
)

// Open reads what paths name, in their order: an .ics file (or a file of any
// other name that holds a calendar), a folder with all .ics files and .zip
// archives below it, a .zip as Google exports it, or "-" for stdin, which may be
// either file, as may a pipe. Stdin and pipes give what they hold but once.
//
// A file that was named is refused with an error if it can't be read; one found
// in a folder or an archive is then reported in Skipped of a Calendar of its
// own, which is Unreadable. A folder or archive without calendars is a
// *NotCalendarError, and an archive that is damaged a zip.ErrFormat.
func Open(ctx context.Context, paths []string, stdin io.Reader, opt Options) ([]*Calendar, error) {
	var all []*Calendar
	sum := summed(opt.Progress)
	for _, p := range paths {
		opt.Progress = sum.next()
		list, err := open(ctx, p, stdin, opt)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

func open(ctx context.Context, p string, stdin io.Reader, opt Options) ([]*Calendar, error) {
	if p == "-" {
		return openStream(ctx, stdin, p, opt)
	}
	info, err := os.Stat(p)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return openFolder(ctx, p, opt)
	}
	return openFile(ctx, p, opt)
}

// openStream reads what a file of the same bytes would give. An archive begins
// at its end, so it is put into a temporary file first.
func openStream(ctx context.Context, stream io.Reader, name string, opt Options) ([]*Calendar, error) {
	in := bufio.NewReader(stream)
	if magic, _ := in.Peek(len(archiveMagic)); !isArchive(magic) {
		return Read(ctx, in, name, opt)
	}
	f, err := os.CreateTemp("", "unmeet-")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	n, err := io.Copy(f, io.LimitReader(&watched{ctx: ctx, r: in}, maxArchived))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case n == maxArchived:
		return nil, fmt.Errorf("%s: an archive of more than %d GB", name, maxArchived>>30)
	}
	return openArchive(ctx, f, name, opt)
}

// archiveMagic is how an archive begins; one without files begins with its end.
const archiveMagic, emptyArchiveMagic = "PK\x03\x04", "PK\x05\x06"

func isArchive(magic []byte) bool {
	return string(magic) == archiveMagic || string(magic) == emptyArchiveMagic
}

func openFile(ctx context.Context, p string, opt Options) ([]*Calendar, error) {
	f, err := os.Open(p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // a pipe can't be sought in
		return openStream(ctx, f, p, opt)
	}
	magic := make([]byte, len(archiveMagic))
	n, _ := f.ReadAt(magic, 0)
	if isArchive(magic[:n]) {
		return openArchive(ctx, f, p, opt)
	}
	return Read(ctx, f, p, opt)
}

func openFolder(ctx context.Context, root string, opt Options) ([]*Calendar, error) {
	files, err := calendarFiles(root)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, &NotCalendarError{File: root, Reason: "there is no .ics file in this folder"}
	}
	var all []*Calendar
	sum := summed(opt.Progress)
	for _, p := range files {
		opt.Progress = sum.next()
		list, err := openFile(ctx, p, opt)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			list = []*Calendar{unreadable(p, err)}
		}
		all = append(all, list...)
	}
	return all, nil
}

// calendarFiles lists the .ics and .zip files below root, sorted.
func calendarFiles(root string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			if p == root {
				return err
			}
			files = append(files, p) // opening it says why it can't be read
			return nil
		}
		hidden := strings.HasPrefix(d.Name(), ".") && p != root
		if d.IsDir() {
			if hidden {
				return fs.SkipDir
			}
			return nil
		}
		if ext := strings.ToLower(filepath.Ext(p)); !hidden && (ext == ".ics" || ext == ".zip") {
			files = append(files, p)
		}
		return nil
	})
	slices.Sort(files)
	return files, err
}

func openArchive(ctx context.Context, f *os.File, name string, opt Options) ([]*Calendar, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	entries := slices.DeleteFunc(archive.File, func(e *zip.File) bool {
		base := path.Base(e.Name)
		return strings.ToLower(path.Ext(base)) != ".ics" || strings.HasPrefix(base, ".") || strings.HasPrefix(e.Name, "__MACOSX/")
	})
	if len(entries) == 0 {
		return nil, &NotCalendarError{File: name, Reason: "there is no .ics file in this archive"}
	}
	if len(entries) > maxArchiveFiles {
		return nil, fmt.Errorf("%s: more than %d files in one archive", name, maxArchiveFiles)
	}
	slices.SortStableFunc(entries, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	room := int64(maxArchived)
	var all []*Calendar
	sum := summed(opt.Progress)
	for _, e := range entries {
		opt.Progress = sum.next()
		member := name + "/" + e.Name
		list, err := openMember(ctx, e, member, &room, opt)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			list = []*Calendar{unreadable(member, err)}
		}
		all = append(all, list...)
	}
	return all, nil
}

func openMember(ctx context.Context, e *zip.File, name string, room *int64, opt Options) ([]*Calendar, error) {
	r, err := e.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return Read(ctx, &rationed{r: r, room: room}, name, opt)
}

// rationed fails once all that share room have read more than it.
type rationed struct {
	r    io.Reader
	room *int64
}

func (r *rationed) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if *r.room -= int64(n); *r.room < 0 {
		return 0, fmt.Errorf("the archive holds more than %d GB", maxArchived>>30)
	}
	return n, err
}

// unreadable stands for a file of many that could not be read.
func unreadable(name string, err error) *Calendar {
	reason := err.Error()
	if not := (*NotCalendarError)(nil); errors.As(err, &not) {
		reason = not.Reason
	}
	c := newCalendar(name)
	c.Complete, c.Unreadable = false, true
	c.Skipped = []calendars.Skip{{File: name, Reason: "the file was passed over: " + reason}}
	return c
}

// progressSum adds up the progress of several files.
type progressSum struct {
	to         func(int64)
	before, at int64
}

func summed(to func(int64)) *progressSum { return &progressSum{to: to} }

// next returns the progress function for one more file.
func (s *progressSum) next() func(int64) {
	if s.to == nil {
		return nil
	}
	s.before += s.at
	s.at = 0
	return func(n int64) { s.at = n; s.to(s.before + n) }
}
