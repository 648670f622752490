"""The page about a study: its sections, whose texts state no result that is not computed or chosen by the study."""
