package rules

import "fmt"

// Category is a level of the Placeless Taxonomy ("Async vs Sync", Workplaceless):
// what people do together in a meeting, ordered from the easiest to the hardest
// to do asynchronously.
type Category int

// The seven levels.
const (
	Informing      Category = iota // sharing information and updates
	Collaborating                  // achieving together a task that has already been determined
	ProblemSolving                 // defining a problem, finding its cause, sourcing and implementing solutions
	Creating                       // generating new ideas
	DecisionMaking                 // influencing, gaining consensus, taking action
	Innovating                     // turning a concept into reality
	Connecting                     // building social capital, resolving conflicts, deepening relationships
)

// Categories is how many levels there are.
const Categories = 7

var categoryNames = [Categories]string{
	"informing", "collaborating", "problem-solving", "creating",
	"decision-making", "innovating", "connecting",
}

// String returns the level's name as rule files, the database and the command
// line spell it.
func (c Category) String() string {
	if c < 0 || c >= Categories {
		return fmt.Sprintf("category(%d)", int(c))
	}
	return categoryNames[c]
}

// ParseCategory is the inverse of String.
func ParseCategory(name string) (Category, error) {
	for i, n := range categoryNames {
		if n == name {
			return Category(i), nil
		}
	}
	return 0, fmt.Errorf("unknown category %q (one of %s)", name, categoryNames)
}

// MarshalText writes the level's name.
func (c Category) MarshalText() ([]byte, error) {
	if c < 0 || c >= Categories {
		return nil, fmt.Errorf("no such category: %d", int(c))
	}
	return []byte(categoryNames[c]), nil
}

// UnmarshalText reads the level's name.
func (c *Category) UnmarshalText(text []byte) (err error) {
	*c, err = ParseCategory(string(text))
	return err
}
