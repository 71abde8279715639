package main

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// patience is how long a command works before it shows how far it is.
const patience = time.Second

// progress shows on stderr how far a command is, once it has taken longer than
// a second, and only to somebody at a terminal.
type progress struct {
	bar   *progressbar.ProgressBar // nil where nobody watches
	begun time.Time
	shown bool
}

// startProgress begins work on so many bytes, -1 if that is not known.
func (a *app) startProgress(bytes int64, what string) *progress {
	return a.start(bytes, what, progressbar.OptionShowBytes(true))
}

// startCount begins work on so many things.
func (a *app) startCount(things int, what string) *progress {
	return a.start(int64(things), what, progressbar.OptionShowCount())
}

func (a *app) start(size int64, what string, unit progressbar.Option) *progress {
	p := &progress{begun: time.Now()}
	if isTerminal(a.stderr) && a.color != "never" {
		p.bar = progressbar.NewOptions64(size,
			unit,
			progressbar.OptionSetWriter(a.stderr),
			progressbar.OptionSetDescription(what),
			progressbar.OptionSetWidth(30),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionSetRenderBlankState(false),
		)
	}
	return p
}

// at says how much is done.
func (p *progress) at(size int64) {
	if p.bar != nil && time.Since(p.begun) > patience {
		p.shown = true
		_ = p.bar.Set64(size) // a bar that cannot be drawn is no reason to stop
	}
}

// end takes the bar away again.
func (p *progress) end() {
	if p.shown {
		_ = p.bar.Clear()
	}
}
