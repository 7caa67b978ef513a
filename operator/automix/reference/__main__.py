"""`python -m automix.reference FOLDER SAMPLES` writes the pages, with examples out of a folder of sample manifests."""

import sys
from pathlib import Path

from automix.reference.pages import write

if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
