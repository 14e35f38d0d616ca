"""How large the package is, against the limits that we set ourselves."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

MAX_UNZIPPED_MB = 80
MAX_ZIPPED_MB = 25
_MB = 1_000_000


@dataclass(frozen=True)
class Figures:
    """Sizes in bytes: of all files, and of a zip of them."""

    unzipped: int
    zipped: int

    @classmethod
    def of(cls, folder: Path) -> Figures:
        """Measure a folder; the zip is made in memory, in the order of the names."""
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in files:
                entry = zipfile.ZipInfo(str(path.relative_to(folder)))
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
        return cls(sum(path.stat().st_size for path in files), packed.tell())

    def excess(self) -> str | None:
        """What is over its limit, for an error; ``None`` if nothing is."""
        if self.unzipped > MAX_UNZIPPED_MB * _MB or self.zipped > MAX_ZIPPED_MB * _MB:
            return f"{self}; the limits are {MAX_UNZIPPED_MB} MB unzipped and {MAX_ZIPPED_MB} MB zipped"
        return None

    def __str__(self) -> str:
        return f"{self.unzipped / _MB:.1f} MB unzipped, {self.zipped / _MB:.1f} MB zipped"
