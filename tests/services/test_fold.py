"""Folding, in all scripts: what is the same name to whoever types it, and what is another."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.fold import fold, fold_in_two, words

_SIGNS = st.text(
    st.sampled_from("aßİıłøŉǿ ̧́が゙ｶﾞ김각क़ि्น้ำမ္ខ្שָׁ־ا﷽ّٓـ\u200d\u200b\ufe0f\u00ad\u0378'´ʼ’-−・≠½ﬃ️\"_%@.1٣")
    | st.characters(exclude_categories=["Cs"])
)


@pytest.mark.parametrize("apostrophe", "'`´ʹʻʼ’‘‛′＇｀")
def test_an_apostrophe_vanishes_in_any_form(apostrophe: str) -> None:
    assert fold(f"O{apostrophe}Brien") == fold(f"Ó{apostrophe}Brien") == "obrien"


@pytest.mark.parametrize("hyphen", "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d\u05be")
def test_a_hyphen_is_a_space_in_any_form(hyphen: str) -> None:
    assert words(f"Anne{hyphen}Marie") == words(f"Ánne{hyphen}Marie") == ["anne", "marie"]


@pytest.mark.parametrize("sign", "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060\u2066\u2069\ufeff\ufe0f")
def test_what_nobody_sees_divides_nothing(sign: str) -> None:
    assert fold(f"{sign}Ja{sign}ne") == "jane"
    assert fold(f"علی{sign}رضا") == "علیرضا"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("प्रिया", "प्रिया"),  # vowel signs and viramas are letters
        ("สมชาย", "สมชาย"),
        ("ศิริพร เพ็ญ", "ศิริพร เพ็ญ"),
        ("သီရိ မြန်မာ", "သီရိ မြန်မာ"),
        ("ខ្មែរ", "ខ្មែរ"),
        ("தமிழ்", "தமிழ்"),
        ("がく かく", "がく かく"),
        ("ｼﾞｮﾝ", "ジョン"),
        ("Ｍüller", "muller"),
        ("李 小龍", "李 小龍"),
        ("  José   NÚÑEZ ", "jose nunez"),
        ("Łódź Æsir Þór ðu Straße ıŒ", "lodz aesir thor du strasse ioe"),
        ("O’Brien-Smith", "obrien smith"),
        ("Doe, Jane", "doe jane"),
        ("葛\U000e0100城", "葛城"),
        ("Ὀδυσσεύς", "οδυσσευσ"),
        ("Йорданка Ёлкина", "иорданка елкина"),
        ("أَحْمَد محـمد آمنة", "احمد محمد امنة"),
        ("שָׁלוֹם ג׳ורג׳", "שלום גורג"),
        ("İpek IŞIK ışık", "ipek isik isik"),
        ("Łódź Đặng Œuvre Ǿre", "lodz dang oeuvre ore"),
        ("50% a_b", "50% a_b"),
        ("Zoë 50% a_b", "zoe 50% a_b"),
    ],
)
def test_a_mark_is_an_accent_in_some_scripts_and_a_letter_in_others(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(unicodedata.normalize("NFD", text)) == folded


def test_korean_is_counted_in_syllables() -> None:
    assert [len(word) for word in words(unicodedata.normalize("NFD", "김민수 박"))] == [3, 1]


def test_other_names_stay_other_names() -> None:
    assert fold("प्रिया") != fold("परय")
    assert fold("गीता") != fold("गात")
    assert fold("かき") != fold("がき")


@given(_SIGNS)
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert folded == " ".join(folded.split())
    assert fold(fold_in_two(text)) == fold_in_two(text)


@given(_SIGNS)
def test_however_it_is_encoded_or_capitalised(text: str) -> None:
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text)) == fold(text)
    assert fold(text.casefold()) == fold(text)


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_letters_are_folded_the_same_beside_others(text: str) -> None:
    """There is a shorter way for them."""
    assert fold(f"{text} é") == f"{fold(text)} e".strip()
