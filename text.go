package lombard

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what people write, in bytes where nothing else is said.
const (
	MaxSlug   = 64 // of a template, a source, a lender's terms: every word of the schema
	MaxSymbol = 32
	MaxName   = 200
	MaxNote   = 10_000
	MaxTags   = 20 // labels of a job
	MaxTag    = 50 // of each

	MaxFaults = 50 // bad fields that an answer lists; the rest are counted
	MaxEcho   = 80 // characters of a value that an answer repeats
)

// TextProblem says what is wrong with a text that somebody wrote, in words
// that go on from the name of its field; empty when nothing is. It may have at
// most so many bytes and no character that does not show: what controls a
// terminal, turns the direction of writing or has no width can make a text
// look like another one.
func TextProblem(text string, most int) string { return textProblem(text, most, "") }

// NoteProblem is TextProblem for a text of several lines.
func NoteProblem(text string, most int) string { return textProblem(text, most, "\n\r\t") }

func textProblem(text string, most int, allowed string) string {
	if len(text) > most {
		return fmt.Sprintf("must be at most %d bytes long.", most)
	}
	if !utf8.ValidString(text) {
		return "is not valid UTF-8."
	}
	for i, r := range text {
		if !Shows(r) && !strings.ContainsRune(allowed, r) {
			return fmt.Sprintf("holds %s as character %d, which cannot stand in it. Leave it out.", RuneName(r), utf8.RuneCountInString(text[:i])+1)
		}
	}
	return ""
}

