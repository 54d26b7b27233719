"""Office files of every age: Word, Excel and PowerPoint, OpenDocument, RTF, and the containers they come in."""
