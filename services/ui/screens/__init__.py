"""The pages, and the parts of pages that fill a file; each has one entry, `show`.

Not named `pages`: Streamlit runs whatever lies in a folder of that name beside the app as a page of its own.
"""
