"""Words in another encoding than the guessed one are told from words of Western languages."""

from __future__ import annotations

import pytest

from core.errors import RequestError
from core.io.recognition import GUESSED, recognize
from core.io.recognition.garbled_words import garbled_word


@pytest.mark.parametrize(
    ("word", "encoding"),
    [
        ("德语", "gbk"),
        ("法语", "gbk"),
        ("意大利语", "gbk"),
        ("ドイツ語", "shift_jis"),
        ("한국어", "euc-kr"),
        ("Москва", "cp1251"),
        ("Київ", "koi8-u"),
        ("Łódź", "cp1250"),
        ("Αθήνα", "cp1253"),
        ("Zürich", "mac_roman"),
        ("Français", "cp437"),
    ],
)
def test_a_word_in_another_encoding_is_garbled(word, encoding):
    try:
        text = word.encode(encoding).decode(GUESSED)
    except UnicodeDecodeError:
        return  # nobody reads it so
    assert garbled_word(["plain", text]) == text


@pytest.mark.parametrize(
    "word",
    [
        *("Zürich", "Besançon", "Forlì", "ÅÄ", "Škoda", "L’Aquila", "0.9 ± 0.1", "Málaga – Cádiz"),
        *("5 µm", "°C", "Weiß", "ÉTÉ", "Œuvre", "“quoted”", "m²", "R²", "½", "naïveté", "Ÿ", "a…"),
        *("Ø", "χ", "€", "Straße §3", "„Österreich“", "«École»", "¿Él?", "São Tomé", "Łódź"),
    ],
)
def test_words_of_western_languages_are_not(word):
    assert garbled_word([word]) == ""


def test_a_file_of_garbled_words_is_asked_for_in_another_encoding(tmp_path):
    file = tmp_path / "r.csv"
    file.write_bytes("source,target,acc\n德语,法语,0.5\n法语,德语,0.6\n".encode("gbk"))
    with pytest.raises(
        RequestError, match=r"line 2: .* is not UTF-8, and as cp1252 it has words"
    ) as told:
        recognize(file)
    assert "save it as UTF-8: iconv -f ITS_ENCODING -t utf-8 r.csv" in str(told.value)
