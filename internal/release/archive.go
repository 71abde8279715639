package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"io"
	"slices"
	"strings"
)

// file is one of an archive.
type file struct {
	name    string
	data    []byte
	program bool // may be run
}

// mode is who may do what with it.
func (f file) mode() int64 {
	if f.program {
		return 0o755
	}
	return 0o644
}

// pack makes the archive of a system: a .zip for Windows, a .tar.gz for all others.
// Its bytes depend on nothing but what is in it, the version and the date.
func (r release) pack(target string, program []byte, shared []file) (name string, packed []byte, err error) {
	folder := "unmeet_" + r.version + "_" + strings.Replace(target, "/", "_", 1)
	main := file{name: "unmeet", data: program, program: true}
	windows := strings.HasPrefix(target, "windows/")
	if windows {
		main.name += ".exe"
	}
	files := append(slices.Clone(shared), main)
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	var b bytes.Buffer
	if windows {
		err = r.zip(&b, folder, files)
		return folder + ".zip", b.Bytes(), err
	}
	err = r.tar(&b, folder, files)
	return folder + ".tar.gz", b.Bytes(), err
}

func (r release) tar(to io.Writer, folder string, files []file) error {
	squeezed, err := gzip.NewWriterLevel(to, gzip.BestCompression)
	if err != nil {
		return err
	}
	w := tar.NewWriter(squeezed)
	for _, f := range files {
		head := &tar.Header{Name: folder + "/" + f.name, Mode: f.mode(), Size: int64(len(f.data)), ModTime: r.date, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(head); err != nil {
			return err
		}
		if _, err := w.Write(f.data); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return squeezed.Close()
}

func (r release) zip(to io.Writer, folder string, files []file) error {
	w := zip.NewWriter(to)
	w.RegisterCompressor(zip.Deflate, func(to io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(to, flate.BestCompression)
	})
	for _, f := range files {
		to, err := w.CreateHeader(&zip.FileHeader{Name: folder + "/" + f.name, Method: zip.Deflate, Modified: r.date})
		if err != nil {
			return err
		}
		if _, err := to.Write(f.data); err != nil {
			return err
		}
	}
	return w.Close()
}
