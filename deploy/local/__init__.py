"""The whole platform as processes on one machine: `python -m deploy.local`.

`supervisor` keeps the parts that `plan` lists; `checks` refuses to start where that could not go well.
"""