// Shows reports whether a character is one that a reader sees as such: not one
// that controls, reorders, joins or hides others.
func Shows(r rune) bool {
	const textStyle, emojiStyle = '\uFE0E', '\uFE0F' // which only choose between two pictures
	if r == textStyle || r == emojiStyle {
		return true
	}
	return !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Cs, unicode.Noncharacter_Code_Point,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// RuneName names a character by its number and, where it is one that does not
// show, its name: U+202E RIGHT-TO-LEFT OVERRIDE.
func RuneName(r rune) string {
	number := fmt.Sprintf("U+%04X", r)
	switch name := runeNames[r]; {
	case name != "":
		return number + " " + name
	case Shows(r):
		return number
	default:
		return number + ", a character that does not show,"
	}
}

// runeNames are the characters that do not show, as the Unicode standard names
// them; control characters by their aliases.
var runeNames = map[rune]string{
	0x0000: "NULL",
	0x0001: "START OF HEADING",
	0x0002: "START OF TEXT",
	0x0003: "END OF TEXT",
	0x0004: "END OF TRANSMISSION",
	0x0005: "ENQUIRY",
	0x0006: "ACKNOWLEDGE",
	0x0007: "BELL",
	0x0008: "BACKSPACE",
	0x0009: "TAB",
	0x000A: "LINE FEED",
	0x000B: "VERTICAL TAB",
	0x000C: "FORM FEED",
	0x000D: "CARRIAGE RETURN",
	0x000E: "SHIFT OUT",
	0x000F: "SHIFT IN",
	0x0010: "DATA LINK ESCAPE",
	0x0011: "DEVICE CONTROL ONE",
	0x0012: "DEVICE CONTROL TWO",
	0x0013: "DEVICE CONTROL THREE",
	0x0014: "DEVICE CONTROL FOUR",
	0x0015: "NEGATIVE ACKNOWLEDGE",
	0x0016: "SYNCHRONOUS IDLE",
	0x0017: "END OF TRANSMISSION BLOCK",
	0x0018: "CANCEL",
	0x0019: "END OF MEDIUM",
	0x001A: "SUBSTITUTE",
	0x001B: "ESCAPE",
	0x001C: "FILE SEPARATOR",
	0x001D: "GROUP SEPARATOR",
	0x001E: "RECORD SEPARATOR",
	0x001F: "UNIT SEPARATOR",
	0x007F: "DELETE",
	0x0085: "NEXT LINE",
	0x0090: "DEVICE CONTROL STRING",
	0x009B: "CONTROL SEQUENCE INTRODUCER",
	0x009D: "OPERATING SYSTEM COMMAND",
	0x00AD: "SOFT HYPHEN",
	0x034F: "COMBINING GRAPHEME JOINER",
	0x061C: "ARABIC LETTER MARK",
	0x115F: "HANGUL CHOSEONG FILLER",
	0x1160: "HANGUL JUNGSEONG FILLER",
	0x17B4: "KHMER VOWEL INHERENT AQ",
	0x17B5: "KHMER VOWEL INHERENT AA",
	0x180E: "MONGOLIAN VOWEL SEPARATOR",
	0x200B: "ZERO WIDTH SPACE",
	0x200C: "ZERO WIDTH NON-JOINER",
	0x200D: "ZERO WIDTH JOINER",
	0x200E: "LEFT-TO-RIGHT MARK",
	0x200F: "RIGHT-TO-LEFT MARK",
	0x2028: "LINE SEPARATOR",
	0x2029: "PARAGRAPH SEPARATOR",
	0x202A: "LEFT-TO-RIGHT EMBEDDING",
	0x202B: "RIGHT-TO-LEFT EMBEDDING",
	0x202C: "POP DIRECTIONAL FORMATTING",
	0x202D: "LEFT-TO-RIGHT OVERRIDE",
	0x202E: "RIGHT-TO-LEFT OVERRIDE",
	0x2060: "WORD JOINER",
	0x2061: "FUNCTION APPLICATION",
	0x2062: "INVISIBLE TIMES",
	0x2063: "INVISIBLE SEPARATOR",
	0x2064: "INVISIBLE PLUS",
	0x2066: "LEFT-TO-RIGHT ISOLATE",
	0x2067: "RIGHT-TO-LEFT ISOLATE",
	0x2068: "FIRST STRONG ISOLATE",
	0x2069: "POP DIRECTIONAL ISOLATE",
	0x206A: "INHIBIT SYMMETRIC SWAPPING",
	0x206B: "ACTIVATE SYMMETRIC SWAPPING",
	0x206C: "INHIBIT ARABIC FORM SHAPING",
	0x206D: "ACTIVATE ARABIC FORM SHAPING",
	0x206E: "NATIONAL DIGIT SHAPES",
	0x206F: "NOMINAL DIGIT SHAPES",
	0x3164: "HANGUL FILLER",
	0xFEFF: "ZERO WIDTH NO-BREAK SPACE",
	0xFFA0: "HALFWIDTH HANGUL FILLER",
	0xFFF9: "INTERLINEAR ANNOTATION ANCHOR",
	0xFFFA: "INTERLINEAR ANNOTATION SEPARATOR",
	0xFFFB: "INTERLINEAR ANNOTATION TERMINATOR",
}

// Cut shortens a text to MaxEcho characters, for an answer that repeats it.
func Cut(text string) string {
	if len(text) <= MaxEcho {
		return text
	}
	seen := 0
	for i := range text {
		if seen++; seen == MaxEcho { // the last one makes room for the dots
			if utf8.RuneCountInString(text[i:min(len(text), i+utf8.UTFMax+1)]) > 1 {
				return strings.ToValidUTF8(text[:i], "") + "…"
			}
			break
		}
	}
	return text
}

// Echo returns a value as an answer repeats it: what is longer than MaxEcho
// characters is cut, and what JSON cannot hold becomes text.
func Echo(value any) any {
	switch v := value.(type) {
	case nil, bool, int:
		return v
	case string:
		return Cut(v)
	case json.RawMessage:
		if short := Cut(string(v[:min(len(v), MaxEcho*(utf8.UTFMax+1))])); len(short) < len(v) || !json.Valid(v) {
			return short
		}
		return v
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return Cut(fmt.Sprint(value))
	}
	if short := Cut(string(encoded)); len(short) < len(encoded) {
		return short
	}
	return value
}
