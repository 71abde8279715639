package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// manCmd prints the manual.
type manCmd struct{}

// Help says where it goes.
func (manCmd) Help() string {
	return `Prints all that --help says of unmeet and its commands, as a page for man:

    unmeet man > /usr/local/share/man/man1/unmeet.1`
}

// Run prints the page.
func (manCmd) Run(a *app, model *kong.Application) error {
	_, err := fmt.Fprint(a.stdout, manual(model))
	return err
}

// manual is the page of section 1 in roff, from the command line itself.
func manual(model *kong.Application) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH UNMEET 1 \"\" %s \"User Commands\"\n", roffQuoted("unmeet "+version()))
	b.WriteString(".SH NAME\nunmeet \\- give meetings back\n")
	b.WriteString(".SH SYNOPSIS\n.B unmeet\n[\\fIflags\\fR] \\fIcommand\\fR\n")
	b.WriteString(".SH DESCRIPTION\n" + roff(model.Help+"\n\n"+model.Detail))
	b.WriteString(".SH OPTIONS\nThese go with every command.\n")
	roffFlags(&b, model.Flags)
	b.WriteString(".SH COMMANDS\n")
	for _, node := range model.Leaves(true) {
		fmt.Fprintf(&b, ".SS %s\n", roffQuoted(node.Summary()))
		about := node.Help + "\n\n" + node.Detail
		if parent := node.Parent; parent.Type == kong.CommandNode && parent.Children[0] == node {
			about += "\n\n" + parent.Detail // once, at the first of its commands
		}
		b.WriteString(roff(about))
		for _, p := range node.Positional {
			fmt.Fprintf(&b, ".TP\n\\fI%s\\fR\n%s", roffEscaped(p.Name), roff(p.Help))
		}
		for at := node; at.Type == kong.CommandNode; at = at.Parent {
			roffFlags(&b, at.Flags)
		}
	}
	b.WriteString(`.SH FILES
.TP
\fIunmeet.toml\fR
The configuration, in the current folder unless \fB\-\-config\fR or \fBUNMEET_CONFIG\fR says otherwise.
.TP
\fIunmeet.db\fR
The database, in the folder of the configuration unless \fBdatabase.url\fR says otherwise.
.TP
\fIunmeet.key\fR
The key that seals logins, beside the configuration unless \fBsecrets.key_file\fR says otherwise.
.SH ENVIRONMENT
.TP
\fBUNMEET_CONFIG\fR
The configuration.
.TP
\fBUNMEET_KEY_FILE\fR
The key.
.TP
\fBCREDENTIALS_DIRECTORY\fR
Where systemd hands over secrets: \fIunmeet.key\fR, \fIgoogle\-secret\fR, \fIgoogle\-delegation\-key\fR, \fImail\-password\fR and \fIdkim\-key\fR take the place of the files that the configuration names.
.TP
\fBNO_COLOR\fR
If set, no colour.
`)
	return b.String()
}

// roffFlags writes what flags do.
func roffFlags(b *strings.Builder, flags []*kong.Flag) {
	for _, f := range flags {
		if f.Hidden {
			continue
		}
		b.WriteString(".TP\n")
		if f.Short != 0 {
			fmt.Fprintf(b, "\\fB\\-%c\\fR, ", f.Short)
		}
		fmt.Fprintf(b, "\\fB%s\\fR", roffEscaped("--"+f.Name))
		if takesValue(f) {
			fmt.Fprintf(b, "=\\fI%s\\fR", roffEscaped(f.FormatPlaceHolder()))
		}
		b.WriteString("\n" + roff(f.Help))
	}
}

// takesValue reports whether a value follows a flag.
func takesValue(f *kong.Flag) bool { return !f.IsBool() && !f.IsCounter() }

// roff lays out a text as help has it: paragraphs, and what is indented as it is.
func roff(text string) string {
	var b strings.Builder
	verbatim, first := false, true
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		code, indented := strings.CutPrefix(line, "    ")
		switch {
		case line == "":
			first = true
			continue
		case indented && !verbatim:
			b.WriteString(".PP\n.RS 4\n.nf\n")
		case !indented && verbatim:
			b.WriteString(".fi\n.RE\n.PP\n")
		case first && b.Len() > 0 && !indented:
			b.WriteString(".PP\n")
		case first && indented:
			b.WriteString("\n")
		}
		verbatim, first = indented, false
		b.WriteString(roffEscaped(code) + "\n")
	}
	if verbatim {
		b.WriteString(".fi\n.RE\n")
	}
	return b.String()
}

// roffEscaped is text of one line that roff takes as it is.
func roffEscaped(text string) string {
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == '\\':
			b.WriteString(`\e`)
		case r == '-':
			b.WriteString(`\-`)
		case i == 0 && (r == '.' || r == '\''):
			b.WriteString(`\&` + string(r))
		case r > 0x7e:
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// roffQuoted is text as one argument of a macro.
func roffQuoted(text string) string {
	return `"` + strings.ReplaceAll(roffEscaped(text), `"`, `\(dq`) + `"`
}
