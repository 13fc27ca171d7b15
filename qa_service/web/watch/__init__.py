"""Pages of the watch over consultations: alarms, nightly replays, reach of an answer."""
