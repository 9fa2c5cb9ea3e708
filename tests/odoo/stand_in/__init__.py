"""A stand-in for Odoo 19 over ``/json/2``: as much of it as the hook uses, made from a real one's answers.

It is as strict as the real one in what it takes (unknown models, fields, ids, states) and does what the real
one does in silence: it moves dates out of a locked period, computes taxes anew when a bill goes back to
draft, cancels paid bills, posts doubles, and answers a lost race with 200.
"""
