"""Checks that files stay under 400 lines (350 is the aim), functions under 55 (40), and that files tell their use."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES = 400
FUNCTION_LINES = 55


def complaints(path: Path) -> list[str]:
    """What is too long in one file, or has no first line that tells what it is for."""
    source = path.read_text(encoding="utf-8")
    lines = source.count("\n")
    name = path.relative_to(ROOT)
    found: list[str] = []
    tree = ast.parse(source)
    if lines > FILE_LINES and "/tests/" not in f"/{name}" and name.parts[0] != "tests":
        found.append(f"{name}: {lines} lines; make it a package of topic modules")
    if source.strip() and path.name != "__init__.py" and ast.get_docstring(tree) is None:
        found.append(f"{name}: begin with a docstring that tells what the file is for")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES and "/tests/" not in f"/{name}" and name.parts[0] != "tests":
                found.append(f"{name}:{node.lineno}: {node.name} has {length} lines; split it")
    return found


def main() -> int:
    """Check all of our Python; 1 when something is too long."""
    found = [
        complaint
        for folder in ("src", "scripts", "tests", "benchmarks")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
        for complaint in complaints(path)
    ]
    for complaint in found:
        print(complaint)
    print(f"lengths: {len(found)} to mend" if found else "lengths: good")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
