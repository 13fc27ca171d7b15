"""A corpus folder with two pairs and no fault, to be changed and laid by a test."""

import json
from pathlib import Path
from typing import Any

from qa_service.vocabulary import PolicyArea

Corpus = dict[str, list[dict[str, Any]]]
"""The rows of each file by its name."""


def sound_corpus() -> Corpus:
    units: list[dict[str, Any]] = [
        {"key": "all", "name": "乙区综合局", "fields": [area.value for area in PolicyArea]},
        {"key": "desk", "name": "乙区政务服务办", "fields": [], "default": True},
    ]
    policies: list[dict[str, Any]] = [
        {
            "key": "甲法",
            "title": "甲法",
            "document_number": "令1号",
            "issuer": "甲",
            "unit": "all",
            "validity": "有效",
        },
        {
            "key": "乙法",
            "title": "乙法",
            "document_number": "令2号",
            "issuer": "甲",
            "unit": "all",
            "validity": "废止",
            "invalid_since": "2020-01-01",
            "replaced_by": "甲法",
        },
    ]
    pairs: list[dict[str, Any]] = [
        {
            "key": f"p{number}",
            "field": "养老",
            "unit": "all",
            "question": f"第{number}种养老金怎么领？",
            "variants": [f"咋领{number}", f"领{number}咋整", f"哪儿领{number}"],
            "answer": "到局里领。",
            "phone_script": "到局里领。",
            "effective_from": "2010-01-01",
            "expires_on": "2019-12-31" if policy == "乙法" else None,
            "basis": [{"policy": policy, "article": None}],
        }
        for number, policy in ((1, "甲法"), (2, "乙法"))
    ]
    return {"units": units, "policies": policies, "qa_pairs": pairs}


def lay(folder: Path, corpus: Corpus) -> Path:
    for name, rows in corpus.items():
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        (folder / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder
