"""Cue words and phrases, lower case, several languages. Matched as whole words by `features.has`."""

from __future__ import annotations

from typing import Final

ASKS: Final = (
    "how do i", "how can i", "how do you", "how to", "how would", "what is the", "what's the", "where do i",
    "where can i", "where is", "why does", "why is", "why do", "which one", "is there", "is it possible",
    "does anyone", "does anybody", "anyone know", "anybody know", "anyone else", "can anyone", "can someone",
    "can somebody", "could someone", "has anyone", "any idea", "any ideas", "any way to", "any tips", "any chance",
    "need help", "help me", "please help", "pls help", "can i", "can you help", "do i need", "should i",
    "am i supposed", "i wonder", "wondering", "trying to", "looking for a way", "i want to", "i need to",
    "wie kann", "wie mache", "wie bekomme", "weiß jemand", "weiss jemand", "kann jemand", "kann mir", "hat jemand",
    "gibt es", "warum", "wieso", "brauche hilfe", "hilfe bitte", "wo finde", "funktioniert das",
    "alguien sabe", "alguien puede", "alguien mas", "cómo puedo", "como puedo", "cómo", "por qué", "necesito ayuda",
    "hay alguna", "se puede", "dónde", "ayuda por favor", "a alguien",
    "quelqu'un", "comment faire", "comment", "pourquoi", "est-ce que", "besoin d'aide", "y a-t-il", "où est",
    "une idée", "savez-vous", "alguém sabe", "alguém", "como faço", "por que", "preciso de ajuda", "tem como",
    "onde fica", "dá para",
)  # fmt: skip

PROBLEM: Final = (
    "doesn't work", "does not work", "doesnt work", "not working", "isn't working", "won't", "wont", "can't",
    "cant", "cannot", "could not", "couldn't", "unable to", "stuck", "error", "errors", "fails", "failed", "failing",
    "crash", "crashes", "crashed", "crashing", "broken", "broke", "dead", "freezes", "frozen", "stopped", "missing",
    "problem", "issue", "trouble", "no longer", "keeps", "nothing happens", "lost", "charged twice", "refund",
    "offline", "down", "timeout", "disconnects", "geht nicht", "funktioniert nicht", "fehler", "kaputt", "problem",
    "klappt nicht", "startet nicht", "no funciona", "no me deja", "no puedo", "falla", "se cierra", "ne marche",
    "ne fonctionne", "impossible de", "erreur", "plante", "não funciona", "nao funciona", "não consigo",
    "nao consigo", "erro", "travou", "parou",
)  # fmt: skip

FIRST_PERSON: Final = (
    "i", "i'm", "im", "i've", "ive", "my", "me", "mine", "we", "our", "ich", "mein", "meine", "mir", "bei mir",
    "yo", "mi", "me", "je", "j'ai", "mon", "ma", "mes", "eu", "meu", "minha",
)  # fmt: skip

IDLE: Final = (
    "anyone here", "anybody here", "anyone around", "hello", "hi", "hey", "hi all", "hello everyone", "quick question",
    "can i ask a question", "may i ask", "jemand da", "hallo", "hola", "bonjour", "salut", "oi", "olá", "hay alguien",
    "y a quelqu'un", "alguém aí", "kurze frage", "good morning", "morning",
)  # fmt: skip

BANTER: Final = (
    "lol", "lmao", "rofl", "haha", "hahaha", "jk", "who cares", "guess what", "am i right", "what could go wrong",
    "how hard can it be", "right?", "isn't it", "innit", "who else loves", "kidding", "xd",
)  # fmt: skip

THANKS: Final = (
    "thanks", "thank you", "thx", "ty", "tysm", "cheers", "danke", "gracias", "merci", "obrigado", "obrigada",
    "vielen dank", "valeu",
)  # fmt: skip

SOLVED: Final = (
    "that worked", "it worked", "works now", "works again", "working now", "it works", "that works", "worked",
    "did the trick", "that did it", "that was it", "fixed it", "that fixed", "solved", "problem solved", "!solved",
    "solution verified", "got it", "perfect", "awesome", "sorted", "makes sense", "all good now", "found it",
    "figured it out", "nvm", "nevermind", "never mind", "geht wieder", "geht jetzt", "hat geklappt", "klappt",
    "funktioniert jetzt", "gelöst", "ya funciona", "funcionó", "funciona", "resuelto", "solucionado", "ça marche",
    "c'est bon", "résolu", "funcionou", "deu certo", "resolvido", "it's back",
)  # fmt: skip

NOT_YET: Final = (
    "i'll try", "ill try", "will try", "let me try", "going to try", "trying now", "anyway", "anyways", "not yet",
    "but",
)  # fmt: skip

