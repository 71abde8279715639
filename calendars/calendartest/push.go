package calendartest

// push is what the server knows of notification channels.
type push struct{ channels map[string]*channel }

type channel struct{}

func (g *Google) notify(string) {}
