"""What was published, so that it can be had again: on disk (commit_log), or in memory alone (memory_log).

Here: the form of the files, appending, syncing, reading back, trimming. Not here: what is in a message, who
may ask for it (answers), and when a batch counts as arrived (arrivals).
"""
