package ics

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// sniffed is how much of a stream is looked at to tell how it is encoded.
const sniffed = 4 << 10

// plainText removes from r what was wrapped around the text: a byte-order mark,
// UTF-16, or a quoted-printable transfer encoding that a mail program left on
// the whole file.
func plainText(r io.Reader) io.Reader {
	br := bufio.NewReaderSize(r, sniffed)
	head, _ := br.Peek(sniffed) // an error comes back at the first read
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		br.Discard(3)
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("B\x00")):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(br)
	case bytes.HasPrefix(head, []byte("\xfe\xff")), bytes.HasPrefix(head, []byte("\x00B")):
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder().Reader(br)
	}
	if leftQuotedPrintable(head) {
		return &quotedReader{r: br}
	}
	return br
}

// leftQuotedPrintable reports whether head is that of a whole file in
// quoted-printable: every "=" of its parameters is written "=3D".
func leftQuotedPrintable(head []byte) bool {
	upper := bytes.ToUpper(head)
	for _, sign := range []string{";TZID=3D", ";VALUE=3D", ";CN=3D", ";ROLE=3D", ";PARTSTAT=3D", ";CUTYPE=3D", ";RSVP=3D", "RRULE:FREQ=3D"} {
		if bytes.Contains(upper, []byte(sign)) {
			return true
		}
	}
	return false
}

// quotedReader decodes quoted-printable, line by line and tolerantly: what is no
// escape stays as it is.
type quotedReader struct {
	r    *bufio.Reader
	rest []byte
	buf  []byte
}

func (q *quotedReader) Read(p []byte) (int, error) {
	for len(q.rest) == 0 {
		chunk, err := q.r.ReadSlice('\n')
		if len(chunk) == 0 {
			return 0, err
		}
		q.buf = append(q.buf[:0], chunk...)
		if err == bufio.ErrBufferFull { // keep an escape in one piece
			for i := 0; i < 2 && q.buf[len(q.buf)-1-i] != '='; i++ {
				if c, err := q.r.ReadByte(); err == nil {
					q.buf = append(q.buf, c)
				}
			}
		}
		q.rest = unquotePrintable(q.buf)
	}
	n := copy(p, q.rest)
	q.rest = q.rest[n:]
	return n, nil
}

// unquotePrintable decodes quoted-printable in place: =XX, and = at the end of a
// line, which joins it with the next.
func unquotePrintable(b []byte) []byte {
	out := b[:0]
	for i := 0; i < len(b); i++ {
		if b[i] != '=' {
			out = append(out, b[i])
			continue
		}
		if i+2 < len(b) {
			hi, lo := hexDigit(b[i+1]), hexDigit(b[i+2])
			if hi >= 0 && lo >= 0 {
				out = append(out, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		if end := bytes.TrimLeft(b[i+1:], " \t\r"); len(end) == 0 || end[0] == '\n' {
			i = len(b) - len(end)
			continue
		}
		out = append(out, '=')
	}
	return out
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

const (
	eachByte  = 0x0101010101010101
	eachHigh  = 0x80 * eachByte
	eachSpace = 0x20 * eachByte
	eachDel   = 0x7f * eachByte
)

// clean reports whether b is printable ASCII throughout, which nearly all lines
// are. It looks at eight bytes at a time.
func clean(b []byte) bool {
	for len(b) >= 8 {
		x := binary.LittleEndian.Uint64(b)
		// A byte below 0x20 borrows in the first term, 0x7f in the second.
		if ((x-eachSpace)|((x^eachDel)-eachByte)|x)&eachHigh != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c < 0x20 || c >= 0x7f {
			return false
		}
	}
	return true
}

// tidy appends line to dst as valid UTF-8 without control characters. Bytes that
// are not UTF-8 are read as Windows-1252, of which Latin-1 is a part.
func tidy(dst, line []byte) []byte {
	for len(line) > 0 {
		if c := line[0]; c < utf8.RuneSelf {
			if c >= 0x20 && c != 0x7f || c == '\t' {
				dst = append(dst, c)
			}
			line = line[1:]
			continue
		}
		r, size := utf8.DecodeRune(line)
		switch {
		case r == utf8.RuneError && size <= 1:
			if r := charmap.Windows1252.DecodeByte(line[0]); r != utf8.RuneError && r >= 0xa0 {
				dst = utf8.AppendRune(dst, r)
			}
			size = 1
		case r < 0xa0 || r == '\ufeff': // C1 controls, and marks of files pasted together
		default:
			dst = append(dst, line[:size]...)
		}
		line = line[size:]
	}
	return dst
}
