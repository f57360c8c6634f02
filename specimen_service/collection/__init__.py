"""The station's sitting: orders become tubes, tubes become labelled specimens."""
