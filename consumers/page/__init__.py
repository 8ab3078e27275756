"""What the page shows: a picture of the stream as one bounded object, from what a subscriber hears. Pure.

`picture` puts together what its parts know: `failure_rates` (failures a second by RCODE), `busiest` (zones
and servers), `counts_by_time` (for a span of it), `findings_board` (what the questions find, and their
reports), `sensor_table` (sensors and what doctor says), `recent_records` (the records behind the numbers),
`state_words` (the state, in words). Time is an argument, in nanoseconds since 1970-01-01 UTC. What leaves
here has no customers' keys in it. `static/` is the page itself, which draws the picture in a browser. Not
here: HTTP, sockets, files, threads.
"""