FAILED: Final = (
    "still", "didn't work", "did not work", "didnt work", "doesn't work", "does not work", "doesnt work",
    "not working", "no luck", "same error", "same thing", "same problem", "didn't help", "doesn't help", "no change",
    "no difference", "nothing changed", "tried that", "already tried", "didn't fix", "won't", "no effect",
    "immer noch", "geht nicht", "klappt nicht", "hilft nicht", "bringt nichts", "leider nicht", "sigue igual",
    "sigue sin", "no funciona", "no funcionó", "toujours pas", "marche pas", "ne marche", "pareil", "continua",
    "não funcionou", "nao funcionou", "mesmo erro",
)  # fmt: skip

ME_TOO: Final = (
    "same here", "me too", "same problem", "same issue", "same for me", "+1", "having this too", "also having",
    "same boat", "i have this too", "following", "happens to me", "bei mir auch", "gleiches problem", "yo también",
    "a mí también", "moi aussi", "pareil pour moi", "eu também", "comigo também", "mine too", "ditto", "seeing it too",
)  # fmt: skip

NO_IDEA: Final = (
    "no idea", "dunno", "don't know", "dont know", "no clue", "not sure", "idk", "good question", "sorry can't help",
    "keine ahnung", "weiß nicht", "ni idea", "no sé", "aucune idée", "je sais pas", "não sei", "sem ideia", "bump",
)  # fmt: skip

DISPUTES: Final = (
    "that's wrong", "thats wrong", "that is wrong", "not true", "that's not true", "wrong", "incorrect",
    "don't do that", "dont do that", "do not do that", "don't do this", "bad advice", "bad idea", "outdated",
    "no longer works", "was removed", "been removed", "got removed", "that's not right", "not correct", "actually no",
    "that won't work", "that will not work", "that doesn't", "please don't", "misleading", "stimmt nicht", "falsch",
    "mach das nicht", "veraltet", "eso no es", "es falso", "no hagas eso", "c'est faux", "ne fais pas",
    "não faça isso", "está errado", "disagree", "that will wipe", "that'll wipe",
)  # fmt: skip

ASKS_BACK: Final = (
    "which version", "what version", "which model", "what model", "which firmware", "what firmware", "which app",
    "what os", "which os", "which browser", "which one", "what does it say", "what do you see", "what error",
    "which error", "can you post", "could you post", "can you share", "could you share", "show us", "paste the",
    "post the log", "got a screenshot", "screenshot", "did you", "do you have", "are you on", "are you using",
    "do you use", "what happens", "since when", "welche version", "welches modell", "was steht", "qué versión",
    "qué modelo", "quelle version", "quel modèle", "qual versão", "qual modelo", "more details", "what exactly",
    "what are you",
)  # fmt: skip

SUGGESTS: Final = (
    "have you tried", "did you try", "try", "tried", "maybe you", "you need to", "you have to", "you can", "go to",
    "just", "settings", "hast du", "versuch", "prueba", "has probado", "essaie", "as-tu essayé", "tenta", "já tentou",
)  # fmt: skip

UNSAFE: Final = (
    r"\b(?:dm|pm|message|whatsapp|telegram|text)\s+me\b.*\b(?:pass\w*|pin|code|key|seed|card|login|account|"
    r"e-?mail|help|fix|sort)",
    r"\b(?:send|give|tell|share|post|dm|type|enter)\b.{0,40}\b(?:password|passcode|pin\b|seed phrase|recovery phrase|"
    r"private key|"
    r"card number|cvv|2fa|one[- ]time code|login code)",
    r"\b(?:anydesk|teamviewer|rustdesk|remote access|quick assist)\b",
    r"\brm\s+-\w*[rf]\w*\s+[/~*]",
    r"\b(?:mkfs|dd\s+if=|format\s+c:|del\s+/[sfq])",
    r"\b(?:disable|turn off|switch off|deactivate|uninstall)\b.{0,30}\b(?:firewall|antivirus|defender|2fa|"
    r"two[- ]factor|secure boot|authentication)\b",
    r"\b(?:i am|i'm|we are|this is)\b.{0,30}\b(?:official|from)\b.{0,20}\b(?:support|team|staff|help ?desk)\b",
    r"\b(?:passwort|kennwort|contraseña|mot de passe|senha)\b.{0,40}\b(?:schick|gib|manda|dime|envoie|donne|envia|"
    r"passa)",
    r"\b(?:schick|gib|manda|mándame|envía|envoie|donne|envia|me passa)\w*\b.{0,50}\b(?:passwort|kennwort|contraseña|"
    r"mot de passe|senha|pin)\b",
)  # fmt: skip

WARNS: Final = (
    "don't", "dont", "do not", "never", "nobody should", "scam", "phishing", "fake", "report", "niemals", "nicht",
    "nunca", "jamais", "ne pas", "betrug", "estafa", "arnaque", "golpe", "careful", "beware",
)  # fmt: skip
