// Command release builds what is given to others: for each system an archive with the
// program, its manual, completions, the unit for systemd and all licences, and the
// checksums of them. Whoever builds the same commit with the same Go gets the same
// bytes. It ships with nothing, and knows nothing of the other packages.
package main

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// targets are the systems that are built for.
var targets = []string{
	"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64",
}

func main() {
	version := flag.String("version", "", "what is released, such as 1.2.0")
	date := flag.Int64("date", 0, "when files in archives say they were changed, in seconds since 1970")
	out := flag.String("out", "dist", "folder for what is built")
	only := flag.String("for", strings.Join(targets, ","), "systems to build for")
	licences := flag.Bool("licences", false, "write docs/licences.md, and build nothing")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := func() error {
		if *licences {
			return writeLicences(ctx, "docs/licences.md")
		}
		if *version == "" {
			return fmt.Errorf("-version is needed")
		}
		r := release{version: *version, date: time.Unix(*date, 0).UTC(), out: *out}
		return r.make(ctx, strings.Split(*only, ","))
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// release is what is built.
type release struct {
	version string
	date    time.Time
	out     string
}

// make builds archives for all of targets, and their checksums.
func (r release) make(ctx context.Context, targets []string) error {
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	shared, err := r.shared(ctx)
	if err != nil {
		return err
	}
	var sums strings.Builder
	for _, target := range targets {
		program, err := r.build(ctx, target)
		if err != nil {
			return err
		}
		name, packed, err := r.pack(target, program, shared)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(r.out, name), packed, 0o644); err != nil {
			return err
		}
		line := fmt.Sprintf("%x  %s\n", sha256.Sum256(packed), name)
		fmt.Print(line)
		sums.WriteString(line)
	}
	return os.WriteFile(filepath.Join(r.out, "SHA256SUMS"), []byte(sums.String()), 0o644)
}

// build builds the program for a system, and returns it. It stays in a folder of its
// own, for container images.
func (r release) build(ctx context.Context, target string) ([]byte, error) {
	system, processor, _ := strings.Cut(target, "/")
	path := filepath.Join(r.out, system+"_"+processor, "unmeet")
	if system == "windows" {
		path += ".exe"
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags=-s -w -buildid= -X main.release="+r.version, "-o", path, "./cmd/unmeet")
	// What is set on a builder's machine must not show in the bytes.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+processor,
		"GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=-mod=readonly", "GOEXPERIMENT=", "GOFIPS140=off")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("building for %s: %w", target, err)
	}
	return os.ReadFile(path)
}

// shared is what all archives have beside the program.
func (r release) shared(ctx context.Context) ([]file, error) {
	var files []file
	for _, from := range []string{"README.md", "CHANGELOG.md", "LICENSE", "config.example.toml", "packaging/unmeet.service"} {
		data, err := os.ReadFile(from)
		if err != nil {
			return nil, err
		}
		files = append(files, file{name: filepath.Base(from), data: data})
	}
	folders, err := filepath.Glob("docs/*.md")
	if err != nil {
		return nil, err
	}
	for _, from := range folders {
		data, err := os.ReadFile(from)
		if err != nil {
			return nil, err
		}
		files = append(files, file{name: filepath.ToSlash(from), data: data})
	}
	modules, err := linked(ctx)
	if err != nil {
		return nil, err
	}
	files = append(files, file{name: "LICENCES", data: []byte(texts(modules))})

	own := runtime.GOOS + "/" + runtime.GOARCH
	if _, err := r.build(ctx, own); err != nil {
		return nil, err
	}
	program := filepath.Join(r.out, strings.Replace(own, "/", "_", 1), "unmeet")
	for name, args := range map[string][]string{
		"unmeet.1":                {"man"},
		"completions/unmeet.bash": {"completion", "bash"},
		"completions/_unmeet":     {"completion", "zsh"},
		"completions/unmeet.fish": {"completion", "fish"},
	} {
		data, err := exec.CommandContext(ctx, program, args...).Output()
		if err != nil {
			return nil, fmt.Errorf("asking the program for its %s: %w", args[0], err)
		}
		files = append(files, file{name: name, data: data})
	}
	return files, nil
}
