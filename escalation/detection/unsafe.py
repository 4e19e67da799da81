"""stub"""
from dataclasses import dataclass
@dataclass
class Danger:
    probability: float
    reason: str
def judge(text: str, name: str) -> Danger | None:
    return None
