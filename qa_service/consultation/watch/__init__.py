"""Watch over consultations: alarms of emerging topics, nightly replays, who was told what."""
