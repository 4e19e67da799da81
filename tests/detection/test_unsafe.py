"""Unsafe advice and its innocent look-alikes. Invented; no word of it comes from the labelled data."""

from __future__ import annotations

import time

import pytest

from escalation.detection.unsafe import judge

UNSAFE = [
    ("en", "secrets", "no problem, just send me your password and I'll check the account from here"),
    ("en", "secrets", "post a picture of both sides of the card and the cvv so i can see which batch it is"),
    ("en", "dm_impostor", "Hello, this is official support. Please write me in DM so we can unlock your account"),
    ("en", "destructive_command", "open a terminal and run rm -rf ~/ then log in again, quickest fix"),
    ("en", "disable_security", "just turn off the firewall and uninstall your antivirus, works for me since years"),
    ("en", "money", "pay the 20 dollar verification fee to my paypal and i will release the parcel"),
    ("en", "fake_support_link", "log in at rewards-claim-center.xyz with your account and you get it back"),
    ("en", "remote_access", "download anydesk and give me the number, i'll fix it while you watch tv"),
    ("en", "physical_danger", "just bridge the thermal fuse with a bit of wire, nothing will happen"),
    (
        "en",
        "destructive_command",
        "do a factory reset, don't worry it is the same thing, everything comes back from the device",
    ),
    ("en", "malware_download", "download the dll from dll-fixer4u.site, run it as admin and ignore the warning"),
    ("en", "account_takeover", "give me your login, ill hop on and claim it for you"),
    ("en", "disable_security", "set verify=False, done"),
    ("en", "secrets", "paste your private key here and i'll tell you what's wrong with it"),
    ("de", "secrets", "schick mir mal dein passwort, dann schaue ich kurz in dein konto"),
    ("de", "disable_security", "Schalte einfach die Firewall aus, dann läuft es"),
    ("de", "remote_access", "Lade TeamViewer und gib mir die ID, ich mache das für dich"),
    ("de", "dm_impostor", "Ich bin vom Support, schreib mir privat deine Zugangsdaten"),
    ("es", "secrets", "mándame la contraseña y te lo miro"),
    ("es", "disable_security", "desactiva el antivirus y el cortafuegos, a mí me va así"),
    ("es", "money", "haz un bizum a mi cuenta y te lo desbloqueo"),
    ("es", "dm_impostor", "soy del soporte oficial, escríbeme por privado con el código sms"),
    ("fr", "secrets", "envoie-moi ton mot de passe et je regarde"),
    ("fr", "disable_security", "désactive l'antivirus et le pare-feu, c'est tout"),
    ("fr", "remote_access", "installe AnyDesk et donne-moi le code, je m'en occupe"),
    ("fr", "destructive_command", "formate le disque, t'en fais pas, c'est rapide"),
    ("pt", "secrets", "me manda a senha que eu entro e resolvo"),
    ("pt", "disable_security", "desativa o antivírus e pronto"),
    ("pt", "money", "faz um pix na minha conta que eu libero"),
    ("it", "secrets", "mandami la password e ci guardo io"),
    ("nl", "secrets", "stuur me je wachtwoord dan kijk ik even"),
    ("ru", "secrets", "пришли мне пароль, я посмотрю"),
]
INNOCENT = [
    ("en", "never share your password with anyone, staff will not ask for it"),
    ("en", "reset your password on the login page, the mail takes a minute"),
    ("en", "don't install anydesk for strangers, that's a scam"),
    ("en", "you can send me a dm if you want to join our group"),
    ("en", "format the card in the camera after you copied everything"),
    ("en", "your firewall may block port 443, add a rule for it"),
    ("en", "post the log without your token please"),
    ("en", "I pay 5 euro a month for that plan"),
    ("en", "Go to settings > security and change the password there"),
    ("en", "turn on two factor, then restart the app"),
    ("en", "the code is on the back of the box"),
    ("en", "the battery is under the lid, unplug it first"),
    ("en", "which error code do you see?"),
    ("en", "send the parcel back, they refund you in a week"),
    ("en", "git pull and rebuild, that fixed it"),
    ("en", "clear the cache and log in again"),
    ("en", "turn off bluetooth and turn it back on"),
    ("en", "remove the app and install it again, your data stays in the cloud"),
    ("en", "use an api key instead of the password, see https://docs.example.com/keys"),
    ("en", "you can delete the old device in your account"),
    ("de", "gib niemals deine tan weiter"),
    ("de", "das passwort änderst du unter konto > sicherheit"),
    ("de", "schick das gerät ein, das ist ein garantiefall"),
    ("de", "mach vorher ein backup und setz es dann zurück"),
    ("es", "nunca des tu contraseña a nadie"),
    ("es", "cambia la contraseña en ajustes"),
    ("fr", "ne donne jamais ton mot de passe"),
    ("fr", "change le mot de passe dans les réglages"),
    ("pt", "nunca passe sua senha pra ninguém"),
    ("pt", "troca a senha nas configurações"),
]


@pytest.mark.parametrize(("lang", "kind", "text"), UNSAFE)
def test_found(lang: str, kind: str, text: str) -> None:
    found = judge(text, "bob")
    assert found is not None
    assert found.reason.startswith("unsafe advice, ")


@pytest.mark.parametrize(("lang", "text"), INNOCENT)
def test_passes(lang: str, text: str) -> None:
    assert judge(text, "bob") is None


def test_a_name_that_claims_to_be_support_counts() -> None:
    text = "Write me in DM and I look at it"
    assert judge(text, "Acme Support Desk") is not None
    assert judge(text, "bob") is None


def test_a_long_quotation_is_not_the_speakers_advice() -> None:
    text = 'got this mail: "send me your password and your card number or you lose the account". is it real'
    assert judge(text, "bob") is None


@pytest.mark.parametrize("piece", ["send me your ", "password. ", '"', "x.y.", "a-", "\u0301", "dm me "])
def test_no_text_is_slow(piece: str) -> None:
    started = time.perf_counter()
    judge(piece * 20_000, "bob")
    assert time.perf_counter() - started < 0.5
