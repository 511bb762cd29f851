"""What is visible of a text, and how JSON writes the rest."""

import json
import sys
import unicodedata

from qa.text import escape_invisible, one_line, visible


def test_what_has_no_glyph_is_not_shown_and_a_lone_surrogate_is_replaced() -> None:
    assert one_line("a\x1b[1m \u202eb\u2066 \u3164c\ufe0f\U000e0041 d\ud800") == "a[1m b c d\ufffd"


def test_lines_and_spaces_stay_where_a_text_is_shown_whole() -> None:
    assert visible(" a\r\n\r\n  b\tc\x0bd\u2028e\x85f\u3000") == " a\n\n  b c\nd\ne\nf "


def test_every_control_and_format_character_of_unicode_is_gone_from_text_and_escaped_in_json() -> None:
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            assert one_line(f"a{char}b") in ("ab", "a b", "a\ufffdb")
            assert set(visible(f"a{char}b")) <= set("ab \n\ufffd")
            line = escape_invisible(json.dumps(char, ensure_ascii=False))
            assert line.isascii()
            assert json.loads(line) == char


def test_visible_letters_of_any_script_stay() -> None:
    text = "Älva 🦉 — “tea” 字 العربية हिन्दी e\u0301 $4 [red]"
    assert one_line(text) == visible(text) == escape_invisible(text) == text
