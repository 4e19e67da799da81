"""A text's language: right, or no guess."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.language import guess_language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "how do I reset my router? it is dead since the update"),
        ("en", "it doesn't work after the update"),
        ("en", "it doesn\u2019t work after the update"),
        ("de", "wie kann ich mein Passwort zurücksetzen?"),
        ("de", "weiß jemand, wann das Update kommt"),
        ("es", "¿cómo puedo cambiar mi contraseña?"),
        ("es", "la aplicación no funciona desde ayer, ¿alguien sabe por qué?"),
        ("fr", "bonjour, est-ce que quelqu'un sait comment changer le mot de passe ?"),
        ("pt", "não consigo entrar na minha conta, alguém sabe como fazer?"),
        ("it", "ciao, come posso cambiare la mia password?"),
        ("nl", "hoe kan ik mijn wachtwoord wijzigen? het werkt niet meer"),
        ("ru", "как сбросить пароль?"),
        ("ru", "не работает после обновления, что делать"),
        ("uk", "як скинути пароль? не приходить лист із кодом"),
        ("el", "πώς αλλάζω τον κωδικό μου;"),
        ("he", "איך מאפסים סיסמה?"),
        ("ar", "كيف يمكنني تغيير كلمة المرور؟"),
        ("fa", "چگونه رمز عبور را تغییر دهم؟"),
        ("ko", "비밀번호를 어떻게 바꾸나요?"),
        ("ja", "パスワードを変更するにはどうすればいいですか"),
        ("zh", "怎么修改密码"),
        ("zh", "the router 不工作了怎么办 重新启动也没有用"),
        ("th", "เปลี่ยนรหัสผ่านอย่างไร"),
        ("hi", "पासवर्ड कैसे बदलें?"),
    ],
)
def test_a_language_is_told_by_its_letters_or_little_words(language: str, text: str) -> None:
    assert guess_language(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "12345 ??",
        "ok",
        "router reset",
        "https://example.com/the/and/is/for/this",
        "```\nthe and is of to in for that\n```",
        "@the #is and",
        "jak zmienić hasło? nie działa po aktualizacji",
        "hur byter jag lösenord på min telefon?",
        "şifremi nasıl değiştirebilirim?",
        "дякую",
        "abc где αβγ 서울",
    ],
)
def test_where_it_can_not_be_told_there_is_no_guess(text: str) -> None:
    assert guess_language(text) is None


def test_code_and_links_do_not_count() -> None:
    text = "wie kann ich das machen? `for the in of and to is` https://example.com/the/and"
    assert guess_language(text) == "de"


@given(st.text())
def test_any_text_gets_a_code_or_none(text: str) -> None:
    guess = guess_language(text)
    assert guess is None or len(guess) == 2


@given(st.text(max_size=20))
def test_case_does_not_count(text: str) -> None:
    german = "wie kann ich mein passwort ändern"
    assert guess_language(german.upper()) == guess_language(german) == "de"
