"""Every sentence the project shows, found in code and templates, and the .po file that translates them.

Django's own collector does not see `DomainError(message="…")`, whose text is translated where it is shown; this one
does, needs no outside program, and keeps the file sorted so that it merges well.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation.template import templatize

PACKAGES = ("geodata", "gridmgmt", "importers", "map_ui", "mobile_api")
ONE = {"gettext", "gettext_lazy", "gettext_noop", "_"}
MANY = {"ngettext", "ngettext_lazy"}
CONTEXT = {"pgettext", "pgettext_lazy"}
IN_TEMPLATE = re.compile(r"""\b(n?p?gettext|_)\(((?:u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\s*,?\s*)+)""")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


@dataclass(frozen=True, slots=True, order=True)
class Sentence:
    """One message: English text, its plural and its context where it has them."""

    text: str
    plural: str = ""
    context: str = ""

    @property
    def placeholders(self) -> set[str]:
        """Names a translation must use as well."""
        return set(PLACEHOLDER.findall(self.text)) | set(PLACEHOLDER.findall(self.plural))


def collect(root: Path) -> dict[Sentence, list[str]]:
    """Sentence → files that use it, over all packages below the project's root."""
    found: dict[Sentence, list[str]] = {}
    for path, sentences in _all(root):
        name = path.relative_to(root).as_posix()
        for sentence in sentences:
            places = found.setdefault(sentence, [])
            if name not in places:
                places.append(name)
    return found


def _all(root: Path) -> Iterator[tuple[Path, Iterable[Sentence]]]:
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, in_python(path.read_text(encoding="utf-8"))
        for path in sorted((root / package).rglob("templates/**/*.html")):
            yield path, in_template(path.read_text(encoding="utf-8"))


def in_python(source: str) -> set[Sentence]:
    """Arguments of the gettext functions, and every ``message=`` that is a plain text."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            found |= _of_call(node)
    return found


def _of_call(node: ast.Call) -> set[Sentence]:
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    texts = [_literal(argument) for argument in node.args]
    found = {
        Sentence(text)
        for keyword in node.keywords
        if keyword.arg == "message" and (text := _literal(keyword.value))
    }
    if name in ONE and texts and texts[0]:
        found.add(Sentence(texts[0]))
    elif name in MANY and len(texts) > 1 and texts[0]:
        found.add(Sentence(texts[0], plural=texts[1]))
    elif name in CONTEXT and len(texts) > 1 and texts[1]:
        found.add(Sentence(texts[1], context=texts[0]))
    return found


def _literal(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def in_template(source: str) -> set[Sentence]:
    """What translate and blocktranslate tags hold."""
    found = set()
    for function, raw in IN_TEMPLATE.findall(templatize(source)):
        texts = ast.literal_eval(f"({raw.rstrip().rstrip(',')},)")
        if function in ONE:
            found.add(Sentence(texts[0]))
        elif function in MANY:
            found.add(Sentence(texts[0], plural=texts[1]))
        elif function in CONTEXT:
            found.add(Sentence(texts[1], context=texts[0]))
    return found


# --- the .po file ----------------------------------------------------------------------------------------------

HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    '"Content-Transfer-Encoding: 8bit\\n"\n"Language: zh_Hans\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n'
)
FIELD = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr(?:\[0\])?) "(.*)"$')
MORE = re.compile(r'^"(.*)"$')


def read_po(text: str) -> dict[Sentence, str]:
    """Translations of a .po file; the heading is left out."""
    found = {}
    for block in text.split("\n\n"):
        fields = _fields(block)
        sentence = Sentence(
            fields.get("msgid", ""), fields.get("msgid_plural", ""), fields.get("msgctxt", "")
        )
        if sentence.text:
            found[sentence] = fields.get("msgstr", "")
    return found


def _fields(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    current = ""
    for line in block.splitlines():
        if match := FIELD.match(line):
            current = match[1].removesuffix("[0]")
            fields[current] = _unquoted(match[2])
        elif (match := MORE.match(line)) and current:
            fields[current] += _unquoted(match[1])
    return fields


def write_po(translations: dict[Sentence, str], places: dict[Sentence, list[str]]) -> str:
    """The file again, sorted by text."""
    blocks = [HEADER]
    for sentence in sorted(translations):
        lines = [f"#: {' '.join(places[sentence])}"]
        if "%(" in sentence.text:
            lines.append("#, python-format")
        if sentence.context:
            lines.append(f"msgctxt {_quoted(sentence.context)}")
        lines.append(f"msgid {_quoted(sentence.text)}")
        if sentence.plural:
            lines.append(f"msgid_plural {_quoted(sentence.plural)}")
        lines.append(f"msgstr{'[0]' if sentence.plural else ''} {_quoted(translations[sentence])}")
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], text)


def gaps(found: Iterable[Sentence], translations: dict[Sentence, str]) -> list[str]:
    """What is wrong with a translation: missing, or other placeholders than the English."""
    wrong = []
    for sentence in sorted(found):
        translated = translations.get(sentence, "")
        if not translated:
            wrong.append(f"no translation: {sentence.text!r}")
        elif not set(PLACEHOLDER.findall(translated)) <= sentence.placeholders:
            wrong.append(f"unknown placeholder: {sentence.text!r} -> {translated!r}")
        elif missing := set(PLACEHOLDER.findall(sentence.text)) - set(PLACEHOLDER.findall(translated)):
            wrong.append(f"placeholder lost ({', '.join(sorted(missing))}): {sentence.text!r}")
    return wrong
