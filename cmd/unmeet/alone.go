package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// errHeld says that another process has locked a file.
var errHeld = errors.New("locked by another process")

// alone keeps a second daemon from the database: two would ask Google twice for
// everything. It ends with the process, however that ends, or with done; the file
// stays, and says who held it last.
func (a *app) alone(c config) (done func(), err error) {
	path := c.Database.URL + ".lock"
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, hinted(fmt.Errorf("beside the database: %w", err), databaseHint)
	}
	if err := lock(file); err != nil {
		defer file.Close()
		if !errors.Is(err, errHeld) {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		by := "another process"
		if text, err := io.ReadAll(io.LimitReader(file, 256)); err == nil && len(text) > 0 {
			by = strings.TrimSpace(string(text))
		}
		return nil, hinted(fmt.Errorf("another unmeet runs on %s: %s (host/process)", c.Database.URL, by), "stop that one first, or name another file with database.url")
	}
	err = belong(path, filepath.Dir(path))
	if err == nil {
		err = file.Truncate(0)
	}
	if err == nil {
		_, err = file.WriteString(processName() + "\n")
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() { file.Close() }, nil
}
