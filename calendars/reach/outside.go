package reach

import (
	"net/http"
	"net/netip"
	"syscall"

	"unmeet/internal/wire"
)

// Outside returns a transport that connects to addresses of the public Internet
// alone. It looks at the address that is connected to, whatever a name stood for
// before, and goes through no proxy, of which it would know but the address.
func Outside(service wire.Service) http.RoundTripper {
	return wire.Watched(service, wire.Transport(service, func(_, address string, _ syscall.RawConn) error {
		if at, err := netip.ParseAddrPort(address); err != nil || !public(at.Addr()) {
			return errInside
		}
		return nil
	}))
}

// inside are the networks, beside those that package netip knows, that nobody has an
// address of the public Internet in (RFC 6890), or that lead into others.
var inside = func() (list []netip.Prefix) {
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10", "::/96",
	} {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}()

// public reports whether at is an address of the public Internet.
func public(at netip.Addr) bool {
	at = at.Unmap()
	if at.Zone() != "" || !at.IsGlobalUnicast() || at.IsPrivate() || at.IsLoopback() {
		return false
	}
	for _, p := range inside {
		if p.Contains(at) {
			return false
		}
	}
	return true
}
