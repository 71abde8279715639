package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// completionCmd prints what a shell needs to complete unmeet's command line.
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help says where it goes.
func (completionCmd) Help() string {
	return `Prints a script that has a shell complete commands, flags and their values:

    unmeet completion bash > /etc/bash_completion.d/unmeet
    unmeet completion zsh > /usr/local/share/zsh/site-functions/_unmeet
    unmeet completion fish > ~/.config/fish/completions/unmeet.fish

The script asks unmeet itself, so that it stays true when unmeet is updated.`
}

// Run prints the script.
func (cmd *completionCmd) Run(a *app) error {
	_, err := fmt.Fprint(a.stdout, completions[cmd.Shell])
	return err
}

// completions are the scripts. Each hands the words of the line up to the cursor to
// `unmeet complete`, and leaves files to the shell where that knows nothing.
var completions = map[string]string{
	"bash": `# Completes unmeet in bash.
_unmeet() {
	local line
	COMPREPLY=()
	while IFS=$'\t' read -r line _; do
		COMPREPLY+=("$line")
	done < <("${COMP_WORDS[0]}" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _unmeet unmeet
`,
	"zsh": `#compdef unmeet
# Completes unmeet in zsh.
_unmeet() {
	local line
	local -a found
	while IFS= read -r line; do
		line=${line//:/\\:}
		found+=("${line/$'\t'/:}")
	done < <("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
	if (( $#found )); then
		_describe unmeet found
	else
		_files
	fi
}
if [[ $funcstack[1] == _unmeet ]]; then
	_unmeet
else
	compdef _unmeet unmeet
fi
`,
	"fish": `# Completes unmeet in fish.
function __unmeet
	set -l words (commandline -opc) (commandline -ct)
	set -l found ($words[1] complete -- $words[2..-1] 2>/dev/null)
	if test (count $found) -gt 0
		printf '%s\n' $found
	else
		__fish_complete_path (commandline -ct)
	end
end
complete -c unmeet -f -a '(__unmeet)'
`,
}

// completeCmd answers those scripts.
type completeCmd struct {
	Words []string `arg:"" optional:"" passthrough:"" help:"The command line up to the cursor."`
}

// Run prints what the last word could become, one a line, each with what it is
// after a tab.
func (cmd *completeCmd) Run(a *app, model *kong.Application) error {
	words := cmd.Words
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	for _, c := range endings(model.Node, words) {
		if _, err := fmt.Fprintf(a.stdout, "%s\t%s\n", c.word, c.means); err != nil {
			return err
		}
	}
	return nil
}

// ending is what a word could become.
type ending struct{ word, means string }

// endings returns what the last of words could become; nothing where a file could
// stand, or what only its writer knows.
func endings(node *kong.Node, words []string) []ending {
	if len(words) == 0 {
		words = []string{""}
	}
	before, last := words[:len(words)-1], words[len(words)-1]
	var open *kong.Flag // whose value comes next
	for i, word := range before {
		switch name, is := strings.CutPrefix(word, "--"); {
		case word == "=": // bash parts --flag=value into three words
			continue
		case open != nil:
			open = nil
		case is && name == "":
			return nil
		case is && !strings.Contains(name, "="):
			if f := flagNamed(node, name); f != nil && takesValue(f) {
				open = f
			}
		case strings.HasPrefix(word, "-"):
		default:
			if child := childNamed(node, word); child != nil {
				node = child
			} else if i == 0 {
				return nil
			}
		}
	}
	if last == "=" {
		last = ""
	}
	if open != nil {
		return among(open.EnumSlice(), "", last)
	}
	if name, value, cut := strings.Cut(strings.TrimPrefix(last, "--"), "="); cut {
		if f := flagNamed(node, name); f != nil {
			return among(f.EnumSlice(), "--"+name+"=", value)
		}
		return nil
	}
	var found []ending
	if strings.HasPrefix(last, "-") {
		for _, group := range node.AllFlags(true) {
			for _, f := range group {
				if strings.HasPrefix("--"+f.Name, last) {
					found = append(found, ending{"--" + f.Name, sentence(f.Help)})
				}
			}
		}
		return found
	}
	for _, child := range node.Children {
		if !child.Hidden && strings.HasPrefix(child.Name, last) {
			found = append(found, ending{child.Name, sentence(child.Help)})
		}
	}
	if len(node.Positional) > 0 {
		found = append(found, among(node.Positional[0].EnumSlice(), "", last)...)
	}
	return found
}

// among returns the values that begin as a word does.
func among(values []string, before, word string) (found []ending) {
	for _, v := range values {
		if v != "" && strings.HasPrefix(v, word) {
			found = append(found, ending{word: before + v})
		}
	}
	return found
}

// flagNamed finds a flag of a command or of those above it.
func flagNamed(node *kong.Node, name string) *kong.Flag {
	for _, group := range node.AllFlags(true) {
		for _, f := range group {
			if f.Name == name {
				return f
			}
		}
	}
	return nil
}

// childNamed finds a command below another.
func childNamed(node *kong.Node, name string) *kong.Node {
	for _, child := range node.Children {
		if child.Name == name {
			return child
		}
	}
	return nil
}

// sentence is the first sentence of a help text, on one line.
func sentence(help string) string {
	first, _, _ := strings.Cut(help, ". ")
	return strings.TrimSuffix(strings.Join(strings.Fields(first), " "), ".")
}
